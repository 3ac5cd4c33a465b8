//! A client of Turso's Platform API, as far as JWKS endpoints and JWT templates go, and the databases and groups that a
//! template is for. It knows organizations, names, URLs and answers, and not what anyone does with them.
//!
//! The endpoints for JWKS are not documented; what is known of them was read in Turso's CLI. Where the server's
//! behaviour is not known, the client looks again instead of trusting a status: [`Client::create_endpoint`] and its
//! siblings tell what is proved and what is not.
//!
//! Beside the API, a [`Prober`] asks a database whether it takes a token.
//!
//! Nothing is loaded before the first call: no HTTP client, root certificate, settings file or token.

mod answer;
mod base_url;
mod cli_settings;
mod client;
mod credentials;
mod echo;
mod environment;
mod error;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod http;
mod jwks_endpoints;
mod jwt_template;
mod organization_slug;
mod organizations;
mod path;
mod per_key;
mod probe;
mod request_timeout;
mod retry;
#[cfg(test)]
mod scripted_server;
mod settings_file;
mod single_flight;
mod targets;
mod token;
mod wire;
mod written_url;

pub use base_url::{BaseUrl, BaseUrlError};
pub use client::Client;
pub use credentials::{Credentials, CredentialsError, Given, Origin};
pub use environment::Environment;
pub use error::{Attempt, Error, Refusal, RefusalKind, RefusedToken, Reply};
pub use jwks_endpoints::{
    CreateError, DeleteError, EndpointNameError, JwksEndpoint, JwksEndpointName, Listing, Saved, Unconfirmed,
    UpdateError,
};
pub use organization_slug::{Organization, OrganizationSlug};
pub use probe::{
    DatabaseHost, DatabaseHostError, DatabaseToken, DatabaseTokenError, ProbeAnswer, ProbeOutcome, Prober,
};
pub use request_timeout::{RequestTimeout, RequestTimeoutError};
pub use targets::{Database, Group};
pub use token::{ApiToken, TokenError};
pub use transport::Obstacle;
pub use written_url::{UrlError, parse_url_as_written};

use retry::Timing;
