//! Terraform's type constraints, as a host reads them from a schema.
//!
//! The notation is cty's: a JSON string for the primitives and for "any type", an array for the rest
//! (`["list","string"]`, `["object",{"name":"string"}]`).

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value as Json, json};

/// The type of an attribute, an argument or a whole object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// `"bool"`
    Bool,
    /// `"number"`: decimal, of any size and precision
    Number,
    /// `"string"`: Unicode in normalization form C
    String,
    /// `"dynamic"`: the value brings its own type
    Dynamic,
    /// `["list",T]`
    List(Box<Type>),
    /// `["set",T]`
    Set(Box<Type>),
    /// `["map",T]`
    Map(Box<Type>),
    /// `["tuple",[T…]]`
    Tuple(Vec<Type>),
    /// `["object",{name:T}]`
    Object(BTreeMap<String, Type>),
}

/// Why some JSON is not a type constraint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a type constraint")]
pub struct TypeError(String);

impl Type {
    /// Reads the JSON notation.
    ///
    /// # Errors
    ///
    /// Where the bytes are not JSON, or the JSON is not a type constraint.
    pub fn parse(notation: &[u8]) -> Result<Self, TypeError> {
        let json: Json = serde_json::from_slice(notation)
            .map_err(|_| TypeError(String::from_utf8_lossy(notation).into_owned()))?;
        Self::from_json(&json)
    }

    /// Reads the JSON notation, once parsed.
    ///
    /// # Errors
    ///
    /// Where the JSON is not a type constraint.
    pub fn from_json(json: &Json) -> Result<Self, TypeError> {
        Self::read(json).ok_or_else(|| TypeError(json.to_string()))
    }

    fn read(json: &Json) -> Option<Self> {
        if let Json::String(name) = json {
            return match name.as_str() {
                "bool" => Some(Self::Bool),
                "number" => Some(Self::Number),
                "string" => Some(Self::String),
                "dynamic" => Some(Self::Dynamic),
                _ => None,
            };
        }
        let [Json::String(kind), parts @ ..] = json.as_array()?.as_slice() else { return None };
        match (kind.as_str(), parts) {
            ("list", [element]) => Self::read(element).map(|element| Self::List(Box::new(element))),
            ("set", [element]) => Self::read(element).map(|element| Self::Set(Box::new(element))),
            ("map", [element]) => Self::read(element).map(|element| Self::Map(Box::new(element))),
            ("tuple", [Json::Array(elements)]) => {
                elements.iter().map(Self::read).collect::<Option<_>>().map(Self::Tuple)
            }
            // The optional attributes of the second form matter to configuration only: a value has them all.
            ("object", [Json::Object(attributes)] | [Json::Object(attributes), Json::Array(_)]) => {
                let attributes = attributes.iter().map(|(name, ty)| Some((name.clone(), Self::read(ty)?)));
                attributes.collect::<Option<_>>().map(Self::Object)
            }
            _ => None,
        }
    }

    /// The JSON notation.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Bool => json!("bool"),
            Self::Number => json!("number"),
            Self::String => json!("string"),
            Self::Dynamic => json!("dynamic"),
            Self::List(element) => json!(["list", element.to_json()]),
            Self::Set(element) => json!(["set", element.to_json()]),
            Self::Map(element) => json!(["map", element.to_json()]),
            Self::Tuple(elements) => json!(["tuple", elements.iter().map(Self::to_json).collect::<Vec<_>>()]),
            Self::Object(attributes) => {
                let attributes: serde_json::Map<_, _> =
                    attributes.iter().map(|(name, attribute)| (name.clone(), attribute.to_json())).collect();
                json!(["object", attributes])
            }
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.to_json())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notation_reads_back_as_it_was_written() {
        for notation in [
            r#""bool""#,
            r#""number""#,
            r#""string""#,
            r#""dynamic""#,
            r#"["list","string"]"#,
            r#"["set",["map","number"]]"#,
            r#"["tuple",["bool","dynamic"]]"#,
            r#"["object",{"a":["list","string"],"b":"bool"}]"#,
        ] {
            let parsed = Type::parse(notation.as_bytes()).unwrap();
            assert_eq!(parsed.to_string(), notation);
        }
    }

    #[test]
    fn optional_attributes_of_an_object_are_attributes_like_the_others() {
        let parsed = Type::parse(br#"["object",{"a":"string"},["a"]]"#).unwrap();
        assert_eq!(parsed, Type::Object([("a".to_owned(), Type::String)].into()));
    }

    #[test]
    fn anything_else_is_refused() {
        for notation in [
            "",
            "text",
            r#""text""#,
            "1",
            "null",
            "[]",
            r#"["list"]"#,
            r#"["list","string","string"]"#,
            r#"["list","text"]"#,
            r#"["tuple","string"]"#,
            r#"["object",["a"]]"#,
            r#"["object",{"a":"text"}]"#,
        ] {
            assert!(Type::parse(notation.as_bytes()).is_err(), "{notation}");
        }
    }
}
