//! `turso_jwks_endpoint`, in every form: the resource, what finds endpoints that exist, and their model.

mod data_source;
mod data_source_all;
mod existing;
mod import;
mod list_resource;
mod model;
mod names;
mod plan;
mod reach;
mod resource;
mod write;

pub(crate) use data_source::EndpointDataSource;
pub(crate) use data_source_all::EndpointsDataSource;
pub(crate) use list_resource::EndpointListResource;
pub(crate) use names::Names;
pub(crate) use resource::EndpointResource;
