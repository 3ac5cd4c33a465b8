//! What the tests read in Markdown: front matter, headings, links and blocks of code. Just as much of it as is used.

use std::collections::BTreeSet;

/// A block of code.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CodeBlock {
    /// The line of its first line, counted from 1.
    pub(crate) line: usize,
    pub(crate) language: String,
    pub(crate) text: String,
}

/// A link or image.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// Counted from 1.
    pub(crate) line: usize,
    pub(crate) target: String,
}

/// The blocks of code between fences.
pub(crate) fn code_blocks(text: &str) -> Vec<CodeBlock> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, CodeBlock)> = None;
    for (index, line) in text.lines().enumerate() {
        let content = line.trim_start();
        open = match (open, content.strip_prefix("```")) {
            (None, Some(language)) => {
                let language = language.trim().to_owned();
                let indent = line.len() - content.len();
                Some((indent, CodeBlock { line: index + 2, language, text: String::new() }))
            }
            (Some((_, block)), Some(_)) => {
                blocks.push(block);
                None
            }
            (Some((indent, mut block)), None) => {
                block.text += line.get(indent..).unwrap_or_default();
                block.text.push('\n');
                Some((indent, block))
            }
            (None, None) => None,
        };
    }
    assert!(open.is_none(), "a block of code does not end: {open:?}");
    blocks
}

/// The links, outside of code.
pub(crate) fn links(text: &str) -> Vec<Link> {
    let mut links = Vec::new();
    for (index, line) in prose_lines(text) {
        let prose = without_code_spans(line);
        for (_, rest) in prose.match_indices("](").map(|(at, _)| prose.split_at(at + 2)) {
            let target = rest.split([')', ' ']).next().unwrap_or_default().to_owned();
            links.push(Link { line: index + 1, target });
        }
    }
    links
}

/// What a link can lead to within a page: its headings, as GitHub and the Registry name them, and anchors.
pub(crate) fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for (_, line) in prose_lines(text) {
        if let Some(heading) = line.strip_prefix('#') {
            anchors.insert(slug(heading.trim_start_matches('#').trim()));
        }
        if let Some((_, rest)) = line.split_once("<a id=\"") {
            anchors.extend(rest.split('"').next().map(ToOwned::to_owned));
        }
    }
    anchors
}

/// The lines between the two `---` that a page begins with.
pub(crate) fn front_matter(text: &str) -> Option<&str> {
    text.strip_prefix("---\n")?.split_once("\n---\n").map(|(front, _)| front)
}

/// The first paragraph in plain text, in one line.
pub(crate) fn plain_first_paragraph(text: &str) -> String {
    let paragraph = text.trim().split("\n\n").next().unwrap_or_default();
    let mut plain = String::new();
    let mut rest = paragraph;
    while let Some((before, linked)) = rest.split_once('[') {
        let Some((label, (_, after))) =
            linked.split_once("](").and_then(|(label, target)| Some((label, target.split_once(')')?)))
        else {
            break;
        };
        plain += before;
        plain += label;
        rest = after;
    }
    plain += rest;
    plain.replace(['`', '*'], "").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn prose_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    text.lines().enumerate().filter(move |(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    })
}

fn without_code_spans(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("`")
}

fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || [' ', '-', '_'].contains(letter));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "---\npage_title: \"x\"\n---\n\n# What, *then*?\n\nA [link](a.md#b \"title\") and `[no](link)`.\n\n\
                        ```hcl\na = 1\n# [not](a-link)\n```\n\n- In a list:\n\n  ```shell\n  b\n    c\n  ```\n\n\
                        <a id=\"there\"></a>\n";

    #[test]
    fn blocks_of_code_are_found_with_their_language_and_line() {
        let block = |line, language: &str, text: &str| CodeBlock {
            line,
            language: language.to_owned(),
            text: text.to_owned(),
        };
        assert_eq!(
            code_blocks(PAGE),
            [block(10, "hcl", "a = 1\n# [not](a-link)\n"), block(17, "shell", "b\n  c\n")]
        );
    }

    #[test]
    fn links_are_found_outside_of_code() {
        assert_eq!(links(PAGE), [Link { line: 7, target: "a.md#b".to_owned() }]);
    }

    #[test]
    fn headings_and_anchors_can_be_linked_to() {
        assert_eq!(anchors(PAGE), ["there", "what-then"].map(ToOwned::to_owned).into());
    }

    #[test]
    fn front_matter_is_what_a_page_begins_with() {
        assert_eq!(front_matter(PAGE), Some("page_title: \"x\""));
        assert_eq!(front_matter("# Title\n\n---\n\n---\n"), None);
    }

    #[test]
    fn a_first_paragraph_in_plain_text_has_no_marks_and_no_links() {
        let text = "\nThe `id` of *a* [page](https://x.y),\nall [of it.\n\nMore.";
        assert_eq!(plain_first_paragraph(text), "The id of a page, all [of it.");
    }
}
