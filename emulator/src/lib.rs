//! Turso on one machine, for tests, examples and trying things out: the Platform API's JWKS endpoints and JWT
//! templates, databases on real SQLite with Turso's token check and permissions, and identity providers that sign
//! tokens for them.
//!
//! It is written from what is known of Turso's API and shares no type with the provider, so that a misspelt field
//! can't agree with itself. Whatever it does not know it refuses, with a plain reason.
//!
//! - [`Emulator`] starts it, seeds it and looks into it; [`Settings`] and [`Behaviour`] say what it does where
//!   Turso's own behaviour is unknown;
//! - [`Fault`] makes a call of the Platform API fail in a chosen way;
//! - [`RecordedRequest`] is what came to the Platform API, to the byte;
//! - [`Access`] is who came to a database, with which claims, and what was denied;
//! - [`identity_provider`] signs tokens and publishes the keys to check them with;
//! - [`world`] holds what is remembered: organizations, databases, groups, endpoints, tokens.

mod answer;
mod control_plane;
mod data_plane;
mod emulator;
mod fault;
pub mod identity_provider;
mod lock;
mod object;
mod record;
mod request;
mod secret;
mod server;
mod settings;
pub mod world;

#[cfg(feature = "fuzzing")]
pub use data_plane::fuzzing;
pub use data_plane::{Access, FailOpen, JwksFetch, StatementRecord};
pub use emulator::Emulator;
pub use fault::{Call, Effect, Fault};
pub use record::RecordedRequest;
pub use request::Request;
pub use secret::Secret;
pub use settings::{Behaviour, EmptyList, GetBody, Settings, TemplateMethod};
pub use uuid::Uuid;
pub use world::{ApiToken, Database, Group, JwksEndpoint, OrganizationKind};
