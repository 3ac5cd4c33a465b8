//! The provider's binary.

use std::process::ExitCode;

use plugin::Plugin;
use terraform_provider_turso::{BUILD, SOURCE, TursoProvider, user_agent};

const PLUGIN: Plugin = Plugin {
    name: env!("CARGO_PKG_NAME"),
    source_address: SOURCE,
    version: env!("CARGO_PKG_VERSION"),
    build: BUILD,
    log_targets: &[env!("CARGO_CRATE_NAME"), "jwks", "turso_client"],
};

fn main() -> ExitCode {
    plugin::serve(&PLUGIN, || TursoProvider::new(&user_agent()))
}
