//! What the provider offers, by name, with the types that decode and encode its values.

use std::collections::BTreeMap;

use tonic::Status;

use framework::{
    DynDataSource, DynEphemeralResource, DynFunction, DynListResource, DynResource, IdentitySchema, Object,
    Provider, Schema, Signature, Type,
};

/// Everything by name. Made at the first request that needs it.
pub(super) struct Catalog {
    pub(super) provider: BlockSchema,
    pub(super) resources: BTreeMap<&'static str, ResourceEntry>,
    pub(super) data_sources: BTreeMap<&'static str, Entry<dyn DynDataSource>>,
    pub(super) ephemeral_resources: BTreeMap<&'static str, Entry<dyn DynEphemeralResource>>,
    pub(super) functions: BTreeMap<&'static str, FunctionEntry>,
    pub(super) list_resources: BTreeMap<&'static str, Entry<dyn DynListResource>>,
}

/// A schema and the type of the objects that it describes.
pub(super) struct BlockSchema {
    pub(super) schema: Schema,
    pub(super) ty: Type,
}

/// Something that has a block.
pub(super) struct Entry<T: ?Sized> {
    pub(super) offered: Box<T>,
    pub(super) block: BlockSchema,
}

pub(super) struct ResourceEntry {
    pub(super) resource: Box<dyn DynResource>,
    pub(super) block: BlockSchema,
    pub(super) identity: Option<Identity>,
}

/// The identity that a resource has, with its type.
pub(super) struct Identity {
    pub(super) schema: IdentitySchema,
    pub(super) ty: Type,
}

pub(super) struct FunctionEntry {
    pub(super) function: Box<dyn DynFunction>,
    pub(super) signature: Signature,
}

impl Catalog {
    /// Asks the provider for all that it offers.
    pub(super) fn of<P: Provider>(provider: &P) -> Self {
        Self {
            provider: BlockSchema::new(Schema::of::<P::Block>()),
            resources: by_name(provider.resources(), |resource| (resource.type_name(), resource.into())),
            data_sources: by_name(provider.data_sources(), |source| {
                (source.type_name(), Entry::new(source.schema(), source))
            }),
            ephemeral_resources: by_name(provider.ephemeral_resources(), |resource| {
                (resource.type_name(), Entry::new(resource.schema(), resource))
            }),
            functions: by_name(provider.functions(), |function| {
                (function.name(), FunctionEntry { signature: function.signature(), function })
            }),
            list_resources: by_name(provider.list_resources(), |list| {
                (list.type_name(), Entry::new(list.schema(), list))
            }),
        }
    }

    pub(super) fn resource(&self, name: &str) -> Result<&ResourceEntry, Status> {
        find(&self.resources, "resource", name)
    }

    pub(super) fn data_source(&self, name: &str) -> Result<&Entry<dyn DynDataSource>, Status> {
        find(&self.data_sources, "data source", name)
    }

    pub(super) fn ephemeral_resource(&self, name: &str) -> Result<&Entry<dyn DynEphemeralResource>, Status> {
        find(&self.ephemeral_resources, "ephemeral resource", name)
    }

    pub(super) fn function(&self, name: &str) -> Result<&FunctionEntry, Status> {
        find(&self.functions, "function", name)
    }

    pub(super) fn list_resource(&self, name: &str) -> Result<&Entry<dyn DynListResource>, Status> {
        find(&self.list_resources, "list resource", name)
    }
}

impl BlockSchema {
    fn new(schema: Schema) -> Self {
        Self { ty: schema.object_type(), schema }
    }
}

impl<T: ?Sized> Entry<T> {
    fn new(schema: Schema, offered: Box<T>) -> Self {
        Self { offered, block: BlockSchema::new(schema) }
    }
}

impl From<Box<dyn DynResource>> for ResourceEntry {
    fn from(resource: Box<dyn DynResource>) -> Self {
        let schema = resource.schema().clone();
        let identity = schema.identity();
        let identity = identity.map(|schema| Identity { ty: schema.object_type(), schema });
        Self { block: BlockSchema::new(schema), identity, resource }
    }
}

impl ResourceEntry {
    /// The identity of an object, where the resource has one.
    pub(super) fn identity_of(&self, object: &Object) -> Option<Object> {
        self.identity.as_ref().map(|identity| identity.schema.identity_of(object))
    }
}

fn by_name<T: ?Sized, E>(
    offered: Vec<Box<T>>,
    entry: impl Fn(Box<T>) -> (&'static str, E),
) -> BTreeMap<&'static str, E> {
    offered.into_iter().map(entry).collect()
}

fn find<'a, E>(entries: &'a BTreeMap<&'static str, E>, kind: &str, name: &str) -> Result<&'a E, Status> {
    entries.get(name).ok_or_else(|| Status::invalid_argument(format!("this provider has no {kind} {name:?}")))
}
