//! How fast the provider is, beside what nobody can beat and what is usual. One run measures all of it, in turns, and
//! writes `docs/performance.md`.
//!
//! ```shell
//! cargo run --release --example bench              # all of it, about ten minutes
//! cargo run --release --example bench -- --quick   # few rounds of small plans, to the terminal alone
//! cargo run --release --example bench -- --built   # with the programs as they are built already
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

use page::{Page, Table};
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
    let mut arguments: Vec<_> = std::env::args().skip(1).collect();
    let all = arguments.len();
    arguments.retain(|argument| argument != "--built");
    let is_built = arguments.len() < all;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--short"] => counts::judge(),
        ["--quick"] => measure(is_built, &plans::QUICK, 10, |page| println!("{page}")),
        [] => measure(is_built, &plans::FULL, 30, |page| {
            if let Err(error) = std::fs::write(page::FILE, page.to_string()) {
                eprintln!("bench: {} can't be written: {error}", page::FILE);
            }
        }),
        _ => bail!("usage: bench [--built] [--quick | --short]"),
    }
}

/// Gives the page to `keep` at the end, and after each part of it: the last parts take the longest.
fn measure(
    is_built: bool,
    sizes: &[plans::Size],
    starts: usize,
    mut keep: impl FnMut(&Page),
) -> anyhow::Result<()> {
    let (subjects, without) = Subject::all(is_built)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut page = Page::new(&subjects, without)?;
    let mut add = |title: &str, table: Table| {
        page.add(title, &table);
        keep(&page);
    };
    add("Start", starts::measure(&runtime, &subjects, starts)?);
    add("One call", calls::measure(&runtime, &subjects)?);
    for size in sizes {
        add(&format!("A configuration of {} objects", size.objects), plans::measure(&subjects, *size)?);
        if size.objects == plans::MIDDLE {
            add("Templates", plans::templates(&subjects)?);
            add("A long list", plans::long_lists(&subjects)?);
        }
    }
    Ok(())
}
