//! Tests of the crate from outside, in one binary.

#![expect(
    clippy::unwrap_used,
    reason = "clippy knows tests, but not what helps them, where a panic fails the test too"
)]

mod architecture;
mod descriptors;
mod files;
#[cfg(unix)]
mod process;
mod protocol;
#[cfg(unix)]
mod started;
