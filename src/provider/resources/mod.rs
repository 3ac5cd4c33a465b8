//! The resources, one file or folder each.

pub(super) mod jwks_endpoint;

pub(super) use jwks_endpoint::JwksEndpoint;
