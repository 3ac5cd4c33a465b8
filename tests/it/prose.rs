//! What people read: guides have front matter, and links lead somewhere.

use std::path::{Path, PathBuf};

use crate::files::{read, repository, under};
use crate::markdown::{Link, anchors, front_matter, links};

/// The Registry shows these three on and above a guide.
const FRONT_MATTER: [&str; 3] = ["page_title: \"", "subcategory: \"", "description: |-\n  "];

#[test]
fn guides_begin_with_what_the_registry_shows_of_them() {
    let guides = repository().join("docs/guides");
    for file in pages().into_iter().filter(|file| file.starts_with(&guides)) {
        let text = read(&file);
        let front = front_matter(&text).unwrap_or_else(|| panic!("{} has no front matter", file.display()));
        for key in FRONT_MATTER {
            assert!(format!("\n{front}").contains(&format!("\n{key}")), "{} has no {key:?}", file.display());
        }
    }
}

#[test]
fn links_within_the_repository_lead_somewhere() {
    let mut broken = Vec::new();
    for file in pages() {
        let text = read(&file);
        let found = links(&text);
        let lost = found.iter().filter(|link| !leads_somewhere(&file, &text, link));
        broken.extend(lost.map(|link| format!("{}:{}: {}", file.display(), link.line, link.target)));
    }
    assert!(broken.is_empty(), "links to nothing: {broken:#?}");
}

/// Every Markdown file that a person reads. What is in `templates/` is read on the pages.
pub(crate) fn pages() -> Vec<PathBuf> {
    let here = std::fs::read_dir(repository()).expect("the repository can be read");
    let here = here.map(|entry| entry.expect("the repository can be read").path());
    let folders = ["docs", "examples"].into_iter().flat_map(|name| under(&repository().join(name)));
    let mut pages: Vec<_> =
        here.chain(folders).filter(|file| file.extension().is_some_and(|end| end == "md")).collect();
    pages.sort();
    assert!(pages.iter().any(|page| page.ends_with("docs/index.md")), "{pages:#?}");
    pages
}

fn leads_somewhere(file: &Path, text: &str, link: &Link) -> bool {
    if link.target.contains("://") || link.target.starts_with("mailto:") {
        return true;
    }
    let (path, anchor) = match link.target.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (link.target.as_str(), None),
    };
    if path.is_empty() {
        return anchor.is_some_and(|anchor| anchors(text).contains(anchor));
    }
    let Some(target) = target(file, path) else { return false };
    anchor.is_none_or(|anchor| target.is_file() && anchors(&read(&target)).contains(anchor))
}

/// The Registry's own pages are linked without their ending, too.
fn target(file: &Path, path: &str) -> Option<PathBuf> {
    let folder = file.parent().expect("a file is in a folder");
    [folder.join(path), folder.join(format!("{path}.md"))].into_iter().find(|target| target.exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_nothing_is_found() {
        let file = repository().join("docs/decisions/sample.md");
        let leads = |target: &str| {
            leads_somewhere(&file, "# A title\n", &Link { line: 1, target: target.to_owned() })
        };
        for target in
            ["https://example.com/x", "#a-title", "../index.md", "../index", "../index#schema", "../../src"]
        {
            assert!(leads(target), "{target}");
        }
        for target in ["#another-title", "../nothing.md", "../index.md#nothing", "../../src#lib"] {
            assert!(!leads(target), "{target}");
        }
    }
}
