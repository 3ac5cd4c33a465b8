//! Resource identity: the few attributes that name one object for good (protocol 6.9).

use super::{Object, Type};

/// What identity a resource type has. Identity never changes for one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentitySchema {
    /// Raised when the attributes change.
    pub version: i64,
    /// The attributes that together name one object.
    pub attributes: Vec<IdentityAttribute>,
}

/// One attribute of an identity: a string, of the same name and meaning as the resource's attribute.
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

    /// The identity of an object: its attributes of the same names.
    pub fn identity_of(&self, object: &Object) -> Object {
        let attributes = self.attributes.iter();
        attributes.map(|attribute| (attribute.name, object.value(attribute.name).clone())).collect()
    }
}
