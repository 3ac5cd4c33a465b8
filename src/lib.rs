//! A Terraform provider for Turso.
