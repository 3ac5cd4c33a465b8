//! Measures how providers start: the time to the handshake line, the time until they serve over mutual TLS, and
//! the memory they hold then.
//!
//! `measure-start [--runs N] PROVIDER…` takes turns between the providers, so that whatever else the machine
//! does meets them all alike, and compares each with the first.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use plugin_host::process::Launch;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match measure().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("measure-start: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn measure() -> anyhow::Result<()> {
    let (runs, providers) = arguments()?;
    let mut samples = vec![Samples::default(); providers.len()];
    for _ in 0..runs {
        for (provider, samples) in providers.iter().zip(&mut samples) {
            samples.add(&start(provider).await.with_context(|| provider.display().to_string())?);
        }
    }
    print(&providers, &mut samples, runs)
}

/// One start of one provider.
struct Start {
    handshake: Duration,
    serving: Duration,
    resident: u64,
}

/// All starts of one provider: milliseconds, and mebibytes.
#[derive(Clone, Default)]
struct Samples {
    handshake: Vec<f64>,
    serving: Vec<f64>,
    resident: Vec<f64>,
}

impl Samples {
    fn add(&mut self, start: &Start) {
        self.handshake.push(start.handshake.as_secs_f64() * 1e3);
        self.serving.push(start.serving.as_secs_f64() * 1e3);
        #[expect(clippy::cast_precision_loss, reason = "kibibytes of one process, shown with one decimal")]
        self.resident.push(start.resident as f64 / 1024.0);
    }
}

fn arguments() -> anyhow::Result<(usize, Vec<PathBuf>)> {
    let mut arguments = std::env::args_os().skip(1).peekable();
    let mut runs = 50;
    if arguments.next_if(|argument| argument == "--runs").is_some() {
        let count = arguments.next().and_then(|count| count.to_str()?.parse().ok());
        runs = count.filter(|runs| *runs > 0).context("--runs takes a number above 0")?;
    }
    let providers: Vec<_> = arguments.map(PathBuf::from).collect();
    if providers.is_empty() {
        bail!("usage: measure-start [--runs N] PROVIDER…");
    }
    Ok((runs, providers))
}

async fn start(provider: &Path) -> anyhow::Result<Start> {
    let process = Launch::new(provider).start().await?;
    let handshake = process.took();
    let resident = resident(process.id())?;
    let connecting = Instant::now();
    let channel = process.connect().await?;
    let serving = handshake + connecting.elapsed();
    process.stop(channel).await?;
    Ok(Start { handshake, serving, resident })
}

/// The resident memory of a process in kibibytes, as Linux reports it.
fn resident(id: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.trim().parse().ok())
        .context("/proc does not tell the resident memory")
}

fn print(providers: &[PathBuf], samples: &mut [Samples], runs: usize) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{runs} starts of each, in turns; median and 95th percentile")?;
    writeln!(out, "{:>17} {:>7} {:>17} {:>9}  provider", "handshake ms", "ratio", "serving ms", "MiB")?;
    let mut first = None;
    for (provider, samples) in providers.iter().zip(samples) {
        let handshake = Quantiles::of(&mut samples.handshake);
        let serving = Quantiles::of(&mut samples.serving);
        let resident = Quantiles::of(&mut samples.resident);
        let ratio = handshake.median / *first.get_or_insert(handshake.median);
        writeln!(
            out,
            "{:>8.2} {:>8.2} {ratio:>7.2} {:>8.2} {:>8.2} {:>9.1}  {}",
            handshake.median,
            handshake.p95,
            serving.median,
            serving.p95,
            resident.median,
            provider.display()
        )?;
    }
    Ok(())
}

struct Quantiles {
    median: f64,
    p95: f64,
}

impl Quantiles {
    /// Of at least one sample.
    fn of(samples: &mut [f64]) -> Self {
        samples.sort_by(f64::total_cmp);
        let at = |hundredths: usize| samples[(samples.len() - 1) * hundredths / 100];
        Self { median: at(50), p95: at(95) }
    }
}
