//! Values as a host sees them: what a configuration says, what a state holds, what a plan leaves open.
//!
//! Tests write values as JSON ([`Value::from_json`]) and compare them with JSON. JSON has no word for "not
//! known yet", so an object with the one key `$unknown` stands for it: see [`unknown`] and
//! [`refined_unknown`].

mod msgpack;
mod number;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Index;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use unicode_normalization::is_nfc;

use crate::types::Type;
pub use number::{Number, NumberError};

const UNKNOWN: &str = "$unknown";

/// A value of some [`Type`].
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// The absence of a value
    #[default]
    Null,
    /// A value that apply will know
    Unknown(Refinement),
    /// true or false
    Bool(bool),
    /// A number of any size
    Number(Number),
    /// Unicode, in normalization form C
    String(String),
    /// A list, a tuple, or a set: a set's elements are sorted, so that two equal sets are equal here
    Sequence(Vec<Value>),
    /// A map or an object
    Map(BTreeMap<String, Value>),
    /// A value where the schema says "any type", with the type it brought
    Dynamic(Type, Box<Value>),
}

/// What a host already knows of an unknown value. A provider may ignore all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Refinement {
    /// It will not be null
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_null: bool,
    /// A string that will begin so
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// A number that will be at least this, the bound included
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Number>,
    /// A collection that will have this many elements or more
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least_long: Option<u32>,
    /// A collection that will have this many elements or fewer
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most_long: Option<u32>,
}

/// Why a value does not have the type it should have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct ValueError {
    path: String,
    problem: String,
}

/// The JSON that stands for a value not known yet.
pub fn unknown() -> Json {
    json!({ UNKNOWN: {} })
}

/// The JSON that stands for a value not known yet, of which something is known.
pub fn refined_unknown(refinement: &Refinement) -> Json {
    json!({ UNKNOWN: refinement })
}

impl Value {
    /// Reads what a test or a state file says.
    ///
    /// An attribute left out of an object is null, as it is in HCL. Where the type is "any", an object with
    /// exactly the keys `type` and `value` gives the type too, as in a state file; otherwise it is inferred as
    /// from HCL (an array is a tuple).
    ///
    /// # Errors
    ///
    /// Where the JSON does not fit the type, or names an attribute that the type does not have.
    pub fn from_json(json: &Json, ty: &Type) -> Result<Self, ValueError> {
        if json.is_null() {
            return Ok(Self::Null);
        }
        if let Some(refinement) = unknown_in(json) {
            return Ok(Self::Unknown(refinement));
        }
        match (ty, json) {
            (Type::Dynamic, json) => Self::dynamic_from_json(json),
            (Type::Bool, Json::Bool(known)) => Ok(Self::Bool(*known)),
            (Type::Number, Json::Number(number)) => number
                .to_string()
                .parse()
                .map(Self::Number)
                .map_err(|error: NumberError| ValueError::new(error.to_string())),
            (Type::String, Json::String(text)) => Ok(Self::String(text.clone())),
            (Type::List(element), Json::Array(elements)) => {
                elements_from_json(elements, |_| Some(element)).map(Self::Sequence)
            }
            (Type::Set(element), Json::Array(elements)) => {
                elements_from_json(elements, |_| Some(element)).map(Self::set)
            }
            (Type::Tuple(types), Json::Array(elements)) if types.len() == elements.len() => {
                elements_from_json(elements, |index| types.get(index)).map(Self::Sequence)
            }
            (Type::Map(element), Json::Object(entries)) => entries
                .iter()
                .map(|(key, entry)| {
                    let value = Self::from_json(entry, element)
                        .map_err(|error| error.within(&format!("key {key:?}")))?;
                    Ok((key.clone(), value))
                })
                .collect::<Result<_, _>>()
                .map(Self::Map),
            (Type::Object(attributes), Json::Object(entries)) => Self::object_from_json(entries, attributes),
            (ty, json) => Err(ValueError::new(format!("{json} is not of type {ty}"))),
        }
    }

    fn object_from_json(
        entries: &serde_json::Map<String, Json>,
        attributes: &BTreeMap<String, Type>,
    ) -> Result<Self, ValueError> {
        if let Some(stranger) = entries.keys().find(|name| !attributes.contains_key(*name)) {
            return Err(ValueError::new(format!("there is no attribute {stranger:?}")));
        }
        attributes
            .iter()
            .map(|(name, ty)| {
                let json = entries.get(name).unwrap_or(&Json::Null);
                let value =
                    Self::from_json(json, ty).map_err(|error| error.within(&format!("attribute {name}")))?;
                Ok((name.clone(), value))
            })
            .collect::<Result<_, _>>()
            .map(Self::Map)
    }

    fn dynamic_from_json(json: &Json) -> Result<Self, ValueError> {
        let typed = match json {
            Json::Object(entries) if entries.len() == 2 => entries.get("type").zip(entries.get("value")),
            _ => None,
        };
        let (ty, json) = match typed.map(|(ty, value)| (Type::from_json(ty), value)) {
            Some((Ok(ty), value)) => (ty, value),
            _ => (inferred(json), json),
        };
        let value = Self::from_json(json, &ty)?;
        Ok(Self::Dynamic(ty, Box::new(value)))
    }

    /// A set of these elements.
    pub fn set(mut elements: Vec<Self>) -> Self {
        elements.sort();
        Self::Sequence(elements)
    }

    /// The value as JSON, to compare and to print. The type that a dynamic value brought is not in it.
    pub fn to_json(&self) -> Json {
        self.json(false)
    }

    /// The value as a state file holds it: as [`Value::to_json`], with the types of dynamic values.
    pub fn to_state_json(&self) -> Json {
        self.json(true)
    }

    fn json(&self, typed: bool) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Unknown(refinement) => refined_unknown(refinement),
            Self::Bool(known) => Json::Bool(*known),
            Self::Number(number) => Json::Number(number.clone().into()),
            Self::String(text) => Json::String(text.clone()),
            Self::Sequence(elements) => elements.iter().map(|element| element.json(typed)).collect(),
            Self::Map(entries) => {
                entries.iter().map(|(key, entry)| (key.clone(), entry.json(typed))).collect()
            }
            Self::Dynamic(ty, value) if typed => json!({ "type": ty.to_json(), "value": value.json(typed) }),
            Self::Dynamic(_, value) => value.json(typed),
        }
    }

    /// Whether this is null, also where a dynamic value is a null of some type.
    pub fn is_null(&self) -> bool {
        *self.untyped() == Self::Null
    }

    /// Whether nothing at all is known of what this will be. Its parts may still be unknown where it is not.
    pub fn is_unknown(&self) -> bool {
        matches!(self.untyped(), Self::Unknown(_))
    }

    /// Whether neither this nor any part of it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => true,
            Self::Sequence(elements) => elements.iter().all(Self::is_wholly_known),
            Self::Map(entries) => entries.values().all(Self::is_wholly_known),
            Self::Dynamic(_, value) => value.is_wholly_known(),
        }
    }

    /// The value without the type that a dynamic value brought.
    pub fn untyped(&self) -> &Self {
        match self {
            Self::Dynamic(_, value) => value.untyped(),
            value => value,
        }
    }

    /// The attribute of an object or the entry of a map; null where there is none.
    pub fn entry(&self, key: &str) -> &Self {
        const NULL: &Value = &Value::Null;
        match self.untyped() {
            Self::Map(entries) => entries.get(key).unwrap_or(NULL),
            _ => NULL,
        }
    }
}

impl Index<&str> for Value {
    type Output = Self;

    fn index(&self, key: &str) -> &Self {
        self.entry(key)
    }
}

impl PartialEq<Json> for Value {
    fn eq(&self, other: &Json) -> bool {
        self.to_json() == *other
    }
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(_) => formatter.write_str("(known after apply)"),
            value => write!(formatter, "{}", value.to_json()),
        }
    }
}

impl ValueError {
    fn new(problem: impl Into<String>) -> Self {
        Self { path: "the value".to_owned(), problem: problem.into() }
    }

    fn within(self, step: &str) -> Self {
        let path = match self.path.as_str() {
            "the value" => step.to_owned(),
            inner => format!("{step}, {inner}"),
        };
        Self { path, ..self }
    }
}

fn elements_from_json<'t>(
    elements: &[Json],
    type_at: impl Fn(usize) -> Option<&'t Type> + 't,
) -> Result<Vec<Value>, ValueError> {
    elements
        .iter()
        .enumerate()
        .filter_map(|(index, element)| Some((index, element, type_at(index)?)))
        .map(|(index, element, ty)| {
            Value::from_json(element, ty).map_err(|error| error.within(&format!("element {index}")))
        })
        .collect()
}

fn unknown_in(json: &Json) -> Option<Refinement> {
    let Json::Object(entries) = json else { return None };
    let known = (entries.len() == 1).then(|| entries.get(UNKNOWN)).flatten()?;
    serde_json::from_value(known.clone()).ok()
}

fn inferred(json: &Json) -> Type {
    match json {
        Json::Null => Type::Dynamic,
        Json::Bool(_) => Type::Bool,
        Json::Number(_) => Type::Number,
        Json::String(_) => Type::String,
        Json::Array(elements) => Type::Tuple(elements.iter().map(inferred).collect()),
        Json::Object(_) if unknown_in(json).is_some() => Type::Dynamic,
        Json::Object(entries) => {
            Type::Object(entries.iter().map(|(name, entry)| (name.clone(), inferred(entry))).collect())
        }
    }
}

fn normalized(text: &str) -> Result<(), ValueError> {
    match is_nfc(text) {
        true => Ok(()),
        false => Err(ValueError::new(format!("{text:?} is not in normalization form C"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object() -> Type {
        Type::parse(
            br#"["object",{"name":"string","size":"number","tags":["set","string"],"any":"dynamic"}]"#,
        )
        .unwrap()
    }

    #[test]
    fn an_attribute_left_out_is_null() {
        let value = Value::from_json(&json!({ "name": "a" }), &object()).unwrap();
        assert_eq!(value, json!({ "name": "a", "size": null, "tags": null, "any": null }));
    }

    #[test]
    fn an_attribute_that_does_not_exist_is_refused() {
        let error = Value::from_json(&json!({ "nmae": "a" }), &object()).unwrap_err();
        assert_eq!(error.to_string(), r#"the value: there is no attribute "nmae""#);
    }

    #[test]
    fn a_wrong_type_is_refused_with_its_place() {
        let error = Value::from_json(&json!({ "tags": ["a", 1] }), &object()).unwrap_err();
        assert_eq!(error.to_string(), r#"attribute tags, element 1: 1 is not of type "string""#);
    }

    #[test]
    fn sets_are_equal_whatever_their_order() {
        let one = Value::from_json(&json!({ "tags": ["a", "b"] }), &object()).unwrap();
        let other = Value::from_json(&json!({ "tags": ["b", "a"] }), &object()).unwrap();
        assert_eq!(one, other);
    }

    #[test]
    fn a_dynamic_value_has_the_type_of_its_json_or_the_type_beside_it() {
        let ty = Type::Dynamic;
        let inferred = Value::from_json(&json!({ "a": [1, "x"] }), &ty).unwrap();
        let Value::Dynamic(inferred, _) = inferred else { panic!("not dynamic") };
        assert_eq!(inferred.to_string(), r#"["object",{"a":["tuple",["number","string"]]}]"#);

        let typed = json!({ "type": ["list", "string"], "value": ["x"] });
        let value = Value::from_json(&typed, &ty).unwrap();
        assert_eq!(value, json!(["x"]));
        assert_eq!(value.to_state_json(), typed);
    }

    #[test]
    fn unknown_values_keep_what_is_known_of_them() {
        let refinement = Refinement {
            not_null: true,
            prefix: Some("https://".to_owned()),
            at_least: Some("2".parse().unwrap()),
            at_least_long: Some(1),
            at_most_long: Some(3),
        };
        let value = Value::from_json(&refined_unknown(&refinement), &Type::String).unwrap();
        assert_eq!(value, Value::Unknown(refinement));
        assert_eq!(Value::from_json(&unknown(), &Type::Bool).unwrap(), Value::Unknown(Refinement::default()));
    }

    #[test]
    fn an_unknown_part_makes_the_whole_not_wholly_known() {
        let value = Value::from_json(&json!({ "tags": ["a", unknown()] }), &object()).unwrap();
        assert!(!value.is_wholly_known());
        assert!(!value["tags"].is_unknown());
        assert!(!value["tags"].is_wholly_known());
    }

    #[test]
    fn numbers_of_any_size_go_through_json_unchanged() {
        for number in ["123456789012345678901234567890", "0.1000000000000000055511151231257827", "-7"] {
            let json: Json = number.parse().unwrap();
            assert_eq!(Value::from_json(&json, &Type::Number).unwrap().to_json(), json);
        }
    }
}
