//! The data sources, one file each.

mod jwks;
mod jwks_endpoint;
mod jwks_endpoints;
mod jwt_template;

pub(super) use jwks::Jwks;
pub(super) use jwks_endpoint::JwksEndpoint;
pub(super) use jwks_endpoints::JwksEndpoints;
pub(super) use jwt_template::JwtTemplate;
