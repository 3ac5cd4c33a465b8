//! The provider's binary: composes the rooms and serves.

use std::process::ExitCode;

use terraform_provider_turso::plugin::{self, Plugin};
use terraform_provider_turso::provider::{self, TursoProvider};
use terraform_provider_turso::tfplugin6::{ProviderServer, Service};

const PLUGIN: Plugin = Plugin {
    name: env!("CARGO_PKG_NAME"),
    source_address: provider::SOURCE,
    version: env!("CARGO_PKG_VERSION"),
    log_target: env!("CARGO_CRATE_NAME"),
};

fn main() -> ExitCode {
    plugin::serve(&PLUGIN, || {
        ProviderServer::new(Service::new(TursoProvider::default()))
            .max_decoding_message_size(plugin::MESSAGE_LIMIT)
            .max_encoding_message_size(plugin::MESSAGE_LIMIT)
    })
}
