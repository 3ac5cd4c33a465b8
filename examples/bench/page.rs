//! The page: tables with a column for each that took part, and what machine it was.

use std::fmt;
use std::fs;

use plugin_host::engine::Engine;

use crate::subject::{GO, MEMORY, OURS, Subject};

/// Where the page is kept.
pub(crate) const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/performance.md");

/// What a person wrote of the figures is kept: all of the page before this line.
const BEGIN: &str = "<!-- What follows is written by `cargo run --release --example bench`. -->\n";

pub(crate) struct Page {
    text: String,
    last: String,
    /// The titles of the parts that are still to come.
    awaited: Vec<String>,
}

impl Page {
    /// Begins with what stands in the file, and the machine.
    pub(crate) fn new(subjects: &[Subject], without: Option<String>) -> anyhow::Result<Self> {
        let kept = fs::read_to_string(FILE).unwrap_or_default();
        let kept = kept.split_once(BEGIN).map_or("# Performance\n\n", |(before, _)| before);
        let mut page = format!("{kept}{BEGIN}\n## The machine\n\n{}\n", machine(Engine::find()?));
        if subjects.iter().any(|subject| subject.label == GO) {
            page.push_str("The column Go is `tests/bench`, with terraform-plugin-framework as its documentation teaches.\n");
        }
        page.extend(without.map(|without| format!("{without}\n")));
        Ok(Self { text: page, last: String::new(), awaited: Vec::new() })
    }

    /// Says of these parts that they were not come to, until they are.
    pub(crate) fn await_parts(&mut self, titles: impl Iterator<Item = String>) {
        self.awaited.extend(titles);
    }

    /// A part, or why there is none.
    pub(crate) fn add(&mut self, title: &str, table: anyhow::Result<Table>) {
        self.awaited.retain(|awaited| awaited != title);
        let table =
            table.map_or_else(|error| format!("Not measured: {error:#}.\n"), |table| table.to_string());
        self.last = format!("\n## {title}\n\n{table}");
        self.text.push_str(&self.last);
    }

    /// The part that was added last.
    pub(crate) fn last(&self) -> &str {
        &self.last
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        match self.awaited.is_empty() {
            true => Ok(()),
            false => write!(f, "\nThe run was ended before these: {}.\n", self.awaited.join(", ")),
        }
    }
}

/// A row a figure, a column a subject, and the provider's ratio to its anchors.
pub(crate) struct Table {
    caption: String,
    labels: Vec<&'static str>,
    rows: Vec<String>,
}

impl Table {
    pub(crate) fn new(caption: String, subjects: &[Subject]) -> Self {
        Self { caption, labels: subjects.iter().map(|subject| subject.label).collect(), rows: Vec::new() }
    }

    /// A figure of each subject, as it is there.
    pub(crate) fn row(&mut self, what: &str, figures: impl Iterator<Item = Option<f64>>, digits: usize) {
        self.push(what, figures, digits, true);
    }

    /// The same without the ratios, which would mean nothing.
    pub(crate) fn row_alone(
        &mut self,
        what: &str,
        figures: impl Iterator<Item = Option<f64>>,
        digits: usize,
    ) {
        self.push(what, figures, digits, false);
    }

    fn push(
        &mut self,
        what: &str,
        figures: impl Iterator<Item = Option<f64>>,
        digits: usize,
        is_compared: bool,
    ) {
        let figures: Vec<_> = figures.collect();
        let of = |label| figures[self.labels.iter().position(|one| *one == label)?];
        let ratio = |to| {
            let (ours, other) = (of(OURS)?, of(to)?);
            (is_compared && other > 0.0).then(|| format!("{:.2}", ours / other))
        };
        let dash = || "–".to_owned();
        let cells =
            figures.iter().map(|figure| figure.map_or_else(dash, |figure| format!("{figure:.digits$}")));
        let ratios = [MEMORY, GO].map(|to| ratio(to).unwrap_or_else(dash));
        let cells: Vec<_> = cells.chain(ratios).collect();
        self.rows.push(format!("| {what} | {} |", cells.join(" | ")));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}:\n", self.caption)?;
        writeln!(f, "| | {} | to the null provider | to Go |", self.labels.join(" | "))?;
        writeln!(f, "|---|{}", "---|".repeat(self.labels.len() + 2))?;
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}

/// None of none.
pub(crate) fn median(samples: &mut [f64]) -> Option<f64> {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied()
}

fn machine(engine: &Engine) -> String {
    let line = |file: &str, key: &str| {
        let text = fs::read_to_string(file).ok()?;
        let line = text.lines().find(|line| line.starts_with(key))?;
        Some(line.split_once(':').map_or(line, |(_, value)| value).trim().to_owned())
    };
    let unknown = || "unknown".to_owned();
    let processor = line("/proc/cpuinfo", "model name").unwrap_or_else(unknown);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = line("/proc/meminfo", "MemTotal").unwrap_or_else(unknown);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_else(|_| unknown());
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    format!(
        "{cores} cores of {processor}, {memory} of memory, Linux {}, {engine}. Load when it began: {load}.",
        kernel.trim()
    )
}
