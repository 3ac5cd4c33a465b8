//! What a provider says of itself: complete, consistent, and such that a person can read it.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;

use super::{Case, Exchange};
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

    pub(super) fn names<'n>(&mut self, place: &str, names: impl Iterator<Item = &'n String>) {
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

    pub(super) fn described(&mut self, place: &str, description: &str, kind: i32) {
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
}

/// What hosts accept as the name of an attribute, a block, a function or a type.
pub(super) fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixture::{THING, reports_each, schemas};
    use crate::wire::tfplugin6::get_provider_schema::{Request, Response};

    fn described() -> (Request, Response) {
        (Request {}, schemas())
    }

    fn block(response: &mut Response) -> &mut wire::schema::Block {
        response.resource_schemas.get_mut(THING).and_then(|schema| schema.block.as_mut()).expect("is there")
    }

    fn attribute<'r>(response: &'r mut Response, name: &str) -> &'r mut wire::schema::Attribute {
        block(response).attributes.iter_mut().find(|attribute| attribute.name == name).expect("is there")
    }

    fn rules(response: &mut Response) -> &mut wire::schema::Object {
        attribute(response, "rules").nested_type.as_mut().expect("is nested")
    }

    fn provider(response: &mut Response) -> &mut wire::Schema {
        response.provider.as_mut().expect("is there")
    }

    fn nest(response: &mut Response, nesting: BlockNesting, min_items: i64, max_items: i64) {
        let inner = wire::schema::Block { description: "Inner".to_owned(), ..Default::default() };
        block(response).block_types.push(wire::schema::NestedBlock {
            type_name: "inner".to_owned(),
            block: Some(inner),
            nesting: nesting.into(),
            min_items,
            max_items,
        });
    }

    fn add_resource(response: &mut Response, name: &str) {
        let schema = response.resource_schemas[THING].clone();
        response.resource_schemas.insert(name.to_owned(), schema);
    }

    #[test]
    fn each_fault_of_a_block_is_reported() {
        reports_each!(described, |request, schemas| {
            schemas.provider = None => "no schema of the provider block";
            provider(schemas).version = -1 => "provider has the version -1";
            provider(schemas).block = None => "provider has no block";
            block(schemas).description.clear() => "test_thing has no description";
            block(schemas).description_kind = 7 => "of the unknown kind 7";
            block(schemas).deprecation_message = "x".to_owned() => "deprecated, and is not";
            nest(schemas, BlockNesting::Invalid, 0, 0) => "test_thing.inner is nested as Invalid";
            nest(schemas, BlockNesting::Single, 0, 2) => "test_thing.inner is nested as Single";
            nest(schemas, BlockNesting::Map, 1, 0) => "test_thing.inner is nested as Map";
            nest(schemas, BlockNesting::List, 3, 2) => "test_thing.inner is nested as List";
            {
                nest(schemas, BlockNesting::List, 0, 0);
                block(schemas).block_types[0].block = None;
            } => "test_thing.inner has no block";
            add_resource(schemas, "other_thing") => "several prefixes";
            add_resource(schemas, "thing") => r#""thing" is not a type name"#;
            {
                let list = schemas.list_resource_schemas[THING].clone();
                schemas.list_resource_schemas.insert("test_other".to_owned(), list);
            } => "test_other can be listed, and there is no such resource";
        });
    }

    #[test]
    fn each_fault_of_an_attribute_is_reported() {
        reports_each!(described, |request, schemas| {
            attribute(schemas, "url").description.clear() => "test_thing.url has no description";
            attribute(schemas, "url").name = "URL".to_owned() => r#""URL" is not a name"#;
            attribute(schemas, "url").name = "name".to_owned() => r#""name" is there twice"#;
            attribute(schemas, "url").name = "count".to_owned() => "hosts keep for themselves";
            attribute(schemas, "url").r#type = b"text".to_vec() => "is not a type constraint";
            attribute(schemas, "url").computed = true => "test_thing.url can't be required";
            attribute(schemas, "url").required = false => "test_thing.url can't be required";
            attribute(schemas, "id").write_only = true => "test_thing.id can't be write-only";
            attribute(schemas, "rules").r#type = br#""string""#.to_vec()
                => "both a type and nested attributes";
            rules(schemas).nesting = 0 => "does not say how its objects are nested";
            rules(schemas).attributes[0].description.clear() => "test_thing.rules.table has no description";
        });
    }
}
