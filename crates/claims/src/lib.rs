//! What a Turso token may do: the grammar of permissions, the request for a JWT template, and the claims that
//! come back, checked. Pure: no request is sent from here, and nothing is read but the arguments.
//!
//! The module fails closed. Turso reads an absent claim as access to everything ("tokens will have access to
//! all databases in all groups", says its documentation of JWKS), so claims that are missing, malformed or
//! wider than what was asked for are an error here, and no value of [`Template`] holds such claims.

pub mod auth0;
pub mod clerk;
mod doubt;
#[cfg(test)]
mod golden;
mod host;
mod javascript;
mod name;
mod no_access;
mod permission;
mod request;
mod summary;
mod template;
mod token;

pub use doubt::{Doubt, DoubtKind};
pub use name::{DatabaseName, GroupName, Name, NameError, Named};
pub use permission::{Action, PermissionError, PermissionErrorKind, Rule, TableName, Tables};
pub use request::{RequestError, Scope, Target, TemplateRequest, UnknownScope};
pub use template::{TargetId, Template, TemplateError};
pub use token::{DecodedToken, Expiry, NotAToken, Reach, Unlimited};
