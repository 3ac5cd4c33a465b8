//! The engine: the Terraform or OpenTofu that runs the provider, and what it runs of this workspace.
//!
//! A machine without an engine gets a pinned Terraform of its own, in a folder under `target/`.

mod download;

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The variable that names an engine, as the acceptance tests of other providers have it.
pub const ENGINE: &str = "TF_ACC_TERRAFORM_PATH";

/// A Terraform or OpenTofu on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engine {
    path: PathBuf,
    product: Product,
    version: Version,
}

/// Which of the two it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// Terraform
    Terraform,
    /// OpenTofu
    OpenTofu,
}

/// Its version. Pre-releases count as the release that they precede.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The first number
    pub major: u32,
    /// The second number
    pub minor: u32,
    /// The third number
    pub patch: u32,
}

/// What not every engine can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// `moved` blocks
    MovedBlocks,
    /// `precondition` and `postcondition` in data sources
    Preconditions,
    /// `check` blocks
    CheckBlocks,
    /// `import` blocks
    ImportBlocks,
    /// Configuration that is written for `import` blocks
    GeneratedConfiguration,
    /// `for_each` in `import` blocks
    ForEachImports,
    /// `removed` blocks
    RemovedBlocks,
    /// `lifecycle` in them
    RemovedLifecycles,
    /// Functions of providers
    Functions,
    /// Resource identity, and `import` blocks with `identity`
    Identity,
    /// Ephemeral resources
    EphemeralResources,
    /// Variables with `ephemeral`
    EphemeralVariables,
    /// List resources, and `terraform query`
    Query,
}

/// Why there is no engine, and how to get one.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct EngineError(String);

impl Engine {
    /// The engine of this process, looked for once: what [`ENGINE`] names, else `terraform` or `tofu` on PATH, else
    /// a pinned Terraform that is downloaded into `target/engines/`.
    ///
    /// # Errors
    ///
    /// Where there is none, or the chosen one does not run.
    pub fn find() -> Result<&'static Self, &'static EngineError> {
        static FOUND: OnceLock<Result<Engine, EngineError>> = OnceLock::new();
        FOUND.get_or_init(Self::look).as_ref()
    }

    /// Its binary.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Which of the two it is.
    pub fn product(&self) -> Product {
        self.product
    }

    /// Its version.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Whether it can do this.
    pub fn can(&self, feature: Feature) -> bool {
        // Terraform 1.14.0, and no other, asks a provider to generate configuration of nothing.
        let is_broken = feature == Feature::GeneratedConfiguration
            && self.product == Product::Terraform
            && self.version == Version { major: 1, minor: 14, patch: 0 };
        !is_broken && feature.since(self.product).is_some_and(|since| self.version >= since)
    }

    fn look() -> Result<Self, EngineError> {
        if let Some(path) = std::env::var_os(ENGINE).filter(|path| !path.is_empty()).map(PathBuf::from) {
            let path_name = path.display();
            return Self::at(&path).map_err(|problem| {
                EngineError(format!(
                    "{path_name}, chosen by {ENGINE}, is not a Terraform or OpenTofu that runs: {problem}"
                ))
            });
        }
        // One on PATH that does not run, such as a version manager's with no version chosen, is as good as none.
        if let Some(engine) = ["terraform", "tofu"].iter().find_map(|name| Self::at(Path::new(name)).ok()) {
            return Ok(engine);
        }
        let path = download::terraform(&target_folder().join("engines")).map_err(|error| {
            EngineError(format!(
                "there is no terraform and no tofu on PATH, and Terraform {} can't be downloaded: {error:#}. Install \
                 Terraform (https://developer.hashicorp.com/terraform/install) or OpenTofu \
                 (https://opentofu.org/docs/intro/install), or let {ENGINE} name one",
                download::VERSION
            ))
        })?;
        Self::at(&path).map_err(|problem| {
            let path = path.display();
            EngineError(format!(
                "the downloaded {path} does not run: {problem}; remove it, and install Terraform or OpenTofu"
            ))
        })
    }

    /// The engine at a path, or of a name on PATH.
    fn at(path: &Path) -> Result<Self, String> {
        let output = Command::new(path)
            .arg("version")
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_CLI_CONFIG_FILE", null_device())
            .stdin(Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&output.stdout);
        let (product, version) = parse_version(&text).ok_or_else(|| {
            format!("it answers {:?} to `version`", text.lines().next().unwrap_or_default())
        })?;
        Ok(Self { path: path.to_owned(), product, version })
    }
}

/// Such as `Terraform 1.11.4`.
impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.product, self.version)
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Terraform => "Terraform",
            Self::OpenTofu => "OpenTofu",
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// Such as `terraform query`.
impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MovedBlocks => "moved blocks",
            Self::Preconditions => "preconditions of data sources",
            Self::CheckBlocks => "check blocks",
            Self::ImportBlocks => "import blocks",
            Self::GeneratedConfiguration => "generated configuration",
            Self::ForEachImports => "imports with for_each",
            Self::RemovedBlocks => "removed blocks",
            Self::RemovedLifecycles => "lifecycle of removed blocks",
            Self::Functions => "functions of providers",
            Self::Identity => "import by identity",
            Self::EphemeralResources => "ephemeral resources",
            Self::EphemeralVariables => "ephemeral variables",
            Self::Query => "terraform query",
        })
    }
}

impl Feature {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::MovedBlocks,
        Self::Preconditions,
        Self::CheckBlocks,
        Self::ImportBlocks,
        Self::GeneratedConfiguration,
        Self::ForEachImports,
        Self::RemovedBlocks,
        Self::RemovedLifecycles,
        Self::Functions,
        Self::EphemeralResources,
        Self::EphemeralVariables,
        Self::Identity,
        Self::Query,
    ];

    /// What an engine says that is too old for it.
    pub const fn refusal(self) -> &'static str {
        match self {
            Self::MovedBlocks => "Blocks of type \"moved\" are not expected here.",
            Self::Preconditions => "Unsupported lifecycle block",
            Self::CheckBlocks => "Blocks of type \"check\" are not expected here.",
            Self::ImportBlocks => "Blocks of type \"import\" are not expected here.",
            Self::GeneratedConfiguration => "flag provided but not defined: -generate-config-out",
            Self::ForEachImports => "An argument named \"for_each\" is not expected here.",
            Self::RemovedBlocks => "Blocks of type \"removed\" are not expected here.",
            Self::RemovedLifecycles => "Blocks of type \"lifecycle\" are not expected here.",
            // HCL before 2.20 knows no `::`.
            Self::Functions => "Missing newline after argument",
            Self::EphemeralResources => "Blocks of type \"ephemeral\" are not expected here.",
            Self::EphemeralVariables => "An argument named \"ephemeral\" is not expected here.",
            Self::Identity => "An argument named \"identity\" is not expected here.",
            Self::Query => "has no command named \"query\"",
        }
    }

    /// The first version of a product that can do it, if any can.
    pub fn since(self, product: Product) -> Option<Version> {
        let (terraform, tofu) = match self {
            // OpenTofu begins with 1.6.
            Self::MovedBlocks => (1, Some(6)),
            Self::Preconditions => (2, Some(6)),
            Self::CheckBlocks | Self::ImportBlocks | Self::GeneratedConfiguration => (5, Some(6)),
            Self::ForEachImports | Self::RemovedBlocks => (7, Some(7)),
            Self::RemovedLifecycles => (7, Some(10)),
            Self::Functions => (8, Some(7)),
            Self::EphemeralResources | Self::EphemeralVariables => (10, Some(11)),
            Self::Identity => (12, Some(12)),
            Self::Query => (14, None),
        };
        let minor = match product {
            Product::Terraform => Some(terraform),
            Product::OpenTofu => tofu,
        };
        minor.map(|minor| Version { major: 1, minor, patch: 0 })
    }
}

/// Builds a binary of this workspace, in the profile of this process, and returns its path. What is built already
/// costs a moment.
///
/// # Errors
///
/// Where cargo does not run, or the build fails; the message holds what the compiler said.
pub fn workspace_binary(name: &str) -> anyhow::Result<PathBuf> {
    build("--bin", name)
}

/// Builds an example of this workspace, as [`workspace_binary`] builds a binary.
///
/// # Errors
///
/// As there.
pub fn workspace_example(name: &str) -> anyhow::Result<PathBuf> {
    build("--example", name)
}

fn build(kind: &str, name: &str) -> anyhow::Result<PathBuf> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(workspace()).args(["build", "--quiet", "--message-format", "json-render-diagnostics"]);
    // With an example and the whole workspace, dependencies get the features that they have in tests and examples;
    // without, cargo would build most of them a second time.
    cargo.args(["--workspace", "--example", "quickstart", kind, name]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let output = cargo.stdin(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "cargo could not build {name}:\n{said}");
    let messages = String::from_utf8_lossy(&output.stdout);
    let built = messages.lines().find_map(|line| executable(line, name));
    built.ok_or_else(|| anyhow::anyhow!("cargo built {name} and does not say where:\n{said}"))
}

/// The executable that a message of cargo tells of, where it is of this target.
fn executable(message: &str, target: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(message).ok()?;
    let is_it = message.pointer("/target/name")?.as_str()? == target;
    message.get("executable")?.as_str().filter(|_| is_it).map(PathBuf::from)
}

/// The product and version in the first line of `terraform version`, such as `OpenTofu v1.9.0-rc1`.
fn parse_version(text: &str) -> Option<(Product, Version)> {
    let line = text.lines().find(|line| !line.trim().is_empty())?;
    let (name, version) = line.trim().split_once(" v")?;
    let product = match name {
        "Terraform" => Product::Terraform,
        "OpenTofu" => Product::OpenTofu,
        _ => return None,
    };
    let release = version.split(['-', '+', ' ']).next()?;
    let mut numbers = release.split('.').map(|number| number.parse().ok());
    let mut next = || numbers.next().flatten();
    Some((product, Version { major: next()?, minor: next()?, patch: next()? }))
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from)
}

/// A CLI configuration that says nothing: a person's own could change how the engine answers.
fn null_device() -> OsString {
    if cfg!(windows) { "NUL".into() } else { "/dev/null".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(major: u32, minor: u32, patch: u32) -> Version {
        Version { major, minor, patch }
    }

    #[test]
    fn the_first_line_tells_product_and_version() {
        for (text, expected) in [
            ("Terraform v1.11.4\non linux_amd64\n", Some((Product::Terraform, version(1, 11, 4)))),
            ("Terraform v1.17.0-dev\non linux_amd64\n", Some((Product::Terraform, version(1, 17, 0)))),
            ("\nOpenTofu v1.9.0-rc1\n", Some((Product::OpenTofu, version(1, 9, 0)))),
            ("Terragrunt v0.50.1", None),
            ("Terraform v1.2", None),
            ("No installed versions of terraform were listed.", None),
            ("", None),
        ] {
            assert_eq!(parse_version(text), expected, "{text}");
        }
    }

    #[test]
    fn an_engine_can_do_what_its_version_brought() {
        let engine = |product, minor| Engine { path: PathBuf::new(), product, version: version(1, minor, 0) };
        assert!(!engine(Product::Terraform, 7).can(Feature::Functions));
        assert!(engine(Product::Terraform, 8).can(Feature::Functions));
        assert!(engine(Product::OpenTofu, 7).can(Feature::Functions));
        assert!(engine(Product::Terraform, 14).can(Feature::Query));
        assert!(!engine(Product::OpenTofu, 99).can(Feature::Query));
        assert!(engine(Product::Terraform, 13).can(Feature::GeneratedConfiguration));
        assert!(!engine(Product::Terraform, 14).can(Feature::GeneratedConfiguration));
        assert!(engine(Product::OpenTofu, 14).can(Feature::GeneratedConfiguration));
    }

    #[test]
    fn a_message_of_cargo_tells_where_a_binary_is() {
        let message = r#"{"reason":"compiler-artifact","target":{"name":"it"},"executable":"/t/it"}"#;
        assert_eq!(executable(message, "it"), Some(PathBuf::from("/t/it")));
        assert_eq!(executable(message, "other"), None);
        assert_eq!(executable(r#"{"target":{"name":"it"},"executable":null}"#, "it"), None);
        assert_eq!(executable("not JSON", "it"), None);
    }

    #[test]
    fn what_does_not_run_or_is_something_else_is_no_engine() {
        assert!(Engine::at(Path::new("/nonexistent/terraform")).is_err());
        let other = Engine::at(Path::new(env!("CARGO"))).unwrap_err();
        assert!(other.contains("to `version`"), "{other}");
    }
}
