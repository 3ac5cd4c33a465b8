//! What a person writes in HCL: the provider block, and one file for each resource, data source, function and list
//! resource.
//!
//! Adding one is a new file and a line in a list below. A test fails while it has no docs page, no example and no
//! acceptance case.

mod about;
mod advice;
mod block;
mod data_sources;
mod functions;
mod jwks_url;
mod list_resources;
mod preflight;
mod report;
mod resources;
mod session;
mod values;

use std::sync::Arc;

use crate::framework::{
    Diagnostics, DynDataSource, DynListResource, DynResource, Function, Object, Provider, Readiness, Schema,
};
use preflight::Preflight;
use session::SessionSlot;

/// The provider's address in the registries, without their host names: hosts put their own before it.
pub const SOURCE: &str = "turso-community/turso";

/// The provider for Turso.
#[derive(Debug, Default)]
pub struct TursoProvider {
    session: Arc<SessionSlot>,
    preflight: Arc<Preflight>,
}

impl Provider for TursoProvider {
    fn schema(&self) -> Schema {
        block::schema()
    }

    fn validate(&self, _: &Object) -> Diagnostics {
        Diagnostics::none()
    }

    fn configure(&self, block: &Object) -> Diagnostics {
        match block::session(block, &about::user_agent())
            .and_then(|session| Ok((session, block::preflight_mode(block)?)))
        {
            Ok((session, preflight)) => {
                self.session.set(session);
                self.preflight.configure(preflight);
                Diagnostics::none()
            }
            Err(errors) => errors,
        }
    }

    fn stop(&self) {
        self.session.interrupt();
    }

    fn readiness(&self) -> Readiness {
        self.session.readiness()
    }

    fn resources(&self) -> Vec<Box<dyn DynResource>> {
        vec![Box::new(resources::JwksEndpoint::new(self.session.clone(), self.preflight.clone()))]
    }

    fn data_sources(&self) -> Vec<Box<dyn DynDataSource>> {
        vec![
            Box::new(data_sources::Jwks::new(self.preflight.clone())),
            Box::new(data_sources::JwksEndpoint::new(self.session.clone())),
            Box::new(data_sources::JwksEndpoints::new(self.session.clone())),
            Box::new(data_sources::JwtTemplate::new(self.session.clone())),
        ]
    }

    fn functions(&self) -> Vec<Box<dyn Function>> {
        vec![
            Box::new(functions::Auth0Action),
            Box::new(functions::Auth0CredentialsAction),
            Box::new(functions::Auth0JwksUrl),
            Box::new(functions::ClerkClaims),
            Box::new(functions::ClerkJwksUrl),
        ]
    }

    fn list_resources(&self) -> Vec<Box<dyn DynListResource>> {
        vec![Box::new(list_resources::JwksEndpoint::new(self.session.clone()))]
    }
}
