//! What a block may hold: attributes, their types, what a person reads about them, and how a plan treats them.

use super::{Type, Value};

/// The attributes of a provider, resource or data source.
#[derive(Debug, Clone)]
pub struct Schema {
    /// Raised when stored state needs an upgrade.
    pub version: i64,
    /// What it is for, in Markdown.
    pub description: &'static str,
    /// The attributes, in the order in which the docs show them.
    pub attributes: Vec<Attribute>,
}

/// One attribute of a [`Schema`].
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Its name in HCL.
    pub name: &'static str,
    /// Its type.
    pub kind: AttributeKind,
    /// What it means, in Markdown.
    pub description: &'static str,
    /// Who sets it.
    pub presence: Presence,
    /// Whether hosts hide its value.
    pub sensitive: bool,
    /// Whether another value means another object.
    pub replaces: bool,
    /// Whether a plan keeps the prior value where the configuration gives none, instead of "known after apply".
    pub keeps_prior: bool,
    /// What its value must satisfy beyond its type.
    pub check: Option<Check>,
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

/// What a known value must satisfy. A plain function: it sees no token and no network.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// The string itself.
    String(fn(&str) -> Result<(), Complaint>),
    /// Each string of a list.
    Elements(fn(&str) -> Result<(), Complaint>),
}

/// Why a value is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// What is wrong, in a few words.
    pub summary: String,
    /// Which value, and the way out.
    pub detail: String,
}

impl Schema {
    /// A schema of version 0.
    pub fn new(description: &'static str, attributes: Vec<Attribute>) -> Self {
        Self { version: 0, description, attributes }
    }

    /// The type of an object that holds exactly these attributes.
    pub fn object_type(&self) -> Type {
        object_type(&self.attributes)
    }
}

impl Attribute {
    /// An attribute that the configuration must set.
    pub fn required(name: &'static str, ty: Type, description: &'static str) -> Self {
        Self::new(name, AttributeKind::Plain(ty), Presence::Required, description)
    }

    /// An attribute that the configuration may set.
    pub fn optional(name: &'static str, ty: Type, description: &'static str) -> Self {
        Self::new(name, AttributeKind::Plain(ty), Presence::Optional, description)
    }

    /// An attribute that the provider sets.
    pub fn computed(name: &'static str, ty: Type, description: &'static str) -> Self {
        Self::new(name, AttributeKind::Plain(ty), Presence::Computed, description)
    }

    /// An attribute that the configuration may set, else the provider.
    pub fn optional_computed(name: &'static str, ty: Type, description: &'static str) -> Self {
        Self::new(name, AttributeKind::Plain(ty), Presence::OptionalComputed, description)
    }

    /// Objects that the provider sets, with attributes of their own.
    pub fn computed_nested(
        name: &'static str,
        nesting: Nesting,
        attributes: Vec<Self>,
        description: &'static str,
    ) -> Self {
        Self::new(name, AttributeKind::Nested(nesting, attributes), Presence::Computed, description)
    }

    /// The attribute with its value hidden by hosts.
    #[must_use]
    pub fn sensitive(self) -> Self {
        Self { sensitive: true, ..self }
    }

    /// The attribute where another value means another object.
    #[must_use]
    pub fn replaces(self) -> Self {
        Self { replaces: true, ..self }
    }

    /// The attribute that keeps its prior value where the configuration gives none.
    #[must_use]
    pub fn keeps_prior(self) -> Self {
        Self { keeps_prior: true, ..self }
    }

    /// The attribute with a check of its known values.
    #[must_use]
    pub fn check(self, check: Check) -> Self {
        Self { check: Some(check), ..self }
    }

    /// The type of its value.
    pub fn ty(&self) -> Type {
        match &self.kind {
            AttributeKind::Plain(ty) => ty.clone(),
            AttributeKind::Nested(Nesting::Single, attributes) => object_type(attributes),
            AttributeKind::Nested(Nesting::List, attributes) => Type::list(object_type(attributes)),
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
    pub(super) fn unset_value(&self) -> Value {
        if self.is_computed() { Value::Unknown } else { Value::Null }
    }

    fn new(name: &'static str, kind: AttributeKind, presence: Presence, description: &'static str) -> Self {
        Self {
            name,
            kind,
            description,
            presence,
            sensitive: false,
            replaces: false,
            keeps_prior: false,
            check: None,
        }
    }
}

impl Complaint {
    /// A complaint: what is wrong, then which value and the way out.
    pub fn new(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { summary: summary.into(), detail: detail.into() }
    }
}

fn object_type(attributes: &[Attribute]) -> Type {
    Type::object(attributes.iter().map(|attribute| (attribute.name, attribute.ty())))
}
