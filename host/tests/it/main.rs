//! The host against a provider that is sound or not, as a test wants it.

mod checks;
mod ephemeral;
mod life;
mod process;
mod proxy;

use plugin_host::Violation;
use plugin_host::host::Host;
use plugin_host::process::Launch;

/// The fake provider, behaving as `manner` says.
fn fake(manner: &str) -> Launch {
    Launch::new(env!("CARGO_BIN_EXE_fake-provider")).env("FAKE_PROVIDER", manner)
}

async fn host() -> Host {
    Host::start(fake("")).await.expect("the fake provider starts")
}

/// The rules that were broken since this was asked before.
fn told(host: &Host) -> Vec<String> {
    host.take_violations().iter().map(Violation::to_string).collect()
}

/// Ends a host whose provider has broken no rule.
async fn finish(host: Host) {
    let finished = host.finish().await.expect("the system tells how it ended");
    assert_eq!(finished.violations, []);
}
