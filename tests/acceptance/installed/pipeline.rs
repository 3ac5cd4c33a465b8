//! The workflows of the guide "In a pipeline", their commands run one after the other as a runner does.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};

use yaml_rust2::{Yaml, YamlLoader};

use super::{installed, without_cli_configuration};
use crate::support::{API_TOKEN, CLERK, ORGANIZATION, Project, engine, hcl_blocks};

const GUIDE: &str = include_str!("../../../docs/guides/in-a-pipeline.md");

/// The YAML of a section.
fn workflow(section: &str) -> Yaml {
    let text = GUIDE.split(&format!("\n## {section}\n")).nth(1).unwrap();
    let text = text.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    YamlLoader::load_from_str(text).unwrap().remove(0)
}

/// A runner with the repository checked out, where the lock file is committed.
struct Runner {
    project: Project,
    bin: PathBuf,
}

impl Runner {
    fn new() -> Self {
        let project = Project::new(CLERK);
        without_cli_configuration(&project);
        installed(&project, env!("CARGO_BIN_EXE_terraform-provider-turso"));
        project.run(&["init", "-no-color"]).succeeds();
        let bin = project.home().join("bin");
        fs::create_dir(&bin).unwrap();
        // The workflows say `terraform`, whichever engine runs here. One of that name on PATH would call itself.
        let path = engine().path();
        if path.file_name() != Some("terraform".as_ref()) || path.is_absolute() {
            let script = bin.join("terraform");
            fs::write(&script, format!("#!/bin/sh\nexec {:?} \"$@\"\n", path.display().to_string())).unwrap();
            fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self { project, bin }
    }

    /// Runs a script as GitHub's and GitLab's runners do; the token is there only where the workflow gives it.
    fn run(&self, script: &str, with_token: bool) -> Output {
        let path = std::env::var("PATH").unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", script]).current_dir(self.project.root()).env_clear();
        shell.env("PATH", format!("{}:{path}", self.bin.display())).env("HOME", self.project.home());
        shell.envs([("TF_IN_AUTOMATION", "1"), ("TF_INPUT", "0"), ("CHECKPOINT_DISABLE", "1")]);
        shell.env("TF_CLI_CONFIG_FILE", self.project.root().join("empty.tfrc"));
        shell.env("TURSO_API_BASEURL", self.project.turso().base_url());
        for file in ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"] {
            shell.env(file, self.project.home().join(file));
        }
        if with_token {
            shell.env("TURSO_API_TOKEN", API_TOKEN);
        }
        let output = shell.output().unwrap();
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        eprintln!("$ {script}\n{said}");
        assert!(!said.contains(API_TOKEN), "{said}");
        output
    }

    /// Runs the steps of a job of GitHub's, those of a condition left out, and returns the last line of its output.
    fn github(&self, job: &str) -> String {
        let workflow = workflow("GitHub Actions");
        let steps = workflow["jobs"][job]["steps"].as_vec().unwrap();
        for step in steps.iter().filter(|step| step["if"].is_badvalue()) {
            let Some(script) = step["run"].as_str() else { continue };
            let token = step["env"]["TURSO_API_TOKEN"].as_str();
            assert!(token.is_none_or(|token| token == "${{ secrets.TURSO_API_TOKEN }}"));
            assert!(self.run(script, token.is_some()).status.success(), "{script}");
        }
        let said = fs::read_to_string(self.project.home().join("GITHUB_OUTPUT")).unwrap();
        said.lines().last().unwrap().to_owned()
    }

    /// Runs the script of a job of GitLab's, and returns the exit code of its last command.
    fn gitlab(&self, job: &str) -> i32 {
        let workflow = workflow("GitLab");
        let commands = workflow[job]["script"].as_vec().unwrap();
        let script: Vec<_> = commands.iter().map(|command| command.as_str().unwrap()).collect();
        self.run(&script.join("\n"), true).status.code().unwrap()
    }

    /// The names of the endpoints that there are.
    fn endpoints(&self) -> Vec<String> {
        self.project.endpoints().into_iter().map(|endpoint| endpoint.name).collect()
    }
}

#[test]
fn githubs_workflow_plans_applies_what_was_planned_and_finds_drift() {
    let runner = Runner::new();
    assert_eq!(runner.github("plan"), "exitcode=2");
    assert!(runner.endpoints().is_empty());
    runner.github("apply");
    assert_eq!(runner.endpoints(), ["clerk"]);
    assert_eq!(runner.github("plan"), "exitcode=0");

    runner.project.remove_endpoint("clerk");
    assert_eq!(runner.github("plan"), "exitcode=2");
    let workflow = workflow("GitHub Actions");
    let drift = workflow["jobs"]["plan"]["steps"].as_vec().unwrap().iter();
    let drift = drift.clone().find(|step| step["name"].as_str() == Some("Drift")).unwrap();
    assert_eq!(
        drift["if"].as_str(),
        Some("github.event_name == 'schedule' && steps.plan.outputs.exitcode == '2'")
    );
    assert_eq!(runner.run(drift["run"].as_str().unwrap(), false).status.code(), Some(1));
}

#[test]
fn gitlabs_workflow_plans_applies_what_was_planned_and_finds_drift() {
    let runner = Runner::new();
    assert_eq!(runner.gitlab("plan"), 0);
    assert!(runner.endpoints().is_empty());
    assert_eq!(runner.gitlab("apply"), 0);
    assert_eq!(runner.endpoints(), ["clerk"]);
    assert_eq!(runner.gitlab("drift"), 0);
    runner.project.remove_endpoint("clerk");
    assert_eq!(runner.gitlab("drift"), 2);
}

#[test]
fn the_check_of_the_guide_warns_of_what_others_registered() {
    let check = hcl_blocks(GUIDE, "Drift that no resource shows")[0];
    let project = Project::new(&format!("{CLERK}{check}"));
    project.apply().succeeds();
    project.plan().finds_no_changes().does_not_say("Turso trusts other keys");
    project.turso().put_endpoint(ORGANIZATION, "stranger", "https://stranger.example.com/jwks.json").unwrap();
    let said = r#"Turso trusts other keys than those of "clerk": clerk, stranger."#;
    project.plan().finds_no_changes().says("Warning: Check block assertion failed").says(said);
}
