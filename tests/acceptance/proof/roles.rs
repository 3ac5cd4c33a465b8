//! Auth0: the Action that terraform renders, run as Auth0 runs it.

use serde_json::{Value, json};
use turso_emulator::identity_provider::Auth0Like;
use turso_emulator::identity_provider::auth0::{Auth0User, LoginError, Trigger};

use super::stage::{Stage, kind, run};

/// The API that tokens are for.
const AUDIENCE: &str = "https://api.example.com";

const SEED: &str = "
    CREATE TABLE posts (a); INSERT INTO posts VALUES (1);
    CREATE TABLE comments (a); INSERT INTO comments VALUES (1);
";

/// The functions for Auth0, over all templates of the stage.
const HCL: &str = r#"
output "login" {
  value = provider::turso::auth0_action({ for name, template in data.turso_jwt_template.each : name => template.json })
}

output "machine" {
  value = provider::turso::auth0_credentials_action({ for name, template in data.turso_jwt_template.each : name => template.json })
}

output "anyone" {
  value = provider::turso::auth0_action(data.turso_jwt_template.each[keys(var.templates)[0]].json)
}
"#;

/// A stage with an Auth0 in which nothing is deployed yet.
pub(super) struct Auth0Stage {
    pub(super) stage: Stage,
    pub(super) auth0: Auth0Like,
}

impl Auth0Stage {
    /// Applies templates by role or client.
    #[track_caller]
    pub(super) fn new(seed: &str, templates: Value) -> Self {
        let stage = Stage::new(seed);
        let auth0 = Auth0Like::start(&stage.authority).expect("this machine has a free port");
        auth0.check_node().unwrap_or_else(|error| panic!("{error}"));
        auth0.create_api(AUDIENCE);
        stage.choose(templates.as_object().expect("templates go by name"), &auth0.provider().jwks_url());
        stage.project.write("auth0.tf", HCL);
        stage.apply();
        Self { stage, auth0 }
    }

    /// Deploys the code that terraform rendered as this output.
    pub(super) fn deploy(&self, trigger: Trigger, output: &str) {
        let code = self.stage.project.output(output);
        self.auth0
            .deploy_action(trigger, code.as_str().expect("code is text"))
            .expect("Auth0 takes the code");
    }

    /// Logs someone with these roles in.
    pub(super) fn login(&self, roles: &[&str]) -> Result<String, LoginError> {
        self.auth0.save_user(Auth0User::new("auth0|ada").with_roles(roles.iter().copied()));
        self.auth0.token("auth0|ada", AUDIENCE)
    }
}

fn stage() -> Auth0Stage {
    Auth0Stage::new(
        SEED,
        json!({
            "author": {"database": "app", "permissions": ["all:data_read", "posts:data_add,data_update"]},
            "reader": {"database": "app", "scope": "read-only"},
            "commenter": {"database": "app", "permissions": ["comments:data_read,data_add"]},
        }),
    )
}

#[test]
fn each_role_has_its_own_rights() {
    let staged = stage();
    staged.deploy(Trigger::PostLogin, "login");
    let deeds = [
        ("SELECT a FROM posts", ["done", "done", "denied"]),
        ("INSERT INTO posts VALUES (2)", ["done", "denied", "denied"]),
        ("UPDATE posts SET a = 3", ["done", "denied", "denied"]),
        ("DELETE FROM posts", ["denied", "denied", "denied"]),
        ("SELECT a FROM comments", ["done", "done", "done"]),
        ("INSERT INTO comments VALUES (2)", ["denied", "denied", "done"]),
        ("DROP TABLE comments", ["denied", "denied", "denied"]),
    ];
    for (index, role) in ["author", "reader", "commenter"].into_iter().enumerate() {
        // Other roles, which have nothing to do with Turso, take nothing away.
        let token = staged.login(&["billing", role]).expect("the role is in the map");
        let outcomes = run(&deeds.map(|(sql, _)| staged.stage.statement("app", &token, sql)));
        for ((sql, expected), outcome) in deeds.iter().zip(&outcomes) {
            assert_eq!(kind(outcome), expected[index], "{role}: {sql}: {outcome:?}");
        }
    }
}

#[test]
fn without_exactly_one_role_of_the_map_there_is_no_token() {
    let staged = stage();
    staged.deploy(Trigger::PostLogin, "login");
    for roles in [&[][..], &["stranger"], &["Author"], &["__proto__"], &["author", "reader"]] {
        let denied = staged.login(roles);
        assert!(matches!(denied, Err(LoginError::Denied { .. })), "{roles:?}: {denied:?}");
    }
    staged.auth0.save_user(Auth0User { roles: None, ..Auth0User::new("auth0|bob") });
    let denied = staged.auth0.token("auth0|bob", AUDIENCE);
    assert!(matches!(denied, Err(LoginError::Denied { .. })), "no event.authorization: {denied:?}");
}

#[test]
fn one_template_serves_everyone_who_logs_in() {
    let staged = stage();
    staged.deploy(Trigger::PostLogin, "anyone");
    let token = staged.login(&[]).expect("nobody is denied");
    let deeds = ["SELECT a FROM comments", "INSERT INTO posts VALUES (2)", "DELETE FROM posts"];
    let outcomes = run(&deeds.map(|sql| staged.stage.statement("app", &token, sql)));
    // The first of the templates by name is the author's.
    assert_eq!(outcomes.iter().map(kind).collect::<Vec<_>>(), ["done", "done", "denied"], "{outcomes:?}");
}

#[test]
fn a_machine_has_the_rights_of_its_client_id() {
    let staged = stage();
    staged.deploy(Trigger::CredentialsExchange, "machine");
    for client in ["reader", "unlisted"] {
        staged.auth0.create_machine_client(client);
    }
    let token = staged.auth0.machine_token("reader", AUDIENCE).expect("the client is in the map");
    let deeds = ["SELECT a FROM posts", "INSERT INTO posts VALUES (2)"];
    let outcomes = run(&deeds.map(|sql| staged.stage.statement("app", &token, sql)));
    assert_eq!(outcomes.iter().map(kind).collect::<Vec<_>>(), ["done", "denied"], "{outcomes:?}");

    let denied = staged.auth0.machine_token("unlisted", AUDIENCE);
    assert!(matches!(denied, Err(LoginError::Denied { .. })), "{denied:?}");
}
