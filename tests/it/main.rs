//! Tests of the crate from outside, in one binary.

// The host speaks to providers over unix sockets.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "clippy knows tests, but not what helps them, where a panic fails the test too"
)]

mod allocations;
mod chaos;
mod dependencies;
mod docs;
mod engine;
mod engines;
mod files;
mod fuzz;
mod golden;
mod hcl;
mod hosted;
mod importing;
mod markdown;
mod process;
mod prose;
mod protocol;
mod reliability;
mod schema;
mod served;
mod started;
mod stored_state;
mod summaries;
mod template;
mod waiting;
mod words;
