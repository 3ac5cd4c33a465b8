//! JWKS documents: the data source `turso_jwks`, the look at a document in a plan, and the URLs of documents.

mod data_source;
pub(crate) mod preflight;
pub(crate) mod url;

pub(crate) use data_source::JwksDataSource;
