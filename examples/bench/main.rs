//! How fast the provider is, beside what nobody can beat and what is usual. One run measures all of it, in turns, and
//! writes `docs/performance.md`.
//!
//! ```shell
//! cargo run --release --example bench              # all of it, about seventeen minutes
//! cargo run --release --example bench -- --quick   # few rounds of small plans, to the terminal alone
//! cargo run --release --example bench -- --only Growth   # the parts with this in their titles, to the terminal alone
//! cargo run --release --example bench -- --built   # with the programs as they are built already
//! cargo run --example bench -- --short             # counts alone, judged: this is what CI runs
//! ```
//!
//! The full form is Linux's, whose `/proc` it reads. It wants Go for one of its columns and Valgrind for one of its
//! tables; without, the page says so.

#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

mod calls;
mod counts;
mod growth;
mod instructions;
mod page;
mod plans;
mod project;
mod starts;
mod subject;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{anyhow, bail, ensure};

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
        ["--quick"] => measure(is_built, &plans::QUICK, 10, "", |page| println!("{}", page.last())),
        ["--only", part] => measure(is_built, &plans::FULL, 30, part, |page| println!("{}", page.last())),
        [] => measure(is_built, &plans::FULL, 30, "", |page| {
            if let Err(error) = std::fs::write(page::FILE, page.to_string()) {
                eprintln!("bench: {} can't be written: {error}", page::FILE);
            }
        }),
        _ => bail!("usage: bench [--built] [--quick | --only PART | --short]"),
    }
}

/// No part begins later than this after the first. All of them take some seventeen minutes on a quiet machine.
const LONGEST: Duration = Duration::from_secs(20 * 60);

/// Gives the page to `keep` after each part, with those that are still to come: whatever ends the run, the page says what
/// it holds. Only parts with `only` in their titles are measured. One that fails is said to have failed, and the others
/// go on.
fn measure(
    is_built: bool,
    sizes: &[plans::Size],
    starts: usize,
    only: &str,
    mut keep: impl FnMut(&Page),
) -> anyhow::Result<()> {
    let (subjects, without) = Subject::all(is_built)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    type Part<'a> = (String, Box<dyn Fn() -> anyhow::Result<Table> + 'a>);
    let mut parts: Vec<Part<'_>> = vec![
        ("Start".to_owned(), Box::new(|| starts::measure(&runtime, &subjects, starts))),
        ("One call".to_owned(), Box::new(|| calls::measure(&runtime, &subjects))),
        ("Instructions and allocations".to_owned(), Box::new(|| instructions::measure(&runtime, &subjects))),
    ];
    for size in sizes {
        let title = format!("A configuration of {} objects", size.objects);
        parts.push((title, Box::new(|| plans::measure(&subjects, *size))));
    }
    if sizes.iter().any(|size| size.objects == plans::MIDDLE) {
        let title = format!("A plan of {} objects, in pairs", plans::MIDDLE);
        parts.push((title, Box::new(|| plans::pairs(&subjects))));
        parts.push(("Templates".to_owned(), Box::new(|| plans::templates(&subjects))));
        parts.push(("A long list".to_owned(), Box::new(|| plans::long_lists(&subjects))));
        parts.push(("Growth".to_owned(), Box::new(|| growth::measure(&runtime, &subjects))));
        let title = format!("A configuration of {} objects", plans::VAST);
        parts.push((title, Box::new(|| plans::vast(&subjects))));
    }
    parts.retain(|(title, _)| title.contains(only));
    ensure!(!parts.is_empty(), "no part has {only:?} in its title");
    let mut page = Page::new(&subjects, without)?;
    page.await_parts(parts.iter().map(|(title, _)| title.clone()));
    let begin = Instant::now();
    let mut failed = 0;
    for (title, part) in &parts {
        let table = match begin.elapsed() {
            elapsed if elapsed > LONGEST => Err(anyhow!("{} minutes were over", LONGEST.as_secs() / 60)),
            _ => part(),
        };
        failed += usize::from(table.is_err());
        page.add(title, table);
        keep(&page);
    }
    ensure!(failed == 0, "{failed} parts were not measured; the page says why");
    Ok(())
}
