//! How fast the provider is, beside what nobody can beat and what is usual. One run measures all of it, in turns, and
//! writes `docs/performance.md`.
//!
//! ```shell
//! cargo run --release --example bench              # all of it, about ten minutes
//! cargo run --release --example bench -- --quick   # few rounds of small plans, to the terminal alone
//! cargo run --example bench -- --short             # counts alone, judged: this is what CI runs
//! ```
//!
//! The full form is Linux's, whose `/proc` it reads, and wants Go for one of its columns; without, it says so.

#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

mod calls;
mod counts;
mod page;
mod plans;
mod project;
mod starts;
mod subject;

use std::process::ExitCode;

use anyhow::bail;

use page::Page;
use subject::Subject;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["--short"] => counts::judge(),
        ["--quick"] => measure(&plans::QUICK, 10).map(|page| println!("{page}")),
        [] => {
            let page = measure(&plans::FULL, 40)?;
            std::fs::write(page::FILE, page.to_string())?;
            println!("{page}");
            Ok(())
        }
        _ => bail!("usage: bench [--quick | --short]"),
    }
}

fn measure(sizes: &[plans::Size], starts: usize) -> anyhow::Result<Page> {
    let (subjects, without) = Subject::all()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut page = Page::new(&subjects, without)?;
    page.add("Start", &starts::measure(&runtime, &subjects, starts)?);
    page.add("One call", &calls::measure(&runtime, &subjects)?);
    for (title, table) in plans::measure(&subjects, sizes)? {
        page.add(title, &table);
    }
    Ok(page)
}
