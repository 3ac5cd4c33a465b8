//! Whether JSON has a key twice in one object. Readers differ in which of the two counts, and so does what a token with
//! such claims can do.

use std::collections::HashSet;
use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Read from any JSON: true where a key is there twice in one object, at whatever depth.
#[derive(Debug)]
pub(super) struct RepeatsAKey(pub(super) bool);

impl<'de> Deserialize<'de> for RepeatsAKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Walk).map(Self)
    }
}

struct Walk;

impl<'de> Visitor<'de> for Walk {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<bool, A::Error> {
        let (mut keys, mut repeats) = (HashSet::new(), false);
        while let Some((key, RepeatsAKey(within))) = object.next_entry::<String, RepeatsAKey>()? {
            repeats |= within || !keys.insert(key);
        }
        Ok(repeats)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<bool, A::Error> {
        let mut repeats = false;
        while let Some(RepeatsAKey(within)) = array.next_element()? {
            repeats |= within;
        }
        Ok(repeats)
    }

    fn visit_bool<E>(self, _: bool) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_i64<E>(self, _: i64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_u64<E>(self, _: u64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_f64<E>(self, _: f64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_str<E>(self, _: &str) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_there_twice_in_one_object_is_found_at_any_depth() {
        for (json, expected) in [
            (r#"{"a":1,"a":1}"#, true),
            (r#"{"a":1,"\u0061":1}"#, true),
            (r#"{"perm":[{"t":["x"],"a":[],"t":null}],"b":2}"#, true),
            (r#"{"a":{"a":-1},"b":[{"a":1.5},{"a":null}],"c":true,"d":"d"}"#, false),
        ] {
            assert_eq!(serde_json::from_str::<RepeatsAKey>(json).unwrap().0, expected, "{json}");
        }
    }
}
