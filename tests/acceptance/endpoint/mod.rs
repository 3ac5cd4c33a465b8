//! `turso_jwks_endpoint` through its life.

mod ahead;
mod change;
mod create;
mod destroy;
mod drift;
mod limit;
mod reach;
mod registration;
mod shared_keys;
mod url;
