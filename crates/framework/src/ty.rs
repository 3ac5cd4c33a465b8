//! Terraform's types. How they are written as JSON is `tfplugin6`'s affair.

use std::collections::BTreeMap;

/// The type of a value, as a schema declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// `bool`.
    Bool,
    /// `number`: a decimal of any size.
    Number,
    /// `string`: Unicode text.
    String,
    /// `any`: the type travels with the value.
    Dynamic,
    /// `list(T)`: ordered.
    List(Box<Type>),
    /// `set(T)`: unordered, without duplicates.
    Set(Box<Type>),
    /// `map(T)`: by string key.
    Map(Box<Type>),
    /// `object({…})`: named attributes, each of its own type.
    Object(BTreeMap<String, Type>),
    /// `tuple([…])`: a fixed sequence, each element of its own type.
    Tuple(Vec<Type>),
}

impl Type {
    /// `list(element)`.
    pub fn list(element: Self) -> Self {
        Self::List(Box::new(element))
    }

    /// `set(element)`.
    pub fn set(element: Self) -> Self {
        Self::Set(Box::new(element))
    }

    /// `map(element)`.
    pub fn map(element: Self) -> Self {
        Self::Map(Box::new(element))
    }

    /// `object({…})` of the named attributes.
    pub fn object<N: Into<String>>(attributes: impl IntoIterator<Item = (N, Self)>) -> Self {
        Self::Object(attributes.into_iter().map(|(name, ty)| (name.into(), ty)).collect())
    }
}
