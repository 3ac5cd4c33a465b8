//! A host for plugins of Terraform's protocol 6: it starts a provider as Terraform does, speaks to it, and
//! applies the rules that real hosts enforce.
//!
//! It shares no code with the provider. Where both read a value or a certificate with the same function, a
//! mistake in it would agree with itself.
//!
//! What starts a provider and speaks to it does so over unix sockets: those modules are not there on Windows, where
//! examples still look for an engine.

#![cfg_attr(not(unix), allow(dead_code, reason = "what the modules use that are not there"))]

pub mod certificate;
#[cfg(unix)]
pub mod connection;
pub mod engine;
pub mod framing;
pub mod handshake;
#[cfg(unix)]
pub mod host;
mod log;
pub mod path;
#[cfg(unix)]
pub mod process;
#[cfg(unix)]
pub mod proxy;
pub mod report;
mod rules;
mod schema;
#[cfg(unix)]
pub mod serve;
pub mod types;
pub mod values;
pub mod wire;

pub use rules::Violation;
