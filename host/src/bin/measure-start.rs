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
            samples.add(provider).await.with_context(|| provider.display().to_string())?;
        }
    }
    print(&providers, &mut samples, runs)
}

/// All starts of one provider: milliseconds to the handshake and until it serves, and mebibytes then.
#[derive(Clone, Default)]
struct Samples {
    handshake: Vec<f64>,
    serving: Vec<f64>,
    resident: Vec<f64>,
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

impl Samples {
    async fn add(&mut self, provider: &Path) -> anyhow::Result<()> {
        let process = Launch::new(provider).start().await?;
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        self.handshake.push(milliseconds(process.took()));
        #[expect(clippy::cast_precision_loss, reason = "kibibytes of one process, shown with one decimal")]
        self.resident.push(resident(process.id())? as f64 / 1024.0);
        let connecting = Instant::now();
        let channel = process.connect().await?;
        self.serving.push(milliseconds(process.took() + connecting.elapsed()));
        process.stop(channel).await?;
        Ok(())
    }
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
    for (provider, Samples { handshake, serving, resident }) in providers.iter().zip(samples) {
        let (median, p95) = (quantile(handshake, 50), quantile(handshake, 95));
        let ratio = median / *first.get_or_insert(median);
        let (serving, serving_p95) = (quantile(serving, 50), quantile(serving, 95));
        let (resident, provider) = (quantile(resident, 50), provider.display());
        writeln!(
            out,
            "{median:>8.2} {p95:>8.2} {ratio:>7.2} {serving:>8.2} {serving_p95:>8.2} {resident:>9.1}  {provider}"
        )?;
    }
    Ok(())
}

/// Of at least one sample.
fn quantile(samples: &mut [f64], hundredths: usize) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[(samples.len() - 1) * hundredths / 100]
}
