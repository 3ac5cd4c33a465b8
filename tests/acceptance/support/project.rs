//! A folder of HCL, the emulator behind it, and the engine at work in it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use plugin_host::engine::{Engine, Feature, workspace_binary};
use plugin_host::proxy::PROVIDER;
use plugin_host::report::{REPORT, Report};
use serde_json::Value;
use tempfile::TempDir;
use turso_emulator::{ApiToken, Emulator, JwksEndpoint, OrganizationKind, Settings};

use super::{CLERK, Run, search};

/// The slug of the organization that every emulator begins with.
pub(crate) const ORGANIZATION: &str = "acme";
/// The API token of its owner. No run may print it.
pub(crate) const API_TOKEN: &str = "api-token-of-the-owner-of-acme";

/// The attribute of a provider block that keeps plans from fetching the JWKS documents of endpoints.
pub(crate) const OFFLINE: &str = "preflight = \"off\"";

/// What the provider says where Terraform 1.14.0 asks it for configuration of nothing.
pub(crate) const NOT_GENERATED: &str = "without its state, as Terraform 1.14.0 does by mistake. Use Terraform 1.14.1 or \
                                        later, or write the block by hand.";

/// No command here takes longer, unless something hangs.
const COMMAND_LIMIT: Duration = Duration::from_secs(180);

/// A folder of HCL with an emulator of its own behind it. The engine finds the emulator and the token in its
/// environment, and nothing of the person who runs the tests.
///
/// Dropping it asserts what must hold at the end of every test: the provider broke no rule of the protocol, every
/// fault struck, the emulator knew every request, and the state holds no secret. That no run prints one is asserted
/// with each.
#[derive(Debug)]
pub(crate) struct Project {
    folder: TempDir,
    emulator: Emulator,
    environment: RefCell<BTreeMap<String, OsString>>,
    secrets: RefCell<Vec<String>>,
    engine_holds_token: Cell<bool>,
}

/// A project whose endpoint exists.
pub(crate) fn applied() -> Project {
    let project = Project::new(CLERK);
    project.apply().applied(1, 0, 0);
    project.forget_calls();
    project
}

impl Project {
    /// A project with this HCL in `main.tf`, a provider block for [`ORGANIZATION`] that looks at no JWKS document, and
    /// an emulator that has that organization.
    pub(crate) fn new(hcl: &str) -> Self {
        let emulator = Emulator::start(Settings::default()).expect("this machine has a free port");
        emulator.add_organization(ORGANIZATION, OrganizationKind::Team);
        emulator.add_token(ApiToken::owner(API_TOKEN));
        let project = Self {
            folder: tempfile::tempdir().expect("this machine has room for temporary files"),
            emulator,
            environment: RefCell::default(),
            secrets: RefCell::default(),
            engine_holds_token: Cell::default(),
        };
        project.lay_out();
        project.set_env("TURSO_API_BASEURL", project.emulator.base_url());
        project.set_env("TURSO_API_TOKEN", API_TOKEN);
        project.hide(API_TOKEN);
        project.provider(&format!("organization = {ORGANIZATION:?}\n  {OFFLINE}"));
        project.configure(hcl);
        project
    }

    /// Turso.
    pub(crate) fn turso(&self) -> &Emulator {
        &self.emulator
    }

    /// The endpoints of [`ORGANIZATION`].
    pub(crate) fn endpoints(&self) -> Vec<JwksEndpoint> {
        self.emulator.endpoints(ORGANIZATION).expect("every emulator begins with this organization")
    }

    /// Saves an endpoint in [`ORGANIZATION`] behind the engine's back.
    pub(crate) fn put_endpoint(&self, name: &str, url: &str) {
        self.emulator
            .put_endpoint(ORGANIZATION, name, url)
            .expect("every emulator begins with this organization");
    }

    /// Removes an endpoint of [`ORGANIZATION`] behind the engine's back.
    #[track_caller]
    pub(crate) fn remove_endpoint(&self, name: &str) {
        self.emulator.remove_endpoint(ORGANIZATION, name).expect("the endpoint is there");
    }

    /// Replaces `main.tf`.
    pub(crate) fn configure(&self, hcl: &str) {
        self.write("main.tf", hcl);
    }

    /// Replaces the attributes of the provider block.
    pub(crate) fn provider(&self, attributes: &str) {
        self.write("provider.tf", &format!("{REQUIRED}\nprovider \"turso\" {{\n  {attributes}\n}}\n"));
    }

    /// Writes a file of the project.
    pub(crate) fn write(&self, file: &str, text: &str) {
        write(&self.root().join(file), text);
    }

    /// The folder of HCL.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    /// What the engine and the provider take for the home folder.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Sets a variable of the engine's environment, which the provider inherits.
    pub(crate) fn set_env(&self, name: &str, value: impl Into<OsString>) {
        self.environment.borrow_mut().insert(name.to_owned(), value.into());
    }

    /// Takes a variable out of the engine's environment.
    pub(crate) fn unset_env(&self, name: &str) {
        self.environment.borrow_mut().remove(name);
    }

    /// Adds a secret that no later run may print.
    pub(crate) fn hide(&self, secret: &str) {
        self.secrets.borrow_mut().push(secret.to_owned());
    }

    /// The configuration makes the engine itself keep the API token, in the state of a resource that is not this
    /// provider's, and log it: what it leaves is not searched for that.
    pub(crate) fn let_engine_hold_token(&self) {
        self.engine_holds_token.set(true);
    }

    /// `validate`
    pub(crate) fn validate(&self) -> Run {
        self.run(&["validate", "-no-color"])
    }

    /// `plan`
    pub(crate) fn plan(&self) -> Run {
        self.plan_with(&[])
    }

    /// `plan` with further arguments. It changes nothing at Turso.
    #[track_caller]
    pub(crate) fn plan_with(&self, arguments: &[&str]) -> Run {
        let before = self.writes();
        let run =
            self.run(&[&["plan", "-no-color", "-input=false", "-detailed-exitcode"], arguments].concat());
        assert_eq!(self.writes(), before, "a plan only reads");
        run
    }

    /// `plan`, which writes configuration to a file for the `import` blocks of `main.tf`. None where the engine can't,
    /// and was seen to say so.
    ///
    /// Terraform 1.16 looks for `hashicorp/turso`, whatever `required_providers` says, where a resource has no block yet
    /// and the `import` block names no provider (hashicorp/terraform#39144). Named for a moment, it is the right one.
    pub(crate) fn generate(&self, file: &str) -> Option<Run> {
        let plan = || self.plan_with(&[&format!("-generate-config-out={file}")]);
        let run = plan();
        if !engine().can(Feature::GeneratedConfiguration) {
            run.fails().says(NOT_GENERATED);
            return None;
        }
        if !run.text().contains("hashicorp/turso") {
            return Some(run);
        }
        let hcl = fs::read_to_string(self.root().join("main.tf")).expect("every project has a main.tf");
        self.configure(&hcl.replace("import {", "import {\n  provider = turso"));
        let run = plan();
        self.configure(&hcl);
        Some(run)
    }

    /// `apply`
    pub(crate) fn apply(&self) -> Run {
        self.apply_with(&[])
    }

    /// `apply` with further arguments.
    pub(crate) fn apply_with(&self, arguments: &[&str]) -> Run {
        self.run(&[&["apply", "-no-color", "-input=false", "-auto-approve"], arguments].concat())
    }

    /// `destroy`
    pub(crate) fn destroy(&self) -> Run {
        self.run(&["destroy", "-no-color", "-input=false", "-auto-approve"])
    }

    /// `import`
    pub(crate) fn import(&self, address: &str, id: &str) -> Run {
        self.run(&["import", "-no-color", "-input=false", address, id])
    }

    /// Any command.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.checked(self.engine(arguments, |_| ()))
    }

    /// `apply`, which is told to terminate as soon as Turso has received a call such as `PUT /v2/…`. The signal goes to
    /// the whole process group, the provider's process included, as `timeout`, systemd and containers' runtimes send it.
    ///
    /// No process of the group may be left in the end.
    pub(crate) fn apply_terminated_at(&self, call: &str) -> Run {
        let mut group = None;
        let run = self.engine(&["apply", "-no-color", "-input=false", "-auto-approve"], |child| {
            self.await_calls(child, call, 1);
            killpg(*group.insert(process_of(child)), Signal::SIGTERM).expect("the group is there");
        });
        check_that_nobody_is_left(group.expect("the signal was sent"));
        self.checked(run)
    }

    /// Any command, interrupted like by Ctrl-C once Turso was asked this often for what it was asked, and how long it
    /// ran on from there.
    pub(crate) fn interrupt(&self, arguments: &[&str], call: &str, times: usize) -> (Run, Duration) {
        let mut interrupted = Instant::now();
        let run = self.engine(arguments, |child| {
            self.await_calls(child, call, times);
            // The answer has to be read, too.
            std::thread::sleep(Duration::from_millis(300));
            interrupted = Instant::now();
            kill(process_of(child), Signal::SIGINT).expect("the engine still runs");
        });
        (self.checked(run), interrupted.elapsed())
    }

    /// Waits until Turso was asked this often for something.
    fn await_calls(&self, child: &mut Child, call: &str, times: usize) {
        let begin = Instant::now();
        while self.calls().iter().filter(|made| *made == call).count() < times {
            assert_eq!(child.try_wait().expect("the child is ours"), None, "it ended before {call}");
            assert!(begin.elapsed() < COMMAND_LIMIT, "{call:?} was not asked {times} times");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn checked(&self, run: Run) -> Run {
        // Shown where the test fails, as a person would have it on the screen.
        eprintln!("$ {run}");
        for secret in self.secrets.borrow().iter() {
            assert!(!run.output().contains(secret), "this prints {secret:?}: {run}");
        }
        if search::is_on() {
            search::search_run(&run.output());
        }
        run
    }

    /// An instance in the state, as the engine stored it: `attributes`, `status`, … The first one, of several.
    pub(crate) fn instance(&self, address: &str) -> Option<Value> {
        let (mode, address) = match address.strip_prefix("data.") {
            Some(address) => ("data", address),
            None => ("managed", address),
        };
        let (kind, name) = address.split_once('.').expect("an address is a type and a name");
        let state = self.state();
        let is_it = |resource: &&Value| {
            resource["mode"] == mode && resource["type"] == kind && resource["name"] == name
        };
        state["resources"].as_array()?.iter().find(is_it)?["instances"].get(0).cloned()
    }

    /// An attribute in the state.
    #[track_caller]
    pub(crate) fn attribute(&self, address: &str, name: &str) -> Value {
        let instance = self.instance(address);
        let instance = instance.unwrap_or_else(|| panic!("{address} is not in the state: {}", self.state()));
        instance["attributes"][name].clone()
    }

    /// An output in the state.
    pub(crate) fn output(&self, name: &str) -> Value {
        self.state()["outputs"][name]["value"].clone()
    }

    /// The state, as the engine stored it; null where there is none.
    pub(crate) fn state(&self) -> Value {
        let Ok(text) = fs::read(self.root().join("terraform.tfstate")) else { return Value::Null };
        serde_json::from_slice(&text).expect("the engine writes its state as JSON")
    }

    /// Whether a plan that was saved to this file holds a text.
    pub(crate) fn plan_file_holds(&self, file: &str, text: &str) -> bool {
        let parts = search::parts_of_plan(&self.root().join(file));
        assert!(!parts.is_empty(), "{file} is no plan");
        parts.iter().any(|(_, bytes)| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
    }

    /// What was asked of Turso since the last [`Project::forget_calls`], each as method and path.
    pub(crate) fn calls(&self) -> Vec<String> {
        let line = |request: turso_emulator::Request| format!("{} {}", request.method, request.path);
        self.emulator.requests().into_iter().map(|recorded| line(recorded.request)).collect()
    }

    /// Those of the calls that change something.
    pub(crate) fn writes(&self) -> Vec<String> {
        let is_write = |call: &String| call.starts_with("PUT ") || call.starts_with("DELETE ");
        self.calls().into_iter().filter(is_write).collect()
    }

    /// Forgets what was asked of Turso so far. What the emulator refused stays an error.
    pub(crate) fn forget_calls(&self) {
        self.check_refusals();
        self.emulator.clear_requests();
    }

    /// Forgets what was seen of the provider's answers so far.
    pub(crate) fn forget_report(&self) {
        fs::remove_file(self.report()).expect("every run starts the provider through the proxy");
    }

    fn lay_out(&self) {
        let plugins = self.folder.path().join("plugins");
        for folder in [&self.root(), &self.home(), &plugins] {
            fs::create_dir(folder).expect("the folder of a test is new");
        }
        let provider = plugins.join("terraform-provider-turso");
        std::os::unix::fs::symlink(checking_proxy(), provider).expect("the folder of a test is new");
        let overrides = format!("\"turso-community/turso\" = {:?}", plugins.display().to_string());
        write(
            &self.cli_configuration(),
            &format!("provider_installation {{\n  dev_overrides {{\n    {overrides}\n  }}\n}}\n"),
        );
    }

    fn engine(&self, arguments: &[&str], meanwhile: impl FnOnce(&mut Child)) -> Run {
        let [stdout, stderr] = ["stdout", "stderr"].map(|name| self.folder.path().join(name));
        let create = |path: &Path| File::create(path).expect("the folder of a test can be written to");
        let mut child = Command::new(engine().path())
            .args(arguments)
            .current_dir(self.root())
            .env_clear()
            .envs(["PATH", "TMPDIR"].iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .env("HOME", self.home())
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_CLI_CONFIG_FILE", self.cli_configuration())
            .env(PROVIDER, env!("CARGO_BIN_EXE_terraform-provider-turso"))
            .env(REPORT, self.report())
            .envs(self.trace().into_iter().flatten())
            .envs(self.environment.borrow().iter())
            .stdin(Stdio::null())
            .stdout(create(&stdout))
            .stderr(create(&stderr))
            // A group of its own, which it leads.
            .process_group(0)
            .spawn()
            .expect("the engine was found");
        meanwhile(&mut child);
        let ended = wait(&mut child);
        let [stdout, stderr] = [stdout, stderr].map(|path| {
            String::from_utf8_lossy(&fs::read(path).expect("the file was just written")).into_owned()
        });
        let run = Run::new(arguments.join(" "), ended.and_then(|ended| ended.code()), stdout, stderr);
        assert!(ended.is_some(), "this did not end within {COMMAND_LIMIT:?}: {run}");
        run
    }

    /// Everything is logged where the suite searches for the token, unless a test has its own idea of logs.
    fn trace(&self) -> Option<[(&'static str, OsString); 2]> {
        let is_searched = search::is_on() && !self.environment.borrow().contains_key("TF_LOG");
        is_searched
            .then(|| [("TF_LOG", "TRACE".into()), ("TF_LOG_PATH", self.folder.path().join("log").into())])
    }

    fn check_refusals(&self) {
        assert_eq!(self.emulator.refusals(), [] as [&str; 0], "requests that Turso does not know");
    }

    fn check_report(&self) {
        let report = Report::read(&self.report()).expect("every run starts the provider through the proxy");
        assert!(report.violations.is_empty(), "rules broken by the provider: {:#?}", report.violations);
        assert!(!report.checked.is_empty(), "no answer of the provider was checked: {report:?}");
    }

    /// What this provider put into the state holds no secret. What others did is theirs to answer for.
    fn check_state(&self) {
        let state = self.state();
        let resources = state["resources"].as_array().cloned().unwrap_or_default();
        let ours =
            |resource: &&Value| resource["type"].as_str().is_some_and(|name| name.starts_with("turso_"));
        for resource in resources.iter().filter(ours).map(Value::to_string) {
            for secret in self.secrets.borrow().iter() {
                assert!(!resource.contains(secret), "the state holds {secret:?}: {resource}");
            }
        }
    }

    fn cli_configuration(&self) -> PathBuf {
        self.folder.path().join("cli.tfrc")
    }

    fn report(&self) -> PathBuf {
        self.folder.path().join("report")
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        assert_eq!(self.emulator.unused_faults(), [], "faults that did not strike");
        self.check_refusals();
        self.check_report();
        self.check_state();
        if search::is_on() && !self.engine_holds_token.get() {
            search::search_folder(self.folder.path());
        }
    }
}

const REQUIRED: &str = "\
terraform {
  required_providers {
    turso = {
      source = \"turso-community/turso\"
    }
  }
}
";

/// The engine, which is said once, since what the tests prove depends on it.
pub(crate) fn engine() -> &'static Engine {
    static SAID: OnceLock<&Engine> = OnceLock::new();
    SAID.get_or_init(|| {
        let engine = Engine::find().unwrap_or_else(|error| panic!("{error}"));
        let missing: Vec<_> =
            Feature::ALL.iter().filter(|feature| !engine.can(**feature)).map(Feature::to_string).collect();
        let missing = match missing.as_slice() {
            [] => "it can do all that the tests ask for".to_owned(),
            missing => format!("it is too old for {}, which the tests prove instead", missing.join(", ")),
        };
        say(&format!("the engine is {engine}, {}: {missing}", engine.path().display()));
        engine
    })
}

/// Says something to whoever runs the tests. Not by a macro: what those print is kept back unless a test fails.
pub(crate) fn say(text: &str) {
    writeln!(io::stderr(), "\n{text}").expect("stderr can be written to");
}

/// The proxy that stands between the engine and a provider, and judges the provider's answers.
pub(crate) fn checking_proxy() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| workspace_binary("checking-proxy").unwrap_or_else(|error| panic!("{error:#}")))
}

/// Waits for a command, and ends it where it hangs.
fn wait(child: &mut Child) -> Option<ExitStatus> {
    let started = Instant::now();
    while started.elapsed() < COMMAND_LIMIT {
        if let Some(status) = child.try_wait().expect("the child is ours") {
            return Some(status);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().and_then(|()| child.wait()).expect("the child is ours");
    None
}

/// The process group that a command leads.
fn process_of(child: &Child) -> Pid {
    Pid::from_raw(child.id().try_into().expect("a process has a small number"))
}

/// Asserts that a command took all the processes that it started with it.
#[track_caller]
fn check_that_nobody_is_left(group: Pid) {
    let ended = Instant::now();
    while killpg(group, None).is_ok() {
        assert!(ended.elapsed() < Duration::from_secs(10), "a process that the engine started is left");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("the folder of a test can be written to");
}
