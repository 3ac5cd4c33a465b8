//! `turso_jwt_template`: the claims that an identity provider must put into its tokens; and `no_access_claims`, for the
//! tokens that are not meant for Turso.

mod data_source;
mod dynamic;
mod generate;
mod no_access;

pub(crate) use data_source::TemplateDataSource;
pub(crate) use no_access::NoAccessClaims;
