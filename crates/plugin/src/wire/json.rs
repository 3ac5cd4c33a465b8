//! Values as JSON, read by type: how a host hands over stored state.

use serde_json::{Map, Value as Json};
use unicode_normalization::UnicodeNormalization as _;

use super::error::ValueError;
use super::types;
use framework::{Object, Type, Value};

/// What to make of attributes that the type does not have, or that are not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attributes {
    /// Every one is there and no other: what a host sends of the present schema.
    Exact,
    /// Others are passed over and absent ones are null: state that another version of the schema may have written.
    AsStored,
}

/// Reads one value of the type.
pub(super) fn decode(bytes: &[u8], ty: &Type, attributes: Attributes) -> Result<Value, ValueError> {
    let json: Json = serde_json::from_slice(bytes).map_err(|error| {
        // The library's message could quote the value; its position does not.
        ValueError::new(format!("not JSON, at line {} column {}", error.line(), error.column()))
    })?;
    value(&normalized(json), ty, attributes)
}

/// The same with every text and key in Unicode's normal form C, as hosts hold them: stored state may have been edited.
pub(super) fn normalized(json: Json) -> Json {
    match json {
        Json::String(text) => Json::String(text.nfc().collect()),
        Json::Array(elements) => elements.into_iter().map(normalized).collect(),
        Json::Object(entries) => Json::Object(
            entries.into_iter().map(|(key, value)| (key.nfc().collect(), normalized(value))).collect(),
        ),
        Json::Null | Json::Bool(_) | Json::Number(_) => json,
    }
}

fn value(json: &Json, ty: &Type, policy: Attributes) -> Result<Value, ValueError> {
    match (json, ty) {
        (Json::Null, _) => Ok(Value::Null),
        (Json::Bool(value), Type::Bool) => Ok(Value::Bool(*value)),
        (Json::String(text), Type::String) => Ok(Value::String(text.clone())),
        (Json::Number(number), Type::Number) => parse_number(&number.to_string()),
        // Hosts write a number as text where JSON's own could lose digits.
        (Json::String(text), Type::Number) => parse_number(text),
        (Json::Array(elements), Type::List(element)) => list(elements, element, policy).map(Value::List),
        (Json::Array(elements), Type::Set(element)) => list(elements, element, policy).map(Value::set),
        (Json::Array(elements), Type::Tuple(types)) if elements.len() == types.len() => {
            let elements = elements.iter().zip(types).enumerate();
            let elements = elements.map(|(index, (json, ty))| {
                value(json, ty, policy).map_err(|error| error.inside(format!("[{index}]")))
            });
            elements.collect::<Result<_, _>>().map(Value::List)
        }
        (Json::Object(entries), Type::Map(element)) => {
            let entries = entries.iter().map(|(key, json)| {
                let value =
                    value(json, element, policy).map_err(|error| error.inside(format!("[{key:?}]")))?;
                Ok((key.clone(), value))
            });
            entries.collect::<Result<Object, _>>().map(Value::Object)
        }
        (Json::Object(entries), Type::Object(attributes)) => {
            if policy == Attributes::Exact
                && let Some(name) = entries.keys().find(|name| !attributes.contains_key(*name))
            {
                return Err(ValueError::new(format!("no attribute is named {name:?}")));
            }
            let attributes = attributes.iter().map(|(name, ty)| {
                let value =
                    attribute(entries, name, ty, policy).map_err(|error| error.inside(format!(".{name}")))?;
                Ok((name.clone(), value))
            });
            attributes.collect::<Result<Object, _>>().map(Value::Object)
        }
        (Json::Object(entries), Type::Dynamic) => dynamic(entries, policy),
        (json, ty) => Err(ValueError::mismatch(&format!("{ty:?}"), kind(json))),
    }
}

fn list(elements: &[Json], element: &Type, policy: Attributes) -> Result<Vec<Value>, ValueError> {
    let elements = elements.iter().enumerate();
    elements
        .map(|(index, json)| value(json, element, policy).map_err(|error| error.inside(format!("[{index}]"))))
        .collect()
}

fn attribute(
    entries: &Map<String, Json>,
    name: &str,
    ty: &Type,
    policy: Attributes,
) -> Result<Value, ValueError> {
    match (entries.get(name), policy) {
        (Some(json), _) => value(json, ty, policy),
        (None, Attributes::AsStored) => Ok(Value::Null),
        (None, Attributes::Exact) => Err(ValueError::new("the attribute is absent")),
    }
}

/// `{"value": …, "type": …}`.
fn dynamic(entries: &Map<String, Json>, policy: Attributes) -> Result<Value, ValueError> {
    let (Some(json), Some(ty)) = (entries.get("value"), entries.get("type")) else {
        return Err(ValueError::new("a dynamic value has a value and a type"));
    };
    let ty = types::from_json(ty)?;
    let value = value(json, &ty, policy)?;
    Ok(Value::dynamic(ty, value))
}

fn parse_number(text: &str) -> Result<Value, ValueError> {
    text.parse().map(Value::Number).map_err(|_| ValueError::new("a text is no number within 10^±10000"))
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a bool",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::arbitrary::any_type;

    fn ty() -> Type {
        Type::object([("name", Type::String), ("size", Type::Number)])
    }

    #[test]
    fn stored_state_may_lack_attributes_and_have_others() {
        let read = decode(br#"{"name":"n","gone":{"a":[1]}}"#, &ty(), Attributes::AsStored);
        assert_eq!(read, Ok(Object::new().with("name", "n").with("size", Value::Null).into()));
    }

    #[test]
    fn a_value_of_the_present_schema_may_not() {
        for (json, message) in [
            (r#"{"name":"n"}"#, ".size: the attribute is absent"),
            (r#"{"name":"n","size":1,"gone":1}"#, "no attribute is named \"gone\""),
            (r#"{"name":1,"size":1}"#, ".name: expected String, found a number"),
            (r#"{"name":"sec"#, "not JSON, at line 1 column 12"),
        ] {
            assert_eq!(decode(json.as_bytes(), &ty(), Attributes::Exact).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn numbers_keep_every_digit() {
        for json in ["12345678901234567890123.5", "\"12345678901234567890123.5\""] {
            let read = decode(json.as_bytes(), &Type::Number, Attributes::Exact);
            assert_eq!(read, Ok(Value::Number("12345678901234567890123.5".parse().unwrap())), "{json}");
        }
    }

    #[test]
    fn texts_and_keys_are_read_in_one_spelling() {
        let both = "[{\"a\u{308}\": \"a\u{308}\"}, {\"\\u00e4\": \"a\\u0308\"}]";
        let read = decode(both.as_bytes(), &Type::set(Type::map(Type::String)), Attributes::Exact);
        assert_eq!(read, Ok(Value::List(vec![Object::new().with("\u{e4}", "\u{e4}").into()])));
    }

    #[test]
    fn a_dynamic_value_brings_its_type() {
        let read = decode(br#"{"value":["a"],"type":["list","string"]}"#, &Type::Dynamic, Attributes::Exact);
        assert_eq!(read, Ok(Value::dynamic(Type::list(Type::String), Value::strings(["a"]))));
    }

    proptest! {
        #[test]
        fn any_text_gives_a_value_or_an_error(json in r#"[\[\]{}",:0-9a-z]{0,60}"#, ty in any_type()) {
            let _ = decode(json.as_bytes(), &ty, Attributes::AsStored);
        }
    }
}
