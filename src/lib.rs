//! A Terraform and OpenTofu provider for Turso: JWKS endpoints and JWT templates.
//!
//! The modules from the host's side to Turso's; `ARCHITECTURE.md` says who may know whom, and a test holds it.
//!
//! | module | knows |
//! |---|---|
//! | [`plugin`] | processes: how a host starts, trusts and ends one |
//! | [`tfplugin6`] | bytes: the messages and values of the plugin protocol |
//! | [`framework`] | Terraform: types, values, schemas, plans, and the traits of a provider |
//! | [`provider`] | HCL: the provider block, and what it offers |
//! | [`turso`] | the Platform API |
//! | [`claims`] | what a token may do, and what Clerk and Auth0 need to say it |
//! | [`jwks`] | the documents in which identity providers publish their keys |

pub mod claims;
pub mod framework;
pub mod jwks;
pub mod plugin;
pub mod provider;
pub mod tfplugin6;
pub mod turso;
