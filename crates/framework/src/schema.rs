//! What a block may hold: attributes, their types, what a person reads about them, and how a plan treats them.

use std::borrow::Borrow;
use std::marker::PhantomData;

use crate::attribute_type::Rule;
use crate::{
    AttributePath, AttributeType, Complaint, Diagnostics, Elements, IdentityAttribute, IdentitySchema,
    ImportPresence, Model, Object, Type, Value,
};

/// The attributes of a provider, resource, data source or function.
#[derive(Debug, Clone)]
pub struct Schema {
    /// Raised when stored state needs an upgrade.
    pub version: i64,
    /// What it is for, in Markdown.
    pub description: String,
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

impl Schema {
    /// The schema of a model, of version 0.
    pub fn of<M: Model>() -> Self {
        Self { version: 0, description: M::description(), attributes: M::attributes() }
    }

    /// The type of an object that holds exactly these attributes.
    pub fn object_type(&self) -> Type {
        object_type(&self.attributes)
    }

    /// The identity that the attributes make up together; none where none has a part in it.
    pub fn identity(&self) -> Option<IdentitySchema> {
        let attributes = self.attributes.iter().filter_map(|attribute| attribute.identity.clone());
        let attributes: Vec<_> = attributes.collect();
        (!attributes.is_empty()).then_some(IdentitySchema { version: 0, attributes })
    }

    /// What is wrong with the known values of an object. Unknown values pass: they are looked at again once known.
    pub fn validate(&self, object: &Object) -> Diagnostics {
        let mut complaints = Vec::new();
        for attribute in &self.attributes {
            let path = AttributePath::root(attribute.name);
            attribute.rule.check(object.value(attribute.name), &path, &mut complaints);
        }
        complaints.into_iter().collect()
    }
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

/// An attribute as a [`model!`](crate::model!) declares it: of the Rust type that the model's field has.
#[derive(Debug, Clone)]
pub struct Declaration<T> {
    attribute: Attribute,
    of_type: PhantomData<T>,
}

impl<T: AttributeType> Declaration<T> {
    /// An attribute that the configuration must set.
    pub fn required(name: &'static str, description: String) -> Self {
        Self::new(name, Presence::Required, description)
    }

    /// An attribute that the provider sets.
    pub fn computed(name: &'static str, description: String) -> Self {
        Self::new(name, Presence::Computed, description)
    }

    /// An attribute that the configuration may set, else the provider.
    pub fn optional_computed(name: &'static str, description: String) -> Self {
        Self::new(name, Presence::OptionalComputed, description)
    }

    /// The attribute where another value means another object.
    #[must_use]
    pub fn replaces(mut self) -> Self {
        self.attribute.replaces = true;
        self
    }

    /// The attribute that keeps its prior value where the configuration gives none.
    #[must_use]
    pub fn keeps_prior(mut self) -> Self {
        self.attribute.keeps_prior = true;
        self
    }

    /// The attribute with a check of its known values: a plain function, which sees no token and no network.
    #[must_use]
    pub fn check<B: ?Sized + 'static>(self, check: fn(&B) -> Result<(), Complaint>) -> Self
    where
        T::Known: Borrow<B>,
    {
        self.with_rule(Rule::of::<T, B>(check))
    }

    /// The attribute with a check of each known element.
    #[must_use]
    pub fn check_each<B: ?Sized + 'static>(self, check: fn(&B) -> Result<(), Complaint>) -> Self
    where
        T: Elements<Element: AttributeType<Known: Borrow<B>>>,
    {
        // That a null element is refused is the type's own rule, and said once.
        self.with_rule(Rule::of::<T::Element, B>(check).each(T::CONTAINER, true))
    }

    /// The attribute with a type and no descriptions of its parts, which a person may write as blocks.
    #[must_use]
    pub fn plain(mut self) -> Self {
        self.attribute.kind = AttributeKind::Plain(T::ty());
        self.attribute.sensitive = T::SENSITIVE;
        self
    }

    /// The attribute, its Rust type forgotten.
    pub fn attribute(self) -> Attribute {
        self.attribute
    }

    fn new(name: &'static str, presence: Presence, description: String) -> Self {
        let (kind, sensitive) = match T::nested() {
            Some((nesting, attributes)) => (AttributeKind::Nested(nesting, attributes), false),
            None => (AttributeKind::Plain(T::ty()), T::SENSITIVE),
        };
        let attribute = Attribute {
            name,
            kind,
            description,
            presence,
            sensitive,
            replaces: false,
            keeps_prior: false,
            identity: None,
            rule: T::rule(),
        };
        Self { attribute, of_type: PhantomData }
    }

    fn with_rule(mut self, rule: Rule) -> Self {
        self.attribute.rule = self.attribute.rule.and(rule);
        self
    }
}

impl Declaration<String> {
    /// The attribute as one of those that name an object for good, which an import by identity must give. A person
    /// reads `description` about it there.
    #[must_use]
    pub fn identity(self, description: &'static str) -> Self {
        self.with_identity(description, ImportPresence::Required)
    }

    /// As [`Declaration::identity`], for one that an import by identity may leave out.
    #[must_use]
    pub fn optional_identity(self, description: &'static str) -> Self {
        self.with_identity(description, ImportPresence::Optional)
    }

    fn with_identity(mut self, description: &'static str, import: ImportPresence) -> Self {
        self.attribute.identity = Some(IdentityAttribute { name: self.attribute.name, description, import });
        self
    }
}

impl<T: AttributeType> Declaration<Option<T>> {
    /// An attribute that the configuration may set. It is null where that does not, so its type is an [`Option`].
    pub fn optional(name: &'static str, description: String) -> Self {
        Self::new(name, Presence::Optional, description)
    }
}

pub(crate) fn object_type(attributes: &[Attribute]) -> Type {
    Type::object(attributes.iter().map(|attribute| (attribute.name, attribute.ty())))
}
