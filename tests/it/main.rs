//! Tests of the crate from outside, in one binary.

#![expect(
    clippy::unwrap_used,
    reason = "clippy knows tests, but not what helps them, where a panic fails the test too"
)]

mod descriptors;
mod importing;
#[cfg(unix)]
mod process;
mod protocol;
mod served;
#[cfg(unix)]
mod started;
mod stored_state;
mod waiting;
