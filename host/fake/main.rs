//! A provider for the tests of the host: small, sound where it is not asked otherwise, and keeping no state.
//!
//! `FAKE_PROVIDER` makes the process misbehave; an object's name makes its answers do so.

mod schema;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use plugin_host::framing::{answer, messages};
use plugin_host::serve::Server;
use plugin_host::types::Type;
use plugin_host::values::{Refinement, Value};
use plugin_host::wire::health::{HealthCheckResponse, health_check_response::ServingStatus};
use plugin_host::wire::tfplugin6::{
    self as wire, apply_resource_change, call_function, close_ephemeral_resource, generate_resource_config,
    import_resource_state, list_resource, move_resource_state, open_ephemeral_resource, plan_resource_change,
    read_data_source, read_resource, renew_ephemeral_resource, upgrade_resource_identity,
    upgrade_resource_state,
};
use prost::Message;
use tokio::sync::Notify;
use tonic::body::Body;
use tonic::{Code, Status};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let manner = std::env::var("FAKE_PROVIDER").unwrap_or_default();
    if manner == "babbles" {
        println_to_stdout("hello");
    }
    let server = Server::bind()?;
    let folder = server.folder().to_owned();
    if manner == "exposes" {
        std::fs::set_permissions(folder.join("socket"), Permissions::from_mode(0o666))?;
    }
    server.announce()?;
    match manner.as_str() {
        "chats" => println_to_stdout("more"),
        "mumbles" => eprintln!("not JSON"),
        _ => eprintln!("{LOG_LINE}"),
    }
    let shutdown = Arc::new(Notify::new());
    let told = Arc::clone(&shutdown);
    let serve = server.serve(move |request| respond(Arc::clone(&told), request));
    tokio::select! {
        failed = serve => match failed? {},
        () = shutdown.notified() => {}
    }
    match manner.as_str() {
        "lingers" => tokio::time::sleep(Duration::from_secs(60)).await,
        "litters" => return Ok(()),
        _ => {}
    }
    Ok(std::fs::remove_dir_all(folder)?)
}

const LOG_LINE: &str = r#"{"@level":"debug","@message":"serving","@module":"provider","@timestamp":"2026-08-01T10:11:12.000000Z"}"#;

#[expect(clippy::print_stdout, reason = "what a sound provider never does")]
fn println_to_stdout(line: &str) {
    println!("{line}");
}

async fn respond(shutdown: Arc<Notify>, request: http::Request<Incoming>) -> http::Response<Body> {
    let path = request.uri().path().to_owned();
    let rpc = match path.as_str() {
        "/grpc.health.v1.Health/Check" => {
            return answer(&[HealthCheckResponse { status: ServingStatus::Serving.into() }.encode_to_vec()]);
        }
        "/plugin.GRPCController/Shutdown" => {
            shutdown.notify_one();
            return answer(&[Vec::new()]);
        }
        "/plugin.GRPCStdio/StreamStdio" => std::future::pending().await,
        path => path.strip_prefix("/tfplugin6.Provider/").unwrap_or_default(),
    };
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let message = messages(&body).and_then(|messages| messages.first().map(|message| message.to_vec()));
    match provide(rpc, &message.unwrap_or_default()) {
        Ok(answers) => answer(&answers),
        Err(status) => status.into_http(),
    }
}

type Answer<T> = Result<T, Status>;

/// The answers to one request, encoded.
fn provide(rpc: &str, request: &[u8]) -> Answer<Vec<Vec<u8>>> {
    match rpc {
        "GetProviderSchema" => one(&schema::schemas()),
        "GetResourceIdentitySchemas" => one(&schema::identities()),
        "ValidateProviderConfig" => one(&wire::validate_provider_config::Response::default()),
        "ConfigureProvider" => one(&wire::configure_provider::Response::default()),
        "ValidateResourceConfig" => one(&wire::validate_resource_config::Response::default()),
        "ValidateDataResourceConfig" => one(&wire::validate_data_resource_config::Response::default()),
        "ValidateEphemeralResourceConfig" => {
            one(&wire::validate_ephemeral_resource_config::Response::default())
        }
        "OpenEphemeralResource" => one(&open(&decoded(request)?)?),
        "RenewEphemeralResource" => one(&renew(decoded(request)?)),
        "CloseEphemeralResource" => one(&close(decoded(request)?)?),
        "ValidateListResourceConfig" => one(&wire::validate_list_resource_config::Response::default()),
        "UpgradeResourceState" => one(&upgrade(&decoded(request)?)?),
        "UpgradeResourceIdentity" => one(&upgrade_identity(&decoded(request)?)?),
        "ReadResource" => one(&read(decoded(request)?)?),
        "PlanResourceChange" => one(&plan(decoded(request)?)?),
        "ApplyResourceChange" => one(&apply(decoded(request)?)?),
        "ImportResourceState" => one(&import(&decoded(request)?)?),
        "MoveResourceState" => one(&move_state(&decoded(request)?)?),
        "GenerateResourceConfig" => one(&generate(&decoded(request)?)?),
        "ReadDataSource" => one(&look(&decoded(request)?)?),
        "CallFunction" => one(&call(&decoded(request)?)?),
        "ListResource" => Ok(list(&decoded(request)?).iter().map(Message::encode_to_vec).collect()),
        "StopProvider" => one(&wire::stop_provider::Response::default()),
        _ => Err(Status::new(Code::Unimplemented, rpc)),
    }
}

fn upgrade(request: &upgrade_resource_state::Request) -> Answer<upgrade_resource_state::Response> {
    let raw = request.raw_state.clone().unwrap_or_default().json;
    let json = serde_json::from_slice(&raw).map_err(refused)?;
    let state = Value::from_json(&json, &thing()).map_err(refused)?;
    Ok(upgrade_resource_state::Response { upgraded_state: packed(&state), diagnostics: Vec::new() })
}

fn upgrade_identity(
    request: &upgrade_resource_identity::Request,
) -> Answer<upgrade_resource_identity::Response> {
    let raw = request.raw_identity.clone().unwrap_or_default().json;
    let json = serde_json::from_slice(&raw).map_err(refused)?;
    let identity = Value::from_json(&json, &identity_type()).map_err(refused)?;
    let upgraded_identity = Some(wire::ResourceIdentityData { identity_data: packed(&identity) });
    Ok(upgrade_resource_identity::Response { upgraded_identity, diagnostics: Vec::new() })
}

/// A thing named `gone` is gone; one named `amnesic` comes back without its private bytes; one named `unreadable` or
/// `lost` can't be read, and the second is then said to be gone.
fn read(request: read_resource::Request) -> Answer<read_resource::Response> {
    let state = value(request.current_state.as_ref(), &thing())?;
    let mut response = read_resource::Response { private: request.private, ..Default::default() };
    let name = text(&state, "name");
    if ["unreadable", "lost"].contains(&name.as_str()) {
        response.diagnostics = vec![error("Thing not read")];
    }
    if ["gone", "lost"].contains(&name.as_str()) {
        response.new_state = packed(&Value::Null);
        return Ok(response);
    }
    if name == "amnesic" {
        response.private.clear();
    }
    response.new_state = packed(&state);
    response.new_identity = identity(&name);
    Ok(response)
}

/// A thing named `liar` gets another URL than the one that was configured; one named `shifty` another ID in the plan that
/// is made while applying. One whose name begins with `diary` has private bytes that say what the plan was given.
fn plan(request: plan_resource_change::Request) -> Answer<plan_resource_change::Response> {
    let (prior, mut planned) = (
        value(request.prior_state.as_ref(), &thing())?,
        value(request.proposed_new_state.as_ref(), &thing())?,
    );
    let name = text(&planned, "name");
    let renamed = !prior.is_null() && prior["name"] != planned["name"];
    let shifts = name == "shifty" && !request.planned_private.is_empty();
    if !planned.is_null() && (prior.is_null() || renamed || shifts) {
        set(&mut planned, "id", Value::Unknown(Refinement::default()));
    }
    if name == "liar" {
        set(&mut planned, "url", Value::String("https://elsewhere.example".to_owned()));
    }
    let step = wire::attribute_path::Step {
        selector: Some(wire::attribute_path::step::Selector::AttributeName("name".to_owned())),
    };
    Ok(plan_resource_change::Response {
        planned_state: packed(&planned),
        planned_private: match name.starts_with("diary") {
            true => [b"plan(", &*request.prior_private, b",", &*request.planned_private, b")"].concat(),
            false => b"planned".to_vec(),
        },
        planned_identity: identity(&name).filter(|_| !planned.is_null()),
        requires_replace: renamed.then(|| wire::AttributePath { steps: vec![step] }).into_iter().collect(),
        ..Default::default()
    })
}

/// A thing named `forbidden` can't be saved; one named `half` is saved in part; one named `vanishing` can be created only,
/// and is said to be gone when something else fails.
fn apply(request: apply_resource_change::Request) -> Answer<apply_resource_change::Response> {
    let mut state = value(request.planned_state.as_ref(), &thing())?;
    let name = text(&state, "name");
    set(&mut state, "id", Value::String(format!("id of {name}")));
    let vanishes = text(&value(request.prior_state.as_ref(), &thing())?, "name") == "vanishing";
    let failed = ["forbidden", "half"].contains(&name.as_str()) || vanishes;
    if name == "forbidden" || vanishes {
        state = Value::Null;
    }
    Ok(apply_resource_change::Response {
        new_identity: identity(&name).filter(|_| !state.is_null()),
        new_state: packed(&state),
        private: request.planned_private,
        diagnostics: failed.then(|| error("Thing not saved")).into_iter().collect(),
        ..Default::default()
    })
}

fn import(request: &import_resource_state::Request) -> Answer<import_resource_state::Response> {
    let given = request.identity.as_ref().and_then(|identity| identity.identity_data.as_ref());
    let name = match given {
        Some(given) => text(&value(Some(given), &identity_type())?, "name"),
        None => request.id.clone(),
    };
    let imported = import_resource_state::ImportedResource {
        type_name: request.type_name.clone(),
        state: packed(&existing(&name)),
        private: b"imported".to_vec(),
        identity: identity(&name),
    };
    Ok(import_resource_state::Response { imported_resources: vec![imported], ..Default::default() })
}

fn move_state(request: &move_resource_state::Request) -> Answer<move_resource_state::Response> {
    let raw = request.source_state.clone().unwrap_or_default().json;
    let source: serde_json::Value = serde_json::from_slice(&raw).map_err(refused)?;
    let name = source["title"].as_str().unwrap_or_default();
    Ok(move_resource_state::Response {
        target_state: packed(&existing(name)),
        target_private: request.source_private.clone(),
        target_identity: identity(name),
        ..Default::default()
    })
}

fn generate(request: &generate_resource_config::Request) -> Answer<generate_resource_config::Response> {
    let mut config = value(request.state.as_ref(), &thing())?;
    set(&mut config, "id", Value::Null);
    Ok(generate_resource_config::Response { config: packed(&config), diagnostics: Vec::new() })
}

fn look(request: &read_data_source::Request) -> Answer<read_data_source::Response> {
    let mut state = value(
        request.config.as_ref(),
        &schema::type_of(&[("name", Type::String), ("length", Type::Number)]),
    )?;
    let length = text(&state, "name").len();
    set(&mut state, "length", Value::Number(length.to_string().parse().map_err(refused)?));
    Ok(read_data_source::Response { state: packed(&state), ..Default::default() })
}

/// A token opens as its name says; its name is what the later calls get.
fn open(request: &open_ephemeral_resource::Request) -> Answer<open_ephemeral_resource::Response> {
    let ty = schema::type_of(&[("name", Type::String), ("value", Type::String)]);
    let mut result = value(request.config.as_ref(), &ty)?;
    let name = text(&result, "name");
    set(&mut result, "value", Value::String(format!("secret of {name}")));
    match name.as_str() {
        "liar" => set(&mut result, "name", Value::String("another".to_owned())),
        "open" => set(&mut result, "value", Value::Unknown(Refinement::default())),
        "missing" | "later" | "refused" => result = Value::Null,
        "garbled" => result = Value::Bool(true),
        _ => {}
    }
    Ok(open_ephemeral_resource::Response {
        renew_at: renewal(&name).filter(|_| !result.is_null()),
        private: Some(name.clone().into_bytes()).filter(|_| !result.is_null()),
        result: packed(&result),
        deferred: name.starts_with("later").then(wire::Deferred::default),
        diagnostics: name.starts_with("refused").then(|| error("Token not issued")).into_iter().collect(),
    })
}

fn renew(request: renew_ephemeral_resource::Request) -> renew_ephemeral_resource::Response {
    let name = String::from_utf8(request.private.unwrap_or_default()).unwrap_or_default();
    let renewed = Some(format!("{name}, renewed").into_bytes());
    renew_ephemeral_resource::Response {
        renew_at: renewal(&name),
        private: renewed.filter(|_| name != "amnesic"),
        diagnostics: (name == "revoked").then(|| error("Token revoked")).into_iter().collect(),
    }
}

fn renewal(name: &str) -> Option<prost_types::Timestamp> {
    let in_an_hour = prost_types::Timestamp::from(SystemTime::now() + Duration::from_secs(3600));
    Some(match name {
        "stale" => prost_types::Timestamp::default(),
        "in milliseconds" => prost_types::Timestamp { seconds: in_an_hour.seconds * 1000, nanos: 0 },
        _ => in_an_hour,
    })
}

fn close(request: close_ephemeral_resource::Request) -> Answer<close_ephemeral_resource::Response> {
    let diagnostics = match request.private.unwrap_or_default().as_slice() {
        b"" => vec![error("Nothing to close")],
        b"unclosable" => return Err(Status::unimplemented("CloseEphemeralResource")),
        b"mute" => vec![error("")],
        _ => Vec::new(),
    };
    Ok(close_ephemeral_resource::Response { diagnostics })
}

/// The text twice; `fickle` gives something else at each call.
fn call(request: &call_function::Request) -> Answer<call_function::Response> {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let argument = value(request.arguments.first(), &Type::String)?;
    let Value::String(argument) = argument else { return Err(refused("no text")) };
    if argument.is_empty() {
        let error = wire::FunctionError { text: "nothing to double".to_owned(), function_argument: Some(0) };
        return Ok(call_function::Response { result: None, error: Some(error) });
    }
    let result = match argument.as_str() {
        "fickle" => CALLS.fetch_add(1, Ordering::Relaxed).to_string(),
        argument => argument.repeat(2),
    };
    Ok(call_function::Response { result: packed(&Value::String(result)), error: None })
}

fn list(request: &list_resource::Request) -> Vec<list_resource::Event> {
    ["a", "b", "c"]
        .into_iter()
        .take(usize::try_from(request.limit).unwrap_or(usize::MAX))
        .map(|name| list_resource::Event {
            identity: identity(name),
            display_name: name.to_owned(),
            resource_object: packed(&existing(name)).filter(|_| request.include_resource_object),
            diagnostic: Vec::new(),
        })
        .collect()
}

fn thing() -> Type {
    schema::type_of(&[("name", Type::String), ("url", Type::String), ("id", Type::String)])
}

fn identity_type() -> Type {
    schema::type_of(&[("name", Type::String)])
}

fn existing(name: &str) -> Value {
    let attribute = |key: &str, value: String| (key.to_owned(), Value::String(value));
    Value::Map(
        [
            attribute("id", format!("id of {name}")),
            attribute("name", name.to_owned()),
            attribute("url", "https://example.com".to_owned()),
        ]
        .into(),
    )
}

fn identity(name: &str) -> Option<wire::ResourceIdentityData> {
    let identity = Value::Map([("name".to_owned(), Value::String(name.to_owned()))].into());
    Some(wire::ResourceIdentityData { identity_data: packed(&identity) })
}

fn error(summary: &str) -> wire::Diagnostic {
    wire::Diagnostic {
        severity: wire::diagnostic::Severity::Error.into(),
        summary: summary.to_owned(),
        ..Default::default()
    }
}

/// Sets an attribute of an object, and nothing where there is none.
fn set(object: &mut Value, key: &str, new: Value) {
    if let Value::Map(attributes) = object {
        attributes.insert(key.to_owned(), new);
    }
}

fn text(value: &Value, key: &str) -> String {
    match &value[key] {
        Value::String(text) => text.clone(),
        _ => String::new(),
    }
}

fn packed(value: &Value) -> Option<wire::DynamicValue> {
    Some(wire::DynamicValue { msgpack: value.to_msgpack(), json: Vec::new() })
}

fn value(value: Option<&wire::DynamicValue>, ty: &Type) -> Answer<Value> {
    match value {
        Some(value) => Value::from_msgpack(&value.msgpack, ty).map_err(refused),
        None => Ok(Value::Null),
    }
}

fn one(message: &impl Message) -> Answer<Vec<Vec<u8>>> {
    Ok(vec![message.encode_to_vec()])
}

fn decoded<M: Message + Default>(request: &[u8]) -> Answer<M> {
    M::decode(request).map_err(refused)
}

fn refused(reason: impl ToString) -> Status {
    Status::invalid_argument(reason.to_string())
}
