//! The provider under load: the real Terraform or OpenTofu creates, reads and destroys many endpoints, and has many
//! templates composed, through as many provider processes as asked for, against an emulator that can be slow and busy.
//!
//! ```shell
//! cargo run --release --example load                                # 1,000 endpoints at -parallelism=10
//! cargo run --release --example load -- --endpoints 1000 --templates 1000 --providers 5 --parallelism 50 \
//!   --delay 2 --busy
//! ```
//!
//! It fails where anything is missing or left over, or a provider took more memory than it may, and says what each step
//! asked of Turso.

#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use plugin_host::engine::{self, Engine};
use turso_emulator::{ApiToken, Call, Effect, Emulator, Fault, OrganizationKind, Settings};

const ORGANIZATION: &str = "acme";
const API_TOKEN: &str = "api-token-of-the-owner-of-acme";

/// In KiB, for one provider: twice what a thousand endpoints and templates took.
const MOST_MEMORY: u64 = 64 * 1024;

struct Load {
    endpoints: usize,
    templates: usize,
    providers: usize,
    parallelism: usize,
    /// How long an answer takes.
    delay: Duration,
    /// Whether every second call is answered with 429.
    busy: bool,
}

fn main() -> ExitCode {
    match Load::read().and_then(|load| load.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error:#}");
            ExitCode::FAILURE
        }
    }
}

impl Load {
    fn read() -> anyhow::Result<Self> {
        let mut load = Self {
            endpoints: 1000,
            templates: 0,
            providers: 1,
            parallelism: 10,
            delay: Duration::ZERO,
            busy: false,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut number = || -> anyhow::Result<usize> {
                let value = arguments.next().with_context(|| format!("{argument} takes a number"))?;
                value.parse().with_context(|| format!("{argument} takes a number"))
            };
            match argument.as_str() {
                "--endpoints" => load.endpoints = number()?,
                "--templates" => load.templates = number()?,
                "--providers" => load.providers = number()?.max(1),
                "--parallelism" => load.parallelism = number()?,
                "--delay" => load.delay = Duration::from_secs(number()? as u64),
                "--busy" => load.busy = true,
                other => anyhow::bail!("unknown argument {other:?}"),
            }
        }
        Ok(load)
    }

    fn run(&self) -> anyhow::Result<()> {
        let provider = engine::workspace_binary(env!("CARGO_PKG_NAME"))?;
        let engine = Engine::find()?;
        let turso = Emulator::start(Settings::default())?;
        turso.add_organization(ORGANIZATION, OrganizationKind::Team);
        turso.set_jwks_limit(ORGANIZATION, self.endpoints)?;
        turso.add_token(ApiToken::owner(API_TOKEN));
        turso.add_database(ORGANIZATION, "app", "default")?;
        let folder = tempfile::tempdir()?;
        self.write(folder.path(), &provider)?;
        println!("{engine}, {} providers, -parallelism={}", self.providers, self.parallelism);

        for (step, count) in [("apply", self.endpoints), ("plan", self.endpoints), ("destroy", 0)] {
            self.disturb(&turso);
            self.step(step, engine, &turso, folder.path())?;
            let names: BTreeSet<_> =
                turso.endpoints(ORGANIZATION)?.into_iter().map(|endpoint| endpoint.name).collect();
            let expected: BTreeSet<_> = (0..count).map(|number| format!("endpoint-{number}")).collect();
            ensure!(names == expected, "{} endpoints after {step}, and not {count}", names.len());
        }
        Ok(())
    }

    /// Slow answers, or slow answers and refusals in turns.
    fn disturb(&self, turso: &Emulator) {
        turso.clear_faults();
        turso.clear_requests();
        let delay = Effect::Delay(self.delay);
        if !self.busy {
            return turso.inject(Fault::always(Call::Any, delay));
        }
        for _ in 0..4 * (self.endpoints + self.templates) {
            turso.inject(Fault::once(Call::Any, delay.clone()));
            turso.inject(Fault::once(Call::Any, Effect::error(429, "too many requests")));
        }
    }

    fn step(&self, step: &str, engine: &Engine, turso: &Emulator, folder: &Path) -> anyhow::Result<()> {
        let mut command = Command::new(engine.path());
        command.arg(step).args(["-no-color", "-input=false", &format!("-parallelism={}", self.parallelism)]);
        command.args(if step == "plan" { ["-detailed-exitcode"] } else { ["-auto-approve"] });
        command.current_dir(folder).env("TF_CLI_CONFIG_FILE", folder.join("cli.tfrc"));
        command.env("TURSO_API_BASEURL", turso.base_url()).env("TURSO_API_TOKEN", API_TOKEN);
        command.env("CHECKPOINT_DISABLE", "1").stdout(Stdio::null());
        let begin = Instant::now();
        let provider = folder.join("plugins").join(PROVIDER).canonicalize()?;
        let (status, kibibytes) = watch_memory(&provider, || command.status());
        ensure!(status?.success(), "{step} failed");
        let requests = turso.requests();
        let count = |method: &str| requests.iter().filter(|one| one.request.method == method).count();
        let writes = count("PUT") + count("DELETE");
        let lists = requests.iter().filter(|one| one.request.path.ends_with("/jwks")).count();
        println!(
            "{step:8} {:6.1} s   {writes:5} writes   {lists:5} lists   {:5} others   {:.2} writes and lists an endpoint   \
             a provider took {} MiB at most",
            begin.elapsed().as_secs_f64(),
            requests.len() - writes - lists,
            (writes + lists) as f64 / self.endpoints.max(1) as f64,
            kibibytes / 1024
        );
        ensure!(kibibytes > 0, "no process of a provider was seen");
        ensure!(kibibytes <= MOST_MEMORY, "a provider took more than {} MiB", MOST_MEMORY / 1024);
        Ok(())
    }

    fn write(&self, folder: &Path, provider: &Path) -> anyhow::Result<()> {
        let plugins = folder.join("plugins");
        std::fs::create_dir(&plugins)?;
        std::fs::copy(provider, plugins.join(PROVIDER))?;
        let overrides = format!("\"turso-community/turso\" = {:?}", plugins.display().to_string());
        let cli = format!("provider_installation {{\n  dev_overrides {{\n    {overrides}\n  }}\n}}\n");
        std::fs::write(folder.join("cli.tfrc"), cli)?;
        let mut hcl = "terraform {\n  required_providers {\n    turso = {\n      source = \"turso-community/turso\"\n    \
                       }\n  }\n}\n"
            .to_owned();
        for provider in 0..self.providers {
            // Each takes the numbers that leave its own remainder.
            let share = |all: usize| (all + self.providers - 1 - provider) / self.providers;
            let block = [
                format!(
                    "provider \"turso\" {{\n  alias = \"p{provider}\"\n  organization = {ORGANIZATION:?}"
                ),
                "  preflight = \"off\"\n}\n".to_owned(),
                format!(
                    "resource \"turso_jwks_endpoint\" \"p{provider}\" {{\n  provider = turso.p{provider}"
                ),
                format!("  count = {}", share(self.endpoints)),
                format!("  name = \"endpoint-${{count.index * {} + {provider}}}\"", self.providers),
                "  url = \"https://${count.index}.example.com/jwks.json\"\n}\n".to_owned(),
                format!("data \"turso_jwt_template\" \"p{provider}\" {{\n  provider = turso.p{provider}"),
                format!("  count = {}\n  database = \"app\"", share(self.templates)),
                "  permissions = [\"table${count.index}:data_read\"]\n}\n".to_owned(),
            ];
            hcl.push_str(&block.join("\n"));
        }
        std::fs::write(folder.join("main.tf"), hcl)?;
        Ok(())
    }
}

const PROVIDER: &str = "terraform-provider-turso";

/// What `work` comes to, and the most resident memory, in KiB, that a process of this file had meanwhile (Linux).
fn watch_memory<T>(provider: &Path, work: impl FnOnce() -> T) -> (T, u64) {
    let (is_done, most) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                most.fetch_max(largest(provider).unwrap_or_default(), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        let done = work();
        is_done.store(true, Ordering::Relaxed);
        (done, most.load(Ordering::Relaxed))
    })
}

/// `VmHWM` is the peak of a process so far (proc_pid_status(5)). Other runs on the machine have a provider of the same name.
fn largest(provider: &Path) -> Option<u64> {
    let processes = std::fs::read_dir("/proc").ok()?.flatten();
    let peaks = processes.filter_map(|process| {
        let is_one = std::fs::read_link(process.path().join("exe")).ok()? == provider;
        let status = std::fs::read_to_string(process.path().join("status")).ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).filter(|_| is_one)?;
        peak.trim().trim_end_matches(" kB").parse().ok()
    });
    peaks.max()
}
