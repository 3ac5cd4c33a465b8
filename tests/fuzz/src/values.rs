//! Values by type, and the state that a host has stored.

use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use framework::{Provider as _, Type, Value};
use plugin::fuzzing::{Upgrades, from_json, from_msgpack, from_stored_json, to_msgpack, type_from_json};
use serde_json::{Value as Json, json};
use terraform_provider_turso::TursoProvider;

use super::{assert_readable, split};

/// A type as JSON, a line break, and MessagePack. What is read is written so that it reads the same, here and by the
/// codec of the tests' host.
pub fn msgpack(bytes: &[u8]) {
    let Some((notation, bytes)) = split(bytes, b"\n") else { return };
    let Ok(ty) = type_from_json(notation.as_bytes()) else { return };
    match from_msgpack(bytes, &ty) {
        Ok(value) => assert_comes_back(&value, &ty),
        Err(error) => assert_secret(&error),
    }
}

/// A type as JSON, a line break, and JSON. What is a value of the present schema is the same as stored state, and
/// survives MessagePack.
pub fn json(bytes: &[u8]) {
    let Some((notation, bytes)) = split(bytes, b"\n") else { return };
    let Ok(ty) = type_from_json(notation.as_bytes()) else { return };
    let stored = from_stored_json(bytes, &ty);
    if let Ok(value) = from_json(bytes, &ty) {
        assert_eq!(Ok(&value), stored.as_ref());
    }
    match stored {
        Ok(value) => assert_comes_back(&value, &ty),
        Err(error) => assert_secret(&error),
    }
}

/// The version of a schema, a line break, and the stored state of an endpoint. What was upgraded is of the present
/// schema, and is upgraded to itself.
pub fn state_upgrade(bytes: &[u8]) {
    const ENDPOINT: &str = "turso_jwks_endpoint";
    static UPGRADES: LazyLock<Upgrades<TursoProvider>> =
        LazyLock::new(|| Upgrades::by(TursoProvider::new("fuzz")));
    static TYPE: LazyLock<Type> = LazyLock::new(|| {
        let resources = TursoProvider::new("fuzz").resources();
        let endpoint = resources.iter().find(|resource| resource.type_name() == ENDPOINT);
        endpoint.expect("the provider has endpoints").schema().object_type()
    });

    let Some((version, stored)) = split(bytes, b"\n") else { return };
    let Ok(version) = version.parse() else { return };
    let upgraded = match at_once(UPGRADES.upgrade(ENDPOINT, version, stored)) {
        Ok(upgraded) => upgraded,
        Err(refused) => return assert_secret(&refused),
    };
    let state = from_msgpack(&upgraded.state, &TYPE).expect("an answer is of the schema's type");
    if state != Value::Null {
        assert_eq!(upgraded.diagnostics, [""; 0]);
        let again = at_once(UPGRADES.upgrade(ENDPOINT, 0, as_json(&state).to_string().as_bytes()));
        assert_eq!(again.expect("it was upgraded before").state, upgraded.state);
    }
    for detail in upgraded.diagnostics {
        assert_readable(&detail.replace('\n', " "));
    }
}

#[track_caller]
fn assert_comes_back(value: &Value, ty: &Type) {
    let written = to_msgpack(value, ty).expect("what was read can be written");
    assert!(
        from_msgpack(&written, ty).as_ref() == Ok(value),
        "{value:?} is another value when it comes back"
    );
    let with_type = to_msgpack(&Value::dynamic(ty.clone(), value.clone()), &Type::Dynamic);
    let with_type = with_type.expect("it can be written with its type");
    let seen = plugin_host::values::Value::from_msgpack(&with_type, &plugin_host::types::Type::Dynamic);
    let sent = seen.expect("the host reads it").to_msgpack();
    let [read, sent] = [with_type, sent].map(|bytes| from_msgpack(&bytes, &Type::Dynamic));
    assert!(read == sent, "the host sees another {value:?}");
}

/// What is told of a value that does not fit is where, by the names of attributes and keys, and of what kind it is.
#[track_caller]
fn assert_secret(error: &str) {
    assert!(!without_names(error).contains("hush"), "{error}");
}

/// An error without its path, and without the names that it quotes.
fn without_names(error: &str) -> String {
    let plain = error.replace(r"\\", "").replace(r#"\""#, "");
    let mut pieces = plain.split('"');
    let mut rest = String::new();
    while let Some(around) = pieces.next() {
        rest.push_str(around);
        let quoted = pieces.next().unwrap_or_default();
        if !["named ", "[", "{", ", "].iter().any(|before| around.ends_with(before)) {
            rest.push_str(quoted);
        }
    }
    match rest.split_once(": ") {
        Some((path, problem)) if path.starts_with(['.', '[']) => problem.to_owned(),
        _ => rest,
    }
}

/// What comes of work that waits for nothing.
fn at_once<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("an upgrade waits for something"),
    }
}

fn as_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => json!(value),
        Value::String(text) => json!(text),
        Value::List(elements) => elements.iter().map(as_json).collect(),
        Value::Object(object) => {
            Json::Object(object.iter().map(|(name, value)| (name.clone(), as_json(value))).collect())
        }
        Value::Number(_) | Value::Unknown | Value::Dynamic(_) => {
            panic!("no state of an endpoint has {value:?}")
        }
    }
}
