//! One attribute of a block: its type, what a person reads about it, and how a plan treats it.

use crate::rule::Rule;
use crate::{IdentityAttribute, Type, Value};

/// One attribute of a block.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Its name in HCL.
    pub name: &'static str,
    /// Its type.
    pub kind: AttributeKind,
    /// What it means, in Markdown.
    pub description: String,
    /// Who sets it.
    pub presence: Presence,
    /// Whether hosts hide its value.
    pub sensitive: bool,
    /// Whether another value means another object.
    pub replaces: bool,
    /// Whether a plan keeps the prior value where the configuration gives none, instead of "known after apply".
    pub keeps_prior: bool,
    /// Its part in the identity of an object.
    pub identity: Option<IdentityAttribute>,
    /// Whether it is the list of a function's further arguments.
    pub variadic: bool,
    /// What its known values are held to.
    pub(crate) rule: Rule,
}

/// An attribute's type: a plain one, or objects whose attributes have descriptions of their own.
#[derive(Debug, Clone)]
pub enum AttributeKind {
    /// A type with nothing to say about its parts.
    Plain(Type),
    /// Objects with documented attributes.
    Nested(Nesting, Vec<Attribute>),
}

/// How the objects of a nested attribute are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nesting {
    /// One object.
    Single,
    /// A list of objects.
    List,
    /// A set of objects.
    Set,
    /// Objects by string key.
    Map,
}

/// Who sets an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// The configuration must.
    Required,
    /// The configuration may.
    Optional,
    /// The provider does.
    Computed,
    /// The configuration may, else the provider does.
    OptionalComputed,
}

impl Attribute {
    /// The type of its value.
    pub fn ty(&self) -> Type {
        match &self.kind {
            AttributeKind::Plain(ty) => ty.clone(),
            AttributeKind::Nested(Nesting::Single, attributes) => object_type(attributes),
            AttributeKind::Nested(Nesting::List, attributes) => Type::list(object_type(attributes)),
            AttributeKind::Nested(Nesting::Set, attributes) => Type::set(object_type(attributes)),
            AttributeKind::Nested(Nesting::Map, attributes) => Type::map(object_type(attributes)),
        }
    }

    /// Whether the provider may set it.
    pub fn is_computed(&self) -> bool {
        matches!(self.presence, Presence::Computed | Presence::OptionalComputed)
    }

    /// Whether the configuration may set it.
    pub fn is_configurable(&self) -> bool {
        self.presence != Presence::Computed
    }

    /// What an absent value becomes in a plan for a new object.
    pub(crate) fn unset_value(&self) -> Value {
        if self.is_computed() { Value::Unknown } else { Value::Null }
    }
}

pub(crate) fn object_type(attributes: &[Attribute]) -> Type {
    Type::object(attributes.iter().map(|attribute| (attribute.name, attribute.ty())))
}
