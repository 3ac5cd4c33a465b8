//! Starts: to the handshake line, to a served connection, the memory then, and what the binary weighs.

use std::time::Instant;

use anyhow::Context as _;
use plugin_host::process::Launch;
use tokio::runtime::Runtime;

use crate::page::{Table, median};
use crate::subject::Subject;

#[derive(Default)]
struct Samples {
    handshake: Vec<f64>,
    serving: Vec<f64>,
    plain: Vec<f64>,
    resident: Vec<f64>,
}

pub(crate) fn measure(runtime: &Runtime, subjects: &[Subject], runs: usize) -> anyhow::Result<Table> {
    let mut samples: Vec<_> = subjects.iter().map(|_| Samples::default()).collect();
    for _ in 0..runs {
        for (subject, samples) in subjects.iter().zip(&mut samples) {
            runtime.block_on(samples.add(subject)).context(subject.label)?;
        }
    }
    let mut table = Table::new(format!("median of {runs} starts each"), subjects);
    table.row("start to the handshake line, ms", samples.iter_mut().map(|one| median(&mut one.handshake)), 2);
    table.row("start to a served connection, ms", samples.iter_mut().map(|one| median(&mut one.serving)), 2);
    table.row("the same without TLS, ms", samples.iter_mut().map(|one| median(&mut one.plain)), 2);
    table.row("resident then, MiB", samples.iter_mut().map(|one| median(&mut one.resident)), 1);
    table.row("binary, MB", subjects.iter().map(megabytes), 1);
    Ok(table)
}

impl Samples {
    async fn add(&mut self, subject: &Subject) -> anyhow::Result<()> {
        let Some(program) = subject.program() else { return Ok(()) };
        for tls in [true, false] {
            let launch = Launch::new(program);
            let process = if tls { launch } else { launch.without_tls() }.start().await?;
            let begin = Instant::now();
            let channel = process.connect().await?;
            let serving = (process.took() + begin.elapsed()).as_secs_f64() * 1e3;
            if tls {
                self.handshake.push(process.took().as_secs_f64() * 1e3);
                self.serving.push(serving);
                self.resident.push(resident_mebibytes(process.id())?);
            } else {
                self.plain.push(serving);
            }
            process.stop(channel).await?;
        }
        Ok(())
    }
}

fn resident_mebibytes(process: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
    let kibibytes: f64 = resident.context("/proc does not tell the resident memory")?.parse()?;
    Ok(kibibytes / 1024.0)
}

fn megabytes(subject: &Subject) -> Option<f64> {
    let length = std::fs::metadata(subject.program()?).ok()?.len();
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    Some(length as f64 / 1e6)
}
