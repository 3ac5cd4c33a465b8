//! `turso_jwks`: what a configuration sees of a JWKS document, and what a check block makes of it.

use serde_json::{Value, json};
use turso_emulator::identity_provider::{IdentityProvider, JwksAnswer, OldKeys};

use crate::support::{Project, authority};

fn project(hcl: &str) -> (Project, IdentityProvider) {
    let clerk = IdentityProvider::start(authority()).unwrap();
    let project = Project::new(&hcl.replace("URL", &format!("{:?}", clerk.jwks_url())));
    project.trust_identity_providers();
    (project, clerk)
}

const DATA: &str = "
data \"turso_jwks\" \"clerk\" {
  url = URL
}
output \"jwks\" {
  value = data.turso_jwks.clerk
}
";

const CHECK: &str = "
check \"keys\" {
  data \"turso_jwks\" \"clerk\" {
    url = URL
  }
  assert {
    condition     = data.turso_jwks.clerk.valid
    error_message = join(\" \", data.turso_jwks.clerk.problems)
  }
}
";

#[test]
fn the_keys_are_those_of_the_document_and_a_rotation_shows() {
    let (project, clerk) = project(DATA);
    let read = || {
        project.apply().succeeds();
        project.output("jwks")
    };
    let before = read();
    assert_eq!((&before["valid"], &before["problems"]), (&json!(true), &json!([])));
    let [key] = before["keys"].as_array().unwrap().as_slice() else { panic!("{before}") };
    let published = clerk.jwks().published();
    for name in ["kid", "kty", "alg", "use"] {
        assert_eq!(key[name], published["keys"][0][name], "{name}");
    }
    assert_eq!(key["thumbprint"].as_str().map(str::len), Some(43), "{key}");

    clerk.keys().rotate(OldKeys::Keep).unwrap();
    let after = read();
    assert_eq!(after["valid"], true);
    let thumbprints: Vec<_> =
        after["keys"].as_array().unwrap().iter().map(|key| &key["thumbprint"]).collect();
    assert_eq!(thumbprints.len(), 2);
    assert!(thumbprints.contains(&&key["thumbprint"]), "{after}");
    assert_ne!(thumbprints[0], thumbprints[1]);
}

#[test]
fn a_document_that_turso_cannot_use_is_read_and_not_valid() {
    let (project, clerk) = project(DATA);
    clerk.jwks().answer_with(JwksAnswer::OnlyEs256);
    project.apply().succeeds();
    let jwks = project.output("jwks");
    assert_eq!(jwks["valid"], false);
    assert_eq!(jwks["keys"][0]["alg"], "ES256");
    let problem = jwks["problems"][0].as_str().unwrap();
    assert!(problem.starts_with("No key can verify RS256"), "{problem}");
    assert_eq!(jwks["keys"][0]["kty"], "EC");
}

#[test]
fn what_a_key_does_not_say_of_itself_is_null() {
    let (project, clerk) = project(DATA);
    clerk.jwks().answer_with(JwksAnswer::Document(json!({"keys": [{"kty": "EC"}]})));
    project.apply().succeeds();
    let key = &project.output("jwks")["keys"][0];
    for name in ["kid", "alg", "use", "thumbprint"] {
        assert_eq!(key[name], Value::Null, "{name}");
    }
}

#[test]
fn a_document_that_cannot_be_had_is_an_error() {
    let (project, clerk) = project(DATA);
    clerk.jwks().answer_with(JwksAnswer::Status(404));
    let run = project.plan();
    run.fails().says("Error: JWKS URL answers with status 404 with data.turso_jwks.clerk");
    run.does_not_say("preflight");
}

#[test]
fn a_check_warns_and_stops_nothing() {
    let (project, clerk) = project(CHECK);
    project.apply().succeeds().does_not_say("Warning: Check block");
    clerk.jwks().answer_with(JwksAnswer::TwoKeysWithOneId);
    let run = project.plan();
    run.succeeds().says("Warning: Check block assertion failed").says("2 keys have the same `kid`");
    drop(clerk);
    project.plan().succeeds().says("Warning: JWKS URL can't be reached");
}

#[test]
fn no_token_is_needed() {
    let (project, _clerk) = project(DATA);
    project.provider("");
    project.unset_env("TURSO_API_TOKEN");
    project.apply().succeeds();
    assert_eq!(project.output("jwks")["valid"], true);
    assert_eq!(project.calls(), [""; 0]);
}

#[test]
fn a_url_that_turso_would_not_take_is_refused_without_a_request() {
    let project = Project::new(&DATA.replace("URL", "\"http://localhost/jwks.json\""));
    project.validate().fails().says("Invalid JWKS URL").says("Turso needs https");
}
