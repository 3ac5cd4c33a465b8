//! An attribute as a model declares it.

use std::borrow::Borrow;
use std::marker::PhantomData;

use crate::rule::Rule;
use crate::{
    Attribute, AttributeKind, AttributeType, Complaint, Elements, IdentityAttribute, ImportPresence, Presence,
};

/// An attribute as a [`model!`](macro@crate::model) declares it: of the Rust type that the model's field has.
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
        self.with_rule(Rule::of::<T::Known, B>(check))
    }

    /// The attribute with a check of each known element.
    #[must_use]
    pub fn check_each<B: ?Sized + 'static>(self, check: fn(&B) -> Result<(), Complaint>) -> Self
    where
        T: Elements<Element: AttributeType<Known: Borrow<B>>>,
    {
        // That a null element is refused is the type's own rule, and said once.
        self.with_rule(Rule::of::<<T::Element as AttributeType>::Known, B>(check).each(T::CONTAINER, true))
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
            variadic: false,
            rule: T::rule(),
        };
        Self { attribute, of_type: PhantomData }
    }

    fn with_rule(mut self, rule: Rule) -> Self {
        self.attribute.rule = self.attribute.rule.and(rule);
        self
    }
}

impl<E: AttributeType> Declaration<Vec<E>> {
    /// The attribute as the list of all further arguments of a [`Function`](crate::Function), which may be none. It is
    /// the last of them, and means nothing to anything else.
    #[must_use]
    pub fn variadic(mut self) -> Self {
        self.attribute.variadic = true;
        self
    }
}

impl<T: AttributeType> Declaration<Option<T>> {
    /// An attribute that the configuration may set. It is null where that does not, so its type is an [`Option`].
    pub fn optional(name: &'static str, description: String) -> Self {
        Self::new(name, Presence::Optional, description)
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
