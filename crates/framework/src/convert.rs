//! The step between values and the Rust types that stand for them.

use std::collections::{BTreeMap, BTreeSet};

use crate::value::DynamicValue;
use crate::{Field, Number, Object, Secret, Value};

/// A Rust type that values are read into and written from.
pub trait Convert: Sized {
    /// Reads a value.
    ///
    /// # Errors
    /// A value that this type can't hold: null where it isn't an [`Option`] or a [`Field`], unknown where it isn't a
    /// `Field`, a number that is too large, or, by a bug of the provider, another kind of value.
    fn from_value(value: Value) -> Result<Self, ShapeError>;

    /// Writes it as a value.
    fn into_value(self) -> Value;
}

/// A value that the Rust type for it can't hold. Tells where, and never the value itself, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place} is not {expected}")]
pub struct ShapeError {
    place: Place,
    expected: &'static str,
}

/// Where in an object a value is, innermost name last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Place(Vec<String>);

impl ShapeError {
    /// A value that is not what a type expects, said as `a string`.
    pub fn new(expected: &'static str) -> Self {
        Self { place: Place::default(), expected }
    }

    /// The same, seen from the object or list around the value.
    #[must_use]
    pub fn inside(mut self, name: impl Into<String>) -> Self {
        self.place.0.push(name.into());
        self
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.0.iter().rev().map(String::as_str).collect();
        if names.is_empty() {
            formatter.write_str("the value")
        } else {
            write!(formatter, "attribute {:?}", names.join("."))
        }
    }
}

impl Convert for Value {
    fn from_value(value: Value) -> Result<Self, ShapeError> {
        Ok(value)
    }

    fn into_value(self) -> Value {
        self
    }
}

impl<T: Convert> Convert for Field<T> {
    fn from_value(value: Value) -> Result<Self, ShapeError> {
        match value {
            Value::Null => Ok(Self::Null),
            Value::Unknown => Ok(Self::Unknown),
            value => T::from_value(value).map(Self::Known),
        }
    }

    fn into_value(self) -> Value {
        match self {
            Self::Known(value) => value.into_value(),
            Self::Null => Value::Null,
            Self::Unknown => Value::Unknown,
        }
    }
}

impl<T: Convert> Convert for Option<T> {
    fn from_value(value: Value) -> Result<Self, ShapeError> {
        match value {
            Value::Null => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }

    fn into_value(self) -> Value {
        self.map_or(Value::Null, T::into_value)
    }
}

/// The types that are one variant of [`Value`], and what is expected where another is found.
macro_rules! convert {
    ($($variant:ident($inner:ty) as $type:ty, $expected:literal, $from:expr, $into:expr;)*) => {$(
        impl Convert for $type {
            fn from_value(value: Value) -> Result<Self, ShapeError> {
                let from: fn($inner) -> Option<Self> = $from;
                match value {
                    Value::$variant(inner) => from(inner).ok_or(ShapeError::new($expected)),
                    _ => Err(ShapeError::new($expected)),
                }
            }

            fn into_value(self) -> Value {
                Value::$variant($into(self))
            }
        }
    )*};
}

convert! {
    Bool(bool) as bool, "a known bool", Some, std::convert::identity;
    String(String) as String, "a known string", Some, std::convert::identity;
    String(String) as Secret, "a known string", |text| Some(Self::new(text)), |secret: Self| secret.expose().to_owned();
    Number(Number) as Number, "a known number", Some, std::convert::identity;
    Number(Number) as i64, "a whole number that 64 bits can hold", |number| number.to_i64_exact(), Number::from;
    Number(Number) as u64, "a whole number from 0 that 64 bits can hold", |number| number.to_u64_exact(), Number::from;
    Object(Object) as Object, "a known object", Some, std::convert::identity;
    Dynamic(Box<DynamicValue>) as DynamicValue, "a known value", |dynamic| Some(*dynamic), Box::new;
}

impl<T: Convert> Convert for Vec<T> {
    fn from_value(value: Value) -> Result<Self, ShapeError> {
        let Value::List(elements) = value else { return Err(ShapeError::new("a known list")) };
        let elements = elements.into_iter().enumerate();
        elements
            .map(|(index, element)| T::from_value(element).map_err(|error| error.inside(index.to_string())))
            .collect()
    }

    fn into_value(self) -> Value {
        Value::List(self.into_iter().map(T::into_value).collect())
    }
}

impl<T: Convert + Ord> Convert for BTreeSet<T> {
    fn from_value(value: Value) -> Result<Self, ShapeError> {
        Vec::from_value(value).map(Self::from_iter)
    }

    fn into_value(self) -> Value {
        Value::set(self.into_iter().map(T::into_value).collect())
    }
}

impl<T: Convert> Convert for BTreeMap<String, T> {
    fn from_value(value: Value) -> Result<Self, ShapeError> {
        let Value::Object(entries) = value else { return Err(ShapeError::new("a known map")) };
        let entries = entries.into_iter();
        entries
            .map(|(key, entry)| match T::from_value(entry) {
                Ok(entry) => Ok((key, entry)),
                Err(error) => Err(error.inside(key)),
            })
            .collect()
    }

    fn into_value(self) -> Value {
        Value::Object(self.into_iter().map(|(key, entry)| (key, entry.into_value())).collect())
    }
}
