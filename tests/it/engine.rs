//! The real Terraform or OpenTofu, with the built provider in place of an installed one.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use plugin_host::engine::Engine;
use tempfile::TempDir;
use terraform_provider_turso::SOURCE;

/// What a folder of HCL needs to find the provider.
pub(crate) const REQUIRED_PROVIDERS: &str = r#"terraform {
  required_providers {
    turso = {
      source = "turso-community/turso"
    }
  }
}
"#;

/// An engine with a home of its own, that sees nothing of the person who runs the tests.
pub(crate) struct Runner {
    pub(crate) engine: &'static Engine,
    home: TempDir,
}

impl Runner {
    pub(crate) fn new() -> Self {
        let engine = Engine::find().unwrap_or_else(|error| panic!("{error}"));
        let home = tempfile::tempdir().expect("this machine has room for temporary files");
        let binary = Path::new(env!("CARGO_BIN_EXE_terraform-provider-turso"));
        let folder = binary.parent().expect("a binary is in a folder").display().to_string();
        let overrides = format!("{:?} = {folder:?}", SOURCE);
        let configuration = format!(
            "provider_installation {{\n  dev_overrides {{\n    {overrides}\n  }}\n  direct {{}}\n}}\n"
        );
        fs::write(home.path().join("cli.tfrc"), configuration).expect("a new folder can be written to");
        Self { engine, home }
    }

    /// Runs a command in a folder.
    pub(crate) fn run(&self, folder: &Path, arguments: &[&str]) -> Output {
        self.command(folder, arguments).output().expect("the engine was found")
    }

    /// A command in a folder, to be run.
    pub(crate) fn command(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.engine.path());
        command
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .envs(["PATH", "TMPDIR"].iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .env("HOME", self.home.path())
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_CLI_CONFIG_FILE", self.home.path().join("cli.tfrc"))
            .stdin(Stdio::null());
        command
    }
}

/// All that a command said.
pub(crate) fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
