//! The process that a Terraform host starts.

/// The services that every plugin has, as generated from `proto/go_plugin.proto`.
#[expect(
    unreachable_pub,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated code"
)]
#[allow(dead_code, reason = "generated code; rustc never takes an `expect` of this for a module as met")]
pub(crate) mod proto {
    tonic::include_proto!("plugin");
}

/// gRPC's health check, as generated from `proto/health.proto`.
#[expect(
    unreachable_pub,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated code"
)]
#[allow(dead_code, reason = "generated code; rustc never takes an `expect` of this for a module as met")]
pub(crate) mod health_proto {
    tonic::include_proto!("grpc.health.v1");
}
