//! The wire of Terraform's plugin protocol 6: generated code, decode and encode.
//!
//! One short function a RPC decodes the request, calls the framework and encodes the response. No generated type leaves
//! this room.

mod catalog;
mod data_source;
mod deferral;
mod diagnostics;
mod dynamic_value;
mod ephemeral_resource;
mod error;
mod function;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod json;
mod list_resource;
mod msgpack;
mod private;
mod provider;
mod resource;
mod rpc;
mod schema;
mod service;
mod types;

#[cfg(test)]
mod arbitrary;
#[cfg(test)]
mod tests;

use std::fmt;

pub(crate) use proto::provider_server::ProviderServer;
pub(crate) use service::Service;

/// The version of the plugin protocol that is served: the newest that any host speaks.
pub const PROTOCOL_VERSION: &str = "6.11";

/// The messages and the server trait, as generated from `proto/tfplugin6.proto`.
#[expect(
    unreachable_pub,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated code"
)]
pub(crate) mod proto {
    tonic::include_proto!("tfplugin6");
}

/// Configurations and state hold secrets, so their bytes are never printed, not even in a debug log.
impl fmt::Debug for proto::DynamicValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamicValue").finish_non_exhaustive()
    }
}

/// As for `DynamicValue`.
impl fmt::Debug for proto::RawState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawState").finish_non_exhaustive()
    }
}
