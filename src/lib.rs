//! A Terraform provider for Turso.

pub mod plugin;
pub mod tfplugin6;
