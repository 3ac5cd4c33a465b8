//! `turso_jwks_endpoint` in a `list` block: the endpoints that an organization has.

use std::sync::Arc;

use super::existing::Existing;
use super::model::State;
use crate::block::check_organization;
use crate::session::SessionSlot;
use framework::{
    Attribute, Check, Diagnostics, Field, FromObject, ListResource, Listed, Object, Schema, ShapeError, Type,
};

/// The list resource.
#[derive(Debug)]
pub(crate) struct EndpointListResource {
    session: Arc<SessionSlot>,
}

/// Its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    organization: Field<String>,
}

impl EndpointListResource {
    /// The list resource, on the provider's session.
    pub(crate) fn new(session: Arc<SessionSlot>) -> Self {
        Self { session }
    }
}

impl ListResource for EndpointListResource {
    type Config = Config;
    type State = State;

    fn type_name(&self) -> &'static str {
        "turso_jwks_endpoint"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "Lists the JWKS endpoints of an organization, in the order of their names, whoever saved them.",
            vec![
                Attribute::optional(
                    "organization",
                    Type::String,
                    "Slug of the organization. Without it, the provider's.",
                )
                .check(Check::String(check_organization)),
            ],
        )
    }

    async fn list(&self, config: Config) -> Result<Vec<Listed<State>>, Diagnostics> {
        let connection = self.session.current().connection()?;
        let existing = Existing::of(&connection, config.organization, "JWKS endpoints not listed").await?;
        let listed = |state: State| Listed { display_name: state.name.clone(), state };
        Ok(existing.by_name().into_iter().map(listed).collect())
    }
}

impl FromObject for Config {
    fn from_object(object: &Object) -> Result<Self, ShapeError> {
        Ok(Self { organization: object.string("organization")? })
    }
}
