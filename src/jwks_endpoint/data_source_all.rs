//! `turso_jwks_endpoints`: all JWKS endpoints of an organization, whoever saved them.

use std::collections::BTreeMap;
use std::sync::Arc;

use framework::{DataSource, Diagnostics};

use super::existing::Existing;
use super::model::Listed;
use crate::block::check_organization;
use crate::session::SessionSlot;

#[derive(Debug)]
pub(crate) struct EndpointsDataSource {
    session: Arc<SessionSlot>,
}

framework::model! {
    /// Reads all JWKS endpoints of an organization, whether Terraform, Turso's CLI or the dashboard saved them: to import
    /// them in bulk, or to check that there are no others than those that a team knows of.
    pub struct All, Config {
        /// Slug of the organization. Without it, the provider's.
        organization: String = optional_computed().check(check_organization),
        /// The endpoints, in the order of their names.
        endpoints: Vec<Listed> = computed(),
        /// The same endpoints by their names, for `for_each`.
        by_name: BTreeMap<String, Listed> = computed(),
    }
}

impl EndpointsDataSource {
    pub(crate) fn new(session: Arc<SessionSlot>) -> Self {
        Self { session }
    }
}

impl DataSource for EndpointsDataSource {
    type State = All;

    fn type_name(&self) -> &'static str {
        "turso_jwks_endpoints"
    }

    async fn read(&self, config: Config) -> Result<(All, Diagnostics), Diagnostics> {
        let connection = self.session.current().connection()?;
        let existing =
            Existing::told_apart(&connection, config.organization, "JWKS endpoints not read").await?;
        let endpoints: Vec<Listed> = existing
            .by_name()
            .into_iter()
            .map(|one| Listed { name: one.name, url: one.url, id: one.id })
            .collect();
        let by_name = endpoints.iter().map(|one| (one.name.clone(), one.clone())).collect();
        let organization = existing.organization().to_owned();
        Ok((All { organization, endpoints, by_name }, Diagnostics::none()))
    }
}
