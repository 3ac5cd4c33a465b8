//! Names of tables that would be something else if anything on the way took them for more than a name.

use serde_json::json;
use turso_emulator::identity_provider::auth0::Trigger;

use super::roles::Auth0Stage;
use super::stage::{ClerkStage, Stage, kind, run};

/// Each is one name. Those that the grammar of permissions can't express (`all`, with `:` or `,`) are refused when
/// they are planned, so that they never get this far.
const NAMES: [&str; 16] = [
    "it's",
    "\"quoted\"",
    "x'); process.exit(); //",
    "x\"; DROP TABLE bystander; --",
    "</script><script>alert(1)</script>",
    "<!--",
    "`${process.env.PATH}`",
    "${path.module}",
    "%{ if true }x%{ endif }",
    "back\\slash\\u0041",
    "line\u{2028}separator",
    "over\u{202e}ride",
    "__proto__",
    "constructor",
    "*",
    "späth 🦀",
];

/// A row in each table, and a table that nothing is granted on.
fn seed() -> String {
    let table = |name: &&str| format!("CREATE TABLE {0} (a); INSERT INTO {0} VALUES (1);", quoted(name));
    NAMES.iter().map(table).chain(["CREATE TABLE bystander (a)".to_owned()]).collect()
}

/// The half of the names that a token is to read: every other one.
fn granted() -> Vec<String> {
    NAMES.iter().step_by(2).map(|name| format!("{name}:data_read")).collect()
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A token with the granted names reads these tables and no other.
#[track_caller]
fn assert_reads_the_granted_half(stage: &Stage, token: &str) {
    let names: Vec<&str> = NAMES.into_iter().chain(["bystander"]).collect();
    let statement = |name: &&str| stage.statement("app", token, &format!("SELECT a FROM {}", quoted(name)));
    let outcomes = run(&names.iter().map(statement).collect::<Vec<_>>());
    for (index, (name, outcome)) in names.iter().zip(&outcomes).enumerate() {
        let expected = if index % 2 == 0 && index < NAMES.len() { "done" } else { "denied" };
        assert_eq!(kind(outcome), expected, "{name}: {outcome:?}");
    }
}

#[test]
fn a_name_stays_a_name_through_clerk() {
    let staged = ClerkStage::new(&seed(), json!({"odd": {"database": "app", "permissions": granted()}}));
    assert_reads_the_granted_half(&staged.stage, &staged.token("odd"));
}

#[test]
fn a_name_stays_a_name_through_the_code_of_an_action() {
    let templates = json!({"odd": {"database": "app", "permissions": granted()}});
    let staged = Auth0Stage::new(&seed(), templates);
    staged.deploy(Trigger::PostLogin, "anyone");
    let token = staged.login(&[]).expect("nobody is denied");
    assert_reads_the_granted_half(&staged.stage, &token);
}

#[test]
fn a_role_stays_a_role_through_the_code_of_an_action() {
    let templates = json!({
        "'); process.exit(); //": {"database": "app", "permissions": granted()},
        "__proto__": {"database": "app", "permissions": granted()},
        "plain": {"database": "app", "permissions": ["bystander:data_read"]},
    });
    let staged = Auth0Stage::new(&seed(), templates);
    staged.deploy(Trigger::PostLogin, "login");
    for role in ["'); process.exit(); //", "__proto__"] {
        let token = staged.login(&[role]).expect("the role is in the map");
        assert_reads_the_granted_half(&staged.stage, &token);
    }
}

#[test]
fn a_name_that_clerk_would_replace_is_refused_when_it_is_planned() {
    let stage = Stage::new("");
    let templates =
        json!({"odd": {"database": "app", "permissions": ["{{user.public_metadata.table}}:data_read"]}});
    stage.project.provider("organization = \"acme\"\n  preflight = \"off\"");
    stage
        .choose(templates.as_object().expect("an object"), "https://clerk.example.com/.well-known/jwks.json");
    stage.project.plan().fails().says("contains double braces. Clerk replaces what stands in them");
}
