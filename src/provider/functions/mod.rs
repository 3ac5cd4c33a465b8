//! The functions, one file each: pure, offline, and usable without any configuration of the provider.

mod auth0_action;
mod auth0_jwks_url;
mod clerk_claims;
mod clerk_jwks_url;

use std::error::Error;

use super::report;
use crate::claims::Template;
use crate::framework::{FunctionError, Value};

pub(super) use auth0_action::{Auth0Action, Auth0CredentialsAction};
pub(super) use auth0_jwks_url::Auth0JwksUrl;
pub(super) use clerk_claims::ClerkClaims;
pub(super) use clerk_jwks_url::ClerkJwksUrl;

/// The text in a function's only argument.
fn text(arguments: &[Value]) -> Result<&str, FunctionError> {
    match arguments {
        [Value::String(text)] => Ok(text),
        _ => Err(FunctionError::argument(0, "it is not a string, though the host says that it is one")),
    }
}

/// The template whose JSON a function's argument holds.
fn template(json: &str) -> Result<Template, FunctionError> {
    Template::parse(json).map_err(|error| refused(&error))
}

/// What a function says of its only argument. Hosts print it after a colon and put the full stop themselves.
fn refused(error: &(dyn Error + 'static)) -> FunctionError {
    FunctionError::argument(0, report::with_causes(error))
}
