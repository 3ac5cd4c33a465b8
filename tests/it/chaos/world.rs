//! A Turso, a provider process, and a host with a configuration and a state of a few endpoints.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use fastrand::Rng;
use futures_util::future::{join_all, pending};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use plugin_host::host::{Action, CallError, Diagnostic, Host, Instance, Severity};
use plugin_host::process::Launch;
use serde_json::{Value as Json, json};
use turso_emulator::Emulator;

use super::{Broken, TOKEN, Tally, faults, turso};
use crate::served::{ENDPOINT, NAMES};

const RESOURCES: usize = 3;

/// Leads so many cycles.
pub(super) async fn lead(seed: u64, cycles: usize) -> Result<Tally, Broken> {
    let mut world = World::new(seed);
    for cycle in 1..=cycles {
        world.journal.push(format!("cycle {cycle}"));
        if let Err(problem) = world.cycle().await {
            let journal = std::mem::take(&mut world.journal);
            // They are in the problem, or follow from it.
            world.host.inspect(|host| drop(host.take_violations()));
            return Err(Broken { seed, cycle, problem, journal });
        }
    }
    match world.end_provider(true).await {
        Ok(()) => Ok(world.tally),
        Err(problem) => Err(Broken { seed, cycle: cycles, problem, journal: world.journal }),
    }
}

struct World {
    rng: Rng,
    turso: Emulator,
    host: Option<Host>,
    resources: Vec<Resource>,
    /// Endpoints that this state does not hold and never did, with their URLs.
    others: BTreeMap<String, String>,
    journal: Vec<String>,
    tally: Tally,
}

/// A resource of the configuration, and what the state holds of it.
#[derive(Debug, Default)]
struct Resource {
    wanted: Option<(String, String)>,
    /// The configuration has an `import` block for it.
    is_imported: bool,
    stored: Option<Instance>,
    is_tainted: bool,
}

/// What happens while the provider works, once so many requests have come to Turso.
#[derive(Clone, Debug)]
enum Disturbance {
    None,
    Stop,
    Signal(Signal),
    /// Someone else points the endpoint elsewhere, or deletes it.
    Meddling(String, Option<String>),
}

impl World {
    fn new(seed: u64) -> Self {
        Self {
            rng: Rng::with_seed(seed),
            turso: turso(),
            host: None,
            resources: (0..RESOURCES).map(|_| Resource::default()).collect(),
            others: BTreeMap::new(),
            journal: Vec::new(),
            tally: Tally::default(),
        }
    }

    async fn cycle(&mut self) -> Result<()> {
        self.turso.clear_requests();
        self.tally.count("cycle", 1);
        self.change_configuration();
        self.change_behind_its_back();
        let faults = faults::some(&mut self.rng);
        let disturbance = self.disturbance();
        let after = self.rng.usize(1..12);
        self.journal.push(format!("  {faults:?}, after {after} requests {disturbance:?}"));
        self.tally.count("fault", faults.len());
        faults.iter().for_each(|fault| self.turso.inject(fault.clone()));

        let may_be_forgotten = self.disturbed_apply(&disturbance, after).await?;
        self.turso.clear_faults();
        self.nothing_is_forgotten(&may_be_forgotten)?;
        self.clean_apply(&may_be_forgotten).await.context("the clean apply")?;
        let is_there = self.is_there();
        let mut is_stored = self.others.clone();
        is_stored.extend(self.resources.iter().filter_map(Resource::stored));
        ensure!(is_there == is_stored, "Turso has {is_there:?}, the state and others have {is_stored:?}");
        let is_wanted: BTreeMap<_, _> = self.resources.iter().filter_map(|one| one.wanted.clone()).collect();
        is_stored.retain(|name, _| !self.others.contains_key(name));
        ensure!(is_wanted == is_stored, "wanted {is_wanted:?}, stored {is_stored:?}");
        Ok(())
    }

    fn change_configuration(&mut self) {
        for index in 0..RESOURCES {
            let (free, url) = (self.free_name(), self.url());
            let rng = &mut self.rng;
            let other = rng.choice(self.others.keys()).cloned();
            let is_left = rng.bool();
            let chance = rng.u8(0..12);
            let resource = &mut self.resources[index];
            resource.is_imported = false;
            let what = match (&resource.wanted, free) {
                _ if is_left => continue,
                (None, Some(name)) if chance < 6 => {
                    resource.wanted = Some((name, url));
                    "create"
                }
                (None, Some(name)) if chance < 9 => {
                    resource.is_imported = true;
                    self.turso.put_endpoint("acme", &name, &url).expect("the organization is there");
                    self.others.insert(name.clone(), url.clone());
                    resource.wanted = Some((name, url));
                    "import"
                }
                (None, _) => match other {
                    // Of two resources that want it, the second waits for another cycle.
                    Some(name) if !self.resources.iter().any(|one| one.wants(&name)) => {
                        self.resources[index].wanted = Some((name, url));
                        "create of what exists"
                    }
                    _ => continue,
                },
                (Some((name, _)), _) if chance < 5 => {
                    resource.wanted = Some((name.clone(), url));
                    "update"
                }
                (Some(_), Some(name)) if chance < 8 => {
                    resource.wanted = Some((name, url));
                    "rename"
                }
                (Some(_), _) if chance < 11 => {
                    resource.wanted = None;
                    "destroy"
                }
                (Some(_), _) => continue,
            };
            self.tally.count(what, 1);
            self.journal.push(format!("  {what}: resource {index} wants {:?}", self.resources[index].wanted));
        }
    }

    /// Someone else changes or deletes what the state holds, or takes a name that the configuration wants.
    fn change_behind_its_back(&mut self) {
        let (index, chance, url) = (self.rng.usize(0..RESOURCES), self.rng.u8(0..10), self.url());
        let resource = &self.resources[index];
        let stored = resource.stored().map(|(name, _)| name);
        let wanted = resource.wanted.as_ref().map(|(name, _)| name.clone());
        let what = match (stored, wanted) {
            (Some(name), _) if chance == 0 => {
                self.turso.remove_endpoint("acme", &name).map(|()| format!("{name} is deleted"))
            }
            (Some(name), _) if chance == 1 => {
                self.turso.put_endpoint("acme", &name, &url).map(|()| format!("{name} is changed"))
            }
            (None, Some(name)) if chance == 2 => {
                self.others.insert(name.clone(), url.clone());
                self.turso.put_endpoint("acme", &name, &url).map(|()| format!("{name} is taken"))
            }
            _ => return,
        };
        self.tally.count("change behind its back", 1);
        self.journal.push(format!("  behind its back: {}", what.expect("a clean apply came before")));
    }

    fn disturbance(&mut self) -> Disturbance {
        let url = self.rng.bool().then(|| self.url());
        let wanted: Vec<_> = self.resources.iter().filter_map(|one| one.wanted.clone()).collect();
        let name = self.rng.choice(wanted).map(|(name, _)| name);
        match (self.rng.u8(0..12), name) {
            (0..3, _) => Disturbance::Signal(Signal::SIGKILL),
            (3, _) => Disturbance::Signal(Signal::SIGTERM),
            (4, _) => Disturbance::Stop,
            (5, Some(name)) => Disturbance::Meddling(name, url),
            _ => Disturbance::None,
        }
    }

    /// Applies amid the faults. Returns the names that the state may lack though Turso has them: those under way where the
    /// provider was killed, and the one that someone else meddled with.
    async fn disturbed_apply(&mut self, disturbance: &Disturbance, after: usize) -> Result<BTreeSet<String>> {
        self.configure().await?;
        let host = self.host.as_ref().expect("it is configured");
        let turso = &self.turso;
        let disturbed = async {
            if matches!(disturbance, Disturbance::None) {
                pending().await
            }
            while turso.requests().len() < after {
                tokio::time::sleep(Duration::from_millis(3)).await;
            }
            match disturbance {
                Disturbance::None => {}
                Disturbance::Stop => host.stop().await.expect("the provider is there"),
                Disturbance::Signal(signal) => {
                    let id = host.process().id().try_into().expect("a process ID fits");
                    kill(Pid::from_raw(id), *signal).expect("the provider is there");
                }
                Disturbance::Meddling(name, Some(url)) => {
                    turso.put_endpoint("acme", name, url).expect("the organization is there");
                }
                // It may be gone already.
                Disturbance::Meddling(name, None) => drop(turso.remove_endpoint("acme", name)),
            }
        };
        let (results, has_struck) = {
            let mut work = pin!(join_all(self.resources.iter_mut().map(|one| one.settle(host))));
            tokio::select! {
                biased;
                results = &mut work => (results, false),
                () = disturbed => (work.await, true),
            }
        };
        let is_killed = has_struck && matches!(disturbance, Disturbance::Signal(Signal::SIGKILL));
        let mut may_be_forgotten = BTreeSet::new();
        for (resource, result) in self.resources.iter().zip(results) {
            match result {
                Ok(diagnostics) => self.journal.extend(diagnostics.iter().map(|one| format!("    {one}"))),
                Err(_) if is_killed => {
                    may_be_forgotten.extend(resource.wanted.iter().map(|(name, _)| name.clone()))
                }
                Err(error) => return Err(error.into()),
            }
        }
        match disturbance {
            Disturbance::Meddling(name, _) if has_struck => {
                self.tally.count("change meanwhile", 1);
                may_be_forgotten.insert(name.clone());
            }
            Disturbance::Stop if has_struck => self.tally.count("stop", 1),
            Disturbance::Signal(signal) if has_struck => {
                self.tally.count(&format!("{signal} of the provider"), 1);
                self.end_provider(!is_killed).await?;
                self.all_is_done().await;
            }
            _ => {}
        }
        Ok(may_be_forgotten)
    }

    /// Waits until Turso has done what a killed provider has asked for.
    async fn all_is_done(&self) {
        let mut requests = usize::MAX;
        while requests != self.turso.requests().len() {
            requests = self.turso.requests().len();
            tokio::time::sleep(faults::LONGEST_DELAY + Duration::from_millis(100)).await;
        }
    }

    /// Everything at Turso is in the state, or someone else's, as they left it.
    fn nothing_is_forgotten(&self, may_be: &BTreeSet<String>) -> Result<()> {
        let is_stored: BTreeSet<_> =
            self.resources.iter().filter_map(Resource::stored).map(|(name, _)| name).collect();
        for (name, url) in self.is_there() {
            let is_remembered = is_stored.contains(&name) || may_be.contains(&name);
            match self.others.get(&name) {
                Some(theirs) => {
                    ensure!(is_remembered || *theirs == url, "{name}, someone else's, has the URL {url}")
                }
                None => ensure!(is_remembered, "{name} is at Turso, and the state has forgotten it"),
            }
        }
        Ok(())
    }

    /// Applies with nothing in the way. A name that is taken is imported, as the plan says.
    async fn clean_apply(&mut self, may_be_forgotten: &BTreeSet<String>) -> Result<()> {
        self.configure().await?;
        let is_there = self.is_there();
        for resource in &mut self.resources {
            // Someone may have deleted what was to be imported.
            resource.is_imported &=
                resource.wanted.as_ref().is_some_and(|(name, _)| is_there.contains_key(name));
        }
        let host = self.host.as_ref().expect("it is configured");
        let results = join_all(self.resources.iter_mut().map(|one| one.settle(host))).await;
        for (resource, result) in self.resources.iter_mut().zip(results) {
            let diagnostics = result?;
            let Some(error) = diagnostics.iter().find(|one| one.severity == Severity::Error) else {
                continue;
            };
            let name = resource.wanted.as_ref().map(|(name, _)| name.clone()).unwrap_or_default();
            self.journal.push(format!("    at last: {error}"));
            ensure!(
                self.others.contains_key(&name) || may_be_forgotten.contains(&name),
                "resource {resource:?}: {error}"
            );
            ensure!(error.summary == "JWKS endpoint already exists", "{error}");
            ensure!(error.detail.contains("\n\n  import {\n    to = turso_jwks_endpoint"), "{error}");
            self.tally.count("way out", 1);
            resource.is_imported = true;
            let again = resource.settle(host).await?;
            ensure!(!has_errors(&again), "after the import: {again:?}");
        }
        for (name, _) in self.resources.iter().filter_map(|one| one.wanted.as_ref()) {
            self.others.remove(name);
        }
        let resource = &self.resources[self.rng.usize(0..RESOURCES)];
        if let (Some(stored), config) = (&resource.stored, resource.config()) {
            let planned = host.plan(ENDPOINT, Some(stored), config.as_ref()).await?;
            ensure!(planned.action == Action::NoOp, "another plan has {planned:?}");
        }
        let violations = host.take_violations();
        ensure!(violations.is_empty(), "{violations:?}");
        Ok(())
    }

    /// A provider that begins anew, as for each phase of a host.
    async fn configure(&mut self) -> Result<()> {
        if self.host.is_none() {
            self.host = Some(Host::start(Launch::new(env!("CARGO_BIN_EXE_terraform-provider-turso"))).await?);
        }
        let block = json!({
            "organization": "acme", "api_token": TOKEN, "base_url": self.turso.base_url(), "preflight": "off",
        });
        let said = self.host.as_ref().expect("it was just started").configure(&block).await?;
        ensure!(said.is_empty(), "{said:?}");
        Ok(())
    }

    /// Ends the provider, which must have kept the rules of hosts, unless it was killed.
    async fn end_provider(&mut self, is_sound: bool) -> Result<()> {
        let Some(host) = self.host.take() else { return Ok(()) };
        let finished = host.finish().await?;
        let stderr = finished.stopped.stderr.join("\n");
        ensure!(!stderr.contains("panicked"), "{stderr}");
        ensure!(!is_sound || finished.violations.is_empty(), "{:?}", finished.violations);
        Ok(())
    }

    fn is_there(&self) -> BTreeMap<String, String> {
        let endpoints = self.turso.endpoints("acme").expect("the organization is there");
        endpoints.into_iter().map(|endpoint| (endpoint.name, endpoint.url)).collect()
    }

    /// A name that nobody has or wants.
    fn free_name(&mut self) -> Option<String> {
        let all =
            NAMES.into_iter().map(str::to_owned).chain((0..4).map(|number| format!("endpoint-{number}")));
        let is_free = |name: &String| {
            let is_known =
                |one: &Resource| one.wants(name) || one.stored().is_some_and(|(stored, _)| stored == *name);
            !self.others.contains_key(name) && !self.resources.iter().any(is_known)
        };
        let free: Vec<_> = all.filter(is_free).collect();
        self.rng.choice(free)
    }

    fn url(&mut self) -> String {
        format!("https://idp.example.com/{}/jwks.json", self.rng.u16(..))
    }
}

impl Resource {
    fn wants(&self, name: &str) -> bool {
        self.wanted.as_ref().is_some_and(|(wanted, _)| wanted == name)
    }

    fn config(&self) -> Option<Json> {
        self.wanted.as_ref().map(|(name, url)| json!({ "name": name, "url": url }))
    }

    /// The name and the URL in the state.
    fn stored(&self) -> Option<(String, String)> {
        self.stored.as_ref().map(named)
    }

    /// Imports, refreshes, plans and applies, as far as there is something to do and nothing fails. What fails as a call
    /// leaves the state as it was.
    async fn settle(&mut self, host: &Host) -> Result<Vec<Diagnostic>, CallError> {
        if let (true, None, Some((name, _))) = (self.is_imported, &self.stored, &self.wanted) {
            let imported = match name.len() % 2 {
                0 => host.import_by_id(ENDPOINT, &format!("acme/{name}")).await?,
                _ => host.import_by_identity(ENDPOINT, &json!({ "name": name })).await?,
            };
            self.stored = imported.instance;
            if has_errors(&imported.diagnostics) {
                return Ok(imported.diagnostics);
            }
        } else if let Some(stored) = &self.stored {
            let read = host.read(ENDPOINT, stored).await?;
            if has_errors(&read.diagnostics) {
                return Ok(read.diagnostics);
            }
            self.is_tainted &= read.instance.is_some();
            self.stored = read.instance;
        }
        if self.is_tainted {
            let deleted = host.apply(ENDPOINT, self.stored.as_ref(), None).await?;
            if has_errors(&deleted.diagnostics) {
                return Ok(deleted.diagnostics);
            }
            (self.stored, self.is_tainted) = (None, false);
        }
        let config = self.config();
        if self.stored.is_none() && config.is_none() {
            return Ok(Vec::new());
        }
        let applied = host.apply(ENDPOINT, self.stored.as_ref(), config.as_ref()).await?;
        let is_new = applied.instance.as_ref().map(|new| named(new).0) != self.stored().map(|(name, _)| name);
        self.is_tainted = has_errors(&applied.diagnostics) && applied.instance.is_some() && is_new;
        self.stored = applied.instance;
        Ok(applied.diagnostics)
    }
}

fn named(instance: &Instance) -> (String, String) {
    let text = |key: &str| instance.state[key].to_json().as_str().unwrap_or_default().to_owned();
    (text("name"), text("url"))
}

fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|one| one.severity == Severity::Error)
}
