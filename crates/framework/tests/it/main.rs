//! Tests of the crate from outside, in one binary.

#![expect(
    clippy::unwrap_used,
    reason = "clippy knows tests, but not what helps them, where a panic fails the test too"
)]

mod beside;
mod checks;
mod models;
mod resources;
mod secrets;
mod values;
