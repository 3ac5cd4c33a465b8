//! `turso_jwks_endpoint` as a data source: one JWKS endpoint, whoever saved it.

use std::sync::Arc;

use super::existing::Existing;
use super::model::State as Endpoint;
use super::resource::check_name;
use crate::block::check_organization;
use crate::report;
use crate::session::SessionSlot;
use framework::{
    Attribute, AttributePath, Check, DataSource, Diagnostic, Diagnostics, Field, FromObject, Object, Schema,
    ShapeError, ToObject, Type, bug,
};
use turso_client::JwksEndpointName;

const SUMMARY: &str = "JWKS endpoint not read";

/// The data source.
#[derive(Debug)]
pub(crate) struct EndpointDataSource {
    session: Arc<SessionSlot>,
}

/// Its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    name: Field<String>,
    organization: Field<String>,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State(Endpoint);

impl EndpointDataSource {
    /// The data source, on the provider's session.
    pub(crate) fn new(session: Arc<SessionSlot>) -> Self {
        Self { session }
    }
}

impl DataSource for EndpointDataSource {
    type Config = Config;
    type State = State;

    fn type_name(&self) -> &'static str {
        "turso_jwks_endpoint"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "Reads one JWKS endpoint of an organization by its name, whether Terraform, Turso's CLI or the dashboard \
             saved it. An endpoint that does not exist is an error, which names those that do.",
            vec![
                Attribute::required("name", Type::String, "Name of the endpoint.")
                    .check(Check::String(check_name)),
                Attribute::optional_computed(
                    "organization",
                    Type::String,
                    "Slug of the organization. Without it, the provider's.",
                )
                .check(Check::String(check_organization)),
                Attribute::computed("url", Type::String, "URL of the JWKS document."),
                Attribute::computed(
                    "id",
                    Type::String,
                    "`organization/name`, which is the import ID of a `turso_jwks_endpoint`.",
                ),
            ],
        )
    }

    async fn read(&self, config: Config) -> Result<(State, Diagnostics), Diagnostics> {
        let name = config.name()?;
        let connection = self.session.current().connection()?;
        let existing = Existing::of(&connection, config.organization, SUMMARY).await?;
        match existing.find(&name) {
            Ok(endpoint) => Ok((State(endpoint), Diagnostics::none())),
            Err(missing) => Err(failed(missing).into()),
        }
    }
}

impl Config {
    fn name(&self) -> Result<JwksEndpointName, Diagnostics> {
        match &self.name {
            Field::Known(name) => name.parse().map_err(|error| failed(report::sentences(&error)).into()),
            Field::Null | Field::Unknown => {
                Err(bug("The host asked to read a data source whose name is not known").into())
            }
        }
    }
}

impl FromObject for Config {
    fn from_object(object: &Object) -> Result<Self, ShapeError> {
        Ok(Self { name: object.string("name")?, organization: object.string("organization")? })
    }
}

impl ToObject for State {
    fn to_object(&self) -> Object {
        Object::new()
            .with("name", self.0.name.as_str())
            .with("organization", self.0.organization.as_str())
            .with("url", self.0.url.as_str())
            .with("id", self.0.id())
    }
}

fn failed(detail: String) -> Diagnostic {
    Diagnostic::error(SUMMARY, detail).at(AttributePath::root("name"))
}
