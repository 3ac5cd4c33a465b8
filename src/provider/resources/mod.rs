//! The resources, one file or folder each.

mod jwks_endpoint;

pub(super) use jwks_endpoint::JwksEndpoint;
