//! `registration`: what it says, and the plans in which it is not known, so that whatever refers to it waits.

use serde_json::Value;

use crate::support::{CLERK, ORGANIZATION, Project, URL, applied, endpoint};

const ADDRESS: &str = "turso_jwks_endpoint.clerk";
const UNKNOWN: &str = "registration = (known after apply)";
/// How a plan shows that a known one will be another.
const CHANGES: &str = "-> (known after apply)";
const MOVED: &str = "https://moved.example.com/jwks.json";

fn registration(project: &Project) -> Value {
    project.attribute(ADDRESS, "registration")
}

#[test]
fn a_registration_is_not_known_before_the_create_and_says_what_was_registered() {
    let project = Project::new(CLERK);
    project.plan().plans(1, 0, 0).says(UNKNOWN);
    project.apply().applied(1, 0, 0);
    assert_eq!(registration(&project), format!("acme/clerk {URL}"));
    project.plan().finds_no_changes();
}

#[test]
fn a_changed_url_makes_another_registration() {
    let project = applied();
    project.configure(&endpoint(&["name = \"clerk\"", &format!("url = {MOVED:?}")]));
    project.plan().plans(0, 1, 0).says(&format!("~ registration = \"acme/clerk {URL}\" {CHANGES}"));
    project.apply().applied(0, 1, 0);
    assert_eq!(registration(&project), format!("acme/clerk {MOVED}"));
    project.plan().finds_no_changes();
}

#[test]
fn every_replacement_makes_a_registration_anew() {
    let project = applied();
    let replaced = format!("~ registration = \"acme/clerk {URL}\" {CHANGES}");
    project.plan_with(&["-replace", ADDRESS]).plans(1, 0, 1).says(&replaced);
    project.run(&["taint", ADDRESS]).succeeds();
    project.plan().plans(1, 0, 1).says(&replaced);
    project.run(&["untaint", ADDRESS]).succeeds();

    project.configure(&endpoint(&["name = \"other\"", &format!("url = {URL:?}")]));
    project.plan().plans(1, 0, 1).says(&replaced);
    project.apply().applied(1, 0, 1);
    assert_eq!(registration(&project), format!("acme/other {URL}"));
}

#[test]
fn nothing_else_makes_a_registration_anew() {
    let project = applied();
    let (name, url) = ("name = \"clerk\"", format!("url = {URL:?}"));
    for attribute in ["preflight = \"warn\"", "region = \"fra\"", "organization = \"acme\""] {
        project.configure(&endpoint(&[name, &url, attribute]));
        project.plan().succeeds().does_not_say(CHANGES).does_not_say("registration =");
        project.apply().succeeds();
        assert_eq!(registration(&project), format!("acme/clerk {URL}"));
    }
    assert_eq!(project.writes(), [] as [&str; 0]);
}

#[test]
fn a_refresh_tells_the_registration_that_there_is() {
    let project = applied();
    project.put_endpoint("clerk", MOVED);
    project.apply_with(&["-refresh-only"]).succeeds();
    assert_eq!(registration(&project), format!("acme/clerk {MOVED}"));
    project.plan().plans(0, 1, 0).says(&format!("~ registration = \"acme/clerk {MOVED}\" {CHANGES}"));
    project.apply().applied(0, 1, 0);
    assert_eq!(registration(&project), format!("acme/clerk {URL}"));
}

#[test]
fn an_import_fills_the_registration_in() {
    let project = Project::new(CLERK);
    project.turso().put_endpoint(ORGANIZATION, "clerk", URL).unwrap();
    project.import(ADDRESS, "clerk").succeeds();
    assert_eq!(registration(&project), format!("acme/clerk {URL}"));
    project.plan().finds_no_changes();
}
