//! A JWKS document (RFC 7517): the public keys of an identity provider, and the judgement whether Turso can
//! verify tokens with them. Reading and judging are pure; [`fetch`] beside them asks a URL.
//!
//! Nothing of a private key is kept: a document that publishes one is read into the names of its members
//! only.

pub mod fetch;
mod judge;
mod key;

use serde_json::Value;
use strict_json::JsonError;
use thiserror::Error;

pub use judge::{KeyName, Problem, judge};
pub use key::Key;

/// How many keys a document may have. A provider has one, or a few while it rotates them.
pub const KEY_LIMIT: usize = 100;

/// A JWKS document: at most [`KEY_LIMIT`] keys.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Document {
    keys: Vec<Key>,
}

impl Document {
    /// Reads a document. Keys that are malformed are kept for [`judge()`], as one of them does no harm to the
    /// others.
    ///
    /// # Errors
    /// Anything but a JSON object, with no key twice in any object of it, and with an array `keys` of at most [`KEY_LIMIT`]
    /// members. One with more is not cut: the keys that were left out would count with Turso.
    pub fn parse(bytes: &[u8]) -> Result<Self, DocumentError> {
        let document = strict_json::parse(bytes).map_err(|error| match error {
            _ if bytes.starts_with(GZIP) => DocumentError::Compressed,
            _ if bytes.trim_ascii_start().starts_with(b"<") => DocumentError::Html,
            _ if BYTE_ORDER_MARKS.iter().any(|mark| bytes.starts_with(mark)) => DocumentError::ByteOrderMark,
            JsonError::NotJson(cause) => DocumentError::NotJson(cause),
            ambiguous => DocumentError::Ambiguous(ambiguous),
        })?;
        match document.as_object().map(|members| members.get("keys")) {
            None => Err(DocumentError::NotAnObject),
            Some(None) => Err(DocumentError::NoKeys),
            Some(Some(Value::Array(keys))) if keys.len() > KEY_LIMIT => {
                Err(DocumentError::TooManyKeys { count: keys.len() })
            }
            Some(Some(Value::Array(keys))) => Ok(Self { keys: keys.iter().map(Key::read).collect() }),
            Some(Some(_)) => Err(DocumentError::KeysNotArray),
        }
    }

    /// The keys in the order of the document.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }
}

/// What a gzip file begins with (RFC 1952, section 2.3.1).
const GZIP: &[u8] = &[0x1f, 0x8b];

/// Of UTF-8 and of the two orders of UTF-16.
const BYTE_ORDER_MARKS: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];

/// Why something is no JWKS document.
#[derive(Debug, Error)]
pub enum DocumentError {
    /// A web page, as a wrong path often gives.
    #[error("it is a web page, not JSON: the path of the URL may be wrong")]
    Html,
    /// The gzip form of something.
    #[error("it is compressed with gzip, though uncompressed text was asked for")]
    Compressed,
    /// A text as some editors store it.
    #[error("it begins with a byte order mark, which JSON has none of")]
    ByteOrderMark,
    /// Which keys it has depends on who reads it.
    #[error("it can't be judged")]
    Ambiguous(#[source] JsonError),
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
    /// More than [`KEY_LIMIT`].
    #[error("it has {count} keys, and no more than {KEY_LIMIT} are read")]
    TooManyKeys {
        /// How many it has.
        count: usize,
    },
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
            (r#"{"keys":[],"keys":[]}"#, "it can't be judged"),
            (r#"{"keys":[{"kty":"RSA","n":"_w","\u006e":"_w","e":"AQAB"}]}"#, "it can't be judged"),
            ("\u{feff}{}", "it begins with a byte order mark, which JSON has none of"),
        ] {
            assert_eq!(Document::parse(text.as_bytes()).unwrap_err().to_string(), message, "{text}");
        }
    }

    #[test]
    fn a_document_of_too_many_keys_is_refused_with_their_count() {
        let parse =
            |count| Document::parse(format!(r#"{{"keys":[{}]}}"#, vec!["{}"; count].join(",")).as_bytes());
        assert_eq!(parse(100).unwrap().keys().len(), 100);
        for count in [101, 300_000] {
            let expected = format!("it has {count} keys, and no more than 100 are read");
            assert_eq!(parse(count).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn a_compressed_document_is_called_so() {
        let error = Document::parse(b"\x1f\x8b\x08\0\0\0\0\0").unwrap_err();
        assert!(matches!(error, DocumentError::Compressed), "{error}");
    }

    #[test]
    fn other_members_of_the_document_are_ignored() {
        assert_eq!(Document::parse(br#"{"keys":[],"x":1}"#).unwrap().keys(), []);
    }
}
