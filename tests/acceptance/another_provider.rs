//! Another provider on `framework` and `plugin` alone, the example `board`: what it does that this one does not.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use plugin_host::engine::{Feature, workspace_example};
use plugin_host::proxy::PROVIDER;
use plugin_host::report::{REPORT, Report};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Run, checking_proxy, engine};

/// A folder of HCL for the provider of boards. Dropping it asserts that no rule of the protocol was broken.
struct Board(TempDir);

const REQUIRED: &str = r#"
terraform {
  required_providers {
    board = {
      source = "example/board"
    }
  }
}
"#;

impl Board {
    fn new(hcl: &str) -> Self {
        let board = Self(tempfile::tempdir().unwrap());
        let plugins = board.path("plugins");
        fs::create_dir(&plugins).unwrap();
        std::os::unix::fs::symlink(checking_proxy(), plugins.join("terraform-provider-board")).unwrap();
        fs::write(
            board.path("cli.tfrc"),
            format!("provider_installation {{\n  dev_overrides {{\n    \"example/board\" = {plugins:?}\n  }}\n}}\n"),
        )
        .unwrap();
        fs::create_dir(board.path("project")).unwrap();
        board.configure(hcl);
        board
    }

    fn configure(&self, hcl: &str) {
        fs::write(self.path("project/main.tf"), format!("{REQUIRED}{hcl}")).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let output = Command::new(engine().path())
            .args(arguments)
            .current_dir(self.path("project"))
            .env_clear()
            .envs(["PATH", "TMPDIR"].iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .env("HOME", self.path(""))
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_CLI_CONFIG_FILE", self.path("cli.tfrc"))
            .env(PROVIDER, provider())
            .env(REPORT, self.path("report"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let run =
            Run::new(arguments.join(" "), output.status.code(), text(output.stdout), text(output.stderr));
        eprintln!("$ {run}");
        run
    }

    fn validate(&self) -> Run {
        self.run(&["validate", "-no-color"])
    }

    fn plan(&self) -> Run {
        self.run(&["plan", "-no-color", "-input=false", "-detailed-exitcode"])
    }

    fn apply(&self) -> Run {
        self.run(&["apply", "-no-color", "-input=false", "-auto-approve"])
    }

    fn state(&self) -> String {
        fs::read_to_string(self.path("project/terraform.tfstate")).unwrap()
    }

    /// The attributes of the only note in the state.
    fn note(&self) -> Value {
        let state: Value = serde_json::from_str(&self.state()).unwrap();
        state["resources"][0]["instances"][0]["attributes"].clone()
    }

    fn report(&self) -> Report {
        Report::read(&self.path("report")).expect("every run starts the provider through the proxy")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let report = self.report();
            assert!(report.violations.is_empty(), "rules broken by the provider: {:#?}", report.violations);
            assert!(!report.checked.is_empty(), "no answer of the provider was checked: {report:?}");
        }
    }
}

fn provider() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| workspace_example("board").unwrap_or_else(|error| panic!("{error:#}")))
}

fn note(attributes: &str) -> String {
    format!("resource \"board_note\" \"milk\" {{\n{attributes}\n}}\n")
}

const MILK: &str = r#"
  board  = "kitchen"
  text   = "Buy milk"
  labels = ["food", "today"]
"#;

#[test]
fn a_note_is_created_updated_in_place_replaced_and_destroyed() {
    let board = Board::new(&note(MILK));
    board.apply().applied(1, 0, 0);
    let created = board.note();
    assert_eq!(created["labels"], json!(["food", "today"]));
    board.plan().finds_no_changes();

    board.configure(&note(&MILK.replace("milk", "oat milk").replace("labels", "# ")));
    board.plan().plans(0, 1, 0);
    board.apply().applied(0, 1, 0);
    let updated = board.note();
    let expected = json!({ "board": "kitchen", "text": "Buy oat milk", "labels": null, "id": created["id"] });
    assert_eq!(updated, expected);
    board.plan().finds_no_changes();

    board.configure(&note(&MILK.replace("kitchen", "office")));
    board.plan().plans(1, 0, 1).says("# forces replacement");
    board.apply().applied(1, 0, 1);
    assert_eq!(board.note()["board"], "office");
    assert_ne!(board.note()["id"], created["id"], "another note has another number");

    let destroyed = board.run(&["destroy", "-no-color", "-input=false", "-auto-approve"]);
    destroyed.succeeds().says("Resources: 1 destroyed.");
    assert_eq!(board.note(), Value::Null);
}

#[test]
fn what_is_wrong_is_told_at_its_line() {
    for (attributes, said) in [
        (
            "  board = \"kitchen\"\n  text = \" \"",
            "Error: Blank text with board_note.milk, on main.tf line 11, in resource \"board_note\" \"milk\": \
             11: text = \" \" Write something that can be read.",
        ),
        (
            "  board = \"kitchen\"\n  text = \"a\"\n  labels = [\"food\", null]",
            "Error: Null element with board_note.milk, on main.tf line 12, in resource \"board_note\" \"milk\": \
             12: labels = [\"food\", null] labels[1] is null. Give it a value, or leave the element out.",
        ),
        (
            "  board = \"kitchen\"\n  text = \"a\"\n  labels = [\"food\", \"\"]",
            "Error: Blank text with board_note.milk, on main.tf line 12, in resource \"board_note\" \"milk\": \
             12: labels = [\"food\", \"\"] Write something that can be read.",
        ),
        ("  board = \"kitchen\"", "The argument \"text\" is required, but no definition was found."),
    ] {
        Board::new(&note(attributes)).validate().fails().says(said);
    }
}

#[test]
fn what_is_known_late_is_checked_late() {
    let late = "  board = \"kitchen\"\n  text = terraform_data.late.output";
    let board =
        Board::new(&format!("{}resource \"terraform_data\" \"late\" {{ input = \" \" }}", note(late)));
    board.validate().succeeds();
    board.plan().plans(2, 0, 0);
    board.apply().fails().says("Error: Blank text with board_note.milk,");
}

#[test]
fn a_resource_without_import_says_so() {
    let board = Board::new(&note(MILK));
    let says = "Error: Import not supported Objects of board_note can't be imported. Declare a new one, which the next apply \
         creates.";
    board.run(&["import", "-no-color", "-input=false", "board_note.milk", "17"]).fails().says(says);
    board.configure(&format!("{}import {{\n  to = board_note.milk\n  id = \"17\"\n}}\n", note(MILK)));
    board.plan().fails().says(says);
}

const KEY: &str = r#"
ephemeral "board_key" "kitchen" {
  board = "kitchen"

  lifecycle {
    postcondition {
      condition     = self.secret == "key to ${self.board}"
      error_message = "This is no key to the board."
    }
  }
}

provider "board" {
  alias = "opened"
  key   = ephemeral.board_key.kitchen.secret
}
"#;

#[test]
fn a_key_is_opened_used_and_closed_and_no_file_holds_it() {
    if !engine().can(Feature::EphemeralResources) {
        return says_that_blocks_are_unknown();
    }
    let board = Board::new(&format!("{KEY}{}", note(&format!("provider = board.opened\n{MILK}"))));
    board.apply().applied(1, 0, 0).does_not_say("key to kitchen");
    assert!(!board.state().contains("key to kitchen"), "{}", board.state());
    board.plan().finds_no_changes();

    let report = board.report();
    let calls = |rpc: &str| report.checked.get(rpc).or_else(|| report.unchecked.get(rpc)).copied();
    let opened = calls("OpenEphemeralResource");
    assert!(opened.is_some(), "{report:?}");
    assert_eq!(calls("CloseEphemeralResource"), opened, "{report:?}");
}

#[test]
fn a_wrong_key_is_told_at_its_line_in_the_provider_block() {
    let board = Board::new(&format!("provider \"board\" {{\n  key = \"picklock\"\n}}\n{}", note(MILK)));
    board.plan().fails().says("Error: Wrong key with provider").says(
        "on main.tf line 10, in provider \"board\": 10: key = \"picklock\" It opens no board. Take one from a board_key.",
    );
}

/// Engines from before ephemeral resources.
fn says_that_blocks_are_unknown() {
    let board = Board::new(KEY);
    board.validate().fails().says(Feature::EphemeralResources.refusal());
    board.configure(&note(MILK));
    board.validate().succeeds();
}
