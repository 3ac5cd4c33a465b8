//! Errors of the API as diagnostics: what failed, to which object, what the API said, and the way out.

use std::error::Error as StdError;
use std::str::FromStr;

use framework::{Complaint, Diagnostic};

use crate::advice;
use turso_client::Error;

/// The diagnostic of a failed call.
pub(crate) fn failed(summary: &str, error: &Error) -> Diagnostic {
    Diagnostic::error(summary, with_advice(error, advice::of(error)))
}

/// A text parsed, or what is wrong with it.
pub(crate) fn parse<T: FromStr<Err: StdError + 'static>>(text: &str, summary: &str) -> Result<T, Complaint> {
    text.parse().map_err(|error| Complaint::new(summary, sentences(&error)))
}

/// What is wrong with a text, where it can't be parsed.
pub(crate) fn check<T: FromStr<Err: StdError + 'static>>(text: &str, summary: &str) -> Result<(), Complaint> {
    parse::<T>(text, summary).map(drop)
}

/// The error and its causes in sentences, then the way out.
pub(crate) fn with_advice(error: &(dyn StdError + 'static), advice: Option<String>) -> String {
    match advice {
        Some(advice) => format!("{}\n\n{advice}", sentences(error)),
        None => sentences(error),
    }
}

/// The error and its causes, each once, as one sentence.
pub(crate) fn sentences(error: &(dyn StdError + 'static)) -> String {
    sentence(&with_causes(error))
}

/// In characters, for causes that come from libraries and may quote what comes from outside.
const LONGEST_CAUSE: usize = 1000;

/// The error and its causes, each once, for the middle of a sentence.
pub(crate) fn with_causes(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // TLS quotes every name of a certificate.
        let next = excerpt::line(&error.to_string(), LONGEST_CAUSE);
        // Some libraries print their cause within themselves.
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}

/// A text with a capital letter first and a full stop last.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?', '…']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("could not save")]
    struct Outer(#[source] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("the line is dead")]
    struct Inner;

    #[test]
    fn a_cause_is_told_once_after_what_it_caused() {
        assert_eq!(sentences(&Outer(Inner)), "Could not save: the line is dead.");
        assert_eq!(with_advice(&Inner, Some("Call again.".to_owned())), "The line is dead.\n\nCall again.");
    }

    #[derive(Debug, thiserror::Error)]
    #[error("no connection")]
    struct Lost(#[source] std::io::Error);

    #[test]
    fn what_a_cause_quotes_is_cut_and_escaped() {
        let told = sentences(&Lost(std::io::Error::other("name\u{202e}".repeat(1000))));
        assert!(told.starts_with("No connection: name\\u{202e}name") && told.len() < 4000, "{told}");
    }
}
