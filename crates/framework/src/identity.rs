//! Resource identity: the few attributes that name one object for good (protocol 6.9).

use super::Type;

/// What identity a resource type has. Identity never changes for one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentitySchema {
    /// Raised when the attributes change.
    pub version: i64,
    /// The attributes that together name one object.
    pub attributes: Vec<IdentityAttribute>,
}

/// One attribute of an identity: a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityAttribute {
    /// Its name.
    pub name: &'static str,
    /// What a person reads about it.
    pub description: &'static str,
    /// Whether an import by identity has to give it.
    pub import: ImportPresence,
}

/// Whether an `import` block with `identity` must give an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportPresence {
    /// It must.
    Required,
    /// The provider can fill it in.
    Optional,
}

impl IdentitySchema {
    /// The object type of an identity.
    pub fn object_type(&self) -> Type {
        Type::object(self.attributes.iter().map(|attribute| (attribute.name, Type::String)))
    }
}
