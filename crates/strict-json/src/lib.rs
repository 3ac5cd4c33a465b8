//! JSON without a key that an object has twice. Readers differ in which of the two counts, so that what is judged may
//! not be what another reader goes by.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use thiserror::Error;

/// Reads JSON.
///
/// # Errors
/// Text that is not JSON, and a key that is there twice in one object at whatever depth.
pub fn parse(text: &[u8]) -> Result<Value, JsonError> {
    check(text)?;
    serde_json::from_slice(text).map_err(JsonError::NotJson)
}

/// Whether [`parse`] would read it, for whoever then reads it into a type of its own.
///
/// # Errors
/// As [`parse`].
pub fn check(text: &[u8]) -> Result<(), JsonError> {
    match serde_json::from_slice::<UniqueKeys>(text) {
        Ok(UniqueKeys) => Ok(()),
        Err(error) if error.is_data() => {
            Err(JsonError::DuplicateKey { line: error.line(), column: error.column() })
        }
        Err(error) => Err(JsonError::NotJson(error)),
    }
}

/// Why a text was not read. Nothing of it is told.
#[derive(Debug, Error)]
pub enum JsonError {
    /// It is not JSON.
    #[error("not JSON")]
    NotJson(#[source] serde_json::Error),
    /// An object in it has a key twice.
    #[error(
        "an object has the same key twice, the second at line {line} column {column}, and which of the two counts \
         depends on who reads it"
    )]
    DuplicateKey {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
}

/// Any JSON whose objects have no key twice; its only error of kind "data" is that they have.
struct UniqueKeys;

impl<'de> Deserialize<'de> for UniqueKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Walk)
    }
}

struct Walk;

impl<'de> Visitor<'de> for Walk {
    type Value = UniqueKeys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    /// Also a number, which serde_json hands on as an object with one key, to lose no digit.
    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<UniqueKeys, A::Error> {
        let mut keys = BTreeSet::new();
        while let Some(Key(key)) = object.next_key()? {
            if !keys.insert(key) {
                return Err(A::Error::custom("a key is there twice"));
            }
            object.next_value::<UniqueKeys>()?;
        }
        Ok(UniqueKeys)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<UniqueKeys, A::Error> {
        while array.next_element::<UniqueKeys>()?.is_some() {}
        Ok(UniqueKeys)
    }

    fn visit_bool<E>(self, _: bool) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_i64<E>(self, _: i64) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_u64<E>(self, _: u64) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_f64<E>(self, _: f64) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_str<E>(self, _: &str) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_unit<E>(self) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }
}

/// A key without escapes stays where it is in the text: a long list has many objects, all with the same keys.
struct Key<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(WalkKey)
    }
}

struct WalkKey;

impl<'de> Visitor<'de> for WalkKey {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Borrowed(key)))
    }

    fn visit_str<E>(self, key: &str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Owned(key.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_that_is_there_twice_is_refused_at_any_depth_and_spelling() {
        for text in [
            r#"{"id":1,"id":2}"#,
            r#"{"id":1,"\u0069d":1}"#,
            r#"{"perm":[{"t":null,"a":[],"t":["comments"]}]}"#,
            r#"[[{"a":{"b":{"c":1,"d":2,"c":3}}}]]"#,
            r#"{"":1,"":1}"#,
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert!(matches!(error, JsonError::DuplicateKey { .. }), "{text}: {error}");
        }
        let error = parse(b"{\"hush\":1,\n \"hush\":2}").unwrap_err().to_string();
        assert!(error.contains("the second at line 2 column 7") && !error.contains("hush"), "{error}");
    }

    #[test]
    fn the_same_key_in_different_objects_is_no_duplicate() {
        let text = r#"{"a":{"a":[{"a":1},{"a":-1.50e+3}]},"b":[true,null,"a"],"n":123456789012345678901234567890.5}"#;
        assert_eq!(parse(text.as_bytes()).unwrap().to_string(), text);
    }

    #[test]
    fn what_is_not_json_is_told_apart() {
        for text in ["", "{", "{\"a\":1,}", "hush", "1 2", "\u{feff}{}"] {
            assert!(matches!(parse(text.as_bytes()), Err(JsonError::NotJson(_))), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert!(parse(deep.as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn json_without_duplicates_reads_as_it_is(
            members in proptest::collection::btree_map("[a-c]{0,2}", -9_i64..9, 0..4),
            list in proptest::collection::vec(proptest::option::of("\\PC{0,3}"), 0..4),
        ) {
            let value = json!({ "members": members, "list": list });
            prop_assert_eq!(parse(value.to_string().as_bytes()).unwrap(), value);
        }
    }
}
