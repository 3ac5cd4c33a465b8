//! What a provider says of itself: complete, consistent, and such that a person can read it.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;

use super::{Case, Exchange};
use crate::schema::Function;
use crate::types::Type;
use crate::wire::tfplugin6 as wire;
use wire::schema::nested_block::NestingMode as BlockNesting;
use wire::schema::object::NestingMode as ObjectNesting;

/// Names that mean something to the host itself, so no attribute at the root of such a block may have them.
const RESERVED: [&str; 7] =
    ["connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"];
const RESERVED_IN_PROVIDER: [&str; 2] = ["alias", "version"];

impl Exchange for wire::get_provider_schema::Request {
    type Response = wire::get_provider_schema::Response;
    const RPC: &'static str = "GetProviderSchema";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        if case.diagnostics(&response.diagnostics, None) {
            return;
        }
        match &response.provider {
            Some(provider) => case.schema(Kind::Provider, "provider", provider),
            None => case.fault("there is no schema of the provider block, and hosts want one, even empty"),
        }
        for (kind, schemas) in [
            (Kind::Resource, &response.resource_schemas),
            (Kind::Reader, &response.data_source_schemas),
            (Kind::Reader, &response.ephemeral_resource_schemas),
            (Kind::Reader, &response.list_resource_schemas),
        ] {
            for (name, schema) in schemas {
                case.schema(kind, name, schema);
            }
        }
        for (name, function) in &response.functions {
            case.function(name, function);
        }
        case.type_names(response);
    }

    fn repeatable(&self, response: &Self::Response) -> Option<Vec<u8>> {
        Some(response.encode_to_vec())
    }
}

impl Exchange for wire::get_resource_identity_schemas::Request {
    type Response = wire::get_resource_identity_schemas::Response;
    const RPC: &'static str = "GetResourceIdentitySchemas";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        case.diagnostics(&response.diagnostics, None);
        for (name, schema) in &response.identity_schemas {
            if !case.schemas.resources.is_empty() && !case.schemas.resources.contains_key(name) {
                case.fault(format!("{name:?} has an identity, and there is no such resource"));
            }
            case.identity_schema(name, schema);
        }
    }

    fn repeatable(&self, response: &Self::Response) -> Option<Vec<u8>> {
        Some(response.encode_to_vec())
    }
}

impl Exchange for wire::get_functions::Request {
    type Response = wire::get_functions::Response;
    const RPC: &'static str = "GetFunctions";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        case.diagnostics(&response.diagnostics, None);
        for (name, function) in &response.functions {
            case.function(name, function);
        }
        case.same_names("functions", response.functions.keys(), case.schemas.functions.keys());
    }
}

impl Exchange for wire::get_metadata::Request {
    type Response = wire::get_metadata::Response;
    const RPC: &'static str = "GetMetadata";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        case.diagnostics(&response.diagnostics, None);
        let schemas = case.schemas;
        let names = names_of(&response.resources, |entry| &entry.type_name);
        case.same_names("resources", names.iter(), schemas.resources.keys());
        let names = names_of(&response.data_sources, |entry| &entry.type_name);
        case.same_names("data sources", names.iter(), schemas.data_sources.keys());
        let names = names_of(&response.list_resources, |entry| &entry.type_name);
        case.same_names("list resources", names.iter(), schemas.list_resources.keys());
        let names = names_of(&response.ephemeral_resources, |entry| &entry.type_name);
        case.same_names("ephemeral resources", names.iter(), schemas.ephemeral_resources.keys());
        let names = names_of(&response.functions, |entry| &entry.name);
        case.same_names("functions", names.iter(), schemas.functions.keys());
    }
}

/// What a block is for, which decides what it may hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Provider,
    Resource,
    Reader,
}

impl Kind {
    fn reserved(self) -> &'static [&'static str] {
        match self {
            Self::Provider => &RESERVED_IN_PROVIDER,
            Self::Resource | Self::Reader => &RESERVED,
        }
    }
}

impl Case<'_> {
    fn schema(&mut self, kind: Kind, name: &str, schema: &wire::Schema) {
        if schema.version < 0 {
            self.fault(format!("{name} has the version {}", schema.version));
        }
        let Some(block) = &schema.block else {
            self.fault(format!("{name} has no block"));
            return;
        };
        for attribute in &block.attributes {
            if kind.reserved().contains(&attribute.name.as_str()) {
                self.fault(format!("{name}.{} is a name that hosts keep for themselves", attribute.name));
            }
        }
        self.block(kind, name, block);
    }

    fn block(&mut self, kind: Kind, place: &str, block: &wire::schema::Block) {
        self.described(place, &block.description, block.description_kind);
        self.deprecation(place, block.deprecated, &block.deprecation_message);
        let names = block.attributes.iter().map(|attribute| &attribute.name);
        self.names(place, names.chain(block.block_types.iter().map(|nested| &nested.type_name)));
        for attribute in &block.attributes {
            self.attribute(kind, &format!("{place}.{}", attribute.name), attribute);
        }
        for nested in &block.block_types {
            self.nested_block(kind, &format!("{place}.{}", nested.type_name), nested);
        }
    }

    fn nested_block(&mut self, kind: Kind, place: &str, nested: &wire::schema::NestedBlock) {
        let (min, max) = (nested.min_items, nested.max_items);
        let sound = match nested.nesting() {
            BlockNesting::Invalid => false,
            BlockNesting::Single => (0..=1).contains(&min) && (0..=1).contains(&max),
            BlockNesting::Group | BlockNesting::Map => min == 0 && max == 0,
            BlockNesting::List | BlockNesting::Set => min >= 0 && (max == 0 || max >= min),
        };
        if !sound {
            self.fault(format!("{place} is nested as {:?} with {min} to {max} blocks", nested.nesting()));
        }
        match &nested.block {
            Some(block) => self.block(kind, place, block),
            None => self.fault(format!("{place} has no block")),
        }
    }

    fn attribute(&mut self, kind: Kind, place: &str, attribute: &wire::schema::Attribute) {
        self.described(place, &attribute.description, attribute.description_kind);
        self.deprecation(place, attribute.deprecated, &attribute.deprecation_message);
        match (attribute.required, attribute.optional, attribute.computed) {
            (true, false, false) | (false, true, _) | (false, false, true) => {}
            (required, optional, computed) => self.fault(format!(
                "{place} can't be required ({required}), optional ({optional}) and computed ({computed})"
            )),
        }
        if attribute.write_only && (kind != Kind::Resource || attribute.computed) {
            self.fault(format!("{place} can't be write-only"));
        }
        match (&attribute.nested_type, attribute.r#type.is_empty()) {
            (None, _) => self.ty(place, &attribute.r#type),
            (Some(object), true) => self.object(kind, place, object),
            (Some(_), false) => self.fault(format!("{place} has both a type and nested attributes")),
        }
    }

    fn object(&mut self, kind: Kind, place: &str, object: &wire::schema::Object) {
        if object.nesting() == ObjectNesting::Invalid {
            self.fault(format!("{place} does not say how its objects are nested"));
        }
        self.names(place, object.attributes.iter().map(|attribute| &attribute.name));
        for attribute in &object.attributes {
            self.attribute(kind, &format!("{place}.{}", attribute.name), attribute);
        }
    }

    fn identity_schema(&mut self, resource: &str, schema: &wire::ResourceIdentitySchema) {
        let place = format!("the identity of {resource}");
        if schema.version < 0 {
            self.fault(format!("{place} has the version {}", schema.version));
        }
        if schema.identity_attributes.is_empty() {
            self.fault(format!("{place} has no attributes"));
        }
        self.names(&place, schema.identity_attributes.iter().map(|attribute| &attribute.name));
        for attribute in &schema.identity_attributes {
            let place = format!("{place}, {}", attribute.name);
            self.described(&place, &attribute.description, 0);
            if attribute.required_for_import == attribute.optional_for_import {
                self.fault(format!("{place} is neither required nor optional for import, or both"));
            }
            match Type::parse(&attribute.r#type) {
                Ok(ty)
                    if is_primitive(&ty) || matches!(&ty, Type::List(element) if is_primitive(element)) => {}
                Ok(ty) => self
                    .fault(format!("{place} has the type {ty}, and hosts take primitives and lists of them")),
                Err(error) => self.fault(format!("{place}: {error}")),
            }
        }
    }

    fn function(&mut self, name: &str, function: &wire::Function) {
        let place = format!("function {name}");
        if !is_name(name) {
            self.fault(format!("{name:?} is not a name that HCL can say"));
        }
        if function.summary.trim().is_empty() {
            self.fault(format!("{place} has no summary"));
        }
        self.described(&place, &function.description, function.description_kind);
        let parameters = || function.parameters.iter().chain(&function.variadic_parameter);
        self.names(&place, parameters().map(|parameter| &parameter.name));
        for parameter in parameters() {
            self.described(
                &format!("{place}, {}", parameter.name),
                &parameter.description,
                parameter.description_kind,
            );
        }
        if let Err(error) = Function::parse(name, function) {
            let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            self.fault(format!("{error} {cause}"));
        }
    }

    /// A host finds the provider of a resource by the part of the name before the first underscore.
    fn type_names(&mut self, response: &wire::get_provider_schema::Response) {
        let names: BTreeSet<&String> = [
            &response.resource_schemas,
            &response.data_source_schemas,
            &response.ephemeral_resource_schemas,
            &response.list_resource_schemas,
        ]
        .into_iter()
        .flat_map(BTreeMap::keys)
        .collect();
        for name in &names {
            if !is_name(name) || !name.contains('_') {
                self.fault(format!("{name:?} is not a type name with the provider's prefix"));
            }
        }
        let prefixes: BTreeSet<&str> = names.iter().filter_map(|name| name.split('_').next()).collect();
        if prefixes.len() > 1 {
            self.fault(format!("the type names have several prefixes: {prefixes:?}"));
        }
        for name in response.list_resource_schemas.keys() {
            if !response.resource_schemas.contains_key(name) {
                self.fault(format!("{name} can be listed, and there is no such resource"));
            }
        }
    }

    fn names<'n>(&mut self, place: &str, names: impl Iterator<Item = &'n String>) {
        let mut seen = BTreeSet::new();
        for name in names {
            if !is_name(name) {
                self.fault(format!("{place}: {name:?} is not a name that HCL can say"));
            }
            if !seen.insert(name) {
                self.fault(format!("{place}: {name:?} is there twice"));
            }
        }
    }

    fn described(&mut self, place: &str, description: &str, kind: i32) {
        if description.trim().is_empty() {
            self.fault(format!("{place} has no description"));
        }
        if wire::StringKind::try_from(kind).is_err() {
            self.fault(format!("{place} has a description of the unknown kind {kind}"));
        }
    }

    fn deprecation(&mut self, place: &str, deprecated: bool, message: &str) {
        if !deprecated && !message.is_empty() {
            self.fault(format!("{place} says why it is deprecated, and is not"));
        }
    }

    fn ty(&mut self, place: &str, notation: &[u8]) {
        if let Err(error) = Type::parse(notation) {
            self.fault(format!("{place}: {error}"));
        }
    }

    fn same_names<'n>(
        &mut self,
        what: &str,
        said: impl Iterator<Item = &'n String>,
        schema: impl Iterator<Item = &'n String>,
    ) {
        let (said, schema): (BTreeSet<_>, BTreeSet<_>) = (said.collect(), schema.collect());
        if said != schema {
            self.fault(format!("the {what} are {said:?}, and the schema has {schema:?}"));
        }
    }
}

fn names_of<T>(entries: &[T], name: impl Fn(&T) -> &String) -> Vec<String> {
    entries.iter().map(|entry| name(entry).clone()).collect()
}

fn is_primitive(ty: &Type) -> bool {
    matches!(ty, Type::Bool | Type::Number | Type::String)
}

/// What hosts accept as the name of an attribute, a block, a function or a type.
fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}
