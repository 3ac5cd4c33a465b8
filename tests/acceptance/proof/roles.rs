//! Auth0: the Action that terraform renders, run as Auth0 runs it.

use serde_json::{Value, json};
use turso_emulator::identity_provider::Auth0Like;
use turso_emulator::identity_provider::auth0::{Auth0User, LoginError, Trigger};

use super::stage::{Stage, kind, run};

/// The API that tokens are for.
const AUDIENCE: &str = "https://api.example.com";

/// An API that has nothing to do with Turso.
const SHOP: &str = "https://shop.example.com";

const SEED: &str = "
    CREATE TABLE posts (a); INSERT INTO posts VALUES (1);
    CREATE TABLE comments (a); INSERT INTO comments VALUES (1);
";

/// Actions over all templates of the stage: by role, by client, and the first of them for everyone.
const HCL: &str = r#"
data "turso_auth0_action" "login" {
  trigger   = "post-login"
  audiences = ["https://api.example.com"]
  rules     = [for name, template in data.turso_jwt_template.each : { role = name, claims = template.json }]
}

data "turso_auth0_action" "machine" {
  trigger              = "credentials-exchange"
  audiences            = ["https://api.example.com"]
  unrestricted_clients = []
  rules                = [for name, template in data.turso_jwt_template.each : { client_id = name, claims = template.json }]
}

data "turso_auth0_action" "anyone" {
  trigger             = "post-login"
  audiences           = ["https://api.example.com"]
  no_access_audiences = ["https://shop.example.com"]
  rules = [
    { everyone = true, claims = data.turso_jwt_template.each[keys(var.templates)[0]].json },
  ]
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
        auth0.create_api(SHOP);
        stage.choose(templates.as_object().expect("templates go by name"), &auth0.provider().jwks_url());
        stage.project.write("auth0.tf", HCL);
        stage.apply();
        Self { stage, auth0 }
    }

    /// Deploys the code that terraform rendered for this data source.
    pub(super) fn deploy(&self, trigger: Trigger, action: &str) {
        let code = self.stage.project.attribute(&format!("data.turso_auth0_action.{action}"), "code");
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
        let token = staged.login(&["billing", role]).expect("the role is in the rules");
        let outcomes = run(&deeds.map(|(sql, _)| staged.stage.statement("app", &token, sql)));
        for ((sql, expected), outcome) in deeds.iter().zip(&outcomes) {
            assert_eq!(kind(outcome), expected[index], "{role}: {sql}: {outcome:?}");
        }
    }
}

#[test]
fn without_a_role_of_the_rules_there_is_no_token() {
    let staged = stage();
    staged.deploy(Trigger::PostLogin, "login");
    for roles in [&[][..], &["stranger"], &["Author"], &["__proto__"]] {
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
fn a_token_for_another_api_opens_nothing_and_one_for_auth0s_own_is_not_given_out() {
    let staged = stage();
    staged.deploy(Trigger::PostLogin, "anyone");
    staged.auth0.save_user(Auth0User::new("auth0|ada"));
    let token = staged.auth0.token("auth0|ada", SHOP).expect("the API is listed");
    for database in ["app", "notes", "archive"] {
        let outcome = staged.stage.run(database, &token, "SELECT 1");
        assert_eq!(kind(&outcome), "unauthorized", "{database}: {outcome:?}");
    }
    let denied = staged.auth0.token("auth0|ada", &staged.auth0.management_api());
    assert!(matches!(denied, Err(LoginError::Denied { .. })), "{denied:?}");
}

#[test]
fn a_machine_has_the_rights_of_its_client_id() {
    let staged = stage();
    staged.deploy(Trigger::CredentialsExchange, "machine");
    for client in ["reader", "unlisted"] {
        staged.auth0.create_machine_client(client);
    }
    let token = staged.auth0.machine_token("reader", AUDIENCE).expect("the client is in the rules");
    let deeds = ["SELECT a FROM posts", "INSERT INTO posts VALUES (2)"];
    let outcomes = run(&deeds.map(|sql| staged.stage.statement("app", &token, sql)));
    assert_eq!(outcomes.iter().map(kind).collect::<Vec<_>>(), ["done", "denied"], "{outcomes:?}");

    let denied = staged.auth0.machine_token("unlisted", AUDIENCE);
    assert!(matches!(denied, Err(LoginError::Denied { .. })), "{denied:?}");
}
