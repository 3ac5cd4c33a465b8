//! Serves a [`framework::Provider`] to Terraform and OpenTofu.
//!
//! [`serve`] is all that a provider's `main` needs: it does what the command line asks, by default to serve the host
//! that started the process until that ends it. The crate has two halves: the process (how a host starts, trusts and
//! ends one) and the wire (the messages and values of plugin protocol 6).

mod process;
mod wire;

pub use process::{GrpcService, Plugin};
pub use wire::PROTOCOL_VERSION;
#[cfg(feature = "fuzzing")]
pub use wire::fuzzing;

use std::process::ExitCode;

use framework::Provider;

/// Does what the command line asks: by default, serves the host that started the process until that ends it.
///
/// `make_provider` is called once, after the host knows where to connect, so that nothing it loads delays the start.
pub fn serve<P: Provider>(plugin: &Plugin, make_provider: impl FnOnce() -> P) -> ExitCode {
    process::serve(plugin, || grpc_service(make_provider()))
}

/// A provider as a gRPC service, for whoever accepts connections in another way: tests that serve a provider in their
/// own process, to a host that is pointed there with `TF_REATTACH_PROVIDERS`.
pub fn grpc_service<P: Provider>(provider: P) -> impl GrpcService {
    wire::ProviderServer::new(wire::Service::new(provider))
        .max_decoding_message_size(MESSAGE_LIMIT)
        .max_encoding_message_size(MESSAGE_LIMIT)
}

/// The most bytes that a message may have, in either direction: what hosts allow. tonic's own limit is 4 MiB.
const MESSAGE_LIMIT: usize = 256 << 20;
