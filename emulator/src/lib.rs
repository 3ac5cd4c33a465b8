//! Placeholder

pub mod identity_provider;
