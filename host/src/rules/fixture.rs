//! A provider on paper, for the tests of the rules.

use serde_json::{Value as Json, json};

use super::{Checker, Exchange};
use crate::schema::Schemas;
use crate::types::Type;
use crate::values::Value;
use crate::wire::tfplugin6 as wire;

/// The managed resource.
pub(super) const THING: &str = "test_thing";
/// The data source.
pub(super) const LOOK: &str = "test_look";

/// The ephemeral resource.
pub(super) const TOKEN: &str = "test_token";

/// How a sound exchange is spoilt, and what the checker then says.
pub(super) type Spoilt<E> = (fn(&mut E, &mut <E as Exchange>::Response), &'static str);

/// Stands in the place of a fault: the exchange is still accepted.
pub(super) const SOUND: &str = "";

/// Holds that the sound exchange is accepted, and that each change to it is reported, or is [`SOUND`] too: a line each.
macro_rules! reports_each {
    ($sound:expr, |$request:ident, $response:ident| { $($spoil:expr => $fault:expr;)+ }) => {
        $crate::rules::fixture::report_each($sound, &[$((
            |$request, $response| {
                let _ = (&$request, &$response);
                $spoil;
            },
            $fault,
        )),+])
    };
}
pub(super) use reports_each;

pub(super) fn report_each<E: Exchange>(sound: impl Fn() -> (E, E::Response), spoilt: &[Spoilt<E>]) {
    let (request, response) = sound();
    assert_eq!(faults(&request, &response), Vec::<String>::new());
    for (spoil, fault) in spoilt {
        let (mut request, mut response) = sound();
        spoil(&mut request, &mut response);
        let faults = faults(&request, &response);
        match *fault {
            SOUND => assert_eq!(faults, Vec::<String>::new()),
            fault => {
                assert!(faults.iter().any(|told| told.contains(fault)), "{fault:?} is not in {faults:?}");
            }
        }
    }
}

/// What the checker says of an exchange.
pub(super) fn faults<E: Exchange>(request: &E, response: &E::Response) -> Vec<String> {
    checker().check(request, response).into_iter().map(|violation| violation.text).collect()
}

/// A checker that knows the provider.
pub(super) fn checker() -> Checker {
    let parsed = Schemas::parse(&schemas(), &identities());
    Checker::new(parsed.expect("the fixture's schemas are sound"))
}

/// A resource with an attribute of every kind, a data source, an ephemeral resource, a list and a function.
pub(super) fn schemas() -> wire::get_provider_schema::Response {
    let secret = wire::schema::Attribute { write_only: true, ..optional("secret") };
    let old = wire::schema::Attribute { deprecated: true, ..optional("old") };
    let organization = wire::schema::Attribute { computed: true, ..optional("organization") };
    let name = || required("name");
    let thing =
        [name(), required("url"), optional("region"), organization, computed("id"), secret, old, rules()];
    wire::get_provider_schema::Response {
        provider: Some(schema([optional("token")])),
        resource_schemas: [(THING.to_owned(), schema(thing))].into(),
        data_source_schemas: [(LOOK.to_owned(), schema([name(), computed("found")]))].into(),
        ephemeral_resource_schemas: [(TOKEN.to_owned(), schema([name(), computed("value")]))].into(),
        list_resource_schemas: [(THING.to_owned(), schema([]))].into(),
        functions: [("join".to_owned(), join())].into(),
        ..Default::default()
    }
}

/// A thing is named by its name.
pub(super) fn identities() -> wire::get_resource_identity_schemas::Response {
    let name = wire::resource_identity_schema::IdentityAttribute {
        name: "name".to_owned(),
        r#type: br#""string""#.to_vec(),
        required_for_import: true,
        description: "Its name".to_owned(),
        ..Default::default()
    };
    let schema = wire::ResourceIdentitySchema { version: 1, identity_attributes: vec![name] };
    wire::get_resource_identity_schemas::Response {
        identity_schemas: [(THING.to_owned(), schema)].into(),
        diagnostics: Vec::new(),
    }
}

/// On the wire: a thing as it may be stored, with some attributes replaced.
macro_rules! stored {
    ($($other:tt)*) => { sent(&thing(&json!({ $($other)* }))) };
}
/// On the wire: a thing as a person may write it, with some attributes replaced.
macro_rules! written {
    ($($other:tt)*) => { sent(&config(&json!({ $($other)* }))) };
}
pub(super) use {stored, written};

/// A thing as it may be stored, with some attributes replaced.
pub(super) fn thing(other: &Json) -> Json {
    let thing = json!({
        "name": "a",
        "url": "https://example.com",
        "organization": "acme",
        "id": "acme/a",
        "rules": [{ "table": "t", "made": "m" }],
    });
    merged(thing, other)
}

/// A thing as a person may write it, with some attributes replaced.
pub(super) fn config(other: &Json) -> Json {
    merged(json!({ "name": "a", "url": "https://example.com", "rules": [{ "table": "t" }] }), other)
}

/// An object with some attributes replaced.
pub(super) fn merged(mut object: Json, other: &Json) -> Json {
    if let (Json::Object(object), Json::Object(other)) = (&mut object, other) {
        object.extend(other.clone());
    }
    object
}

/// A thing on the wire.
pub(super) fn sent(thing: &Json) -> Option<wire::DynamicValue> {
    packed(thing, &checker().schemas().resources[THING].ty())
}

/// A value on the wire.
pub(super) fn packed(json: &Json, ty: &Type) -> Option<wire::DynamicValue> {
    let value = Value::from_json(json, ty).expect("the fixture's values fit its schemas");
    Some(wire::DynamicValue { msgpack: value.to_msgpack(), json: Vec::new() })
}

/// Bytes that are no value of any type.
pub(super) fn garbage() -> Option<wire::DynamicValue> {
    Some(wire::DynamicValue { msgpack: vec![0xc1], json: Vec::new() })
}

/// The identity of the thing of this name, which may be unknown or null.
pub(super) fn identity(name: &Json) -> Option<wire::ResourceIdentityData> {
    let ty = Type::Object([("name".to_owned(), Type::String)].into());
    Some(wire::ResourceIdentityData { identity_data: packed(&json!({ "name": name }), &ty) })
}

/// An error, at an attribute or at none.
pub(super) fn error(attribute: &str) -> Vec<wire::Diagnostic> {
    vec![wire::Diagnostic {
        severity: wire::diagnostic::Severity::Error.into(),
        summary: "It failed".to_owned(),
        attribute: (!attribute.is_empty()).then(|| path(attribute)),
        ..Default::default()
    }]
}

/// The path of an attribute.
pub(super) fn path(attribute: &str) -> wire::AttributePath {
    let selector = Some(wire::attribute_path::step::Selector::AttributeName(attribute.to_owned()));
    wire::AttributePath { steps: vec![wire::attribute_path::Step { selector }] }
}

/// A list of objects: `table` is required and `made` computed.
fn rules() -> wire::schema::Attribute {
    let object = wire::schema::Object {
        attributes: vec![required("table"), computed("made")],
        nesting: wire::schema::object::NestingMode::List.into(),
        ..Default::default()
    };
    wire::schema::Attribute { optional: true, nested_type: Some(object), ..attribute("rules", "") }
}

fn join() -> wire::Function {
    let parts = wire::function::Parameter {
        name: "parts".to_owned(),
        r#type: br#"["list","string"]"#.to_vec(),
        description: "What to join".to_owned(),
        ..Default::default()
    };
    wire::Function {
        parameters: vec![parts],
        r#return: Some(wire::function::Return { r#type: br#""string""#.to_vec() }),
        summary: "Joins".to_owned(),
        description: "Joins texts.".to_owned(),
        ..Default::default()
    }
}

fn schema<const N: usize>(attributes: [wire::schema::Attribute; N]) -> wire::Schema {
    let attributes = attributes.into();
    let block = wire::schema::Block { attributes, description: "For tests".to_owned(), ..Default::default() };
    wire::Schema { version: 2, block: Some(block) }
}

fn optional(name: &str) -> wire::schema::Attribute {
    wire::schema::Attribute { optional: true, ..attribute(name, r#""string""#) }
}

fn computed(name: &str) -> wire::schema::Attribute {
    wire::schema::Attribute { computed: true, ..attribute(name, r#""string""#) }
}

fn required(name: &str) -> wire::schema::Attribute {
    wire::schema::Attribute { required: true, ..attribute(name, r#""string""#) }
}

fn attribute(name: &str, ty: &str) -> wire::schema::Attribute {
    wire::schema::Attribute {
        name: name.to_owned(),
        r#type: ty.as_bytes().to_vec(),
        description: "An attribute".to_owned(),
        ..Default::default()
    }
}
