//! The provider installed as a person installs it: `cargo run -p install`, `init`, and no word of it in any configuration.

mod pipeline;
mod readme;

use std::path::Path;
use std::process::{Command, Output};

use plugin_host::engine::workspace_binary;

use crate::support::Project;

/// Runs the program that installs, with this home folder.
fn install(home: &Path, arguments: &[&str]) -> Output {
    let program = workspace_binary("install").unwrap();
    Command::new(program).args(arguments).env("HOME", home).output().unwrap()
}

/// Installs this binary.
fn installed(project: &Project, binary: &str) -> String {
    let output = install(&project.home(), &["--binary", binary]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// From here on the engine looks where it looks by itself. Before, one run went through the proxy that checks the rules.
fn without_cli_configuration(project: &Project) {
    project.validate();
    project.write("empty.tfrc", "");
    project.set_env("TF_CLI_CONFIG_FILE", project.root().join("empty.tfrc"));
}
