//! `turso_access_probe`: each outcome by a database that answers, what a person reads where it was not expected, and that
//! the token gets nowhere.

use std::fs;
use std::time::{Duration, SystemTime};

use plugin_host::engine::{Feature, Product};
use serde_json::{Value, json};
use turso_emulator::identity_provider::IdentityProvider;

use crate::existing::assert_too_old;
use crate::support::{ORGANIZATION, Project, authority, engine};

/// What an engine without ephemeral resources says of one.
pub(crate) const NO_EPHEMERAL: &str = Feature::EphemeralResources.refusal();

/// How often an apply opens a probe that nothing refers to. OpenTofu leaves it out, on purpose.
pub(crate) fn opened_in_apply() -> usize {
    usize::from(engine().product() == Product::Terraform)
}

/// A project with the database `app`, and an identity provider that Turso does not know yet.
struct Stage {
    project: Project,
    provider: IdentityProvider,
}

impl Stage {
    /// None where the engine is too old, and was seen to refuse.
    fn new() -> Option<Self> {
        let project = Project::new("");
        if !engine().can(Feature::EphemeralResources) {
            project.configure("ephemeral \"turso_access_probe\" \"app\" {}");
            assert_too_old(&project, &project.plan(), NO_EPHEMERAL);
            return None;
        }
        project.trust_identity_providers();
        project.turso().add_database(ORGANIZATION, "app", "default").unwrap();
        let provider = IdentityProvider::start(authority()).unwrap();
        let stage = Self { project, provider };
        stage.hold(&stage.token(json!({})));
        Some(stage)
    }

    /// A token for the database, with some claims others.
    fn token(&self, others: Value) -> String {
        let id = self.project.turso().database(ORGANIZATION, "app").unwrap().id;
        let mut claims = json!({ "a": "ro", "id": id, "perm": [], "exp": now() + 900 });
        claims.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
        self.provider.keys().sign(&claims)
    }

    /// Gives the configuration this token.
    fn hold(&self, token: &str) {
        self.project.set_env("TF_VAR_token", token);
        self.project.hide(token);
    }

    /// Lets Turso trust the identity provider, behind the engine's back.
    fn register(&self) {
        self.project.put_endpoint("clerk", &self.provider.jwks_url());
    }

    fn hostname(&self) -> String {
        let url = self.project.turso().database(ORGANIZATION, "app").unwrap().url;
        url.trim_start_matches("http://").to_owned()
    }

    /// A configuration with a probe of the database, and these lines of HCL in it.
    fn configure(&self, attributes: &[&str]) {
        self.project.configure(&self.probe(attributes));
    }

    fn probe(&self, attributes: &[&str]) -> String {
        format!(
            r#"
            variable "token" {{
              type      = string
              sensitive = true
              ephemeral = true
              default   = null
            }}
            ephemeral "turso_access_probe" "app" {{
              token    = var.token
              hostname = {:?}
              {}
            }}
            "#,
            self.hostname(),
            attributes.join("\n  ")
        )
    }

    /// How often the database was asked.
    fn asked(&self) -> usize {
        self.project.turso().accesses().len()
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

#[test]
fn each_outcome_is_told_with_the_servers_words() {
    let Some(stage) = Stage::new() else { return };
    let other = stage.project.turso().add_database(ORGANIZATION, "other", "default").unwrap().id;
    let project = &stage.project;
    let refused = "Unauthorized: `unauthorized access attempt on database: ";
    let check = |outcome: &str, words: &str, advice: &str| {
        stage.configure(&[&format!("expect = {outcome:?}"), "on_mismatch = \"error\""]);
        project.plan().finds_no_changes().does_not_say("Token not answered as expected");

        let expected = if outcome == "accepted" { "expired" } else { "accepted" };
        let told = format!(
            "The database at {} was expected to answer `{expected}`, and the outcome is `{outcome}`: {words}",
            stage.hostname()
        );
        stage.configure(&[&format!("expect = {expected:?}")]);
        project.plan().succeeds().says("Warning: Token not answered as expected").says(&told).says(advice);
        stage.configure(&[&format!("expect = {expected:?}"), "on_mismatch = \"error\""]);
        project.plan().fails().says("Error: Token not answered as expected").says(&told);
    };
    let unknown = format!("{refused}invalid JWT token: can't be decoded with any of the existing keys`.");
    check("unknown_key", &unknown, "how long that takes is not known, and `wait` asks again");
    stage.register();
    check("accepted", "The statement ran.", "look at its claims with token_decode");
    let denied = stage.token(json!({"perm": [{"t": ["comments"], "a": ["data_read"]}]}));
    stage.hold(&denied);
    stage.configure(&["expect = \"accepted\"", "on_mismatch = \"error\""]);
    project.plan().finds_no_changes();
    stage.hold(&stage.token(json!({ "id": other })));
    let words = format!("{refused}token does not have the permissions to access the database`.");
    check("no_access", &words, "its claims are for something else");
    stage.hold(&stage.token(json!({"exp": now() - 60})));
    check("expired", &format!("{refused}invalid JWT token: the token has expired`."), "Get a new one");
}

#[test]
fn an_answer_that_says_neither_yes_nor_no_is_a_mismatch_whatever_was_expected() {
    let Some(stage) = Stage::new() else { return };
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for expected in ["accepted", "no_access", "unknown_key", "expired"] {
        let hcl = stage.probe(&[&format!("expect = {expected:?}")]);
        stage.project.configure(&hcl.replace(&stage.hostname(), &free.to_string()));
        stage
            .project
            .plan()
            .succeeds()
            .says(&format!("`{expected}`, and the outcome is `unreachable`: Connection refused"))
            .says("So it is not known whether the database takes the token.");
    }
    stage.hold("no-token-at-all");
    stage.configure(&["expect = \"unknown_key\"", "on_mismatch = \"error\""]);
    stage.project.plan().fails().says("the outcome is `unreachable`: JWT error: InvalidToken.");
}

#[test]
fn after_a_registration_the_probe_waits_for_the_apply() {
    let Some(stage) = Stage::new() else { return };
    let endpoint = format!(
        "resource \"turso_jwks_endpoint\" \"clerk\" {{\n  name = \"clerk\"\n  url = {:?}\n}}\n",
        stage.provider.jwks_url()
    );
    let (expect, strict) = ("expect = \"accepted\"", "on_mismatch = \"error\"");
    stage.project.configure(&format!("{endpoint}{}", stage.probe(&[expect, strict])));
    stage.project.plan().fails().says("the outcome is `unknown_key`");

    let asked = stage.asked();
    let after = "after = turso_jwks_endpoint.clerk.registration";
    stage.project.configure(&format!("{endpoint}{}", stage.probe(&[expect, strict, after])));
    stage.project.plan().plans(1, 0, 0);
    assert_eq!(stage.asked(), asked, "a plan that registers asked already");
    stage.project.apply().applied(1, 0, 0);
    assert_eq!(stage.asked(), asked + opened_in_apply());
    stage.project.plan().finds_no_changes();
    let asked = asked + opened_in_apply() + 1;
    assert_eq!(stage.asked(), asked);

    // Another URL is another registration.
    let other = IdentityProvider::start(authority()).unwrap();
    let moved = endpoint.replace(&stage.provider.jwks_url(), &other.jwks_url());
    stage.project.configure(&format!("{moved}{}", stage.probe(&["expect = \"unknown_key\"", strict, after])));
    stage.project.plan().plans(0, 1, 0);
    assert_eq!(stage.asked(), asked);
    stage.project.apply().applied(0, 1, 0);
    assert_eq!(stage.asked(), asked + opened_in_apply());
}

#[test]
fn a_probe_without_a_token_asks_nothing() {
    let Some(stage) = Stage::new() else { return };
    stage.project.unset_env("TF_VAR_token");
    stage.configure(&["expect = \"accepted\"", "on_mismatch = \"error\""]);
    stage.project.apply().succeeds().does_not_say("Warning: Token");
    assert_eq!(stage.asked(), 0);
}

#[test]
fn a_probe_that_waits_asks_again_until_the_answer_is_the_expected_one() {
    let Some(stage) = Stage::new() else { return };
    stage.configure(&["expect = \"accepted\"", "on_mismatch = \"error\"", "wait = 120"]);
    let (turso, url) = (stage.project.turso(), stage.provider.jwks_url());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while turso.accesses().is_empty() {
                std::thread::sleep(Duration::from_millis(20));
            }
            turso.put_endpoint(ORGANIZATION, "clerk", &url).unwrap();
        });
        stage.project.plan().finds_no_changes();
    });
    let refused: Vec<_> = turso.accesses().iter().map(|access| access.refused.is_some()).collect();
    assert_eq!(refused, [true, false]);
}

#[test]
fn a_probe_that_waits_in_vain_ends_with_the_last_answer() {
    let Some(stage) = Stage::new() else { return };
    stage.configure(&["expect = \"accepted\"", "wait = 3"]);
    stage.project.plan().succeeds().says("the outcome is `unknown_key`");
    assert_eq!(stage.asked(), 2);
}

#[test]
fn what_can_not_be_asked_is_refused_before_anything_is_sent() {
    let Some(stage) = Stage::new() else { return };
    let hostname = stage.hostname();
    for (attribute, text) in [
        ("expect = \"unreachable\"", "\"unreachable\" is not one of \"accepted\", \"no_access\""),
        ("expect = \"accepted\"\nwait = 301", "A probe waits for 300 seconds at most."),
        ("expect = \"accepted\"\nwait = -1", "wait must be a whole number from 0"),
        ("expect = \"accepted\"\non_mismatch = \"fail\"", "\"fail\" is not one of \"warn\" and \"error\"."),
    ] {
        stage.configure(&[attribute]);
        stage.project.validate().fails().says(text);
    }
    for (host, text) in [
        ("libsql://app-acme.turso.io", "The hostname is a URL: write the bare host name of the database"),
        ("http://app-acme.turso.io", "The hostname is a URL: write the bare host name of the database"),
        ("app acme", "This is no host name: write that of the database"),
    ] {
        let hcl = stage.probe(&["expect = \"accepted\""]).replace(&hostname, host);
        stage.project.configure(&hcl);
        stage.project.validate().fails().says("Error: Invalid hostname").says(text);
    }
    stage.hold("Bearer 51f2c0ffee");
    stage.configure(&["expect = \"accepted\""]);
    stage.project.plan().fails().says("Error: Invalid token").says("The token is empty, or has white space");
    assert_eq!(stage.asked(), 0);
}

#[test]
fn the_token_gets_into_no_plan_no_state_and_no_log_and_the_answer_is_not_kept() {
    let Some(stage) = Stage::new() else { return };
    stage.register();
    let project = &stage.project;
    let token = stage.token(json!({}));
    token.split('.').for_each(|part| stage.hold(part));
    stage.hold(&token);
    project.configure(&format!(
        "{}resource \"terraform_data\" \"change\" {{\n  input = 1\n}}\n",
        stage.probe(&["expect = \"unknown_key\""])
    ));
    let log = project.root().join("log");
    project.set_env("TF_LOG", "TRACE");
    project.set_env("TF_LOG_PATH", &log);
    project.plan_with(&["-out=plan"]).plans(1, 0, 0);
    project.run(&["show", "-json", "plan"]).succeeds().does_not_say("The statement ran");
    project.apply().succeeds().says("the outcome is `accepted`");
    assert!(stage.asked() > 1);
    for file in ["log", "terraform.tfstate"] {
        let text = fs::read_to_string(project.root().join(file)).unwrap();
        assert!(token.split('.').all(|part| !text.contains(part)), "{file} holds a part of the token");
    }
    let state = fs::read_to_string(project.root().join("terraform.tfstate")).unwrap();
    assert!(!state.contains("The statement ran"), "{state}");
    assert!(fs::read_to_string(&log).unwrap().contains("turso_access_probe"), "the log tells of the probe");
}
