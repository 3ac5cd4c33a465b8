//! How often the provider takes memory to answer a call: a count is the same on every machine, and a time is not. The limits
//! are what it took when they were written, and a twentieth: who adds to them should know.

use allocation_counter::measure;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use plugin_host::types::Type;
use plugin_host::values::Value;
use plugin_host::wire::tfplugin6 as wire;
use prost::Message;
use serde_json::json;
use terraform_provider_turso::TursoProvider;
use tonic::body::Body;
use tonic::codegen::Service as _;

/// Before each message: whether it is compressed, and how long it is.
const PREFIX: usize = 5;

/// The answer to a provider's second call of the kind, and how often it took memory; the first fills what is kept. The
/// provider is in this thread, without a host, so that all that is counted is its own.
fn ask<A: Message + Default>(rpc: &str, request: &impl Message) -> (A, u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut service = plugin::grpc_service(TursoProvider::new("a test"));
    let mut call = || {
        let request = framed(rpc, request);
        let mut bytes = Bytes::new();
        let taken = measure(|| {
            bytes = runtime.block_on(async {
                service.call(request).await.unwrap().into_body().collect().await.unwrap().to_bytes()
            });
        });
        (A::decode(&bytes[PREFIX..]).unwrap(), taken.count_total)
    };
    call();
    call()
}

fn framed(rpc: &str, request: &impl Message) -> hyper::Request<Body> {
    let message = request.encode_to_vec();
    let mut frame = vec![0];
    frame.extend((message.len() as u32).to_be_bytes());
    frame.extend(message);
    hyper::Request::post(format!("http://localhost/tfplugin6.Provider/{rpc}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(Body::new(Full::new(Bytes::from(frame))))
        .unwrap()
}

/// A value for the attributes of a block of the schema.
fn value(block: wire::schema::Block, json: &serde_json::Value) -> wire::DynamicValue {
    let types = block.attributes.iter().map(|it| (it.name.clone(), Type::parse(&it.r#type).unwrap()));
    let value = Value::from_json(json, &Type::Object(types.collect())).unwrap();
    wire::DynamicValue { msgpack: value.to_msgpack(), json: Vec::new() }
}

#[test]
fn an_answer_takes_memory_no_more_often_than_it_did() {
    let (schema, of_schema): (wire::get_provider_schema::Response, _) =
        ask("GetProviderSchema", &wire::get_provider_schema::Request {});
    assert!(schema.resource_schemas.contains_key("turso_jwks_endpoint"));

    let block = schema.resource_schemas["turso_jwks_endpoint"].block.clone().unwrap();
    let request = wire::validate_resource_config::Request {
        type_name: "turso_jwks_endpoint".to_owned(),
        config: Some(value(block, &json!({ "name": "clerk", "url": "https://idp.example.com/jwks.json" }))),
        client_capabilities: None,
    };
    let (validated, of_validating): (wire::validate_resource_config::Response, _) =
        ask("ValidateResourceConfig", &request);
    assert_eq!(validated.diagnostics, []);

    let state =
        json!({ "id": "acme/clerk", "organization": "acme", "name": "clerk", "url": "https://a.b/jwks" });
    let request = wire::upgrade_resource_state::Request {
        type_name: "turso_jwks_endpoint".to_owned(),
        version: schema.resource_schemas["turso_jwks_endpoint"].version,
        raw_state: Some(wire::RawState { json: state.to_string().into_bytes(), ..Default::default() }),
    };
    let (upgraded, of_upgrading): (wire::upgrade_resource_state::Response, _) =
        ask("UpgradeResourceState", &request);
    assert_eq!(upgraded.diagnostics, []);

    for (what, taken, most) in [
        ("the schema", of_schema, 420),
        ("validating an endpoint", of_validating, 58),
        ("upgrading the state of an endpoint", of_upgrading, 106),
    ] {
        assert!((most / 2..=most).contains(&taken), "{what} took memory {taken} times, not {most} at most");
    }
}
