//! Types as JSON, the way schemas and dynamic values carry them: `"string"`, `["list","string"]`, `["object",{…}]`.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::error::ValueError;
use super::json::normalized;
use framework::Type;

/// The type as JSON bytes.
pub(super) fn encode(ty: &Type) -> Vec<u8> {
    let mut json = String::new();
    write(ty, &mut json);
    json.into_bytes()
}

/// The type that the JSON bytes name.
pub(super) fn decode(bytes: &[u8]) -> Result<Type, ValueError> {
    let json = serde_json::from_slice(bytes)
        .map_err(|error| ValueError::new(format!("a type is not JSON: {error}")))?;
    from_json(&normalized(json))
}

/// The type that a JSON value names.
pub(super) fn from_json(json: &Json) -> Result<Type, ValueError> {
    match json {
        Json::String(name) => match name.as_str() {
            "bool" => Ok(Type::Bool),
            "number" => Ok(Type::Number),
            "string" => Ok(Type::String),
            "dynamic" => Ok(Type::Dynamic),
            _ => Err(unknown_type()),
        },
        Json::Array(parts) => match parts.as_slice() {
            [Json::String(kind), inner] if kind == "list" => from_json(inner).map(Type::list),
            [Json::String(kind), inner] if kind == "set" => from_json(inner).map(Type::set),
            [Json::String(kind), inner] if kind == "map" => from_json(inner).map(Type::map),
            [Json::String(kind), Json::Array(elements)] if kind == "tuple" => {
                elements.iter().map(from_json).collect::<Result<_, _>>().map(Type::Tuple)
            }
            // A third part names the attributes that a configuration may leave out; in a value all are there.
            [Json::String(kind), Json::Object(attributes)]
            | [Json::String(kind), Json::Object(attributes), Json::Array(_)]
                if kind == "object" =>
            {
                attributes
                    .iter()
                    .map(|(name, ty)| Ok((name.clone(), from_json(ty)?)))
                    .collect::<Result<BTreeMap<_, _>, _>>()
                    .map(Type::Object)
            }
            _ => Err(unknown_type()),
        },
        _ => Err(unknown_type()),
    }
}

/// Straight into the text: a schema has a type for each attribute, and a tree of values for each costs more than all the
/// rest of the schema.
fn write(ty: &Type, json: &mut String) {
    match ty {
        Type::Bool => json.push_str(r#""bool""#),
        Type::Number => json.push_str(r#""number""#),
        Type::String => json.push_str(r#""string""#),
        Type::Dynamic => json.push_str(r#""dynamic""#),
        Type::List(element) => write_of("list", element, json),
        Type::Set(element) => write_of("set", element, json),
        Type::Map(element) => write_of("map", element, json),
        Type::Tuple(elements) => {
            json.push_str(r#"["tuple",["#);
            for (place, element) in elements.iter().enumerate() {
                json.push_str(if place == 0 { "" } else { "," });
                write(element, json);
            }
            json.push_str("]]");
        }
        Type::Object(attributes) => {
            json.push_str(r#"["object",{"#);
            for (place, (name, ty)) in attributes.iter().enumerate() {
                json.push_str(if place == 0 { "" } else { "," });
                json.push_str(&Json::from(name.as_str()).to_string());
                json.push(':');
                write(ty, json);
            }
            json.push_str("}]");
        }
    }
}

fn write_of(kind: &str, element: &Type, json: &mut String) {
    json.push_str("[\"");
    json.push_str(kind);
    json.push_str("\",");
    write(element, json);
    json.push(']');
}

fn unknown_type() -> ValueError {
    ValueError::new("a type is none that Terraform has")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_written_as_hosts_read_them() {
        for (ty, json) in [
            (Type::String, r#""string""#),
            (Type::list(Type::Dynamic), r#"["list","dynamic"]"#),
            (Type::map(Type::set(Type::Number)), r#"["map",["set","number"]]"#),
            (
                Type::object([("b", Type::Bool), ("a", Type::String)]),
                r#"["object",{"a":"string","b":"bool"}]"#,
            ),
            (Type::object([("a\"\\b", Type::Bool)]), r#"["object",{"a\"\\b":"bool"}]"#),
            (Type::object([] as [(&str, Type); 0]), r#"["object",{}]"#),
            (Type::Tuple(vec![Type::String, Type::Number]), r#"["tuple",["string","number"]]"#),
            (Type::Tuple(vec![]), r#"["tuple",[]]"#),
        ] {
            assert_eq!(String::from_utf8(encode(&ty)).unwrap(), json);
            assert_eq!(decode(json.as_bytes()), Ok(ty));
        }
    }

    #[test]
    fn an_object_with_optional_attributes_is_an_object() {
        let json = br#"["object",{"a":"string"},["a"]]"#;
        assert_eq!(decode(json), Ok(Type::object([("a", Type::String)])));
    }

    #[test]
    fn what_is_no_type_is_refused() {
        for json in
            ["", "{}", "null", "\"text\"", "[\"list\"]", "[\"tuple\",\"string\"]", "[\"object\",[]]", "[]"]
        {
            assert!(decode(json.as_bytes()).is_err(), "{json}");
        }
    }
}
