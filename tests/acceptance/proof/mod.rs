//! From HCL to an accepted token, and to what it may do: terraform renders the claims and registers the endpoint, an
//! identity provider puts the claims into its tokens, and a client runs statements with them on real SQLite.
//!
//! Nothing is mocked between the two ends. What a statement should be allowed is written in each test and computed
//! by nobody else's code.

mod clients;
mod matrix;
mod names;
mod reach;
mod roles;
mod stage;
#[path = "../../../examples/quickstart/statements.rs"]
mod statements;
mod validity;
