//! The messages and clients of the plugin protocol, as generated from the workspace's `proto/`.
//!
//! Nothing here decides anything. Tests use it for requests that no sound host would send.

pub use generated::{go_plugin, health, tfplugin6};

#[expect(missing_docs, clippy::allow_attributes_without_reason, reason = "generated")]
mod generated {
    /// Terraform's own service, `tfplugin6.Provider`.
    pub mod tfplugin6 {
        tonic::include_proto!("tfplugin6");
    }

    /// The services that every go-plugin process has: controller, stdio and broker.
    pub mod go_plugin {
        tonic::include_proto!("plugin");
    }

    /// gRPC's health service.
    pub mod health {
        tonic::include_proto!("grpc.health.v1");
    }
}
