//! What every test stands on: a folder of HCL with an emulator of its own behind it, and the runs of the engine in it.
//!
//! ```text
//! let project = Project::new(r#"resource "turso_jwks_endpoint" "clerk" { … }"#);
//! project.apply().applied(1, 0, 0);
//! project.plan().finds_no_changes();
//! ```

mod project;
mod run;

pub(crate) use project::{API_TOKEN, ORGANIZATION, Project};
pub(crate) use run::Run;
