//! A host for plugins of Terraform's protocol 6: it starts a provider as Terraform does, speaks to it, and
//! applies the rules that real hosts enforce.
//!
//! It shares no code with the provider. Where both read a value or a certificate with the same function, a
//! mistake in it would agree with itself.

pub mod certificate;
pub mod connection;
pub mod engine;
pub mod framing;
pub mod handshake;
pub mod host;
mod log;
pub mod path;
pub mod process;
pub mod proxy;
pub mod report;
mod rules;
mod schema;
pub mod serve;
pub mod types;
pub mod values;
pub mod wire;

pub use rules::Violation;
