//! Values: null, integers as strings, floats, text, and blobs in base64.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use rusqlite::types::{Value as SqlValue, ValueRef};
use serde::Deserialize;
use serde_json::{Number, Value, json};

/// Clients pad, Turso does not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A value that a client sends.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(try_from = "ArgumentFields")]
pub(super) struct Argument(pub(super) SqlValue);

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum ArgumentFields {
    Null {},
    Integer {
        value: String,
    },
    /// Not an `f64`: below a `tag`, serde_json with `arbitrary_precision`, which another crate can switch on
    /// for all, fails to read `1.50` as one.
    Float {
        value: Number,
    },
    Text {
        value: String,
    },
    Blob {
        base64: String,
    },
}

impl TryFrom<ArgumentFields> for Argument {
    type Error = &'static str;

    fn try_from(fields: ArgumentFields) -> Result<Self, Self::Error> {
        Ok(Self(match fields {
            ArgumentFields::Null {} => SqlValue::Null,
            ArgumentFields::Integer { value } => {
                SqlValue::Integer(value.parse().map_err(|_| "an integer is not one of 64 bits")?)
            }
            ArgumentFields::Float { value } => {
                SqlValue::Real(value.as_f64().ok_or("a float is not one of 64 bits")?)
            }
            ArgumentFields::Text { value } => SqlValue::Text(value),
            ArgumentFields::Blob { base64 } => {
                SqlValue::Blob(BASE64.decode(base64).map_err(|_| "a blob is not base64")?)
            }
        }))
    }
}

/// Writes a value of a row.
pub(crate) fn write(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => json!({ "type": "null" }),
        ValueRef::Integer(integer) => json!({ "type": "integer", "value": integer.to_string() }),
        ValueRef::Real(float) => json!({ "type": "float", "value": float }),
        ValueRef::Text(text) => json!({ "type": "text", "value": String::from_utf8_lossy(text) }),
        ValueRef::Blob(bytes) => json!({ "type": "blob", "base64": BASE64.encode(bytes) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::Object;

    fn read(value: Value) -> serde_json::Result<SqlValue> {
        serde_json::from_value::<Object<Argument>>(value).map(|Object(Argument(value))| value)
    }

    #[test]
    fn every_kind_of_value_is_read_and_written_back() {
        for value in [
            json!({"type": "null"}),
            json!({"type": "integer", "value": "9223372036854775807"}),
            json!({"type": "integer", "value": "-9223372036854775808"}),
            json!({"type": "float", "value": 1.5}),
            json!({"type": "float", "value": 1e300}),
            json!({"type": "text", "value": "späť"}),
            json!({"type": "blob", "base64": "AP8"}),
            json!({"type": "blob", "base64": ""}),
        ] {
            let read = read(value.clone()).unwrap();
            assert_eq!(write(ValueRef::from(&read)), value);
        }
        assert_eq!(read(json!({"type": "blob", "base64": "AP8="})).unwrap(), SqlValue::Blob(vec![0, 255]));
        assert_eq!(read(json!({"type": "float", "value": 2})).unwrap(), SqlValue::Real(2.0));
    }

    #[test]
    fn a_value_of_the_wrong_shape_is_refused() {
        for value in [
            json!({"type": "integer", "value": 1}),
            json!({"type": "integer", "value": "1.5"}),
            json!({"type": "float", "value": "1.5"}),
            json!({"type": "blob", "base64": "!"}),
            json!({"type": "bool", "value": true}),
            json!({"type": "null", "value": 1}),
            json!(1),
        ] {
            assert!(read(value.clone()).is_err(), "{value}");
        }
    }
}
