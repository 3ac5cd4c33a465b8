//! `turso_jwks_endpoints`: all JWKS endpoints of an organization, whoever saved them.

use std::sync::Arc;

use super::existing::Existing;
use super::model::State as Endpoint;
use crate::block::check_organization;
use crate::session::SessionSlot;
use framework::{
    Attribute, Check, DataSource, Diagnostics, Field, FromObject, Nesting, Object, Schema, ShapeError,
    ToObject, Type, Value,
};

/// The data source.
#[derive(Debug)]
pub(crate) struct EndpointsDataSource {
    session: Arc<SessionSlot>,
}

/// Its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    organization: Field<String>,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State(Existing);

impl EndpointsDataSource {
    /// The data source, on the provider's session.
    pub(crate) fn new(session: Arc<SessionSlot>) -> Self {
        Self { session }
    }
}

impl DataSource for EndpointsDataSource {
    type Config = Config;
    type State = State;

    fn type_name(&self) -> &'static str {
        "turso_jwks_endpoints"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "Reads all JWKS endpoints of an organization, whether Terraform, Turso's CLI or the dashboard saved them: to \
             import them in bulk, or to check that there are no others than those that a team knows of.",
            vec![
                Attribute::optional_computed(
                    "organization",
                    Type::String,
                    "Slug of the organization. Without it, the provider's.",
                )
                .check(Check::String(check_organization)),
                Attribute::computed_nested(
                    "endpoints",
                    Nesting::List,
                    endpoint_attributes(),
                    "The endpoints, in the order of their names.",
                ),
                Attribute::computed_nested(
                    "by_name",
                    Nesting::Map,
                    endpoint_attributes(),
                    "The same endpoints by their names, for `for_each`.",
                ),
            ],
        )
    }

    async fn read(&self, config: Config) -> Result<(State, Diagnostics), Diagnostics> {
        let connection = self.session.current().connection()?;
        let existing = Existing::of(&connection, config.organization, "JWKS endpoints not read").await?;
        Ok((State(existing), Diagnostics::none()))
    }
}

impl FromObject for Config {
    fn from_object(object: &Object) -> Result<Self, ShapeError> {
        Ok(Self { organization: object.string("organization")? })
    }
}

impl ToObject for State {
    fn to_object(&self) -> Object {
        let endpoints = self.0.by_name();
        let by_name: Object =
            endpoints.iter().map(|endpoint| (endpoint.name.clone(), attributes(endpoint))).collect();
        Object::new()
            .with("organization", self.0.organization())
            .with("endpoints", Value::List(endpoints.iter().map(attributes).collect()))
            .with("by_name", by_name)
    }
}

fn endpoint_attributes() -> Vec<Attribute> {
    vec![
        Attribute::computed("name", Type::String, "Name of the endpoint."),
        Attribute::computed("url", Type::String, "URL of the JWKS document."),
        Attribute::computed(
            "id",
            Type::String,
            "`organization/name`, which is the import ID of a `turso_jwks_endpoint`.",
        ),
    ]
}

fn attributes(endpoint: &Endpoint) -> Value {
    Object::new()
        .with("name", endpoint.name.as_str())
        .with("url", endpoint.url.as_str())
        .with("id", endpoint.id())
        .into()
}
