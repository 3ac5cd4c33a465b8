//! What every test stands on: a folder of HCL with an emulator of its own behind it, and the runs of the engine in it.
//!
//! ```text
//! let project = Project::new(r#"resource "turso_jwks_endpoint" "clerk" { … }"#);
//! project.apply().applied(1, 0, 0);
//! project.plan().finds_no_changes();
//! ```

pub(crate) mod deeds;
mod hcl;
mod identity;
mod project;
mod run;
mod search;
mod stand_in;
pub(crate) mod templates;

pub(crate) use hcl::{CLERK, URL, endpoint, hcl_blocks};
pub(crate) use identity::{authority, claims, publishable_key};
pub(crate) use project::{
    API_TOKEN, NOT_GENERATED, OFFLINE, ORGANIZATION, Project, applied, checking_proxy, engine, say,
};
pub(crate) use run::Run;
pub(crate) use stand_in::Kept;
