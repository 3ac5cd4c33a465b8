//! Schemas and function signatures for the wire.

use super::{proto, types};
use framework::{
    Attribute, AttributeKind, IdentitySchema, ImportPresence, Nesting, Parameter, Presence, Schema,
    Signature, Type,
};

/// The schema of a block.
pub(super) fn encode(schema: &Schema) -> proto::Schema {
    proto::Schema {
        version: schema.version,
        block: Some(proto::schema::Block {
            attributes: schema.attributes.iter().map(encode_attribute).collect(),
            description: schema.description.clone(),
            description_kind: proto::StringKind::Markdown.into(),
            ..Default::default()
        }),
    }
}

/// The schema of an identity.
pub(super) fn encode_identity(schema: &IdentitySchema) -> proto::ResourceIdentitySchema {
    let attributes = schema.attributes.iter();
    proto::ResourceIdentitySchema {
        version: schema.version,
        identity_attributes: attributes
            .map(|attribute| proto::resource_identity_schema::IdentityAttribute {
                name: attribute.name.to_owned(),
                r#type: types::encode(&Type::String),
                required_for_import: attribute.import == ImportPresence::Required,
                optional_for_import: attribute.import == ImportPresence::Optional,
                description: attribute.description.to_owned(),
            })
            .collect(),
    }
}

/// The signature of a function.
pub(super) fn encode_function(signature: &Signature) -> proto::Function {
    proto::Function {
        parameters: signature.parameters.iter().map(encode_parameter).collect(),
        variadic_parameter: signature.variadic.as_ref().map(encode_parameter),
        r#return: Some(proto::function::Return { r#type: types::encode(&signature.returns) }),
        summary: signature.summary.to_owned(),
        description: signature.description.clone(),
        description_kind: proto::StringKind::Markdown.into(),
        ..Default::default()
    }
}

fn encode_attribute(attribute: &Attribute) -> proto::schema::Attribute {
    let (ty, nested) = match &attribute.kind {
        AttributeKind::Plain(ty) => (types::encode(ty), None),
        AttributeKind::Nested(nesting, attributes) => (Vec::new(), Some(encode_nested(*nesting, attributes))),
    };
    proto::schema::Attribute {
        name: attribute.name.to_owned(),
        r#type: ty,
        nested_type: nested,
        description: attribute.description.clone(),
        description_kind: proto::StringKind::Markdown.into(),
        required: attribute.presence == Presence::Required,
        optional: matches!(attribute.presence, Presence::Optional | Presence::OptionalComputed),
        computed: attribute.is_computed(),
        sensitive: attribute.sensitive,
        ..Default::default()
    }
}

fn encode_nested(nesting: Nesting, attributes: &[Attribute]) -> proto::schema::Object {
    use proto::schema::object::NestingMode;
    let nesting = match nesting {
        Nesting::Single => NestingMode::Single,
        Nesting::List => NestingMode::List,
        Nesting::Set => NestingMode::Set,
        Nesting::Map => NestingMode::Map,
    };
    proto::schema::Object {
        attributes: attributes.iter().map(encode_attribute).collect(),
        nesting: nesting.into(),
        ..Default::default()
    }
}

fn encode_parameter(parameter: &Parameter) -> proto::function::Parameter {
    proto::function::Parameter {
        name: parameter.name.to_owned(),
        r#type: types::encode(&parameter.ty),
        description: parameter.description.clone(),
        description_kind: proto::StringKind::Markdown.into(),
        ..Default::default()
    }
}
