//! What a plan says of a JWKS document that Turso is to rely on, when it looks at one, and when it does not.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use turso_emulator::identity_provider::{IdentityProvider, JwksAnswer};

use crate::support::{ORGANIZATION, Project, authority, endpoint};

/// The endpoint of a healthy identity provider, in a project whose provider block says nothing of preflight.
fn project() -> (Project, IdentityProvider) {
    let clerk = IdentityProvider::start(authority()).unwrap();
    let project = Project::new(&endpoint_at(&clerk.jwks_url(), ""));
    project.provider(&format!("organization = {ORGANIZATION:?}"));
    project.trust_identity_providers();
    (project, clerk)
}

fn endpoint_at(url: &str, preflight: &str) -> String {
    endpoint(&["name = \"clerk\"", &format!("url = {url:?}"), preflight])
}

#[test]
fn a_fit_document_is_fetched_once_a_plan_and_nothing_is_said() {
    let (project, clerk) = project();
    project.plan().plans(1, 0, 0).does_not_say("Warning: JWKS");
    assert_eq!(clerk.jwks().requests(), 1);
}

#[test]
fn each_problem_is_a_warning_at_the_url_with_the_way_out() {
    let (project, clerk) = project();
    let symmetric = json!({"keys": [{"kty": "oct", "kid": "1", "k": "c2VjcmV0"}]});
    let description = json!({"issuer": clerk.url(), "jwks_uri": clerk.jwks_url()});
    for (answer, summary, way_out) in [
        (
            JwksAnswer::Status(404),
            "JWKS URL answers with status 404",
            "provider::turso::clerk_jwks_url tells it",
        ),
        (JwksAnswer::Status(401), "JWKS URL answers with status 401", "The document must be public"),
        (JwksAnswer::Status(503), "JWKS URL answers with status 503", "Plan again once"),
        (JwksAnswer::Status(429), "JWKS URL answers with status 429", "Plan again once"),
        (
            JwksAnswer::Document(bad_keys(101)),
            "No JWKS document at this URL",
            "it has 101 keys, and no more than 100",
        ),
        (JwksAnswer::NotJson, "No JWKS document at this URL", "it is a web page, not JSON"),
        (
            JwksAnswer::Document(json!({"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]})),
            "Malformed JWKS key",
            "its coordinates are not unpadded base64url of the length",
        ),
        (JwksAnswer::Document(description), "No JWKS document at this URL", "it has no member `keys`"),
        (JwksAnswer::Oversized { bytes: 1 << 20 }, "No JWKS document at this URL", "more than 1048576 bytes"),
        (JwksAnswer::Slow(Duration::from_secs(7)), "JWKS URL does not answer", "did not answer within 5s"),
        (
            JwksAnswer::Redirect("http://localhost/".to_owned()),
            "JWKS URL leads elsewhere",
            "Give the URL at which the document itself is",
        ),
        (
            JwksAnswer::Document(json!({"keys": []})),
            "JWKS document without keys",
            "the right instance or tenant",
        ),
        (JwksAnswer::OnlyEs256, "JWKS document without a key for RS256", "the keys are EC ES256 sig"),
        (JwksAnswer::PrivateKey, "Private key published", "Rotate the key and take it out of the document"),
        (JwksAnswer::Document(symmetric), "Private key published", "is published with `k`"),
        (JwksAnswer::TwoKeysWithOneId, "JWKS keys with the same kid", "Give each key a kid of its own"),
    ] {
        clerk.jwks().answer_with(answer);
        let run = project.plan();
        run.plans(1, 0, 0).says(&format!("Warning: {summary} with turso_jwks_endpoint.clerk")).says(way_out);
        run.says(&format!("url = {:?}", clerk.jwks_url())).does_not_say("c2VjcmV0");
    }
}

#[test]
fn a_redirect_to_https_is_followed() {
    let (project, clerk) = project();
    clerk.jwks().answer_with(JwksAnswer::Moved);
    project.plan().plans(1, 0, 0).does_not_say("Warning: JWKS");
}

#[test]
fn a_server_that_is_gone_or_not_trusted_is_told_apart() {
    let (project, clerk) = project();
    project.unset_env("SSL_CERT_FILE");
    project.plan().plans(1, 0, 0).says("Warning: JWKS URL is not trusted").says("certificate");
    drop(clerk);
    project.plan().plans(1, 0, 0).says("Warning: JWKS URL can't be reached").says("Connection refused");
}

#[test]
fn a_warning_does_not_keep_an_endpoint_from_being_saved() {
    let (project, clerk) = project();
    clerk.jwks().answer_with(JwksAnswer::OnlyEs256);
    project.apply().applied(1, 0, 0).says("Warning: JWKS document without a key for RS256");
}

#[test]
fn the_mode_error_stops_the_plan_and_the_resource_comes_before_the_provider() {
    const STOPS: &str = "This stops the plan because of preflight = \"error\".";
    let (project, clerk) = project();
    clerk.jwks().answer_with(JwksAnswer::NotJson);
    for (provider, resource, stops) in [
        ("", "preflight = \"error\"", true),
        ("preflight = \"error\"", "", true),
        ("preflight = \"off\"", "preflight = \"error\"", true),
        ("preflight = \"error\"", "preflight = \"warn\"", false),
        ("preflight = \"error\"", "preflight = \"off\"", false),
    ] {
        project.provider(&format!("organization = {ORGANIZATION:?}\n  {provider}"));
        project.configure(&endpoint_at(&clerk.jwks_url(), resource));
        let run = project.plan();
        if stops {
            run.fails().says("Error: No JWKS document at this URL").says(STOPS);
        } else {
            run.plans(1, 0, 0).does_not_say(STOPS);
        }
    }
}

#[test]
fn the_mode_error_still_only_warns_of_what_may_do_no_harm() {
    let (project, clerk) = project();
    let mut document = clerk.jwks().published();
    document["keys"].as_array_mut().unwrap().push(json!({"kty": "RSA", "kid": "old", "n": "?", "e": "AQAB"}));
    clerk.jwks().answer_with(JwksAnswer::Document(document));
    project.configure(&endpoint_at(&clerk.jwks_url(), "preflight = \"error\""));
    project.plan().plans(1, 0, 0).says("Warning: Malformed JWKS key").says("key \"old\" is malformed");
}

#[test]
fn many_bad_keys_are_a_handful_of_boxes() {
    let (project, clerk) = project();
    clerk.jwks().answer_with(JwksAnswer::Document(bad_keys(100)));
    project.configure(&endpoint_at(&clerk.jwks_url(), "preflight = \"error\""));
    let run = project.plan();
    run.fails().says("The JWKS document has 95 more problems than are told one by one.");
    assert_eq!(run.text().matches("Error: ").count(), 6, "{}", run.text());
    run.does_not_say("\u{202e}").does_not_say("\u{200b}");
}

/// Keys whose kind is spelt in characters that a terminal would obey or hide.
fn bad_keys(count: usize) -> Value {
    let kind = "\u{202e}\u{200b}".repeat(1000);
    let key = |number: usize| json!({"kty": kind, "kid": "\u{1b}[2J", "use": number.to_string()});
    json!({"keys": (0..count).map(key).collect::<Vec<_>>()})
}

#[test]
fn the_mode_off_asks_nobody() {
    let (project, clerk) = project();
    project.configure(&endpoint_at(&clerk.jwks_url(), "preflight = \"off\""));
    project.apply().applied(1, 0, 0);
    assert_eq!(clerk.jwks().requests(), 0);
}

#[test]
fn another_word_is_refused_where_it_stands() {
    let (project, clerk) = project();
    project.configure(&endpoint_at(&clerk.jwks_url(), "preflight = \"strict\""));
    project.validate().fails().says("Invalid preflight").says("preflight = \"strict\"").says("\"off\"");
    project.configure(&endpoint_at(&clerk.jwks_url(), ""));
    project.provider("preflight = \"on\"");
    project.validate().fails().says("Invalid preflight");
}

#[test]
fn validate_never_looks() {
    let (project, clerk) = project();
    project.configure(&endpoint_at(&clerk.jwks_url(), "preflight = \"error\""));
    project.validate().succeeds();
    assert_eq!(clerk.jwks().requests(), 0);
}

#[test]
fn an_unchanged_endpoint_is_not_looked_at_however_bad_its_document_becomes() {
    let (project, clerk) = project();
    project.apply().applied(1, 0, 0);
    let looks = clerk.jwks().requests();
    clerk.jwks().answer_with(JwksAnswer::NotJson);
    project.plan().finds_no_changes();
    project.destroy().succeeds();
    assert_eq!(clerk.jwks().requests(), looks);
}

#[test]
fn an_apply_looks_once_more_right_before_it_saves() {
    let (project, clerk) = project();
    project.plan_with(&["-out=saved"]).plans(1, 0, 0);
    assert_eq!(clerk.jwks().requests(), 1);
    clerk.jwks().answer_with(JwksAnswer::NotJson);
    project.apply_with(&["saved"]).applied(1, 0, 0).says("Warning: No JWKS document at this URL");
    assert_eq!(clerk.jwks().requests(), 2);
}

#[test]
fn a_changed_url_is_looked_at_before_turso_is_told() {
    let (project, clerk) = project();
    project.apply().applied(1, 0, 0);
    let auth0 = IdentityProvider::start(authority()).unwrap();
    auth0.jwks().answer_with(JwksAnswer::Status(404));
    project.configure(&endpoint_at(&auth0.jwks_url(), "preflight = \"error\""));
    project.forget_calls();
    let looks = clerk.jwks().requests();
    project.apply().fails().says("Error: JWKS URL answers with status 404");
    assert_eq!(project.writes(), [""; 0]);
    assert_eq!(clerk.jwks().requests(), looks);
    auth0.jwks().answer_with(JwksAnswer::Published);
    project.apply().applied(0, 1, 0);
}

#[test]
fn a_url_that_is_known_only_in_the_apply_is_looked_at_there() {
    let (project, clerk) = project();
    let hcl = |url: &str| {
        format!("resource \"terraform_data\" \"url\" {{\n  input = {url:?}\n}}\n")
            + &endpoint(&["name = \"clerk\"", "url = terraform_data.url.output", "preflight = \"error\""])
    };
    clerk.jwks().answer_with(JwksAnswer::NotJson);
    project.configure(&hcl(&clerk.jwks_url()));
    project.plan().plans(2, 0, 0).does_not_say("JWKS document");
    assert_eq!(clerk.jwks().requests(), 0);
    project.apply().fails().says("Error: No JWKS document at this URL");
    assert_eq!(project.writes(), [""; 0]);
}

#[test]
fn changing_preflight_alone_sends_nothing_to_turso() {
    let (project, clerk) = project();
    project.apply().applied(1, 0, 0);
    assert_eq!(project.attribute("turso_jwks_endpoint.clerk", "preflight"), Value::Null);
    let looks = clerk.jwks().requests();
    project.configure(&endpoint_at(&clerk.jwks_url(), "preflight = \"error\""));
    project.forget_calls();
    project.apply().applied(0, 1, 0);
    assert_eq!(project.writes(), [""; 0]);
    assert_eq!(clerk.jwks().requests(), looks);
    assert_eq!(project.attribute("turso_jwks_endpoint.clerk", "preflight"), "error");
    project.plan().finds_no_changes();
}

#[test]
fn a_replacement_is_looked_at_once_a_plan_and_its_warnings_are_seen() {
    let (project, clerk) = project();
    project.apply().applied(1, 0, 0);
    let looks = clerk.jwks().requests();
    clerk.jwks().answer_with(JwksAnswer::OnlyEs256);
    project.configure(&endpoint(&["name = \"clerk-2\"", &format!("url = {:?}", clerk.jwks_url())]));
    project.plan().plans(1, 0, 1).says("Warning: JWKS document without a key for RS256");
    assert_eq!(clerk.jwks().requests(), looks + 1);
}

#[test]
fn an_imported_endpoint_and_the_configuration_generated_for_it_say_nothing_of_preflight() {
    let (project, clerk) = project();
    project.turso().put_endpoint(ORGANIZATION, "clerk", &clerk.jwks_url()).unwrap();
    project.configure("import {\n  to = turso_jwks_endpoint.clerk\n  id = \"clerk\"\n}\n");
    let Some(plan) = project.generate("generated.tf") else { return };
    plan.succeeds();
    let generated = std::fs::read_to_string(project.root().join("generated.tf")).unwrap();
    assert!(!generated.contains("preflight = \""), "{generated}");
    project.apply().succeeds();
    assert_eq!(project.attribute("turso_jwks_endpoint.clerk", "preflight"), Value::Null);
    assert_eq!(clerk.jwks().requests(), 0);
}

#[test]
fn endpoints_with_one_url_share_a_look_and_others_do_not_wait_for_each_other() {
    const PAUSE: Duration = Duration::from_millis(1500);
    const COUNT: usize = 8;
    let (project, clerk) = project();
    clerk.jwks().answer_with(JwksAnswer::Slow(PAUSE));
    let hcl = |url: &str| {
        format!(
            "resource \"turso_jwks_endpoint\" \"many\" {{\n  count = {COUNT}\n  name = \"${{count.index}}\"\n  \
             url = {url:?}\n}}\n"
        )
    };
    project.configure(&hcl(&clerk.jwks_url()));
    project.plan().plans(COUNT, 0, 0);
    assert_eq!(clerk.jwks().requests(), 1);

    project.configure(&hcl(&format!("{}?n=${{count.index}}", clerk.jwks_url())));
    let start = Instant::now();
    project.plan().plans(COUNT, 0, 0);
    assert_eq!(clerk.jwks().requests(), 1 + COUNT);
    let one_after_the_other = PAUSE * u32::try_from(COUNT).unwrap();
    assert!(start.elapsed() < one_after_the_other, "{:?}", start.elapsed());
}
