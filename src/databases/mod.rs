//! `turso_databases`: the databases and groups that an organization has, which is what a token without claims opens.

mod data_source;

pub(crate) use data_source::DatabasesDataSource;
