//! What the provider offers, and its own block.

use tonic::Status;

use super::proto::{self, ServerCapabilities};
use super::service::Service;
use super::{diagnostics, dynamic_value, schema};
use framework::{Provider, validate_object};

impl<P: Provider> Service<P> {
    pub(super) fn metadata(&self) -> proto::get_metadata::Response {
        use proto::get_metadata::{
            DataSourceMetadata, FunctionMetadata, ListResourceMetadata, ResourceMetadata,
        };
        let catalog = self.catalog();
        proto::get_metadata::Response {
            server_capabilities: Some(capabilities()),
            resources: catalog
                .resources
                .keys()
                .map(|&name| ResourceMetadata { type_name: name.to_owned() })
                .collect(),
            data_sources: catalog
                .data_sources
                .keys()
                .map(|&name| DataSourceMetadata { type_name: name.to_owned() })
                .collect(),
            functions: catalog
                .functions
                .keys()
                .map(|&name| FunctionMetadata { name: name.to_owned() })
                .collect(),
            list_resources: catalog
                .list_resources
                .keys()
                .map(|&name| ListResourceMetadata { type_name: name.to_owned() })
                .collect(),
            ..Default::default()
        }
    }

    pub(super) fn schemas(&self) -> proto::get_provider_schema::Response {
        let catalog = self.catalog();
        proto::get_provider_schema::Response {
            provider: Some(schema::encode(&catalog.provider.schema)),
            resource_schemas: catalog
                .resources
                .iter()
                .map(|(&name, entry)| (name.to_owned(), schema::encode(&entry.block.schema)))
                .collect(),
            data_source_schemas: catalog
                .data_sources
                .iter()
                .map(|(&name, entry)| (name.to_owned(), schema::encode(&entry.block.schema)))
                .collect(),
            list_resource_schemas: catalog
                .list_resources
                .iter()
                .map(|(&name, entry)| (name.to_owned(), schema::encode(&entry.block.schema)))
                .collect(),
            functions: self.function_signatures().functions,
            server_capabilities: Some(capabilities()),
            ..Default::default()
        }
    }

    pub(super) fn identity_schemas(&self) -> proto::get_resource_identity_schemas::Response {
        let schemas = self.catalog().resources.iter();
        proto::get_resource_identity_schemas::Response {
            identity_schemas: schemas
                .map(|(&name, entry)| (name.to_owned(), schema::encode_identity(&entry.identity)))
                .collect(),
            diagnostics: Vec::new(),
        }
    }

    pub(super) fn function_signatures(&self) -> proto::get_functions::Response {
        let functions = self.catalog().functions.iter();
        proto::get_functions::Response {
            functions: functions
                .map(|(&name, entry)| (name.to_owned(), schema::encode_function(&entry.signature)))
                .collect(),
            diagnostics: Vec::new(),
        }
    }

    pub(super) fn validate_provider(
        &self,
        request: proto::validate_provider_config::Request,
    ) -> Result<proto::validate_provider_config::Response, Status> {
        let block = &self.catalog().provider;
        let config =
            dynamic_value::decode_object(request.config, &block.ty, "provider block")?.unwrap_or_default();
        let mut found = validate_object(&block.schema, &config);
        found.extend(self.provider.validate(&config));
        Ok(proto::validate_provider_config::Response { diagnostics: diagnostics::encode(found) })
    }

    pub(super) fn configure(
        &self,
        request: proto::configure_provider::Request,
    ) -> Result<proto::configure_provider::Response, Status> {
        let ty = &self.catalog().provider.ty;
        let block = dynamic_value::decode_object(request.config, ty, "provider block")?.unwrap_or_default();
        let found = self.provider.configure(&block);
        Ok(proto::configure_provider::Response { diagnostics: diagnostics::encode(found) })
    }
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
