//! Values: null, integers as strings, floats, text, and blobs in base64.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use rusqlite::types::{Value as SqlValue, ValueRef};
use serde_json::{Value, json};

use crate::fields::Fields;

/// Clients pad, Turso does not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Reads a value.
pub(super) fn read(value: Value) -> Result<SqlValue, String> {
    let mut fields = Fields::of(value, "a value")?;
    let read = match fields.string("type")?.as_str() {
        "null" => SqlValue::Null,
        "integer" => {
            let text = fields.string("value")?;
            SqlValue::Integer(text.parse().map_err(|_| format!("\"{text}\" is no 64-bit integer"))?)
        }
        "float" => SqlValue::Real(fields.float("value")?),
        "text" => SqlValue::Text(fields.string("value")?),
        "blob" => {
            let text = fields.string("base64")?;
            SqlValue::Blob(BASE64.decode(text).map_err(|_| "a blob is not base64".to_owned())?)
        }
        other => return Err(format!("a value has an unknown type \"{other}\"")),
    };
    fields.finish()?;
    Ok(read)
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
        assert_eq!(read(json!({"type": "blob", "base64": "AP8="})), Ok(SqlValue::Blob(vec![0, 255])));
        assert_eq!(read(json!({"type": "float", "value": 2})), Ok(SqlValue::Real(2.0)));
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
