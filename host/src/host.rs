//! A host for tests: what `terraform` would ask of a provider for each step of its work, with the checker
//! looking at every answer.
//!
//! Configurations are JSON as [`crate::values`] reads it. Violations are collected; a [`Host`] that goes away
//! while some are unread panics, so that no test can forget them.

mod ephemeral;
mod outcome;
mod proposed;
mod reading;
mod resource;

use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use http::uri::PathAndQuery;
use prost::Message;
use serde_json::Value as Json;
use tokio::task::JoinHandle;
use tonic::transport::Channel;
use tonic::{Response, Status};
use tonic_prost::ProstCodec;

use crate::process::{Launch, Process, Stopped};
use crate::rules::compare::completion_faults;
use crate::rules::{Checker, Exchange, Violation};
use crate::schema::{Schema, Schemas};
use crate::types::Type;
use crate::values::{Value, ValueError};
use crate::wire::go_plugin::grpc_stdio_client::GrpcStdioClient;
use crate::wire::tfplugin6 as wire;
use wire::provider_client::ProviderClient;

pub use outcome::{
    Action, Answered, Applied, Data, Diagnostic, FunctionFailure, Imported, Instance, Listed, MoveFrom,
    Opened, Planned, ReadBack, Severity,
};

/// The version that the host says it has.
const VERSION: &str = "1.16.0";
/// What a host takes in one message, in bytes.
const MESSAGE_LIMIT: usize = 256 << 20;

/// A provider process, and a host that talks to it.
///
/// A step fails where the test's configuration does not fit the schema, where a call fails as a call, and where its
/// answer is of no use.
#[derive(Debug)]
pub struct Host {
    process: Process,
    channel: Channel,
    stdio: JoinHandle<Result<(), Status>>,
    checker: Mutex<Checker>,
    violations: Unread,
    capabilities: wire::ClientCapabilities,
}

/// What a step comes to.
pub type Result<T, E = CallError> = std::result::Result<T, E>;

/// Why a step could not be taken to its end.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The call failed as a call
    #[error("the call failed: {0}")]
    Status(#[from] Status),
    /// The test gave a value that does not fit the schema
    #[error("the test's value does not fit the schema: {0}")]
    Value(#[from] ValueError),
    /// The test names something that the provider does not have
    #[error("the provider has no {0:?}")]
    Unnamed(String),
    /// The answer can't be used; the violations say why
    #[error("the answer is unusable")]
    Answer,
}

/// How the provider ended, and what was wrong with it.
#[derive(Debug)]
#[must_use = "the violations say which rules the provider broke"]
pub struct Finished {
    /// How the process ended
    pub stopped: Stopped,
    /// Every rule that an answer or the process broke, and that was not taken before
    pub violations: Vec<Violation>,
}

impl Host {
    /// Starts a provider, connects to it and asks for its schemas.
    ///
    /// # Errors
    ///
    /// Where `terraform` would give up on the provider.
    pub async fn start(launch: Launch) -> anyhow::Result<Self> {
        let process = launch.start().await.context("the provider did not start")?;
        let channel = process.connect().await.context("the provider can't be reached")?;
        let stdio = tokio::spawn(drain_stdio(channel.clone()));
        let host = Self {
            process,
            channel,
            stdio,
            checker: Mutex::default(),
            violations: Unread::default(),
            capabilities: wire::ClientCapabilities {
                write_only_attributes_allowed: true,
                store_planned_private: true,
                ..Default::default()
            },
        };
        let learnt = host.ask_for_schemas().await;
        learnt.with_context(|| format!("no schema; the checker says: {:?}", host.take_violations()))?;
        Ok(host)
    }

    async fn ask_for_schemas(&self) -> anyhow::Result<()> {
        let schemas = self.ask(&wire::get_provider_schema::Request {}).await?;
        let request = wire::get_resource_identity_schemas::Request {};
        let answered = self.raw().get_resource_identity_schemas(request).await;
        let identities = answered.as_ref().map(|answer| answer.get_ref().clone()).unwrap_or_default();
        self.lock().learn(Schemas::parse(&schemas, &identities)?);
        self.judged(&request, answered)?;
        Ok(())
    }

    /// From now on says that a plan or a read may be deferred.
    pub fn allow_deferral(&mut self) {
        self.capabilities.deferral_allowed = true;
    }

    /// From now on is a host before 1.16, which gives the plan that is made while applying no private bytes of the first.
    pub fn forget_planned_private(&mut self) {
        self.capabilities.store_planned_private = false;
    }

    /// What the provider manages.
    fn schemas(&self) -> Schemas {
        self.lock().schemas().clone()
    }

    /// The process.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// The connection, for services other than the provider's own.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// The generated client, for requests that no sound host makes. The checker does not see them.
    pub fn raw(&self) -> ProviderClient<Channel> {
        ProviderClient::new(self.channel.clone())
            .max_decoding_message_size(MESSAGE_LIMIT)
            .max_encoding_message_size(MESSAGE_LIMIT)
    }

    /// The violations until now, which are thereby read.
    pub fn take_violations(&self) -> Vec<Violation> {
        std::mem::take(&mut self.violations.lock())
    }

    /// `terraform validate` of the provider block.
    pub async fn validate_provider(&self, config: &Json) -> Result<Vec<Diagnostic>> {
        let config = written(config, &self.provider().ty())?;
        let request = wire::validate_provider_config::Request { config: Some(config) };
        Ok(Diagnostic::all(&self.ask(&request).await?.diagnostics))
    }

    /// `terraform validate` of a resource.
    pub async fn validate_resource(&self, type_name: &str, config: &Json) -> Result<Vec<Diagnostic>> {
        let config = written(config, &self.resource(type_name)?.ty())?;
        self.validate_resource_value(type_name, config).await
    }

    /// `terraform validate` of a data source.
    pub async fn validate_data_source(&self, type_name: &str, config: &Json) -> Result<Vec<Diagnostic>> {
        let config = written(config, &self.data_source(type_name)?.ty())?;
        let request = wire::validate_data_resource_config::Request {
            type_name: type_name.to_owned(),
            config: Some(config),
        };
        Ok(Diagnostic::all(&self.ask(&request).await?.diagnostics))
    }

    /// `terraform validate` of a list block.
    pub async fn validate_list(
        &self,
        type_name: &str,
        config: &Json,
        include_object: &Json,
        limit: &Json,
    ) -> Result<Vec<Diagnostic>> {
        let schemas = self.schemas();
        let schema = named(&schemas.list_resources, type_name)?;
        let request = wire::validate_list_resource_config::Request {
            type_name: type_name.to_owned(),
            config: Some(written(config, &schema.ty())?),
            include_resource_object: Some(written(include_object, &Type::Bool)?),
            limit: Some(written(limit, &Type::Number)?),
        };
        Ok(Diagnostic::all(&self.ask(&request).await?.diagnostics))
    }

    /// Gives the provider its configuration, as a host does before it plans or reads.
    pub async fn configure(&self, config: &Json) -> Result<Vec<Diagnostic>> {
        let request = wire::configure_provider::Request {
            terraform_version: VERSION.to_owned(),
            config: Some(written(config, &self.provider().ty())?),
            client_capabilities: Some(self.capabilities),
        };
        Ok(Diagnostic::all(&self.ask(&request).await?.diagnostics))
    }

    /// Asks the names of all that the provider has, and the functions, which must agree with the schema.
    pub async fn metadata(&self) -> Result<()> {
        self.ask(&wire::get_metadata::Request {}).await?;
        self.ask(&wire::get_functions::Request {}).await.map(drop)
    }

    /// Asks the provider to give up what is in flight.
    pub async fn stop(&self) -> Result<()> {
        self.ask(&wire::stop_provider::Request {}).await.map(drop)
    }

    /// Ends the process as a host does and returns all that was wrong.
    pub async fn finish(self) -> std::io::Result<Finished> {
        let Self { process, channel, stdio, violations, .. } = self;
        let stopped = process.stop(channel).await?;
        stdio.abort();
        let mut violations = std::mem::take(&mut *violations.lock());
        violations
            .extend(stopped.problems().into_iter().map(|text| Violation { rpc: "process".to_owned(), text }));
        Ok(Finished { stopped, violations })
    }

    async fn validate_resource_value(
        &self,
        type_name: &str,
        config: wire::DynamicValue,
    ) -> Result<Vec<Diagnostic>> {
        let request = wire::validate_resource_config::Request {
            type_name: type_name.to_owned(),
            config: Some(config),
            client_capabilities: Some(self.capabilities),
        };
        Ok(Diagnostic::all(&self.ask(&request).await?.diagnostics))
    }

    fn provider(&self) -> Schema {
        self.lock().schemas().provider.clone()
    }

    fn resource(&self, type_name: &str) -> Result<Schema> {
        named(&self.lock().schemas().resources, type_name).cloned()
    }

    fn data_source(&self, type_name: &str) -> Result<Schema> {
        named(&self.lock().schemas().data_sources, type_name).cloned()
    }

    /// Calls an RPC and lets the checker see the answer.
    async fn ask<E>(&self, request: &E) -> Result<E::Response>
    where
        E: Exchange<Response: Message + Default + 'static> + Clone + 'static,
    {
        let path = PathAndQuery::try_from(format!("/tfplugin6.Provider/{}", E::RPC)).expect("a valid path");
        let mut client = tonic::client::Grpc::new(self.channel.clone())
            .max_decoding_message_size(MESSAGE_LIMIT)
            .max_encoding_message_size(MESSAGE_LIMIT);
        let ready = client.ready().await.map_err(|error| Status::unavailable(error.to_string()));
        let answered = match ready {
            Ok(()) => client.unary(tonic::Request::new(request.clone()), path, ProstCodec::default()).await,
            Err(status) => Err(status),
        };
        self.judged(request, answered)
    }

    /// Lets the checker see an answer, or the failure to give one.
    fn judged<E: Exchange>(
        &self,
        request: &E,
        result: Result<Response<E::Response>, Status>,
    ) -> Result<E::Response> {
        match result {
            Ok(response) => {
                let response = response.into_inner();
                let violations = self.lock().check(request, &response);
                self.violations.lock().extend(violations);
                Ok(response)
            }
            Err(status) => {
                let violation = self.lock().check_status(E::RPC, &status);
                self.violations.lock().extend(violation);
                Err(status.into())
            }
        }
    }

    /// The plan that is made while applying may know more than the one that was shown, and say nothing else.
    fn hold_to_plan(&self, ty: &Type, planned: &Value, again: &Value) {
        let faults = completion_faults(ty, planned, again);
        let violation = |fault| Violation {
            rpc: wire::plan_resource_change::Request::RPC.to_owned(),
            text: format!("planned again while applying, {fault}"),
        };
        self.violations.lock().extend(faults.into_iter().map(violation));
    }

    fn lock(&self) -> MutexGuard<'_, Checker> {
        self.checker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Violations that nobody has looked at yet.
#[derive(Debug, Default)]
struct Unread(Mutex<Vec<Violation>>);

impl Unread {
    fn lock(&self) -> MutexGuard<'_, Vec<Violation>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        let unread = std::mem::take(&mut *self.lock());
        // A test that fails already has something to say, and a second panic would end the process instead.
        if !unread.is_empty() && !std::thread::panicking() {
            panic!("the provider broke rules that hosts enforce: {unread:#?}");
        }
    }
}

/// A host holds this stream open from start to end.
async fn drain_stdio(channel: Channel) -> Result<(), Status> {
    let mut output = GrpcStdioClient::new(channel).stream_stdio(()).await?.into_inner();
    while output.message().await?.is_some() {}
    Ok(())
}

fn named<'n, T>(all: &'n std::collections::BTreeMap<String, T>, name: &str) -> Result<&'n T> {
    all.get(name).ok_or_else(|| CallError::Unnamed(name.to_owned()))
}

/// What a person wrote, as it goes over the wire.
fn written(json: &Json, ty: &Type) -> Result<wire::DynamicValue> {
    Ok(sent(&Value::from_json(json, ty)?))
}

fn sent(value: &Value) -> wire::DynamicValue {
    wire::DynamicValue { msgpack: value.to_msgpack(), json: Vec::new() }
}

/// Null where nothing came.
fn received(value: Option<&wire::DynamicValue>, ty: &Type) -> Result<Value> {
    match value.filter(|value| !value.msgpack.is_empty()) {
        Some(value) => Value::from_msgpack(&value.msgpack, ty).map_err(|_| CallError::Answer),
        None => Ok(Value::Null),
    }
}
