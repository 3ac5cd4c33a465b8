//! A provider to Terraform, a host to the provider that `PLUGIN_HOST_PROVIDER` names: it forwards every call and
//! appends what the checker says of the answers to the file that `PLUGIN_HOST_REPORT` names.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use plugin_host::proxy::{self, PROVIDER};
use plugin_host::report::REPORT;

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("checking-proxy: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    let path = |key| std::env::var_os(key).map(PathBuf::from).with_context(|| format!("{key} is not set"));
    proxy::run(&path(PROVIDER)?, &path(REPORT)?).await
}
