//! A Terraform provider for Turso.

pub mod claims;
pub mod turso;
