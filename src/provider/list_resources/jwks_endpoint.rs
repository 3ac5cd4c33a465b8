//! `turso_jwks_endpoint` in a `list` block: the endpoints that an organization has.

use std::sync::Arc;

use crate::framework::{
    Attribute, Check, Diagnostics, Field, FromObject, ListResource, Listed, Object, Schema, ShapeError, Type,
};
use crate::provider::block::check_organization;
use crate::provider::resources::jwks_endpoint::{Existing, State};
use crate::provider::session::SessionSlot;

/// The list resource.
#[derive(Debug)]
pub(in crate::provider) struct JwksEndpoint {
    session: Arc<SessionSlot>,
}

/// Its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::provider) struct Config {
    organization: Field<String>,
}

impl JwksEndpoint {
    /// The list resource, on the provider's session.
    pub(in crate::provider) fn new(session: Arc<SessionSlot>) -> Self {
        Self { session }
    }
}

impl ListResource for JwksEndpoint {
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
