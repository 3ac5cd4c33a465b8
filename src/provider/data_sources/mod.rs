//! The data sources, one file each.

mod jwks;
mod jwt_template;

pub(super) use jwks::Jwks;
pub(super) use jwt_template::JwtTemplate;
