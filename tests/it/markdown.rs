//! What the tests read in Markdown: front matter, headings, links and blocks of code.

use std::collections::BTreeSet;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

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
    let mut open = None;
    for (event, at) in events(text) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                assert!(
                    text[at.clone()].trim_end().ends_with("```"),
                    "a block of code does not end: {language}"
                );
                let line = line(text, &at) + 1;
                open = Some(CodeBlock { line, language: language.into_string(), text: String::new() });
            }
            Event::Text(code) => open.iter_mut().for_each(|block| block.text += &code),
            Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
            _ => {}
        }
    }
    blocks
}

/// The links and images, outside of code.
pub(crate) fn links(text: &str) -> Vec<Link> {
    let link = |(event, at)| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
            Some(Link { line: line(text, &at), target: dest_url.into_string() })
        }
        _ => None,
    };
    events(text).filter_map(link).collect()
}

/// What a link can lead to within a page: its headings, as GitHub and the Registry name them, and anchors.
pub(crate) fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut heading = None;
    for (event, _) in events(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => anchors.extend(heading.take().map(|heading| slug(&heading))),
            Event::Text(part) | Event::Code(part) => heading.iter_mut().for_each(|heading| *heading += &part),
            Event::Html(html) | Event::InlineHtml(html) => {
                let named = html.split_once("<a id=\"").and_then(|(_, rest)| rest.split('"').next());
                anchors.extend(named.map(ToOwned::to_owned));
            }
            _ => {}
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
    events(text)
        .map(|(event, _)| event)
        .take_while(|event| *event != Event::End(TagEnd::Paragraph))
        .filter_map(|event| match event {
            Event::Text(part) | Event::Code(part) => Some(part.into_string()),
            Event::SoftBreak | Event::HardBreak => Some(" ".to_owned()),
            _ => None,
        })
        .collect()
}

fn events(text: &str) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
    Parser::new_ext(text, Options::ENABLE_YAML_STYLE_METADATA_BLOCKS | Options::ENABLE_TABLES)
        .into_offset_iter()
}

/// The line that something begins on, counted from 1.
fn line(text: &str, at: &Range<usize>) -> usize {
    text[..at.start].matches('\n').count() + 1
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
