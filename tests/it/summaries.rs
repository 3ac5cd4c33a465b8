//! The guide "When something is wrong" has a heading for each summary of a diagnostic in the source, and no other.
//!
//! A summary is known by its shape: a short text without a full stop, where a diagnostic is made or named.

use std::collections::BTreeSet;

use crate::files::{read, repository, under};

const GUIDE: &str = "docs/guides/when-something-is-wrong.md";

/// What stands before a summary.
const BEFORE: [&str; 8] = ["error(", "warning(", "new(", "failed(", "unusable(", "refused(", "=>", "="];

/// What looks like a summary, and is a sentence of `token_decode`.
const NO_SUMMARY: [&str; 1] = ["A limit that Turso can't read may not limit at all"];

#[test]
fn the_guide_to_errors_has_each_summary_of_the_source_and_no_other() {
    let guide = read(&repository().join(GUIDE));
    let told: BTreeSet<_> = guide.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let (texts, summaries) = texts_of_the_source();
    assert!(summaries.len() > 60, "the scan finds too little: {summaries:#?}");
    let missing: Vec<_> = summaries.iter().filter(|summary| !told.contains(summary.as_str())).collect();
    let idle: Vec<_> = told.iter().filter(|heading| !texts.contains(**heading)).collect();
    assert!(missing.is_empty() && idle.is_empty(), "{GUIDE} lacks {missing:#?}, and has nothing's {idle:#?}");
}

/// All texts of the source, and those of them that are summaries.
fn texts_of_the_source() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut texts, mut summaries) = (BTreeSet::new(), BTreeSet::new());
    for folder in ["src", "crates/framework/src", "crates/plugin/src/wire"] {
        for file in under(&repository().join(folder)) {
            if file.extension().is_none_or(|end| end != "rs") || file.ends_with("tests.rs") {
                continue;
            }
            let code = read(&file);
            let code = code.split("#[cfg(test)]").next().unwrap_or_default();
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            // With these out of the way, every other part between quotation marks is a text.
            let code = lines.collect::<Vec<_>>().join("\n").replace("\\\"", "").replace("'\"'", "");
            let parts: Vec<_> = code.split('"').collect();
            for pair in parts.chunks_exact(2) {
                let text = with_ellipsis(pair[1]);
                if BEFORE.iter().any(|mark| pair[0].trim_end().ends_with(mark)) && is_summary(&text) {
                    summaries.insert(text.clone());
                }
                texts.insert(text);
            }
        }
    }
    (texts, summaries)
}

fn is_summary(text: &str) -> bool {
    text.len() <= 60
        && text.starts_with(char::is_uppercase)
        && text.contains(' ')
        && !text.ends_with('.')
        && !NO_SUMMARY.contains(&text)
}

/// The text with an ellipsis for what is put into it.
fn with_ellipsis(text: &str) -> String {
    match text.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?.1))) {
        Some((before, after)) => format!("{before}…{after}"),
        None => text.to_owned(),
    }
}
