//! `turso_jwks_endpoint` in a `list` block: the endpoints that an organization has.

use std::sync::Arc;

use framework::{Diagnostics, ListResource, Listed};

use super::existing::Existing;
use super::model::Endpoint;
use crate::block::check_organization;
use crate::session::SessionSlot;

/// How many characters of a name are shown in a list.
const LONGEST_NAME: usize = 200;

#[derive(Debug)]
pub(crate) struct EndpointListResource {
    session: Arc<SessionSlot>,
}

framework::model! {
    /// Lists the JWKS endpoints of an organization, in the order of their names, whoever saved them.
    pub struct Query, Config {
        /// Slug of the organization. Without it, the provider's.
        organization: Option<String> = optional().check(check_organization),
    }
}

impl EndpointListResource {
    pub(crate) fn new(session: Arc<SessionSlot>) -> Self {
        Self { session }
    }
}

impl ListResource for EndpointListResource {
    type Config = Query;
    type State = Endpoint;

    fn type_name(&self) -> &'static str {
        "turso_jwks_endpoint"
    }

    async fn list(&self, config: Config) -> Result<Vec<Listed<Endpoint>>, Diagnostics> {
        let connection = self.session.current().connection()?;
        let existing =
            Existing::told_apart(&connection, config.organization, "JWKS endpoints not listed").await?;
        // It is printed as it is, and a name may hold what a terminal obeys.
        let display_name = |state: &Endpoint| excerpt::line(&state.name, LONGEST_NAME);
        let listed = |state: Endpoint| Listed { display_name: display_name(&state), state };
        Ok(existing.by_name().into_iter().map(listed).collect())
    }
}
