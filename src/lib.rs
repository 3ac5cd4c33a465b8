//! A Terraform and OpenTofu provider for Turso.

pub mod claims;
pub mod framework;
pub mod jwks;
pub mod plugin;
pub mod tfplugin6;
pub mod turso;
