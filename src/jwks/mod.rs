//! JWKS documents: the data source `turso_jwks`, the look at a document in a plan, the URLs of documents, and the hosts
//! whose keys sign for everyone.

mod data_source;
pub(crate) mod preflight;
pub(crate) mod shared_keys;
pub(crate) mod url;

pub(crate) use data_source::JwksDataSource;
