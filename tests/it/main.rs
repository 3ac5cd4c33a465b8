//! Tests of the crate from outside, in one binary.

#![expect(
    clippy::unwrap_used,
    reason = "clippy knows tests, but not what helps them, where a panic fails the test too"
)]

mod descriptors;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod started;
