//! The list resources, one file each.

mod jwks_endpoint;

pub(super) use jwks_endpoint::JwksEndpoint;
