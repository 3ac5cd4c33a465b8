//! What the README has a person do.

use std::fs;

use super::{install, installed, without_cli_configuration};
use crate::support::{ORGANIZATION, Project, publishable_key};

const README: &str = include_str!("../../../README.md");
const PROVIDER: &str = env!("CARGO_BIN_EXE_terraform-provider-turso");

/// The example as it stands in the README, with nothing else.
fn pasted() -> Project {
    let example = README.split("```hcl\n").nth(1).unwrap().split("```").next().unwrap();
    let project = Project::new(example);
    fs::remove_file(project.root().join("provider.tf")).unwrap();
    project.turso().add_database(ORGANIZATION, "app", "default").unwrap();
    // A host that does not exist (RFC 6761), so that its document can't be looked at.
    project.set_env("TF_VAR_clerk_publishable_key", publishable_key("clerk.invalid"));
    project
}

#[test]
fn the_example_initializes_plans_and_applies_as_pasted_and_the_provider_can_be_taken_out_again() {
    let project = pasted();
    without_cli_configuration(&project);
    let said = installed(&project, PROVIDER);
    for registry in ["registry.terraform.io", "registry.opentofu.org"] {
        let place = project.home().join(".terraform.d/plugins").join(registry).join("turso-community/turso");
        assert!(said.contains(&format!("installed {}", place.display())), "{said}");
    }

    project.run(&["init", "-no-color"]).succeeds().says("Installing turso-community/turso v0.1.0");
    project
        .plan()
        .plans(1, 0, 0)
        .says("every table: read; comments: add, update")
        .says("JWKS URL can't be reached");
    project.apply().applied(1, 0, 0);
    project.destroy().succeeds();

    assert!(install(&project.home(), &["--remove"]).status.success());
    assert!(!project.home().join(".terraform.d/plugins/registry.terraform.io").exists());
    let again = install(&project.home(), &["--remove"]);
    assert!(String::from_utf8_lossy(&again.stdout).starts_with("nothing is installed in "), "{again:?}");
}

#[test]
fn a_rebuilt_provider_breaks_the_lock_file_and_the_way_out_is_the_readmes() {
    let project = pasted();
    without_cli_configuration(&project);
    installed(&project, PROVIDER);
    project.run(&["init", "-no-color"]).succeeds();

    let rebuilt = project.home().join("rebuilt");
    fs::copy(PROVIDER, &rebuilt).unwrap();
    fs::write(&rebuilt, [fs::read(PROVIDER).unwrap(), b"another build".to_vec()].concat()).unwrap();
    installed(&project, rebuilt.to_str().unwrap());
    for arguments in [&["init", "-no-color"][..], &["init", "-no-color", "-upgrade"]] {
        project.run(arguments).fails().says("match any of the checksums");
    }

    let lock = project.root().join(".terraform.lock.hcl");
    let text = fs::read_to_string(&lock).unwrap();
    let block = text.find("provider \"").unwrap();
    fs::write(&lock, &text[..block]).unwrap();
    project.run(&["init", "-no-color"]).succeeds();
    project.plan().plans(1, 0, 0);
}

#[test]
fn a_provider_installation_block_turns_the_folders_off() {
    let project = pasted();
    without_cli_configuration(&project);
    installed(&project, PROVIDER);
    let plugins = project.home().join(".terraform.d/plugins");
    // A mirror that holds nothing stands for a registry that is not there: the test takes no network.
    let block = |path: &std::path::Path| {
        format!(
            "provider_installation {{\n  filesystem_mirror {{\n    path = {:?}\n  }}\n}}\n",
            path.display().to_string()
        )
    };
    project.write("empty.tfrc", &block(&project.home()));
    project.run(&["init", "-no-color"]).fails().says("turso-community/turso");
    project.write("empty.tfrc", &block(&plugins));
    project.run(&["init", "-no-color"]).succeeds();
}

#[test]
fn an_argument_that_is_not_known_installs_nothing() {
    let home = tempfile::tempdir().unwrap();
    let output = install(home.path(), &["--uninstall"]);
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("these arguments are not known: --uninstall") && said.contains("--remove"),
        "{said}"
    );
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}
