//! `turso_jwks_endpoint` as a data source: one JWKS endpoint, whoever saved it.

use std::sync::Arc;

use framework::{DataSource, Diagnostic, Diagnostics, path};

use super::existing::Existing;
use super::model::check_name;
use crate::block::check_organization;
use crate::report;
use crate::session::SessionSlot;

const SUMMARY: &str = "JWKS endpoint not read";

#[derive(Debug)]
pub(crate) struct EndpointDataSource {
    session: Arc<SessionSlot>,
}

framework::model! {
    /// Reads one JWKS endpoint of an organization by its name, whether Terraform, Turso's CLI or the dashboard saved it.
    /// An endpoint that does not exist is an error, which names those that do.
    pub struct Found, Config {
        /// Name of the endpoint.
        name: String = required().check(check_name),
        /// Slug of the organization. Without it, the provider's.
        organization: String = optional_computed().check(check_organization),
        /// URL of the JWKS document.
        url: String = computed(),
        /// `organization/name`, which is the import ID of a `turso_jwks_endpoint`.
        id: String = computed(),
    }
}

impl EndpointDataSource {
    pub(crate) fn new(session: Arc<SessionSlot>) -> Self {
        Self { session }
    }
}

impl DataSource for EndpointDataSource {
    type State = Found;

    fn type_name(&self) -> &'static str {
        "turso_jwks_endpoint"
    }

    async fn read(&self, config: Config) -> Result<(Found, Diagnostics), Diagnostics> {
        let name = config.name.settled("name")?.parse().map_err(|error| failed(report::sentences(&error)))?;
        let connection = self.session.current().connection()?;
        let existing = Existing::told_apart(&connection, config.organization, SUMMARY).await?;
        let there = existing.find(&name).map_err(failed)?;
        let found =
            Found { name: there.name, organization: there.organization, url: there.url, id: there.id };
        Ok((found, Diagnostics::none()))
    }
}

fn failed(detail: String) -> Diagnostic {
    Diagnostic::error(SUMMARY, detail).at(path!(Found.name))
}
