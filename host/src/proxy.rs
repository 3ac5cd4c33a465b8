//! Stands between a real host and a provider: forwards every call as it is, and lets the checker see a copy.
//!
//! It forwards HTTP/2 requests and not messages, so what it does not understand passes unchanged.

mod relay;
mod witness;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

use crate::process::Launch;
use crate::report::REPORT;
use crate::serve::Server;
use relay::Relay;
use witness::Witness;

/// The variable that names the provider's binary.
pub const PROVIDER: &str = "PLUGIN_HOST_PROVIDER";

/// How long the provider has to end. The host gives this process 2 s, and something has to be left of them.
const STOP_LIMIT: Duration = Duration::from_millis(1400);
/// How long the witness has, of the same 2 s, to catch up before that.
const SCHEMA_LIMIT: Duration = Duration::from_millis(300);

/// The proxy's own binary, for a test of the same workspace.
///
/// # Errors
///
/// Where this process is no test of the workspace, or the binary has not been built.
pub fn binary() -> io::Result<PathBuf> {
    let test = std::env::current_exe()?;
    // target/debug/deps/test-0123
    let built = test.ancestors().nth(2).map(|profile| profile.join("checking-proxy"));
    built.filter(|binary| binary.is_file()).ok_or_else(|| {
        io::Error::other("the checking proxy is not built: run `cargo build --package plugin-host --bins`")
    })
}

/// Starts the provider, serves the host until it asks for the end, and appends to the report.
///
/// # Errors
///
/// Where there is no host, no provider, or no report to write to.
pub async fn run(provider: &Path, report: &Path) -> anyhow::Result<()> {
    // These reach the whole process group, and it is for the host to decide.
    let _ignored = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let server = Server::bind()?;
    let folder = server.folder().to_owned();
    let ended = between(server, provider, report).await;
    // Nothing is lost where somebody else has removed it already.
    let _ = std::fs::remove_dir_all(folder);
    ended
}

async fn between(server: Server, provider: &Path, report: &Path) -> anyhow::Result<()> {
    let process =
        Launch::inheriting(provider).without_env(PROVIDER).without_env(REPORT).echoing().start().await;
    let process = process.context("the provider did not start")?;
    let channel = process.connect().await.context("the provider can't be reached")?;
    let witness = Witness::begin(channel.clone(), report)?;
    let (relay, shutdown) = Relay::new(channel.clone(), witness.clone());
    server.announce()?;
    tokio::select! {
        failed = server.serve(move |request| relay.clone().forward(request)) => match failed? {},
        _ = shutdown => {}
    }
    // The witness asks the provider for its schemas, which a quick host may not have left it the time for.
    let _ = tokio::time::timeout(SCHEMA_LIMIT, witness.tell(Vec::new())).await;
    let stopped = process.stop_within(STOP_LIMIT, channel).await?;
    witness.tell(stopped.problems()).await;
    Ok(())
}
