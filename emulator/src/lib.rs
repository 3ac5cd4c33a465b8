//! Turso on one machine, for tests, examples and trying things out: the Platform API's JWKS endpoints and JWT
//! templates, with real state behind them.
//!
//! It is written from what is known of Turso's API and shares no type with the provider, so that a misspelt field
//! can't agree with itself. Whatever it does not know it refuses, with a plain reason.
//!
//! - [`Emulator`] starts it, seeds it and looks into it; [`Settings`] and [`Behaviour`] say what it does where
//!   Turso's own behaviour is unknown;
//! - [`Fault`] makes a call fail in a chosen way;
//! - [`Request`] is what came over the wire, to the byte;
//! - [`world`] holds what is remembered: organizations, databases, groups, endpoints, tokens.

mod answer;
mod control_plane;
mod emulator;
mod fault;
mod fields;
mod record;
mod request;
mod server;
mod settings;
pub mod world;

pub use emulator::Emulator;
pub use fault::{Call, Effect, Fault, Times};
pub use record::RecordedRequest;
pub use request::Request;
pub use settings::{Behaviour, EmptyList, GetBody, Settings, TemplateMethod, Texts};
pub use uuid::Uuid;
pub use world::{ApiToken, Database, Group, JwksEndpoint, OrganizationKind};
