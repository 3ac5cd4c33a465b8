//! What a block may hold.

use crate::attribute::object_type;
use crate::model::planned;
use crate::{Attribute, AttributePath, Diagnostics, IdentitySchema, Model, Object, Type};

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

    /// What is wrong with a configuration of `of`: by the schema, and by the checks that span attributes.
    pub(crate) fn validate_as<M: Model>(
        &self,
        of: &str,
        config: Object,
        spanning: impl FnOnce(&M::Planned) -> Diagnostics,
    ) -> Diagnostics {
        let mut found = self.validate(&config);
        match planned::<M>(of, config) {
            Ok(config) => found.extend(spanning(&config)),
            Err(bug) if found == Diagnostics::none() => return bug,
            // What the schema refuses may be what the model can't hold, such as a number that is too large.
            Err(_) => {}
        }
        found
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
