//! What the provider offers, and its own block.

use std::collections::BTreeMap;

use tonic::Status;

use super::catalog::{BlockSchema, Entry};
use super::proto::{self, ServerCapabilities};
use super::service::Service;
use super::{diagnostics, dynamic_value, schema};
use framework::Provider;

impl<P: Provider> Service<P> {
    pub(super) async fn metadata(&self) -> Result<proto::get_metadata::Response, Status> {
        use proto::get_metadata::{
            DataSourceMetadata, EphemeralMetadata, FunctionMetadata, ListResourceMetadata, ResourceMetadata,
        };
        let catalog = self.catalog();
        Ok(proto::get_metadata::Response {
            server_capabilities: Some(capabilities()),
            resources: names(&catalog.resources, |type_name| ResourceMetadata { type_name }),
            data_sources: names(&catalog.data_sources, |type_name| DataSourceMetadata { type_name }),
            ephemeral_resources: names(&catalog.ephemeral_resources, |type_name| EphemeralMetadata {
                type_name,
            }),
            functions: names(&catalog.functions, |name| FunctionMetadata { name }),
            list_resources: names(&catalog.list_resources, |type_name| ListResourceMetadata { type_name }),
            ..Default::default()
        })
    }

    pub(super) async fn schemas(&self) -> Result<proto::get_provider_schema::Response, Status> {
        let catalog = self.catalog();
        let resources = catalog.resources.iter().map(|(name, entry)| (name, &entry.block));
        Ok(proto::get_provider_schema::Response {
            provider: Some(schema::encode(&catalog.provider.schema)),
            resource_schemas: encode_schemas(resources),
            data_source_schemas: encode_schemas(blocks(&catalog.data_sources)),
            ephemeral_resource_schemas: encode_schemas(blocks(&catalog.ephemeral_resources)),
            list_resource_schemas: encode_schemas(blocks(&catalog.list_resources)),
            functions: self.signatures(),
            server_capabilities: Some(capabilities()),
            ..Default::default()
        })
    }

    pub(super) async fn identity_schemas(
        &self,
    ) -> Result<proto::get_resource_identity_schemas::Response, Status> {
        let resources = self.catalog().resources.iter();
        let identities = resources.filter_map(|(&name, entry)| Some((name, entry.identity.as_ref()?)));
        Ok(proto::get_resource_identity_schemas::Response {
            identity_schemas: identities
                .map(|(name, identity)| (name.to_owned(), schema::encode_identity(&identity.schema)))
                .collect(),
            diagnostics: Vec::new(),
        })
    }

    pub(super) async fn functions(&self) -> Result<proto::get_functions::Response, Status> {
        Ok(proto::get_functions::Response { functions: self.signatures(), diagnostics: Vec::new() })
    }

    fn signatures(&self) -> BTreeMap<String, proto::Function> {
        let functions = self.catalog().functions.iter();
        functions.map(|(&name, entry)| (name.to_owned(), schema::encode_function(&entry.signature))).collect()
    }

    pub(super) async fn validate_provider(
        &self,
        request: proto::validate_provider_config::Request,
    ) -> Result<proto::validate_provider_config::Response, Status> {
        let schema = &self.catalog().provider;
        let block =
            dynamic_value::decode_object(request.config, &schema.ty, "provider block")?.unwrap_or_default();
        let found = framework::validate_block(&self.provider, &schema.schema, block);
        Ok(proto::validate_provider_config::Response { diagnostics: diagnostics::encode(found) })
    }

    pub(super) async fn configure(
        &self,
        request: proto::configure_provider::Request,
    ) -> Result<proto::configure_provider::Response, Status> {
        let schema = &self.catalog().provider;
        let block =
            dynamic_value::decode_object(request.config, &schema.ty, "provider block")?.unwrap_or_default();
        let configured =
            schema.schema.validate(&block).or_errors().and_then(|_| framework::block::<P>(block));
        let found = match configured {
            Ok(block) => self.provider.configure(block),
            Err(errors) => errors,
        };
        Ok(proto::configure_provider::Response { diagnostics: diagnostics::encode(found) })
    }
}

fn names<E, M>(entries: &BTreeMap<&'static str, E>, metadata: impl Fn(String) -> M) -> Vec<M> {
    entries.keys().map(|&name| metadata(name.to_owned())).collect()
}

fn blocks<'a, T: ?Sized>(
    entries: &'a BTreeMap<&'static str, Entry<T>>,
) -> impl Iterator<Item = (&'a &'static str, &'a BlockSchema)> {
    entries.iter().map(|(name, entry)| (name, &entry.block))
}

fn encode_schemas<'a>(
    blocks: impl Iterator<Item = (&'a &'static str, &'a BlockSchema)>,
) -> BTreeMap<String, proto::Schema> {
    blocks.map(|(&name, block)| (name.to_owned(), schema::encode(&block.schema))).collect()
}

/// Without `get_provider_schema_optional` Terraform asks for the schema at each start of the process instead of once a
/// command.
fn capabilities() -> ServerCapabilities {
    ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: true,
        generate_resource_config: true,
    }
}
