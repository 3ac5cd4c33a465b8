//! A provider's answers in the form in which `terraform providers schema -json` prints them.

use std::collections::BTreeMap;

use plugin_host::wire::tfplugin6 as wire;
use serde_json::{Map, Value, json};
use terraform_provider_turso::SOURCE;

/// The version of the form.
const FORMAT_VERSION: &str = "1.0";

/// The document. What it has no place for must not be in the answers.
pub(super) fn providers_schema(
    schemas: &wire::get_provider_schema::Response,
    identities: &wire::get_resource_identity_schemas::Response,
) -> Value {
    assert!(schemas.diagnostics.is_empty() && identities.diagnostics.is_empty());
    assert!(schemas.provider_meta.is_none(), "there is no place for the schema of provider_meta yet");
    assert!(schemas.action_schemas.is_empty(), "there is no place for actions yet");
    let mut document = Map::new();
    document.insert("provider".to_owned(), schemas.provider.as_ref().map(schema).expect("hosts want one"));
    for (name, section) in [
        ("resource_schemas", each(&schemas.resource_schemas, schema)),
        ("data_source_schemas", each(&schemas.data_source_schemas, schema)),
        ("ephemeral_resource_schemas", each(&schemas.ephemeral_resource_schemas, schema)),
        ("list_resource_schemas", each(&schemas.list_resource_schemas, schema)),
        ("functions", each(&schemas.functions, function)),
        ("resource_identity_schemas", each(&identities.identity_schemas, identity)),
    ] {
        if !section.is_empty() {
            document.insert(name.to_owned(), Value::Object(section));
        }
    }
    let address = format!("registry.terraform.io/{}", SOURCE);
    json!({"format_version": FORMAT_VERSION, "provider_schemas": {address: document}})
}

fn schema(schema: &wire::Schema) -> Value {
    let block = schema.block.as_ref().expect("a schema has a block");
    assert!(block.block_types.is_empty(), "there is no place for nested blocks yet");
    assert!(!block.deprecated && !block.computed, "there is no place for this of a block yet");
    let mut object = described(&block.description, block.description_kind());
    insert_attributes(&mut object, &block.attributes);
    json!({"version": schema.version, "block": object})
}

fn attribute(attribute: &wire::schema::Attribute) -> Value {
    let mut object = described(&attribute.description, attribute.description_kind());
    match &attribute.nested_type {
        Some(nested) => object.insert("nested_type".to_owned(), nested_type(nested)),
        None => object.insert("type".to_owned(), ty(&attribute.r#type)),
    };
    for (flag, is_set) in [
        ("required", attribute.required),
        ("optional", attribute.optional),
        ("computed", attribute.computed),
        ("sensitive", attribute.sensitive),
        ("write_only", attribute.write_only),
        ("deprecated", attribute.deprecated),
    ] {
        insert_flag(&mut object, flag, is_set);
    }
    Value::Object(object)
}

fn nested_type(nested: &wire::schema::Object) -> Value {
    let mut object = Map::new();
    let mode = nested.nesting().as_str_name().to_lowercase();
    object.insert("nesting_mode".to_owned(), Value::String(mode));
    insert_attributes(&mut object, &nested.attributes);
    Value::Object(object)
}

fn identity(identity: &wire::ResourceIdentitySchema) -> Value {
    let attributes = identity.identity_attributes.iter().map(|attribute| {
        let mut object = Map::new();
        object.insert("type".to_owned(), ty(&attribute.r#type));
        object.insert("description".to_owned(), Value::String(attribute.description.clone()));
        insert_flag(&mut object, "required_for_import", attribute.required_for_import);
        insert_flag(&mut object, "optional_for_import", attribute.optional_for_import);
        (attribute.name.clone(), Value::Object(object))
    });
    json!({"version": identity.version, "attributes": attributes.collect::<Map<_, _>>()})
}

fn function(function: &wire::Function) -> Value {
    assert!(
        function.deprecation_message.is_empty(),
        "there is no place for the deprecation of functions yet"
    );
    let returns = function.r#return.as_ref().expect("a function returns something");
    let mut object = Map::new();
    object.insert("description".to_owned(), Value::String(function.description.clone()));
    object.insert("summary".to_owned(), Value::String(function.summary.clone()));
    object.insert("return_type".to_owned(), ty(&returns.r#type));
    let parameters: Vec<_> = function.parameters.iter().map(parameter).collect();
    if !parameters.is_empty() {
        object.insert("parameters".to_owned(), Value::Array(parameters));
    }
    if let Some(variadic) = &function.variadic_parameter {
        object.insert("variadic_parameter".to_owned(), parameter(variadic));
    }
    Value::Object(object)
}

fn parameter(parameter: &wire::function::Parameter) -> Value {
    let mut object = Map::new();
    object.insert("name".to_owned(), Value::String(parameter.name.clone()));
    object.insert("description".to_owned(), Value::String(parameter.description.clone()));
    insert_flag(&mut object, "is_nullable", parameter.allow_null_value);
    object.insert("type".to_owned(), ty(&parameter.r#type));
    Value::Object(object)
}

fn each<T>(items: &BTreeMap<String, T>, render: fn(&T) -> Value) -> Map<String, Value> {
    items.iter().map(|(name, item)| (name.clone(), render(item))).collect()
}

fn described(description: &str, kind: wire::StringKind) -> Map<String, Value> {
    let kind = kind.as_str_name().to_lowercase();
    [("description", description.to_owned()), ("description_kind", kind)]
        .map(|(key, value)| (key.to_owned(), Value::String(value)))
        .into_iter()
        .collect()
}

fn insert_attributes(object: &mut Map<String, Value>, attributes: &[wire::schema::Attribute]) {
    if !attributes.is_empty() {
        let attributes = attributes.iter().map(|one| (one.name.clone(), attribute(one)));
        object.insert("attributes".to_owned(), attributes.collect::<Map<_, _>>().into());
    }
}

fn insert_flag(object: &mut Map<String, Value>, flag: &str, is_set: bool) {
    if is_set {
        object.insert(flag.to_owned(), Value::Bool(true));
    }
}

fn ty(json: &[u8]) -> Value {
    serde_json::from_slice(json).expect("a type is JSON")
}
