//! Single calls of the protocol, by this workspace's own host: what an engine does with the answers is not in them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use plugin_host::process::{Launch, Process};
use plugin_host::types::Type;
use plugin_host::values::Value;
use plugin_host::wire::tfplugin6 as wire;
use serde_json::{Value as Json, json};
use tokio::runtime::Runtime;
use tonic::Status;
use tonic::transport::Channel;
use turso_emulator::Emulator;
use wire::provider_client::ProviderClient;

use crate::page::{Table, median};
use crate::project::{API_TOKEN, ORGANIZATION, emulator};
use crate::subject::Subject;

const ROUNDS: usize = 5;
/// Calls of one kind in a round.
const CALLS: u32 = 200;
const IN_FLIGHT: [usize; 2] = [1, 50];
const NAME: &str = "endpoint-0";
const URL: &str = "https://0.example.com/jwks.json";
pub(crate) const KINDS: [Kind; 6] =
    [Kind::Schema, Kind::Validate, Kind::Upgrade, Kind::Read, Kind::PlanNew, Kind::PlanUnchanged];

#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Schema,
    Validate,
    Upgrade,
    Read,
    PlanNew,
    PlanUnchanged,
}

impl Kind {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Schema => "GetProviderSchema",
            Self::Validate => "ValidateResourceConfig",
            Self::Upgrade => "UpgradeResourceState",
            Self::Read => "ReadResource",
            Self::PlanNew => "PlanResourceChange, new",
            Self::PlanUnchanged => "PlanResourceChange, unchanged",
        }
    }
}

/// Microseconds a call, from the first request to the last answer.
pub(crate) fn measure(runtime: &Runtime, subjects: &[Subject]) -> anyhow::Result<Table> {
    let turso = emulator(2)?;
    let served = subjects.iter().map(|subject| match subject.program() {
        Some(program) => {
            let served = runtime.block_on(Served::start_with_endpoint(Launch::new(program), subject, &turso));
            served.context(subject.label).map(Some)
        }
        None => Ok(None),
    });
    let served = served.collect::<anyhow::Result<Vec<_>>>()?;
    let mut table =
        Table::new(format!("microseconds a call, median of {ROUNDS} rounds of {CALLS}"), subjects);
    for kind in KINDS {
        for in_flight in IN_FLIGHT {
            let mut samples = vec![Vec::new(); served.len()];
            for _ in 0..ROUNDS {
                for (served, samples) in served.iter().zip(&mut samples) {
                    let Some(served) = served else { continue };
                    let begin = Instant::now();
                    runtime.block_on(served.call_often(kind, CALLS, in_flight))?;
                    samples.push(begin.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS));
                }
            }
            let label = format!("{}, {in_flight} in flight", kind.label());
            table.row(&label, samples.iter_mut().map(|samples| median(samples)), 0);
        }
    }
    for served in served.into_iter().flatten() {
        runtime.block_on(served.stop())?;
    }
    Ok(table)
}

/// A provider that serves, and what to ask it.
pub(crate) struct Served {
    process: Process,
    channel: Channel,
    type_name: String,
    attributes: BTreeMap<String, Type>,
    validate: wire::validate_resource_config::Request,
    upgrade: wire::upgrade_resource_state::Request,
    read: wire::read_resource::Request,
    plan_new: wire::plan_resource_change::Request,
    plan_unchanged: wire::plan_resource_change::Request,
}

impl Served {
    /// A provider that is configured, and an endpoint for it to read.
    pub(crate) async fn start_with_endpoint(
        launch: Launch,
        subject: &Subject,
        turso: &Emulator,
    ) -> anyhow::Result<Self> {
        turso.put_endpoint(ORGANIZATION, NAME, URL)?;
        Self::start(launch, subject, turso).await
    }

    /// A provider that is configured.
    pub(crate) async fn start(launch: Launch, subject: &Subject, turso: &Emulator) -> anyhow::Result<Self> {
        let launch = launch.env("TURSO_API_BASEURL", turso.base_url());
        let process = launch.env("TURSO_API_TOKEN", API_TOKEN).start().await?;
        let channel = process.connect().await?;
        let mut client = ProviderClient::new(channel.clone());
        let schema = client.get_provider_schema(wire::get_provider_schema::Request {}).await?.into_inner();
        let block = attributes(schema.provider.as_ref())?;
        let mut config = json!({ "organization": ORGANIZATION });
        if block.contains_key("preflight") {
            config["preflight"] = "off".into();
        }
        let configure = wire::configure_provider::Request {
            terraform_version: "1.11.4".to_owned(),
            config: Some(written(&config, &block)?),
            client_capabilities: None,
        };
        let answer = client.configure_provider(configure).await?.into_inner();
        ensure!(answer.diagnostics.is_empty(), "{:?}", answer.diagnostics);

        let type_name = subject.resource.to_owned();
        let endpoint = attributes(schema.resource_schemas.get(&type_name))?;
        let config = written(&json!({ "name": NAME, "url": URL }), &endpoint)?;
        let id = format!("{ORGANIZATION}/{NAME}");
        let state = json!({
            "name": NAME, "url": URL, "organization": ORGANIZATION, "id": id, "registration": format!("{id} {URL}"),
        });
        let new = json!({ "name": NAME, "url": URL });
        let plan = |prior: &Json, proposed: &Json| -> anyhow::Result<_> {
            Ok(wire::plan_resource_change::Request {
                type_name: type_name.clone(),
                config: Some(config.clone()),
                prior_state: Some(written(prior, &endpoint)?),
                proposed_new_state: Some(written(proposed, &endpoint)?),
                ..Default::default()
            })
        };
        Ok(Self {
            validate: wire::validate_resource_config::Request {
                type_name: type_name.clone(),
                config: Some(config.clone()),
                ..Default::default()
            },
            upgrade: wire::upgrade_resource_state::Request {
                type_name: type_name.clone(),
                raw_state: Some(wire::RawState {
                    json: state.to_string().into_bytes(),
                    ..Default::default()
                }),
                ..Default::default()
            },
            read: wire::read_resource::Request {
                type_name: type_name.clone(),
                current_state: Some(written(&state, &endpoint)?),
                ..Default::default()
            },
            plan_new: plan(&Json::Null, &new)?,
            plan_unchanged: plan(&state, &state)?,
            process,
            channel,
            type_name,
            attributes: endpoint,
        })
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Ends it, and waits for as long as a slow tool around it may take.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.process.stop_within(Duration::from_secs(60), self.channel).await?;
        Ok(())
    }

    /// Plans and creates an object; its state.
    pub(crate) async fn create(&self, number: usize) -> anyhow::Result<wire::DynamicValue> {
        let new = json!({
            "name": format!("endpoint-{number}"), "url": format!("https://{number}.example.com/jwks.json"),
        });
        let new = written(&new, &self.attributes)?;
        self.change(new.clone(), written(&Json::Null, &self.attributes)?, new).await
    }

    /// Plans and does away with an object.
    pub(crate) async fn delete(&self, state: wire::DynamicValue) -> anyhow::Result<()> {
        let null = written(&Json::Null, &self.attributes)?;
        self.change(null.clone(), state, null).await.map(|_| ())
    }

    /// Reads an object, which must be there.
    pub(crate) async fn read(&self, state: wire::DynamicValue) -> anyhow::Result<()> {
        let request = wire::read_resource::Request {
            type_name: self.type_name.clone(),
            current_state: Some(state.clone()),
            ..Default::default()
        };
        let answer = ProviderClient::new(self.channel.clone()).read_resource(request).await?.into_inner();
        ensure!(answer.new_state == Some(state), "it has changed: {:?}", answer.diagnostics);
        Ok(())
    }

    async fn change(
        &self,
        config: wire::DynamicValue,
        prior: wire::DynamicValue,
        proposed: wire::DynamicValue,
    ) -> anyhow::Result<wire::DynamicValue> {
        let mut client = ProviderClient::new(self.channel.clone());
        let plan = wire::plan_resource_change::Request {
            type_name: self.type_name.clone(),
            config: Some(config.clone()),
            prior_state: Some(prior.clone()),
            proposed_new_state: Some(proposed),
            ..Default::default()
        };
        let plan = client.plan_resource_change(plan).await?.into_inner();
        let apply = wire::apply_resource_change::Request {
            type_name: self.type_name.clone(),
            config: Some(config),
            prior_state: Some(prior),
            planned_state: plan.planned_state,
            planned_private: plan.planned_private,
            ..Default::default()
        };
        let answer = client.apply_resource_change(apply).await?.into_inner();
        ensure!(answer.diagnostics.is_empty(), "{:?}", answer.diagnostics);
        answer.new_state.context("an apply was answered without a state")
    }

    pub(crate) async fn call_often(&self, kind: Kind, calls: u32, in_flight: usize) -> anyhow::Result<()> {
        let calls = stream::iter((0..calls).map(|_| self.call(kind))).buffer_unordered(in_flight);
        calls.try_for_each(|()| async { Ok(()) }).await.with_context(|| kind.label())
    }

    /// One call, whose answer must hold no diagnostic.
    async fn call(&self, kind: Kind) -> Result<(), Status> {
        let mut client = ProviderClient::new(self.channel.clone());
        let diagnostics = match kind {
            Kind::Schema => {
                let request = wire::get_provider_schema::Request {};
                client.get_provider_schema(request).await?.into_inner().diagnostics
            }
            Kind::Validate => {
                client.validate_resource_config(self.validate.clone()).await?.into_inner().diagnostics
            }
            Kind::Upgrade => {
                client.upgrade_resource_state(self.upgrade.clone()).await?.into_inner().diagnostics
            }
            Kind::Read => client.read_resource(self.read.clone()).await?.into_inner().diagnostics,
            Kind::PlanNew => {
                // A warning of what the endpoint would open is wanted here.
                client.plan_resource_change(self.plan_new.clone()).await?;
                Vec::new()
            }
            Kind::PlanUnchanged => {
                client.plan_resource_change(self.plan_unchanged.clone()).await?.into_inner().diagnostics
            }
        };
        match diagnostics.first() {
            Some(diagnostic) => Err(Status::unknown(diagnostic.summary.clone())),
            None => Ok(()),
        }
    }
}

fn attributes(schema: Option<&wire::Schema>) -> anyhow::Result<BTreeMap<String, Type>> {
    let block = schema.and_then(|schema| schema.block.as_ref()).context("the provider has no such schema")?;
    let typed = block.attributes.iter().map(|one| Ok((one.name.clone(), Type::parse(&one.r#type)?)));
    typed.collect()
}

/// An object with what `json` gives, and null elsewhere; or null.
fn written(json: &Json, attributes: &BTreeMap<String, Type>) -> anyhow::Result<wire::DynamicValue> {
    let value = match json {
        Json::Null => Value::Null,
        _ => {
            let value = |(name, ty): (&String, &Type)| -> anyhow::Result<_> {
                Ok((name.clone(), Value::from_json(&json[name], ty)?))
            };
            Value::Map(attributes.iter().map(value).collect::<anyhow::Result<_>>()?)
        }
    };
    Ok(wire::DynamicValue { msgpack: value.to_msgpack(), json: Vec::new() })
}
