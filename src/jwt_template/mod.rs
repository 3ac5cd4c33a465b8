//! `turso_jwt_template`: the claims that an identity provider must put into its tokens.

mod data_source;
mod dynamic;
mod generate;

pub(crate) use data_source::TemplateDataSource;
