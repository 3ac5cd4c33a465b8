//! The folder that Terraform works in, and Terraform itself.

use std::cell::RefCell;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use anyhow::{Context as _, bail, ensure};
use plugin_host::engine::{Engine, Product};
use serde_json::Value;
use tempfile::TempDir;

use super::stage::{API_TOKEN, Stage};

/// The main configuration.
pub(crate) const MAIN: &str = include_str!("terraform/main.tf");
const IMPORT: &str = include_str!("terraform/import.tf");

/// A folder with two configurations, and the environment to run them in.
pub(crate) struct Folder {
    engine: &'static Engine,
    place: RefCell<Option<TempDir>>,
    path: PathBuf,
    environment: Vec<(&'static str, OsString)>,
}

/// What a plan is expected to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Something to do.
    Changes,
    /// Nothing to do.
    NoChanges,
}

impl Folder {
    /// Writes the configurations and a mirror that holds the provider.
    pub(crate) fn write(engine: &'static Engine, provider: &Path, stage: &Stage) -> anyhow::Result<Self> {
        let place = tempfile::Builder::new().prefix("turso-quickstart-").tempdir()?;
        let path = place.path().canonicalize()?;
        install(engine, provider, &path)?;
        for (name, configuration) in [("acme", MAIN), ("import", IMPORT)] {
            fs::create_dir(path.join(name))?;
            fs::write(path.join(name).join("main.tf"), configuration)?;
        }
        fs::write(path.join("authority.pem"), stage.authority())?;
        let environment = vec![
            ("TF_CLI_CONFIG_FILE", path.join("terraform.rc").into()),
            ("TURSO_API_BASEURL", stage.turso.base_url().into()),
            ("TURSO_API_TOKEN", API_TOKEN.into()),
            ("SSL_CERT_FILE", path.join("authority.pem").into()),
        ];
        let folder = Self { engine, place: RefCell::new(Some(place)), path, environment };
        folder.point(&folder.main(), "clerk_jwks_url", &stage.clerk.provider().jwks_url())?;
        folder.point(&folder.main(), "auth0_jwks_url", &stage.auth0.provider().jwks_url())?;
        folder.point(&folder.import(), "clerk_jwks_url", &stage.clerk.provider().jwks_url())?;
        Ok(folder)
    }

    /// The folder of the main configuration.
    pub(crate) fn main(&self) -> PathBuf {
        self.path.join("acme")
    }

    /// The folder of the configuration that imports.
    pub(crate) fn import(&self) -> PathBuf {
        self.path.join("import")
    }

    /// The variables that Terraform needs, and a person who wants to go on by hand.
    pub(crate) fn environment(&self) -> &[(&'static str, OsString)] {
        &self.environment
    }

    /// What the engine is called on a command line.
    pub(crate) fn engine_name(&self) -> &'static str {
        match self.engine.product() {
            Product::Terraform => "terraform",
            Product::OpenTofu => "tofu",
        }
    }

    /// Lets the folder stay after the end.
    pub(crate) fn keep(&self) -> &Path {
        if let Some(place) = self.place.take() {
            let _ = place.keep();
        }
        &self.path
    }

    /// Points Clerk's endpoint to another URL.
    pub(crate) fn move_clerk_to(&self, url: &str) -> anyhow::Result<()> {
        self.point(&self.main(), "clerk_jwks_url", url)
    }

    /// Runs a command, and shows it and what it prints.
    pub(crate) fn run(&self, within: &Path, arguments: &[&str]) -> anyhow::Result<()> {
        let status = self.shown(within, arguments)?;
        ensure!(status.success(), "{} {} failed", self.engine_name(), arguments.join(" "));
        Ok(())
    }

    /// Runs a command whose output nobody needs to read, and shows it where it fails.
    pub(crate) fn run_quietly(&self, within: &Path, arguments: &[&str]) -> anyhow::Result<()> {
        println!("$ {} {}", self.engine_name(), arguments.join(" "));
        let output = self.command(within, arguments).output()?;
        let said = [output.stdout, output.stderr].concat();
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&said));
        Ok(())
    }

    /// Plans, and fails where the plan is not as expected.
    pub(crate) fn plan(&self, within: &Path, expected: Plan) -> anyhow::Result<()> {
        let status = self.shown(within, &["plan", "-detailed-exitcode"])?;
        match (status.code(), expected) {
            (Some(2), Plan::Changes) | (Some(0), Plan::NoChanges) => Ok(()),
            (code, expected) => bail!("the plan ended with {code:?}, expected {expected:?}"),
        }
    }

    /// Shows a file.
    pub(crate) fn show_file(&self, file: &Path) -> anyhow::Result<()> {
        println!("$ cat {}", file.display());
        print!("{}", fs::read_to_string(file)?);
        println!();
        Ok(())
    }

    /// The outputs of the main configuration, by name.
    pub(crate) fn outputs(&self) -> anyhow::Result<Value> {
        let output = self.command(&self.main(), &["output", "-json"]).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).context("the outputs are no JSON")
    }

    fn point(&self, within: &Path, variable: &str, url: &str) -> anyhow::Result<()> {
        Ok(fs::write(within.join(format!("{variable}.auto.tfvars")), format!("{variable} = {url:?}\n"))?)
    }

    fn shown(&self, within: &Path, arguments: &[&str]) -> anyhow::Result<ExitStatus> {
        println!("$ {} {}", self.engine_name(), arguments.join(" "));
        let status = self.command(within, arguments).status();
        status.with_context(|| format!("{} does not run", self.engine.path().display()))
    }

    fn command(&self, within: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.engine.path());
        command.current_dir(within).args(arguments);
        // A person's own settings must not change what is shown.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("TF_") || name.starts_with("TURSO_") {
                command.env_remove(&*name);
            }
        }
        command.env("CHECKPOINT_DISABLE", "1").env("TF_IN_AUTOMATION", "1");
        if !crate::is_colored() {
            command.env("TF_CLI_ARGS", "-no-color");
        }
        command.env("TURSO_CONFIG_FOLDER", &self.path).envs(self.environment.iter().cloned());
        command
    }
}

/// Lays the provider where a CLI configuration of our own makes the engine look, as a mirror is laid out.
fn install(engine: &Engine, provider: &Path, folder: &Path) -> anyhow::Result<()> {
    let registry = match engine.product() {
        Product::Terraform => "registry.terraform.io",
        Product::OpenTofu => "registry.opentofu.org",
    };
    let version = env!("CARGO_PKG_VERSION");
    let plugins = folder.join("plugins");
    let place = plugins.join(registry).join(terraform_provider_turso::SOURCE).join(version).join(platform());
    fs::create_dir_all(&place)?;
    let name = format!("{}_v{version}{}", env!("CARGO_PKG_NAME"), std::env::consts::EXE_SUFFIX);
    fs::copy(provider, place.join(name))?;
    let configuration =
        format!("provider_installation {{\n  filesystem_mirror {{\n    path = {plugins:?}\n  }}\n}}\n");
    Ok(fs::write(folder.join("terraform.rc"), configuration)?)
}

/// This platform by the names that Go has for it.
fn platform() -> String {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    };
    format!("{system}_{processor}")
}
