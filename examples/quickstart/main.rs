//! The provider at work on one machine, with no account: an emulator of Turso, two identity providers, and the real
//! Terraform or OpenTofu.
//!
//! ```shell
//! cargo run --example quickstart            # shows it, and leaves nothing running
//! cargo run --example quickstart -- --keep  # leaves the folder and the emulator up to play with
//! cargo run --example quickstart -- --svg docs/quickstart.svg  # draws a run of itself, for the README
//! ```

#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

mod folder;
mod picture;
mod proof;
mod stage;
mod statements;

use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use folder::{Folder, Plan};
use plugin_host::engine::{self, Engine};
use serde_json::Value;
use stage::Stage;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<_> = arguments.iter().map(String::as_str).collect();
    let ended = match words[..] {
        [] => run(false),
        ["--keep"] => run(true),
        ["--svg", file] => picture::draw(Path::new(file)),
        _ => {
            eprintln!("quickstart: unknown arguments {words:?}; there are --keep and --svg FILE");
            return ExitCode::from(2);
        }
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nquickstart: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(keep: bool) -> anyhow::Result<()> {
    println!("Building the provider …");
    let provider = engine::workspace_binary(env!("CARGO_PKG_NAME"))?;
    let engine = Engine::find()?;
    let stage = Stage::set()?;
    let folder = Folder::write(engine, &provider, &stage)?;
    introduce(engine, &stage, &folder);
    life_of_an_endpoint(&folder, &stage)?;
    heading(
        "From template to token",
        "What Clerk and Auth0 are given, and who may do what with the tokens they make of it.",
    );
    folder.run(&folder.main(), &["output", "-raw", "clerk_claims"])?;
    println!("\n");
    folder.run(&folder.main(), &["output", "-raw", "auth0_rules"])?;
    println!();
    let outputs = folder.outputs()?;
    proof::show(&stage, &outputs)?;
    if keep { wait(&folder, &stage, &outputs) } else { take_down(&folder) }
}

/// Whether what is printed may have colours: on a terminal, or where someone says so (<https://bixense.com/clicolors/>).
fn is_colored() -> bool {
    std::io::stdout().is_terminal() || std::env::var_os(COLORED).is_some_and(|value| value != "0")
}

const COLORED: &str = "CLICOLOR_FORCE";

fn introduce(engine: &Engine, stage: &Stage, folder: &Folder) {
    println!();
    println!("  {engine} drives the provider in {}", folder.main().display());
    println!("  Turso    {} (an emulator: organization \"acme\")", stage.turso.base_url());
    println!("  Clerk    {} (an identity provider like it)", stage.clerk.provider().url());
    println!("  Auth0    {} (an identity provider like it)", stage.auth0.provider().url());
    println!("\nThe configuration, {}:\n", folder.main().join("main.tf").display());
    for line in folder::MAIN.lines() {
        println!("    {line}");
    }
}

fn life_of_an_endpoint(folder: &Folder, stage: &Stage) -> anyhow::Result<()> {
    let main = folder.main();
    heading("Plan", "What is to be done? The output \"may\" says what tokens will be able to do.");
    folder.run_quietly(&main, &["init"])?;
    folder.plan(&main, Plan::Changes)?;

    heading("Apply", "Do it.");
    folder.run(&main, &["apply", "-auto-approve"])?;

    heading("Plan again", "Nothing is left to do.");
    folder.plan(&main, Plan::NoChanges)?;

    heading("Import", "Another team takes over an endpoint that exists already, with an import block.");
    let import = folder.import();
    folder.show_file(&import.join("main.tf"))?;
    folder.run_quietly(&import, &["init"])?;
    folder.run(&import, &["apply", "-auto-approve"])?;
    folder.plan(&import, Plan::NoChanges)?;

    heading("Update", "Clerk moves to another host: the endpoint is updated in place.");
    folder.move_clerk_to(&stage.clerk_moved())?;
    folder.run(&main, &["apply", "-auto-approve"])
}

/// Leaves everything up until Ctrl-C.
fn wait(folder: &Folder, stage: &Stage, outputs: &Value) -> anyhow::Result<()> {
    heading("Play with it", "The emulator and the identity providers stay up. In another terminal:");
    println!("    cd {}", folder.main().display());
    for (name, value) in folder.environment() {
        println!("    export {name}={}", value.display());
    }
    println!("    {} plan\n", folder.engine_name());
    for database in stage.databases()? {
        println!("Database {:?} of group {:?}: {}", database.name, database.group, database.url);
    }
    println!("\nThe tokens of the table, good for ten hours and more:\n");
    for (name, whose, token) in proof::lasting_tokens(stage, outputs)? {
        println!("    export {name}={token} # {whose}");
    }
    let app = stage.databases()?.remove(0);
    println!("\nTo query with one of them:\n");
    println!("    curl {}/v2/pipeline -H \"Authorization: Bearer $ADA\" \\", app.url);
    println!("      -H \"Content-Type: application/json\" -d '{}'", proof::QUERY);
    println!("\nCtrl-C ends it. The folder stays: {}", folder.keep().display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(tokio::signal::ctrl_c()).context("cannot wait for Ctrl-C")
}

fn take_down(folder: &Folder) -> anyhow::Result<()> {
    heading("Destroy", "Turso trusts neither of the two any more.");
    folder.run(&folder.main(), &["destroy", "-auto-approve"])?;
    println!("\nThat was all of it. `cargo run --example quickstart -- --keep` leaves it up to play with.");
    Ok(())
}

fn heading(title: &str, what: &str) {
    println!("\n━━━ {title} {}\n{what}\n", "━".repeat(100_usize.saturating_sub(title.len())));
}
