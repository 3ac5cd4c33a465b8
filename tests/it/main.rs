//! Tests of the crate from outside, in one binary.

mod architecture;
mod descriptors;
mod files;
