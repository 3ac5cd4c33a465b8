//! A JWKS document (RFC 7517): the public keys of an identity provider, and the judgement whether Turso can
//! verify tokens with them. Reading and judging are pure; [`fetch`] beside them asks a URL.
//!
//! Nothing of a private key is kept: a document that publishes one is read into the names of its members
//! only.

pub mod fetch;
mod judge;
mod key;

use serde_json::Value;
use thiserror::Error;

pub use judge::{KeyName, Problem, judge};
pub use key::Key;

/// A JWKS document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Document {
    keys: Vec<Key>,
}

impl Document {
    /// Reads a document. Keys that are malformed are kept for [`judge()`], as one of them does no harm to the
    /// others.
    ///
    /// # Errors
    /// Anything but a JSON object with an array `keys`.
    pub fn parse(bytes: &[u8]) -> Result<Self, DocumentError> {
        let document = serde_json::from_slice::<Value>(bytes).map_err(|cause| {
            if bytes.trim_ascii_start().starts_with(b"<") {
                DocumentError::Html
            } else {
                DocumentError::NotJson(cause)
            }
        })?;
        match document.as_object().map(|members| members.get("keys")) {
            None => Err(DocumentError::NotAnObject),
            Some(None) => Err(DocumentError::NoKeys),
            Some(Some(Value::Array(keys))) => Ok(Self { keys: keys.iter().map(Key::read).collect() }),
            Some(Some(_)) => Err(DocumentError::KeysNotArray),
        }
    }

    /// The keys in the order of the document.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }
}

/// Why something is no JWKS document.
#[derive(Debug, Error)]
pub enum DocumentError {
    /// A web page, as a wrong path often gives.
    #[error("it is a web page, not JSON: the path of the URL may be wrong")]
    Html,
    /// Not JSON.
    #[error("it is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// JSON, but no object.
    #[error("it is not a JSON object")]
    NotAnObject,
    /// An object with no member `keys`.
    #[error("it has no member `keys`")]
    NoKeys,
    /// A member `keys` that is no array.
    #[error("its member `keys` is not an array")]
    KeysNotArray,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_jwks_document_is_refused_by_kind() {
        for (text, message) in [
            ("", "it is not JSON"),
            ("{", "it is not JSON"),
            ("\n <!doctype html>", "it is a web page, not JSON: the path of the URL may be wrong"),
            ("[]", "it is not a JSON object"),
            ("null", "it is not a JSON object"),
            ("{}", "it has no member `keys`"),
            (r#"{"keys":{}}"#, "its member `keys` is not an array"),
            (r#"{"keys":null}"#, "its member `keys` is not an array"),
        ] {
            assert_eq!(Document::parse(text.as_bytes()).unwrap_err().to_string(), message, "{text}");
        }
    }

    #[test]
    fn other_members_of_the_document_are_ignored() {
        assert_eq!(Document::parse(br#"{"keys":[],"x":1}"#).unwrap().keys(), []);
    }
}
