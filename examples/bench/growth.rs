//! How what a provider takes grows with the endpoints that it creates, reads and deletes, by this workspace's own host:
//! Terraform's own time for that grows with the square, and would hide the provider's.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use plugin_host::process::Launch;
use tokio::runtime::Runtime;
use turso_emulator::Emulator;

use crate::calls::Served;
use crate::page::Table;
use crate::project::{Glance, Taken, emulator};
use crate::subject::{MEMORY, OURS, Subject};

const SIZES: [u32; 5] = [1, 10, 100, 1_000, 10_000];
/// Fewer take too little time for its growth to be told.
const FITTED_FROM: u32 = 100;
const IN_FLIGHT: usize = 10;
const STEPS: [&str; 3] = ["create", "read", "delete"];

type Figure = (&'static str, fn(&Taken) -> f64, usize);
const FIGURES: [Figure; 4] = [
    ("s", |taken| taken.seconds, 3),
    ("processor time of the provider, s", |taken| taken.processor, 2),
    ("resident at most, MiB", |taken| taken.resident, 1),
    ("calls of the API", |taken| f64::from(taken.calls), 0),
];

/// Each figure for the largest number, and the exponent by which it grew from [`FITTED_FROM`] on.
pub(crate) fn measure(runtime: &Runtime, subjects: &[Subject]) -> anyhow::Result<Table> {
    let largest = SIZES[SIZES.len() - 1];
    let caption = format!(
        "{IN_FLIGHT} calls in flight, an API without delay; one round of each of {SIZES:?}. An exponent is the slope of a \
         line through the logarithms from {FITTED_FROM} on: 1 grows with the number, 2 with its square"
    );
    let mut table = Table::new(caption, subjects);
    let mut all = Vec::new();
    for subject in subjects {
        let takes_part = [OURS, MEMORY].contains(&subject.label);
        let run = || {
            let runs = SIZES.iter().map(|size| runtime.block_on(one_size(subject, *size)));
            runs.collect::<anyhow::Result<Vec<_>>>().context(subject.label)
        };
        all.push(if takes_part { Some(run()?) } else { None });
    }
    for (step, label) in STEPS.iter().enumerate() {
        for (what, figure, digits) in FIGURES {
            let points = |runs: &Vec<[Taken; 3]>| -> Vec<(f64, f64)> {
                let figures = runs.iter().map(|run| figure(&run[step]));
                SIZES.iter().map(|size| f64::from(*size)).zip(figures).collect()
            };
            let points: Vec<_> = all.iter().map(|runs| runs.as_ref().map(points)).collect();
            let of_largest = points.iter().map(|points| Some(points.as_ref()?.last()?.1));
            table.row(&format!("{label} {largest}, {what}"), of_largest, digits);
            let exponents = points.iter().map(|points| exponent(points.as_ref()?));
            table.row_alone(&format!("{label}, exponent of {what}"), exponents, 2);
        }
    }
    Ok(table)
}

async fn one_size(subject: &Subject, size: u32) -> anyhow::Result<[Taken; 3]> {
    let turso = emulator(size as usize)?;
    let program = subject.program().context("it has no program")?;
    let provider = Served::start(Launch::new(program), subject, &turso).await?;
    let served = &provider;
    let creations = stream::iter((0..size as usize).map(|number| served.create(number)));
    let (created, states) =
        taken(served, &turso, creations.buffered(IN_FLIGHT).try_collect::<Vec<_>>()).await?;
    let reads = stream::iter(states.iter().cloned().map(|state| served.read(state)));
    let (read, ()) = taken(served, &turso, reads.buffered(IN_FLIGHT).try_collect()).await?;
    let deletions = stream::iter(states.into_iter().map(|state| served.delete(state)));
    let (deleted, ()) = taken(served, &turso, deletions.buffered(IN_FLIGHT).try_collect()).await?;
    provider.stop().await?;
    Ok([created, read, deleted])
}

async fn taken<T>(
    served: &Served,
    turso: &Emulator,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<(Taken, T)> {
    turso.clear_requests();
    let before = Glance::of(served.id()).context("the provider is gone")?;
    let begin = Instant::now();
    let done = work.await?;
    let seconds = begin.elapsed().as_secs_f64();
    let after = Glance::of(served.id()).context("the provider is gone")?;
    let calls = u32::try_from(turso.requests().len())?;
    let processor = after.processor - before.processor;
    Ok((Taken { seconds, processor, resident: after.resident, calls }, done))
}

/// The slope of the line that fits the logarithms best, by least squares. None where a figure is nothing.
pub(crate) fn exponent(points: &[(f64, f64)]) -> Option<f64> {
    let fitted = points.iter().filter(|(size, _)| *size >= f64::from(FITTED_FROM));
    let logs: Vec<_> = fitted.map(|(size, figure)| (size.ln(), figure.ln())).collect();
    let count = f64::from(u32::try_from(logs.len()).ok()?);
    let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|log| log.0), mean(|log| log.1));
    let slope = logs.iter().map(|log| (log.0 - x) * (log.1 - y)).sum::<f64>()
        / logs.iter().map(|log| (log.0 - x).powi(2)).sum::<f64>();
    slope.is_finite().then_some(slope)
}

/// Fails where the fit can't tell what it is there to tell.
pub(crate) fn judge() -> anyhow::Result<()> {
    for (power, figures) in [(0.0, [7.0, 7.0, 7.0]), (1.0, [1.0, 10.0, 100.0]), (2.0, [1.0, 100.0, 10_000.0])]
    {
        let points: Vec<_> = [100.0, 1_000.0, 10_000.0].into_iter().zip(figures).collect();
        let fitted = exponent(&points).context("nothing was fitted")?;
        ensure!((fitted - power).abs() < 1e-9, "{power} was fitted as {fitted}");
    }
    Ok(())
}
