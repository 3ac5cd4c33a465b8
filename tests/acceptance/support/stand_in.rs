//! Stand-ins for the providers of Clerk and Auth0, and for the other one of Turso, so that examples which use them are planned and applied as they are.
//!
//! A stand-in knows the attributes that the examples use, from the documentation of the real providers, and keeps what
//! is created. It is built on the provider's own rooms and runs in the test's process: the engine is pointed at it as
//! at a provider in a debugger (`TF_REATTACH_PROVIDERS`).

use std::marker::PhantomData;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use framework::{
    Applied, Convert, Diagnostic, Diagnostics, DynResource, Lookup, Managed, Model, Number, Object, Planned,
    Private, Provider, Resource, Secret, Value,
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
    /// Puts stand-ins in the place of those providers.
    pub(crate) fn stand_in(&self) -> Kept {
        let kept = Kept::default();
        let clerk = StandIn::<ClerkBlock>::new(&kept, |kept| {
            vec![
                Keeper::<InstanceConfig>::boxed("clerk_instance_config", kept),
                Keeper::<JwtTemplate>::boxed("clerk_jwt_template", kept),
            ]
        });
        let auth0 = StandIn::<Auth0Block>::new(&kept, |kept| {
            vec![
                Keeper::<Action>::boxed("auth0_action", kept),
                Keeper::<ResourceServer>::boxed("auth0_resource_server", kept),
                Keeper::<Role>::boxed("auth0_role", kept),
                Keeper::<TriggerActions>::boxed("auth0_trigger_actions", kept),
            ]
        });
        let databases = StandIn::<DatabasesBlock>::new(&kept, |kept| {
            vec![Keeper::<Database>::boxed("turso_database", kept)]
        });
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
            "celest-dev/turso": reattach(databases.serve()),
        });
        self.set_env("TF_REATTACH_PROVIDERS", providers.to_string());
        kept
    }
}

framework::model! {
    struct ClerkBlock, ClerkConfig {
        api_key: Option<Secret> = optional(),
    }
}

framework::model! {
    struct Auth0Block, Auth0Config {
        domain: Option<String> = optional(),
    }
}

framework::model! {
    struct DatabasesBlock, DatabasesConfig {
        organization: String = required(),
        api_token: Option<Secret> = optional(),
    }
}

framework::model! {
    struct Database, PlannedDatabase {
        name: Option<String> = optional(),
        group: String = required(),
        id: String = computed().keeps_prior(),
    }
}

framework::model! {
    struct JwtTemplate, PlannedJwtTemplate {
        name: String = required(),
        claims: String = required(),
        lifetime: Option<Number> = optional(),
        id: String = computed().keeps_prior(),
    }
}

framework::model! {
    struct InstanceConfig, PlannedInstanceConfig {
        application_id: String = required(),
        instance_id: String = required(),
        config: String = required(),
        id: String = computed().keeps_prior(),
    }
}

framework::model! {
    struct Trigger, PlannedTrigger {
        id: String = required(),
        version: String = required(),
    }
}

framework::model! {
    struct Action, PlannedAction {
        name: String = required(),
        code: String = required(),
        // May be written as blocks, which it is at Auth0's provider.
        supported_triggers: Vec<Trigger> = required().plain(),
        runtime: Option<String> = optional(),
        deploy: Option<bool> = optional(),
        id: String = computed().keeps_prior(),
    }
}

framework::model! {
    struct ResourceServer, PlannedResourceServer {
        identifier: String = required(),
        name: Option<String> = optional(),
        signing_alg: Option<String> = optional(),
        token_lifetime: Option<Number> = optional(),
        id: String = computed().keeps_prior(),
    }
}

framework::model! {
    struct Role, PlannedRole {
        name: String = required(),
        description: Option<String> = optional(),
        id: String = computed().keeps_prior(),
    }
}

framework::model! {
    struct BoundAction, PlannedBoundAction {
        id: String = required(),
        display_name: String = required(),
    }
}

framework::model! {
    struct TriggerActions, PlannedTriggerActions {
        trigger: String = required(),
        actions: Vec<BoundAction> = required().plain(),
        id: String = computed().keeps_prior(),
    }
}

/// A provider with a block of this model.
struct StandIn<B> {
    resources: fn(&Kept) -> Vec<Box<dyn DynResource>>,
    kept: Kept,
    block: PhantomData<B>,
}

impl<B: Model> StandIn<B> {
    fn new(kept: &Kept, resources: fn(&Kept) -> Vec<Box<dyn DynResource>>) -> Self {
        Self { resources, kept: kept.clone(), block: PhantomData }
    }

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

impl<B: Model> Provider for StandIn<B> {
    type Block = B;

    fn configure(&self, _: Planned<B>) -> Diagnostics {
        Diagnostics::none()
    }

    fn resources(&self) -> Vec<Box<dyn DynResource>> {
        (self.resources)(&self.kept)
    }
}

/// A resource that keeps what it is given.
struct Keeper<M> {
    type_name: &'static str,
    kept: Kept,
    model: PhantomData<M>,
}

impl<M: Model> Keeper<M> {
    fn boxed(type_name: &'static str, kept: &Kept) -> Box<dyn DynResource> {
        Box::new(Managed::new(Self { type_name, kept: kept.clone(), model: PhantomData }))
    }
}

/// A model as an object.
fn object(model: impl Convert) -> Object {
    Object::from_value(model.into_value()).expect("a model is an object")
}

/// An object whose attributes are all known, as a state.
fn state<M: Model>(object: Object) -> M {
    M::from_value(object.into()).expect("the engine knows by now what it plans")
}

impl<M: Model> Resource for Keeper<M> {
    type State = M;

    fn type_name(&self) -> &'static str {
        self.type_name
    }

    async fn create(&self, planned: Planned<M>, _: &mut Private) -> Applied<M> {
        self.kept.change(|things| {
            let object = object(planned).with("id", format!("{}-{}", self.type_name, things.len()));
            things.push(Thing { kind: self.type_name, object: object.clone() });
            Applied::done(state(object))
        })
    }

    async fn update(&self, prior: M, planned: Planned<M>, _: &mut Private) -> Applied<M> {
        let (prior, planned) = (object(prior), object(planned));
        self.kept.change(|things| {
            for thing in things.iter_mut().filter(|thing| thing.object.value("id") == prior.value("id")) {
                thing.object = planned.clone();
            }
        });
        Applied::done(state(planned))
    }

    /// Auth0 deletes no Action that is bound.
    async fn delete(&self, prior: M, _: &Private) -> Result<(), Diagnostics> {
        let prior = object(prior);
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

    async fn read(&self, state: M, _: &mut Private) -> Result<Lookup<M>, Diagnostics> {
        Ok(Lookup::Found(state))
    }
}
