//! The resource's attributes in Rust, as planned and as stored.

use framework::{Field, FromObject, Object, ShapeError, ToObject, Value};

/// A configuration or plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(super) id: Field<String>,
    pub(super) name: Field<String>,
    pub(super) url: Field<String>,
    pub(super) organization: Field<String>,
    pub(super) region: Field<String>,
    pub(super) preflight: Field<String>,
}

/// A state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) organization: String,
    pub(crate) region: Option<String>,
    pub(crate) preflight: Option<String>,
}

impl State {
    /// The `id` of the endpoint.
    pub(crate) fn id(&self) -> String {
        id(&self.organization, &self.name)
    }

    /// What a person would write to get this state.
    pub(super) fn configuration(&self, is_in_provider_organization: bool) -> Object {
        let organization = Some(self.organization.as_str()).filter(|_| !is_in_provider_organization);
        self.to_object().with("id", Value::Null).with_optional("organization", organization)
    }
}

/// The `id` of an endpoint, which is also its import ID.
pub(super) fn id(organization: &str, name: &str) -> String {
    format!("{organization}/{name}")
}

impl FromObject for Planned {
    fn from_object(object: &Object) -> Result<Self, ShapeError> {
        Ok(Self {
            id: object.string("id")?,
            name: object.string("name")?,
            url: object.string("url")?,
            organization: object.string("organization")?,
            region: object.string("region")?,
            preflight: object.string("preflight")?,
        })
    }
}

impl ToObject for Planned {
    fn to_object(&self) -> Object {
        Object::new()
            .with_field("id", &self.id)
            .with_field("name", &self.name)
            .with_field("url", &self.url)
            .with_field("organization", &self.organization)
            .with_field("region", &self.region)
            .with_field("preflight", &self.preflight)
    }
}

impl FromObject for State {
    fn from_object(object: &Object) -> Result<Self, ShapeError> {
        Ok(Self {
            name: object.state_string("name")?,
            url: object.state_string("url")?,
            organization: object.state_string("organization")?,
            region: object.state_optional_string("region")?,
            preflight: object.state_optional_string("preflight")?,
        })
    }
}

impl ToObject for State {
    fn to_object(&self) -> Object {
        Object::new()
            .with("id", self.id())
            .with("name", self.name.as_str())
            .with("url", self.url.as_str())
            .with("organization", self.organization.as_str())
            .with_optional("region", self.region.as_deref())
            .with_optional("preflight", self.preflight.as_deref())
    }
}
