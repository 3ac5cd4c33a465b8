//! Tests of the crate from outside, in one binary.

#![expect(
    clippy::unwrap_used,
    reason = "clippy knows tests, but not what helps them, where a panic fails the test too"
)]

#[cfg(unix)]
mod chaos;
mod dependencies;
mod docs;
mod engine;
mod engines;
mod files;
mod fuzz;
mod golden;
mod hcl;
#[cfg(unix)]
mod hosted;
mod importing;
mod markdown;
#[cfg(unix)]
mod process;
mod prose;
mod protocol;
mod reliability;
mod schema;
mod served;
#[cfg(unix)]
mod started;
mod stored_state;
mod summaries;
mod template;
mod waiting;
mod words;
