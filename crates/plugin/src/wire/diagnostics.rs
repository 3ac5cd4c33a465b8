//! Diagnostics for the wire.

use super::proto;
use framework::{AttributePath, Diagnostic, Diagnostics, Severity, Step};

/// The most that is shown of a summary and of a detail, in characters. Nothing that this provider says of itself comes
/// near; text from outside has its own, shorter bounds.
const LONGEST_SUMMARY: usize = 300;
const LONGEST_DETAIL: usize = 20_000;

/// The diagnostics in order.
pub(super) fn encode(diagnostics: Diagnostics) -> Vec<proto::Diagnostic> {
    diagnostics.into_iter().map(encode_one).collect()
}

/// The path of an attribute.
pub(super) fn encode_path(path: &AttributePath) -> proto::AttributePath {
    proto::AttributePath { steps: path.steps().iter().map(encode_step).collect() }
}

/// What a call came to, and its diagnostics.
pub(super) fn split<T>(result: Result<T, Diagnostics>) -> (Option<T>, Diagnostics) {
    match result {
        Ok(value) => (Some(value), Diagnostics::none()),
        Err(errors) => (None, errors),
    }
}

/// What is said where the host asked to stop before the work was done.
pub(super) fn stopped(type_name: &str) -> Diagnostics {
    let detail =
        format!("The work on {type_name} was given up because Terraform asked to stop. Nothing was changed.");
    Diagnostic::error("Interrupted", detail).into()
}

/// Hosts print what they are given: whatever else it went through, no text that a terminal would obey leaves here.
pub(super) fn printable(text: &str) -> String {
    excerpt::lines(text, LONGEST_DETAIL)
}

fn encode_one(diagnostic: Diagnostic) -> proto::Diagnostic {
    let severity = match diagnostic.severity {
        Severity::Error => proto::diagnostic::Severity::Error,
        Severity::Warning => proto::diagnostic::Severity::Warning,
    };
    proto::Diagnostic {
        severity: severity.into(),
        summary: excerpt::line(&diagnostic.summary, LONGEST_SUMMARY),
        detail: printable(&diagnostic.detail),
        attribute: diagnostic.path.as_ref().map(encode_path),
    }
}

fn encode_step(step: &Step) -> proto::attribute_path::Step {
    use proto::attribute_path::step::Selector;
    let selector = match step {
        Step::Attribute(name) => Selector::AttributeName(name.clone()),
        Step::Index(index) => Selector::ElementKeyInt(*index),
        Step::Key(key) => Selector::ElementKeyString(key.clone()),
    };
    proto::attribute_path::Step { selector: Some(selector) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_would_obey_or_hide_reaches_a_host() {
        let hostile =
            "a\u{1b}]0;x\u{7}\u{202e}\u{2066}\u{200b}\u{ad}\u{feff}\u{e0041}\u{fe0f}\u{2028}\u{e000}\r"
                .repeat(10_000);

        let encoded = encode_one(Diagnostic::error(&hostile, format!("first\n{hostile}")));

        assert!(encoded.detail.starts_with("first\na\\u{1b}]0;x"), "{}", &encoded.detail[..40]);
        for text in [encoded.summary, encoded.detail.replacen('\n', "", 1)] {
            assert!(text.chars().all(|c| matches!(c, '…' | ' '..='~')), "{}", &text[..100]);
            assert!(text.len() < 400_000, "{}", text.len());
        }
    }
}
