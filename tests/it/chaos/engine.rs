//! Chaos through the real engine: its own state file, its own order, and its processes killed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use fastrand::Rng;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use serde_json::Value as Json;
use tempfile::TempDir;
use turso_emulator::Emulator;

use super::{Broken, TOKEN, Tally, faults, turso};
use crate::engine::{REQUIRED_PROVIDERS, Runner, said};

const RESOURCES: usize = 4;

/// Leads so many cycles.
pub(super) fn lead(seed: u64, cycles: usize) -> Result<Tally, Broken> {
    let mut world = World::new(seed);
    for cycle in 1..=cycles {
        world.journal.push(format!("cycle {cycle}"));
        if let Err(problem) = world.cycle() {
            return Err(Broken { seed, cycle, problem, journal: world.journal });
        }
    }
    Ok(world.tally)
}

struct World {
    rng: Rng,
    turso: Emulator,
    runner: Runner,
    folder: TempDir,
    journal: Vec<String>,
    tally: Tally,
}

/// Who gets which signal, once so many requests have come to Turso.
#[derive(Clone, Copy, Debug)]
enum Blow {
    Terminate,
    KillBoth,
    KillEngine,
    KillProvider,
}

/// The endpoints of the configuration: address, name, URL.
type Wanted = BTreeMap<String, (String, String)>;

impl World {
    fn new(seed: u64) -> Self {
        Self {
            rng: Rng::with_seed(seed),
            turso: turso(),
            runner: Runner::new(),
            folder: tempfile::tempdir().expect("this machine has room for temporary files"),
            journal: Vec::new(),
            tally: Tally::default(),
        }
    }

    fn cycle(&mut self) -> Result<()> {
        self.tally.count("cycle", 1);
        let wanted = self.configuration()?;
        let faults = faults::some(&mut self.rng);
        let blows = [Blow::Terminate, Blow::KillBoth, Blow::KillEngine, Blow::KillProvider];
        let blow = self.rng.bool().then(|| blows[self.rng.usize(0..blows.len())]);
        let after = self.rng.usize(3..14);
        self.journal.push(format!("  {faults:?}, after {after} requests {blow:?}"));
        self.tally.count("fault", faults.len());
        self.turso.clear_requests();
        faults.into_iter().for_each(|fault| self.turso.inject(fault));
        let is_killed = self.disturbed_apply(blow, after)?;
        self.turso.clear_faults();

        let mut forgotten = self.is_there();
        let stored = self.stored()?;
        forgotten.retain(|name, _| !stored.contains_key(name));
        ensure!(is_killed || forgotten.is_empty(), "the state has forgotten {forgotten:?}");
        if !forgotten.is_empty() {
            self.import(&forgotten, &wanted)?;
        }
        self.succeed(&["apply", "-no-color", "-input=false", "-auto-approve"])?;
        fs::remove_file(self.folder.path().join("import.tf")).ok();
        let (is_there, stored) = (self.is_there(), self.stored()?);
        ensure!(is_there == stored, "Turso has {is_there:?}, the state has {stored:?}");
        let wanted = wanted.into_values().collect();
        ensure!(stored == wanted, "wanted {wanted:?}, stored {stored:?}");
        self.succeed(&["plan", "-no-color", "-input=false", "-detailed-exitcode"])
    }

    fn configuration(&mut self) -> Result<Wanted> {
        let mut wanted = Wanted::new();
        for index in 0..RESOURCES {
            if self.rng.u8(0..4) > 0 {
                let name = format!("endpoint-{index}-{}", self.rng.u8(0..2));
                let url = format!("https://idp.example.com/{}/jwks.json", self.rng.u8(0..3));
                wanted.insert(format!("e{index}"), (name, url));
            }
        }
        let mut hcl = format!(
            "{REQUIRED_PROVIDERS}provider \"turso\" {{\n  organization = \"acme\"\n  preflight = \"off\"\n}}\n"
        );
        for (address, (name, url)) in &wanted {
            hcl += &format!(
                "resource \"turso_jwks_endpoint\" {address:?} {{\n  name = {name:?}\n  url = {url:?}\n}}\n"
            );
        }
        self.journal.push(format!("  wanted: {wanted:?}"));
        fs::write(self.folder.path().join("main.tf"), hcl)?;
        Ok(wanted)
    }

    /// Whether a process was killed.
    fn disturbed_apply(&mut self, blow: Option<Blow>, after: usize) -> Result<bool> {
        let output = self.folder.path().join("output");
        let file = File::create(&output)?;
        let mut command = self.command(&["apply", "-no-color", "-input=false", "-auto-approve"]);
        let mut engine = command.stdout(file.try_clone()?).stderr(file).process_group(0).spawn()?;
        let mut struck = None;
        while engine.try_wait()?.is_none() {
            if let Some(blow) = blow.filter(|_| struck.is_none() && self.turso.requests().len() >= after) {
                strike(blow, &engine)?;
                struck = Some(blow);
            }
            std::thread::sleep(Duration::from_millis(3));
        }
        if let Some(blow) = struck {
            self.tally.count(&format!("{blow:?}"), 1);
            // A provider without its host ends by itself, and what was sent is done by then.
            std::thread::sleep(Duration::from_millis(500));
        }
        let text = fs::read_to_string(&output)?;
        self.journal.extend(text.lines().map(|line| format!("    {line}")));
        ensure!(!text.contains("panicked"), "a panic");
        Ok(struck.is_some_and(|blow| !matches!(blow, Blow::Terminate)))
    }

    /// A plan says the way out, and it is taken.
    fn import(&mut self, forgotten: &BTreeMap<String, String>, wanted: &Wanted) -> Result<()> {
        // What the state holds of a killed run is put right first: an address that it still has is not imported to.
        self.succeed(&["apply", "-refresh-only", "-no-color", "-input=false", "-auto-approve"])?;
        let plan = said(&self.command(&["plan", "-no-color", "-input=false"]).output()?);
        let mut blocks = String::new();
        for name in forgotten.keys() {
            let (address, _) = (wanted.iter().find(|(_, (wanted, _))| wanted == name))
                .with_context(|| format!("{name} was forgotten, and nobody wants it"))?;
            let id = format!("id = \"acme/{name}\"");
            ensure!(plan.contains("import {") && plan.contains(&id), "no way out for {name}: {plan}");
            blocks += &format!("import {{\n  to = turso_jwks_endpoint.{address}\n  {id}\n}}\n");
            self.tally.count("way out", 1);
        }
        Ok(fs::write(self.folder.path().join("import.tf"), blocks)?)
    }

    fn succeed(&mut self, arguments: &[&str]) -> Result<()> {
        let output = self.command(arguments).output()?;
        let text = said(&output);
        self.journal.extend(text.lines().map(|line| format!("    {line}")));
        ensure!(output.status.success() && !text.contains("panicked"), "{arguments:?}: {text}");
        Ok(())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.runner.command(self.folder.path(), arguments);
        command.env("TURSO_API_BASEURL", self.turso.base_url()).env("TURSO_API_TOKEN", TOKEN);
        command
    }

    fn is_there(&self) -> BTreeMap<String, String> {
        let endpoints = self.turso.endpoints("acme").expect("the organization is there");
        endpoints.into_iter().map(|endpoint| (endpoint.name, endpoint.url)).collect()
    }

    /// The endpoints in the state file, whose last word may be that of a killed engine.
    fn stored(&self) -> Result<BTreeMap<String, String>> {
        let state = read_state(&self.folder.path().join("terraform.tfstate"))?;
        let instances = state["resources"].as_array().into_iter().flatten();
        let attributes = instances.filter_map(|resource| resource["instances"][0].get("attributes"));
        let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
        Ok(attributes.map(|of| (text(&of["name"]), text(&of["url"]))).collect())
    }
}

fn read_state(file: &Path) -> Result<Json> {
    match fs::read(file) {
        Ok(text) if !text.is_empty() => Ok(serde_json::from_slice(&text)?),
        _ => Ok(Json::Null),
    }
}

fn strike(blow: Blow, engine: &Child) -> Result<()> {
    let id = Pid::from_raw(engine.id().try_into()?);
    match blow {
        Blow::Terminate => killpg(id, Signal::SIGTERM)?,
        Blow::KillBoth => killpg(id, Signal::SIGKILL)?,
        Blow::KillEngine => kill(id, Signal::SIGKILL)?,
        Blow::KillProvider => {
            let children = Command::new("pgrep").args(["-P", &id.to_string()]).output()?;
            for child in String::from_utf8(children.stdout)?.split_whitespace() {
                // It may have ended meanwhile.
                let _ = kill(Pid::from_raw(child.parse()?), Signal::SIGKILL);
            }
        }
    }
    Ok(())
}
