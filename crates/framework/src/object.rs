//! Named values, and the step between them and Rust types.

use std::collections::BTreeMap;
use std::collections::btree_map;

use super::{Field, Value};

/// The attributes of an object, or the entries of a map, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Object(BTreeMap<String, Value>);

/// A Rust type that a configuration, plan or state can be read into.
pub trait FromObject: Sized {
    /// Reads the attributes. An error is a bug of the provider: values were checked against the schema before.
    fn from_object(object: &Object) -> Result<Self, ShapeError>;
}

/// A Rust type that can be written out as attributes: every attribute of its schema, or the host refuses it.
pub trait ToObject {
    /// The attributes by name.
    fn to_object(&self) -> Object;
}

/// A Rust type and a schema that do not agree: a bug of the provider.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("attribute {attribute:?} is not {expected}")]
pub struct ShapeError {
    /// The attribute that was asked for.
    pub attribute: String,
    /// What the Rust type takes it for.
    pub expected: &'static str,
}

impl Object {
    /// An object without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// The attribute's value: [`Value::Null`] where it is absent.
    pub fn value(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }

    /// The object with one more attribute, or another value for it.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// The object with a string attribute as a plan has it.
    #[must_use]
    pub fn with_field(self, name: impl Into<String>, field: &Field<String>) -> Self {
        self.with(
            name,
            match field {
                Field::Known(text) => Value::String(text.clone()),
                Field::Null => Value::Null,
                Field::Unknown => Value::Unknown,
            },
        )
    }

    /// The object with a string attribute that may be null.
    #[must_use]
    pub fn with_optional(self, name: impl Into<String>, text: Option<&str>) -> Self {
        self.with(name, text.map_or(Value::Null, Value::from))
    }

    /// Sets an attribute.
    pub fn insert(&mut self, name: impl Into<String>, value: Value) {
        self.0.insert(name.into(), value);
    }

    /// The attributes in the order of their names.
    pub fn iter(&self) -> btree_map::Iter<'_, String, Value> {
        self.0.iter()
    }

    /// The values in the order of their names.
    pub fn values(&self) -> btree_map::Values<'_, String, Value> {
        self.0.values()
    }

    /// A string attribute of a configuration or plan.
    pub fn string(&self, name: &str) -> Result<Field<String>, ShapeError> {
        match self.value(name) {
            Value::String(text) => Ok(Field::Known(text.clone())),
            Value::Null => Ok(Field::Null),
            Value::Unknown => Ok(Field::Unknown),
            _ => Err(ShapeError { attribute: name.to_owned(), expected: "a string" }),
        }
    }

    /// A list-of-strings attribute of a configuration or plan. Single elements may be unknown.
    pub fn string_list(&self, name: &str) -> Result<Field<Vec<Field<String>>>, ShapeError> {
        let error = || ShapeError { attribute: name.to_owned(), expected: "a list of strings" };
        let element = |value: &Value| match value {
            Value::String(text) => Ok(Field::Known(text.clone())),
            Value::Null => Ok(Field::Null),
            Value::Unknown => Ok(Field::Unknown),
            _ => Err(error()),
        };
        match self.value(name) {
            Value::List(elements) => {
                Ok(Field::Known(elements.iter().map(element).collect::<Result<_, _>>()?))
            }
            Value::Null => Ok(Field::Null),
            Value::Unknown => Ok(Field::Unknown),
            _ => Err(error()),
        }
    }

    /// A string attribute of a state, which must be set.
    pub fn state_string(&self, name: &str) -> Result<String, ShapeError> {
        self.string(name)?
            .known()
            .ok_or(ShapeError { attribute: name.to_owned(), expected: "a known string" })
    }

    /// A string attribute of a state, which may be null.
    pub fn state_optional_string(&self, name: &str) -> Result<Option<String>, ShapeError> {
        match self.string(name)? {
            Field::Known(text) => Ok(Some(text)),
            Field::Null => Ok(None),
            Field::Unknown => Err(ShapeError { attribute: name.to_owned(), expected: "known" }),
        }
    }
}

impl FromObject for Object {
    fn from_object(object: &Object) -> Result<Self, ShapeError> {
        Ok(object.clone())
    }
}

impl ToObject for Object {
    fn to_object(&self) -> Object {
        self.clone()
    }
}

impl<N: Into<String>> FromIterator<(N, Value)> for Object {
    fn from_iter<I: IntoIterator<Item = (N, Value)>>(attributes: I) -> Self {
        Self(attributes.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }
}

impl IntoIterator for Object {
    type Item = (String, Value);
    type IntoIter = btree_map::IntoIter<String, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
