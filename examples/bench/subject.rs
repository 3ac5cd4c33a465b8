//! Who takes part: the provider, and what it is compared with.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use plugin_host::engine::{workspace_binary, workspace_example};

/// A way to have many objects in a state.
#[derive(Debug)]
pub(crate) struct Subject {
    /// What a column of the page calls it.
    pub(crate) label: &'static str,
    /// Its address, and its program. None is what Terraform has built in.
    pub(crate) provider: Option<(&'static str, PathBuf)>,
    /// The resource to have many of.
    pub(crate) resource: &'static str,
    /// The data source to have many of.
    pub(crate) data_source: Option<&'static str>,
    /// The most objects that it is given. One that asks for a list of all with each object is soon too slow to wait for.
    pub(crate) most: usize,
}

pub(crate) const OURS: &str = "this provider";
pub(crate) const MEMORY: &str = "null provider";
pub(crate) const GO: &str = "Go";
pub(crate) const NONE: &str = "`terraform_data`";

impl Subject {
    /// All that can be had here, and what is missing, in a sentence. The programs are built, if they aren't.
    pub(crate) fn all(is_built: bool) -> anyhow::Result<(Vec<Self>, Option<String>)> {
        let folder = std::env::current_exe()?;
        let folder = folder.parent().context("a program is in a folder")?;
        let (memory, ours) = match is_built {
            true => (folder.join("memory"), Self::of(folder.with_file_name(env!("CARGO_PKG_NAME")))),
            false => (workspace_example("memory")?, Self::ours()?),
        };
        let mut all = vec![
            Self {
                label: NONE,
                provider: None,
                resource: "terraform_data",
                data_source: None,
                most: usize::MAX,
            },
            Self {
                label: MEMORY,
                provider: Some(("example/memory", memory)),
                resource: "memory_endpoint",
                data_source: Some("memory_template"),
                most: usize::MAX,
            },
            ours,
        ];
        let without = match reference() {
            Ok(program) => {
                all.push(Self {
                    label: GO,
                    provider: Some(("example/reference", program)),
                    resource: "reference_endpoint",
                    data_source: None,
                    most: 1_000,
                });
                None
            }
            Err(error) => Some(format!("The reference in Go is left out: {error:#}.")),
        };
        Ok((all, without))
    }

    /// The provider of this repository.
    pub(crate) fn ours() -> anyhow::Result<Self> {
        workspace_binary(env!("CARGO_PKG_NAME")).map(Self::of)
    }

    fn of(program: PathBuf) -> Self {
        Self {
            label: OURS,
            provider: Some(("turso-community/turso", program)),
            resource: "turso_jwks_endpoint",
            data_source: Some("turso_jwt_template"),
            most: usize::MAX,
        }
    }

    pub(crate) fn program(&self) -> Option<&Path> {
        self.provider.as_ref().map(|(_, program)| program.as_path())
    }
}

/// Builds the reference as releases of providers in Go are built.
fn reference() -> anyhow::Result<PathBuf> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench/terraform-provider-reference");
    let mut go = Command::new("go");
    go.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench"));
    go.args(["build", "-trimpath", "-ldflags", "-s -w", "-o"]).arg(&program).stdin(Stdio::null());
    let output = go.output().context("Go can't be run")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "Go could not build it: {}", said.trim());
    Ok(program)
}
