//! What the fake provider says that it manages.

use plugin_host::types::Type;
use plugin_host::wire::tfplugin6 as wire;

const STRING: &[u8] = br#""string""#;
const NUMBER: &[u8] = br#""number""#;

/// `test_thing` as a resource and a list, `test_look` as a data source, `test_token` as an ephemeral resource, and the function `twice`.
pub(crate) fn schemas() -> wire::get_provider_schema::Response {
    let argument = wire::function::Parameter {
        name: "text".to_owned(),
        r#type: STRING.to_vec(),
        description: "What to double".to_owned(),
        ..Default::default()
    };
    let twice = wire::Function {
        parameters: vec![argument],
        r#return: Some(wire::function::Return { r#type: STRING.to_vec() }),
        summary: "A text, twice".to_owned(),
        description: "Doubles a text.".to_owned(),
        ..Default::default()
    };
    let thing = [required("name"), required("url"), computed("id", STRING)];
    wire::get_provider_schema::Response {
        provider: Some(schema([])),
        resource_schemas: [("test_thing".to_owned(), schema(thing))].into(),
        data_source_schemas: [(
            "test_look".to_owned(),
            schema([required("name"), computed("length", NUMBER)]),
        )]
        .into(),
        ephemeral_resource_schemas: [(
            "test_token".to_owned(),
            schema([required("name"), computed("value", STRING)]),
        )]
        .into(),
        list_resource_schemas: [("test_thing".to_owned(), schema([]))].into(),
        functions: [("twice".to_owned(), twice)].into(),
        server_capabilities: Some(wire::ServerCapabilities {
            plan_destroy: true,
            get_provider_schema_optional: true,
            move_resource_state: true,
            generate_resource_config: true,
        }),
        ..Default::default()
    }
}

/// A thing is named by its name.
pub(crate) fn identities() -> wire::get_resource_identity_schemas::Response {
    let name = wire::resource_identity_schema::IdentityAttribute {
        name: "name".to_owned(),
        r#type: STRING.to_vec(),
        required_for_import: true,
        optional_for_import: false,
        description: "Its name".to_owned(),
    };
    let schema = wire::ResourceIdentitySchema { version: 0, identity_attributes: vec![name] };
    wire::get_resource_identity_schemas::Response {
        identity_schemas: [("test_thing".to_owned(), schema)].into(),
        diagnostics: Vec::new(),
    }
}

/// The type of a whole thing, look or token.
pub(crate) fn type_of(attributes: &[(&str, Type)]) -> Type {
    Type::Object(attributes.iter().map(|(name, ty)| ((*name).to_owned(), ty.clone())).collect())
}

fn schema<const N: usize>(attributes: [wire::schema::Attribute; N]) -> wire::Schema {
    wire::Schema {
        version: 0,
        block: Some(wire::schema::Block {
            attributes: attributes.into(),
            description: "For tests".to_owned(),
            ..Default::default()
        }),
    }
}

fn required(name: &str) -> wire::schema::Attribute {
    wire::schema::Attribute { required: true, computed: false, ..computed(name, STRING) }
}

fn computed(name: &str, ty: &[u8]) -> wire::schema::Attribute {
    wire::schema::Attribute {
        name: name.to_owned(),
        r#type: ty.to_vec(),
        description: "An attribute".to_owned(),
        computed: true,
        ..Default::default()
    }
}
