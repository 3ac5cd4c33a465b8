//! What the provider offers, by name, with the types that decode and encode its values.

use std::collections::BTreeMap;

use tonic::Status;

use framework::{
    DynDataSource, DynListResource, DynResource, Function, IdentitySchema, Provider, Schema, Signature, Type,
};

/// Everything by name. Made at the first request that needs it.
pub(super) struct Catalog {
    /// The provider block.
    pub(super) provider: Block,
    /// Resources.
    pub(super) resources: BTreeMap<&'static str, ResourceEntry>,
    /// Data sources.
    pub(super) data_sources: BTreeMap<&'static str, DataSourceEntry>,
    /// Functions.
    pub(super) functions: BTreeMap<&'static str, FunctionEntry>,
    /// List resources.
    pub(super) list_resources: BTreeMap<&'static str, ListResourceEntry>,
}

/// A schema and the type of the objects that it describes.
pub(super) struct Block {
    pub(super) schema: Schema,
    pub(super) ty: Type,
}

pub(super) struct ResourceEntry {
    pub(super) resource: Box<dyn DynResource>,
    pub(super) block: Block,
    pub(super) identity: IdentitySchema,
    pub(super) identity_type: Type,
}

pub(super) struct DataSourceEntry {
    pub(super) source: Box<dyn DynDataSource>,
    pub(super) block: Block,
}

pub(super) struct FunctionEntry {
    pub(super) function: Box<dyn Function>,
    pub(super) signature: Signature,
}

pub(super) struct ListResourceEntry {
    pub(super) list: Box<dyn DynListResource>,
    pub(super) block: Block,
}

impl Catalog {
    /// Asks the provider for all that it offers.
    pub(super) fn of(provider: &impl Provider) -> Self {
        Self {
            provider: Block::new(provider.schema()),
            resources: provider.resources().into_iter().map(ResourceEntry::named).collect(),
            data_sources: provider.data_sources().into_iter().map(DataSourceEntry::named).collect(),
            functions: provider.functions().into_iter().map(FunctionEntry::named).collect(),
            list_resources: provider.list_resources().into_iter().map(ListResourceEntry::named).collect(),
        }
    }

    /// The resource of that name.
    pub(super) fn resource(&self, name: &str) -> Result<&ResourceEntry, Status> {
        self.resources.get(name).ok_or_else(|| unknown("resource", name))
    }

    /// The data source of that name.
    pub(super) fn data_source(&self, name: &str) -> Result<&DataSourceEntry, Status> {
        self.data_sources.get(name).ok_or_else(|| unknown("data source", name))
    }

    /// The function of that name.
    pub(super) fn function(&self, name: &str) -> Result<&FunctionEntry, Status> {
        self.functions.get(name).ok_or_else(|| unknown("function", name))
    }

    /// The list resource of that name.
    pub(super) fn list_resource(&self, name: &str) -> Result<&ListResourceEntry, Status> {
        self.list_resources.get(name).ok_or_else(|| unknown("list resource", name))
    }
}

impl Block {
    fn new(schema: Schema) -> Self {
        Self { ty: schema.object_type(), schema }
    }
}

impl ResourceEntry {
    fn named(resource: Box<dyn DynResource>) -> (&'static str, Self) {
        let identity = resource.identity_schema();
        let entry = Self {
            block: Block::new(resource.schema()),
            identity_type: identity.object_type(),
            identity,
            resource,
        };
        (entry.resource.type_name(), entry)
    }
}

impl DataSourceEntry {
    fn named(source: Box<dyn DynDataSource>) -> (&'static str, Self) {
        (source.type_name(), Self { block: Block::new(source.schema()), source })
    }
}

impl FunctionEntry {
    fn named(function: Box<dyn Function>) -> (&'static str, Self) {
        (function.name(), Self { signature: function.signature(), function })
    }
}

impl ListResourceEntry {
    fn named(list: Box<dyn DynListResource>) -> (&'static str, Self) {
        (list.type_name(), Self { block: Block::new(list.schema()), list })
    }
}

fn unknown(kind: &str, name: &str) -> Status {
    Status::invalid_argument(format!("this provider has no {kind} {name:?}"))
}
