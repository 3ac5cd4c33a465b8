//! What a provider computes: instructions and allocations, counted by Valgrind. Unlike a time, a count is the same however
//! busy the machine is, to a hundredth or so: how often threads are woken is left to chance.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use plugin_host::process::Launch;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::calls::{KINDS, Kind, Served};
use crate::page::Table;
use crate::project::emulator;
use crate::subject::{MEMORY, OURS, Subject};

/// Calls of a kind, over which what the process does besides is spread thin.
const CALLS: u32 = 200;

#[derive(Clone, Copy)]
enum Tool {
    Instructions,
    Allocations,
}

/// Fails where Valgrind can't be run.
pub(crate) fn measure(runtime: &Runtime, subjects: &[Subject]) -> anyhow::Result<Table> {
    let caption = format!("counted by Valgrind; a call is the mean of {CALLS}, one in flight");
    let mut table = Table::new(caption, subjects);
    for (tool, of) in [(Tool::Instructions, "thousand instructions"), (Tool::Allocations, "allocations")] {
        let takes_part = |subject: &&Subject| [OURS, MEMORY].contains(&subject.label);
        let count = |work: Work| {
            let counts = subjects.iter().map(|subject| {
                let counted = takes_part(&subject).then(|| runtime.block_on(count(tool, subject, work)));
                counted.transpose()
            });
            counts.collect::<anyhow::Result<Vec<_>>>()
        };
        for (label, work) in [
            ("start, a connection, the end", Work::Start { tls: true }),
            ("the same without TLS", Work::Start { tls: false }),
            ("the same with the first schema, configured", Work::Calls(None)),
        ] {
            table.row(&format!("{label}, {of}"), count(work)?.into_iter(), 0);
        }
        let without = count(Work::Calls(None))?;
        for kind in KINDS {
            let with = count(Work::Calls(Some(kind)))?;
            let a_call = with
                .iter()
                .zip(&without)
                .map(|(with, without)| Some(((*with)? - (*without)?) / f64::from(CALLS)));
            table.row(&format!("{}, {of}", kind.label()), a_call, 0);
        }
    }
    Ok(table)
}

#[derive(Clone, Copy)]
enum Work {
    Start {
        tls: bool,
    },
    /// Start, schema, configuration, and one call of each kind; then many of one.
    Calls(Option<Kind>),
}

async fn count(tool: Tool, subject: &Subject, work: Work) -> anyhow::Result<f64> {
    let folder = tempfile::tempdir()?;
    let launch = under(tool, &folder, subject.program().context("it has no program")?);
    match work {
        Work::Start { tls } => {
            let launch = if tls { launch } else { launch.without_tls() };
            let process = launch.start().await?;
            let channel = process.connect().await?;
            process.stop_within(Duration::from_secs(60), channel).await?;
        }
        Work::Calls(kind) => {
            let turso = emulator(2)?;
            let served = Served::start_with_endpoint(launch, subject, &turso).await?;
            for kind in KINDS {
                served.call_often(kind, 1, 1).await?;
            }
            if let Some(kind) = kind {
                served.call_often(kind, CALLS, 1).await?;
            }
            served.stop().await?;
        }
    }
    counted(tool, &folder)
}

fn under(tool: Tool, folder: &TempDir, program: &Path) -> Launch {
    let counts = folder.path().join("counts").display().to_string();
    let arguments = match tool {
        Tool::Instructions => {
            vec!["--tool=callgrind".to_owned(), format!("--callgrind-out-file={counts}")]
        }
        Tool::Allocations => vec![
            "--tool=memcheck".to_owned(),
            "--leak-check=no".to_owned(),
            "--undef-value-errors=no".to_owned(),
            format!("--log-file={counts}"),
        ],
    };
    arguments.into_iter().fold(Launch::new("valgrind"), Launch::arg).arg(program)
}

/// `summary: 123` of callgrind, in thousands; `total heap usage: 1,234 allocs, …` of memcheck.
fn counted(tool: Tool, folder: &TempDir) -> anyhow::Result<f64> {
    let said = std::fs::read_to_string(folder.path().join("counts")).context("Valgrind counted nothing")?;
    let (before, after, scale) = match tool {
        Tool::Instructions => ("summary: ", "\n", 1e3),
        Tool::Allocations => ("total heap usage: ", " allocs", 1.0),
    };
    let count = said.split_once(before).and_then(|(_, rest)| rest.split_once(after));
    let count: f64 = count.context("Valgrind tells no count")?.0.replace(',', "").parse()?;
    ensure!(count > 0.0, "Valgrind counted nothing");
    Ok(count / scale)
}
