//! A Terraform and OpenTofu provider for Turso: JWKS endpoints and JWT templates.
//!
//! What a person writes in HCL, one folder a noun, and the provider block. Adding a resource, data source or function is
//! a file in its noun's folder and a line in a list below. A test fails while it has no docs page, no example and no
//! acceptance case.

mod about;
mod access_probe;
mod advice;
mod auth0;
mod block;
mod clerk;
mod databases;
mod function;
mod jwks;
mod jwks_endpoint;
mod jwt_template;
mod report;
mod session;
mod token;

use std::sync::Arc;

use framework::{
    Diagnostics, DynDataSource, DynEphemeralResource, DynFunction, DynListResource, DynResource, Managed,
    Provider, Readiness,
};

use crate::block::{Block, Config};
use crate::jwks::preflight::Preflight;
use crate::session::SessionSlot;

pub use about::{BUILD, SOURCE, user_agent};

/// The provider for Turso.
#[derive(Debug)]
pub struct TursoProvider {
    user_agent: String,
    session: Arc<SessionSlot>,
    preflight: Arc<Preflight>,
    names: Arc<jwks_endpoint::Names>,
}

impl TursoProvider {
    /// The provider, before a host has configured it. Its requests are sent as `user_agent`.
    pub fn new(user_agent: &str) -> Self {
        Self {
            user_agent: user_agent.to_owned(),
            session: Arc::default(),
            preflight: Arc::new(Preflight::new(user_agent)),
            names: Arc::default(),
        }
    }
}

impl Provider for TursoProvider {
    type Block = Block;

    fn configure(&self, block: Config) -> Diagnostics {
        match block::session(block, &self.user_agent) {
            Ok((session, preflight, warnings)) => {
                self.session.set(session);
                self.preflight.configure(preflight);
                self.names.forget();
                warnings
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
        let endpoint = jwks_endpoint::EndpointResource::new(
            self.session.clone(),
            self.preflight.clone(),
            self.names.clone(),
        );
        vec![Box::new(Managed::new(endpoint).importable())]
    }

    fn data_sources(&self) -> Vec<Box<dyn DynDataSource>> {
        vec![
            Box::new(auth0::ActionDataSource),
            Box::new(databases::DatabasesDataSource::new(self.session.clone())),
            Box::new(crate::jwks::JwksDataSource::new(self.preflight.clone())),
            Box::new(jwks_endpoint::EndpointDataSource::new(self.session.clone())),
            Box::new(jwks_endpoint::EndpointsDataSource::new(self.session.clone())),
            Box::new(jwt_template::TemplateDataSource::new(self.session.clone())),
        ]
    }

    fn ephemeral_resources(&self) -> Vec<Box<dyn DynEphemeralResource>> {
        vec![Box::new(access_probe::AccessProbe::new(&self.user_agent))]
    }

    fn functions(&self) -> Vec<Box<dyn DynFunction>> {
        vec![
            Box::new(auth0::Auth0JwksUrl),
            Box::new(clerk::ClerkClaims),
            Box::new(clerk::ClerkJwksUrl),
            Box::new(clerk::ClerkSessionClaims),
            Box::new(jwt_template::NoAccessClaims),
            Box::new(token::TokenDecode),
        ]
    }

    fn list_resources(&self) -> Vec<Box<dyn DynListResource>> {
        vec![Box::new(jwks_endpoint::EndpointListResource::new(self.session.clone()))]
    }
}
