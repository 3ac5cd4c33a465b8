//! A folder of HCL for one subject, and the engine at work in it.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use plugin_host::engine::Engine;
use serde_json::Value;
use tempfile::TempDir;
use turso_emulator::{ApiToken, Emulator, OrganizationKind, Settings};

use crate::subject::Subject;

pub(crate) const ORGANIZATION: &str = "acme";
pub(crate) const API_TOKEN: &str = "api-token-of-the-owner-of-acme";

/// Clock ticks of `/proc` in a second, which Linux has fixed at 100 for programs (`proc_pid_stat(5)`).
const TICKS: f64 = 100.0;
/// How often a provider's processes are looked at.
const GLANCE: Duration = Duration::from_millis(5);

/// An emulator with room for `endpoints`, and a database for templates.
pub(crate) fn emulator(endpoints: usize) -> anyhow::Result<Emulator> {
    let turso = Emulator::start(Settings::default())?;
    turso.add_organization(ORGANIZATION, OrganizationKind::Team);
    turso.set_jwks_limit(ORGANIZATION, endpoints)?;
    turso.add_token(ApiToken::owner(API_TOKEN));
    turso.add_database(ORGANIZATION, "app", "default")?;
    Ok(turso)
}

/// What a command took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Taken {
    /// Seconds, from its start to its end.
    pub(crate) seconds: f64,
    /// Seconds of a processor that the provider's processes took, to a hundredth.
    pub(crate) processor: f64,
    /// MiB: the most that one of the provider's processes held.
    pub(crate) resident: f64,
    /// How often Turso was called.
    pub(crate) calls: u32,
}

/// A folder of HCL.
pub(crate) struct Project<'a> {
    folder: TempDir,
    program: Option<PathBuf>,
    resource: &'static str,
    turso: &'a Emulator,
    environment: Vec<(&'static str, PathBuf)>,
}

impl<'a> Project<'a> {
    /// Many objects of a subject. `stand_in` runs in place of its program.
    pub(crate) fn new(
        subject: &Subject,
        turso: &'a Emulator,
        endpoints: usize,
        templates: usize,
        stand_in: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut hcl = String::new();
        let mut program = None;
        if let Some((source, built)) = &subject.provider {
            let name = source.rsplit('/').next().unwrap_or(source);
            let plugins = folder.path().join("plugins");
            fs::create_dir(&plugins)?;
            // A copy of its own, so that its processes can be told from all others of this machine.
            let copy = plugins.join(format!("terraform-provider-{name}"));
            fs::copy(stand_in.unwrap_or(built), &copy)?;
            program = Some(copy);
            let overrides = format!("{source:?} = {plugins:?}");
            let cli = format!("provider_installation {{\n  dev_overrides {{\n    {overrides}\n  }}\n}}\n");
            fs::write(folder.path().join("cli.tfrc"), cli)?;
            let preflight = if name == "turso" { "preflight = \"off\"" } else { "" };
            write!(
                hcl,
                "terraform {{\n  required_providers {{\n    {name} = {{\n      source = {source:?}\n    }}\n  }}\n}}\n\
                 provider {name:?} {{\n  organization = {ORGANIZATION:?}\n  {preflight}\n}}\n"
            )?;
        } else {
            fs::write(folder.path().join("cli.tfrc"), "")?;
        }
        if let (Some(data_source), 1..) = (subject.data_source, templates) {
            let permissions = "permissions = [\"table${count.index}:data_read\"]";
            write!(
                hcl,
                "data {data_source:?} \"many\" {{\n  count = {templates}\n  database = \"app\"\n  {permissions}\n}}\n"
            )?;
        }
        fs::write(folder.path().join("main.tf"), hcl)?;
        let project = Self { folder, program, resource: subject.resource, turso, environment: Vec::new() };
        project.set_objects(endpoints)?;
        Ok(project)
    }

    /// Has so many objects in the configuration from now on.
    fn set_objects(&self, objects: usize) -> anyhow::Result<()> {
        let (name, url) = ("\"endpoint-${count.index}\"", "\"https://${count.index}.example.com/jwks.json\"");
        let attributes = match self.program {
            Some(_) => format!("name = {name}\n  url = {url}"),
            None => format!("input = {{ name = {name}, url = {url} }}"),
        };
        let resource = self.resource;
        let hcl = format!("resource {resource:?} \"many\" {{\n  count = {objects}\n  {attributes}\n}}\n");
        let none = String::new();
        Ok(fs::write(self.path("objects.tf"), if objects > 0 { hcl } else { none })?)
    }

    /// Writes a state of so many objects in place of the one object that there is, and has Turso know them, if it
    /// knows that one: to apply as many takes Terraform longer than anybody waits.
    pub(crate) fn multiply(&self, objects: usize) -> anyhow::Result<()> {
        let file = self.path("terraform.tfstate");
        let mut state: Value = serde_json::from_str(&fs::read_to_string(&file)?)?;
        let instances = state.pointer_mut("/resources/0/instances").and_then(Value::as_array_mut);
        let instances = instances.context("the state has no object")?;
        let first = instances.first().context("the state has no object")?.to_string();
        let turso_knows_it = !self.turso.endpoints(ORGANIZATION)?.is_empty();
        for number in 1..objects {
            let (name, url) = (format!("endpoint-{number}"), format!("https://{number}."));
            let mut one: Value =
                serde_json::from_str(&first.replace("endpoint-0", &name).replace("https://0.", &url))?;
            one["index_key"] = number.into();
            instances.push(one);
            if turso_knows_it {
                self.turso.put_endpoint(ORGANIZATION, &name, &format!("{url}example.com/jwks.json"))?;
            }
        }
        self.set_objects(objects)?;
        Ok(fs::write(file, state.to_string())?)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn set_env(&mut self, name: &'static str, value: PathBuf) {
        self.environment.push((name, value));
    }

    pub(crate) fn apply(&self) -> anyhow::Result<Taken> {
        self.run(&["apply", "-auto-approve"])
    }

    /// Fails where the plan finds something to do.
    pub(crate) fn plan(&self) -> anyhow::Result<Taken> {
        self.run(&["plan", "-detailed-exitcode"])
    }

    pub(crate) fn destroy(&self) -> anyhow::Result<Taken> {
        self.run(&["destroy", "-auto-approve"])
    }

    fn run(&self, arguments: &[&str]) -> anyhow::Result<Taken> {
        let mut command = Command::new(Engine::find()?.path());
        command.args(arguments).args(["-no-color", "-input=false"]).current_dir(self.folder.path());
        command.env("TF_CLI_CONFIG_FILE", self.path("cli.tfrc")).env("CHECKPOINT_DISABLE", "1");
        command.env("TURSO_API_BASEURL", self.turso.base_url()).env("TURSO_API_TOKEN", API_TOKEN);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        self.turso.clear_requests();
        let begin = Instant::now();
        let (output, processes) = self.watch(|| command.output());
        let seconds = begin.elapsed().as_secs_f64();
        let output = output.context("the engine can't be run")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{} failed:\n{said}", arguments.join(" "));
        Ok(Taken {
            seconds,
            // The sum of none is -0.
            processor: processes.values().map(|one| one.processor).sum::<f64>().abs(),
            resident: processes.values().map(|one| one.resident).fold(0.0, f64::max),
            calls: u32::try_from(self.turso.requests().len())?,
        })
    }

    /// What `work` comes to, and what the provider's processes took meanwhile, each as it was last seen.
    fn watch<T>(&self, work: impl FnOnce() -> T) -> (T, HashMap<u32, Glance>) {
        let is_done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let watching = scope.spawn(|| {
                let mut seen = HashMap::new();
                while let (Some(program), false) = (&self.program, is_done.load(Ordering::Relaxed)) {
                    seen.extend(processes_of(program));
                    std::thread::sleep(GLANCE);
                }
                seen
            });
            let done = work();
            is_done.store(true, Ordering::Relaxed);
            (done, watching.join().unwrap_or_default())
        })
    }
}

/// A process at a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glance {
    /// As in [`Taken`].
    pub(crate) processor: f64,
    /// The most so far.
    pub(crate) resident: f64,
}

fn processes_of(program: &Path) -> Vec<(u32, Glance)> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let glances = processes.filter_map(|process| {
        let id = process.file_name().to_str()?.parse().ok()?;
        let is_it = fs::read_link(process.path().join("exe")).is_ok_and(|exe| exe == program);
        is_it.then(|| Some((id, Glance::of(id)?)))?
    });
    glances.collect()
}

impl Glance {
    /// None where there is no such process any more.
    pub(crate) fn of(id: u32) -> Option<Self> {
        let process = PathBuf::from(format!("/proc/{id}"));
        let stat = fs::read_to_string(process.join("stat")).ok()?;
        // The 14th and 15th fields are the time in the program and in the system; the second is a name in brackets.
        let mut times = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
        let mut ticks = || times.next()?.parse::<f64>().ok();
        let processor = (ticks()? + ticks()?) / TICKS;
        Some(Self { processor, resident: peak_mebibytes(&process)? })
    }
}

/// `VmHWM` is the most that a process has held so far (`proc_pid_status(5)`).
fn peak_mebibytes(process: &Path) -> Option<f64> {
    let status = fs::read_to_string(process.join("status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.trim().trim_end_matches(" kB").parse::<f64>().ok().map(|kibibytes| kibibytes / 1024.0)
}
