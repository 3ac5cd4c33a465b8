//! `turso_jwks_endpoint`: the JWKS endpoint of an identity provider, registered with an organization.

use std::sync::Arc;

use framework::{
    Applied, Diagnostic, Diagnostics, Field, Import, ImportTarget, Lookup, Plan, Private, Resource,
};

use super::model::{self, Endpoint, PlannedEndpoint};
use super::names::Names;
use super::{import, plan, write};
use crate::jwks::preflight::Preflight;
use crate::report;
use crate::session::{Session, SessionSlot};

#[derive(Debug)]
pub(crate) struct EndpointResource {
    session: Arc<SessionSlot>,
    preflight: Arc<Preflight>,
    names: Arc<Names>,
}

impl EndpointResource {
    pub(crate) fn new(session: Arc<SessionSlot>, preflight: Arc<Preflight>, names: Arc<Names>) -> Self {
        Self { session, preflight, names }
    }
}

impl Resource for EndpointResource {
    type State = Endpoint;

    fn type_name(&self) -> &'static str {
        "turso_jwks_endpoint"
    }

    /// State of any age may lack what is computed.
    fn upgrade(&self, _: i64, stored: &mut PlannedEndpoint) {
        self.names.record_stored(stored);
        if let (Field::Known(organization), Field::Known(name)) = (&stored.organization, &stored.name) {
            stored.id = Field::Known(model::id(organization, name));
            if let Field::Known(url) = &stored.url {
                stored.registration = Field::Known(model::registration(organization, name, url));
            }
        }
    }

    async fn plan(&self, plan: &mut Plan<Endpoint>) -> Diagnostics {
        plan::settle(self.session.current(), &self.preflight, &self.names, plan).await
    }

    async fn create(&self, planned: PlannedEndpoint, private: &mut Private) -> Applied<Endpoint> {
        private.remove(plan::HAD_PRIOR);
        match self.session.current().connection() {
            Ok(connection) => write::create(&connection, planned).await,
            Err(errors) => Applied::Failed { remains: None, errors },
        }
    }

    async fn update(
        &self,
        prior: Endpoint,
        planned: PlannedEndpoint,
        private: &mut Private,
    ) -> Applied<Endpoint> {
        private.remove(plan::HAD_PRIOR);
        match self.session.current().connection() {
            Ok(connection) => write::update(&connection, prior, planned).await,
            Err(errors) => Applied::Failed { remains: Some(prior), errors },
        }
    }

    async fn delete(&self, prior: Endpoint, _: &Private) -> Result<(), Diagnostics> {
        write::delete(&self.session.current().connection()?, &prior).await
    }

    async fn read(&self, state: Endpoint, _: &mut Private) -> Result<Lookup<Endpoint>, Diagnostics> {
        let Session::Ready(connection) = self.session.current() else {
            return Ok(Lookup::Postponed(not_refreshed(&state).into()));
        };
        let (organization, name) = state.address()?;
        let found = connection.client.find_endpoint(&organization, &name).await;
        match found.map_err(|error| report::failed("JWKS endpoint not read", &error))? {
            Some(there) => Ok(Lookup::Found(state.with_url(there.url))),
            None => Ok(Lookup::Missing),
        }
    }

    async fn configuration(&self, state: Endpoint) -> Result<PlannedEndpoint, Diagnostics> {
        // What the provider block says already need not be said again.
        let is_default = match self.session.current() {
            Session::Ready(connection) => {
                let provider_organization = connection.organization(Field::Null).await;
                provider_organization.is_ok_and(|slug| slug.as_str() == state.organization)
            }
            Session::Unconfigured | Session::AwaitsConfiguration => false,
        };
        Ok(PlannedEndpoint {
            name: Field::Known(state.name),
            url: Field::Known(state.url),
            organization: if is_default { Field::Null } else { Field::Known(state.organization) },
            preflight: state.preflight.into(),
            region: state.region.into(),
            only_databases: state
                .only_databases
                .map(|names| names.into_iter().map(Field::Known).collect())
                .into(),
            id: Field::Null,
            registration: Field::Null,
        })
    }
}

impl Import for EndpointResource {
    async fn import(&self, target: ImportTarget<Endpoint>) -> Result<Endpoint, Diagnostics> {
        import::find(&self.session.current().connection()?, target).await
    }
}

/// A state stays as it was recorded while nobody can be asked.
fn not_refreshed(state: &Endpoint) -> Diagnostic {
    Diagnostic::warning(
        "JWKS endpoint not refreshed",
        format!(
            "The provider block holds values that are known only after an apply, so {:?} in organization {:?} was not \
             looked at. Its state stays as it was recorded.",
            state.name, state.organization
        ),
    )
}
