//! `turso_access_probe`: asks a database whether it takes a token, while a plan or an apply runs.

mod ephemeral_resource;
mod expectation;

pub(crate) use ephemeral_resource::AccessProbe;
