//! A Terraform and OpenTofu provider for Turso.

pub mod framework;
