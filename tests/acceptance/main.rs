//! The real Terraform or OpenTofu against the emulator: what a person does, and the text that a person reads.
//!
//! The engine runs the provider through a proxy that applies the host's rules to each answer, so every test here is
//! also one of the protocol.

// The host speaks to providers over unix sockets.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "clippy knows tests, but not what helps them, where a panic fails the test too"
)]

mod access_probe;
mod another_provider;
mod auth0_action;
mod calls;
mod databases;
mod endpoint;
mod examples;
mod existing;
mod failures;
mod functions;
mod guides;
mod import;
mod installed;
mod interrupt;
mod jwks;
mod load;
mod names;
mod network;
mod preflight;
mod proof;
mod provider_block;
mod quickstart;
mod support;
mod template;
mod termination;
mod token;
mod unknown_values;
mod verifying_access;
