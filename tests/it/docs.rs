//! The Registry's pages: generated from the schema, `examples/` and `templates/`, and renewed with
//! `UPDATE_GOLDEN=1 cargo test --test it`.
//!
//! Adding a resource, data source, list resource or function to the provider fails here, until it has a page, an example
//! and an acceptance case.

pub(crate) mod entry;
mod page;
mod schema_section;
mod type_name;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use crate::files::{read, repository, under};
use crate::golden;
use entry::{Content, Entry, Kind};

/// The folders under `docs/` that hold nothing but generated pages.
const GENERATED: [Kind; 5] =
    [Kind::Resource, Kind::DataSource, Kind::EphemeralResource, Kind::ListResource, Kind::Function];

#[test]
fn every_page_is_what_schema_examples_and_templates_make_it() {
    let stale: Vec<_> = Entry::all()
        .iter()
        .filter_map(|entry| golden::check(&repository().join(entry.page()), &page::render(entry)).err())
        .collect();
    assert!(stale.is_empty(), "{}", stale.join("\n\n"));
}

#[test]
fn there_is_no_page_of_what_the_provider_does_not_have() {
    let pages: BTreeSet<PathBuf> = Entry::all().iter().map(|entry| repository().join(entry.page())).collect();
    for kind in GENERATED {
        for file in under(&repository().join("docs").join(kind.folder())) {
            if golden::are_renewed() && !pages.contains(&file) {
                fs::remove_file(&file).expect("the repository can be written to");
                continue;
            }
            assert!(pages.contains(&file), "{} is of nothing. {}", file.display(), golden::RENEW);
        }
    }
}

#[test]
fn everything_that_the_provider_has_has_an_example() {
    let entries = Entry::all();
    let without: Vec<_> =
        entries.iter().filter(|entry| entry.examples().is_empty()).map(Entry::examples_folder).collect();
    assert!(without.is_empty(), "no examples in {without:#?}");
}

#[test]
fn every_resource_shows_each_way_to_import_it() {
    for entry in Entry::all() {
        let Content::Resource { schema, is_importable } = &entry.content else { continue };
        let by_identity = schema.identity().map(|_| "import-by-identity.tf");
        let ways = ["import-by-string-id.tf", "import.sh"].into_iter().chain(by_identity);
        for name in ways.filter(|_| *is_importable) {
            assert!(entry.import_example(name).is_some(), "no {name} in {:?}", entry.examples_folder());
        }
    }
}

#[test]
fn every_example_and_template_is_of_something_that_the_provider_has() {
    let entries = Entry::all();
    let examples: BTreeSet<PathBuf> =
        entries.iter().map(|entry| repository().join(entry.examples_folder())).collect();
    for kind in GENERATED {
        for file in under(&repository().join("examples").join(kind.folder())) {
            let folder = file.parent().expect("a file is in a folder");
            assert!(examples.contains(folder), "{} is of nothing", file.display());
        }
    }
    let notes: BTreeSet<PathBuf> = entries.iter().map(|entry| repository().join(entry.notes())).collect();
    for file in under(&repository().join("templates")) {
        assert!(notes.contains(&file), "{} is of nothing", file.display());
    }
}

/// An acceptance case is HCL in a string of the acceptance tests that uses the thing.
#[test]
fn everything_that_the_provider_has_has_an_acceptance_case() {
    let hcl: Vec<String> = under(&repository().join("tests/acceptance"))
        .iter()
        .filter_map(|file| match file.extension().and_then(|end| end.to_str()) {
            Some("rs") => Some(code(&read(file))),
            Some("tf" | "hcl") => Some(read(file)),
            _ => None,
        })
        .collect();
    let untried: Vec<_> = Entry::all()
        .iter()
        .map(Entry::mark)
        .filter(|mark| !hcl.iter().any(|text| mentions(text, mark)))
        .collect();
    assert!(untried.is_empty(), "the acceptance tests never use {untried:#?}");
}

/// The code of a source file as HCL would stand in it: without comment lines, and with its quotes unescaped.
fn code(source: &str) -> String {
    let lines = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n").replace("\\\"", "\"")
}

fn mentions(text: &str, mark: &str) -> bool {
    let continues = |rest: &str| rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
    text.match_indices(mark).any(|(at, _)| !continues(&text[at + mark.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_no_case_and_an_escaped_quote_is_a_quote() {
        let source = "/// data \"x\"\nconst A: &str = \"data \\\"y\\\" {}\";";
        assert_eq!(code(source), "const A: &str = \"data \"y\" {}\";");
    }

    #[test]
    fn a_name_that_another_name_begins_with_is_not_mentioned_by_it() {
        assert!(mentions("x = provider::turso::clerk(1)", "provider::turso::clerk"));
        assert!(!mentions("x = provider::turso::clerk_claims(1)", "provider::turso::clerk"));
    }
}
