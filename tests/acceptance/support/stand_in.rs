//! Stand-ins for the providers of Clerk and Auth0, so that examples which use them are planned and applied as they are.
//!
//! A stand-in knows the attributes that the examples use, from the documentation of the real providers, and keeps what
//! is created. It is built on the provider's own rooms and runs in the test's process: the engine is pointed at it as
//! at a provider in a debugger (`TF_REATTACH_PROVIDERS`).

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use framework::{
    Applied, Attribute, Diagnostic, Diagnostics, DynDataSource, DynListResource, DynResource, Function,
    IdentityAttribute, IdentitySchema, ImportPresence, ImportTarget, Lookup, Object, Provider, Readiness,
    Resource, Schema, Type, Value,
};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use plugin::GrpcService;
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;
use tonic::body::Body;

use super::Project;

/// What the stand-ins of one test keep.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<Thing>>>);

#[derive(Clone, Debug)]
struct Thing {
    kind: &'static str,
    object: Object,
}

impl Kept {
    /// The objects of a kind, in the order of their creation.
    pub(crate) fn of(&self, kind: &str) -> Vec<Json> {
        self.change(|things| {
            let of_kind = things.iter().filter(|thing| thing.kind == kind);
            of_kind.map(|thing| json_object(&thing.object)).collect()
        })
    }

    fn change<T>(&self, change: impl FnOnce(&mut Vec<Thing>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn json_object(object: &Object) -> Json {
    object.iter().map(|(name, value)| (name.clone(), json_value(value))).collect()
}

fn json_value(value: &Value) -> Json {
    match value {
        Value::Bool(value) => Json::from(*value),
        Value::String(text) => Json::from(text.as_str()),
        Value::List(elements) => elements.iter().map(json_value).collect(),
        Value::Object(object) => json_object(object),
        // The tests look at no other.
        _ => Json::Null,
    }
}

impl Project {
    /// Puts stand-ins in the place of Clerk's and Auth0's providers.
    pub(crate) fn stand_in(&self) -> Kept {
        let kept = Kept::default();
        let clerk = StandIn {
            block: || vec![Attribute::optional("api_key", Type::String, "").sensitive()],
            kinds: &[Kind { type_name: "clerk_jwt_template", attributes: jwt_template }],
            kept: kept.clone(),
        };
        let auth0 = StandIn {
            block: || vec![Attribute::optional("domain", Type::String, "")],
            kinds: &[
                Kind { type_name: "auth0_action", attributes: action },
                Kind { type_name: "auth0_resource_server", attributes: resource_server },
                Kind { type_name: "auth0_role", attributes: role },
                Kind { type_name: "auth0_trigger_actions", attributes: trigger_actions },
            ],
            kept: kept.clone(),
        };
        let reattach = |address: SocketAddr| {
            json!({
                "Protocol": "grpc",
                "ProtocolVersion": 6,
                "Pid": std::process::id(),
                "Test": true,
                "Addr": {"Network": "tcp", "String": address.to_string()},
            })
        };
        let providers = json!({
            "buildwithdeck/clerk": reattach(clerk.serve()),
            "auth0/auth0": reattach(auth0.serve()),
        });
        self.set_env("TF_REATTACH_PROVIDERS", providers.to_string());
        kept
    }
}

fn jwt_template() -> Vec<Attribute> {
    vec![
        Attribute::required("name", Type::String, ""),
        Attribute::required("claims", Type::String, ""),
        Attribute::optional("lifetime", Type::Number, ""),
    ]
}

fn action() -> Vec<Attribute> {
    // An attribute of such a type may be written as blocks, which it is at Auth0's provider.
    let trigger = Type::object([("id", Type::String), ("version", Type::String)]);
    vec![
        Attribute::required("name", Type::String, ""),
        Attribute::required("code", Type::String, ""),
        Attribute::required("supported_triggers", Type::list(trigger), ""),
        Attribute::optional("runtime", Type::String, ""),
        Attribute::optional("deploy", Type::Bool, ""),
    ]
}

fn resource_server() -> Vec<Attribute> {
    vec![
        Attribute::required("identifier", Type::String, ""),
        Attribute::optional("name", Type::String, ""),
        Attribute::optional("signing_alg", Type::String, ""),
        Attribute::optional("token_lifetime", Type::Number, ""),
    ]
}

fn role() -> Vec<Attribute> {
    vec![Attribute::required("name", Type::String, ""), Attribute::optional("description", Type::String, "")]
}

fn trigger_actions() -> Vec<Attribute> {
    let action = Type::object([("id", Type::String), ("display_name", Type::String)]);
    vec![
        Attribute::required("trigger", Type::String, ""),
        Attribute::required("actions", Type::list(action), ""),
    ]
}

struct StandIn {
    block: fn() -> Vec<Attribute>,
    kinds: &'static [Kind],
    kept: Kept,
}

impl StandIn {
    /// Serves in a thread, for as long as the test's process lives.
    fn serve(self) -> SocketAddr {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("this machine has a free port");
        listener.set_nonblocking(true).expect("a listener can be made not to block");
        let address = listener.local_addr().expect("a listener has an address");
        let server = plugin::grpc_service(self);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("this machine has room for a runtime").block_on(accept(listener, server))
        });
        address
    }
}

async fn accept(listener: std::net::TcpListener, server: impl GrpcService) {
    let listener = TcpListener::from_std(listener).expect("the listener does not block");
    while let Ok((stream, _)) = listener.accept().await {
        stream.set_nodelay(true).expect("a connection can do without Nagle's algorithm");
        let server = server.clone();
        let answer = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            tonic::codegen::Service::call(&mut server.clone(), request.map(Body::new))
        });
        let connection = http2::Builder::new(TokioExecutor::new());
        // The engine closes it whenever it likes, which is no failure of the test.
        tokio::spawn(connection.serve_connection(TokioIo::new(stream), answer));
    }
}

impl Provider for StandIn {
    fn schema(&self) -> Schema {
        Schema::new("", (self.block)())
    }

    fn validate(&self, _: &Object) -> Diagnostics {
        Diagnostics::none()
    }

    fn configure(&self, _: &Object) -> Diagnostics {
        Diagnostics::none()
    }

    fn readiness(&self) -> Readiness {
        Readiness::Ready
    }

    fn resources(&self) -> Vec<Box<dyn DynResource>> {
        let resource = |kind: &Kind| Keeper { kind: *kind, kept: self.kept.clone() };
        self.kinds.iter().map(|kind| Box::new(resource(kind)) as Box<dyn DynResource>).collect()
    }

    fn data_sources(&self) -> Vec<Box<dyn DynDataSource>> {
        Vec::new()
    }

    fn functions(&self) -> Vec<Box<dyn Function>> {
        Vec::new()
    }

    fn list_resources(&self) -> Vec<Box<dyn DynListResource>> {
        Vec::new()
    }
}

#[derive(Clone, Copy)]
struct Kind {
    type_name: &'static str,
    attributes: fn() -> Vec<Attribute>,
}

/// A resource that keeps what it is given.
struct Keeper {
    kind: Kind,
    kept: Kept,
}

impl Resource for Keeper {
    type Plan = Object;
    type State = Object;

    fn type_name(&self) -> &'static str {
        self.kind.type_name
    }

    fn schema(&self) -> Schema {
        let mut attributes = (self.kind.attributes)();
        attributes.push(Attribute::computed("id", Type::String, "").keeps_prior());
        Schema::new("", attributes)
    }

    fn identity_schema(&self) -> IdentitySchema {
        let id = IdentityAttribute { name: "id", description: "", import: ImportPresence::Required };
        IdentitySchema { version: 0, attributes: vec![id] }
    }

    async fn create(&self, planned: Object) -> Applied<Object> {
        self.kept.change(|things| {
            let object = planned.with("id", format!("{}-{}", self.kind.type_name, things.len()));
            things.push(Thing { kind: self.kind.type_name, object: object.clone() });
            Applied::Done { state: object, warnings: Diagnostics::none() }
        })
    }

    async fn update(&self, prior: Object, planned: Object) -> Applied<Object> {
        self.kept.change(|things| {
            for thing in things.iter_mut().filter(|thing| thing.object.value("id") == prior.value("id")) {
                thing.object = planned.clone();
            }
        });
        Applied::Done { state: planned, warnings: Diagnostics::none() }
    }

    /// Auth0 deletes no Action that is bound.
    async fn delete(&self, prior: Object) -> Result<(), Diagnostics> {
        let id = prior.value("id");
        self.kept.change(|things| {
            let binds = |thing: &Thing| match thing.object.value("actions") {
                Value::List(actions) => actions.iter().any(|action| match action {
                    Value::Object(action) => action.value("id") == id,
                    _ => false,
                }),
                _ => false,
            };
            if things.iter().any(binds) {
                return Err(Diagnostic::error("Action is bound", "409").into());
            }
            things.retain(|thing| thing.object.value("id") != id);
            Ok(())
        })
    }

    async fn read(&self, state: Object) -> Result<Lookup<Object>, Diagnostics> {
        Ok(Lookup::Found(state))
    }

    async fn import(&self, _: ImportTarget) -> Result<Object, Diagnostics> {
        Err(Diagnostic::error("Stand-ins import nothing", "").into())
    }

    async fn configuration(&self, state: Object) -> Object {
        state
    }
}
