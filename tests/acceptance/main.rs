//! The real Terraform or OpenTofu against the emulator: what a person does, and the text that a person reads.
//!
//! The engine runs the provider through a proxy that applies the host's rules to each answer, so every test here is
//! also one of the protocol.

mod create;
mod proof;
mod support;
