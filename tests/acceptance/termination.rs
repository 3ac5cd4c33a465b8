//! A SIGTERM to the whole process group while Turso still works on a call: what was asked of it is in the state.

use std::time::Duration;

use turso_emulator::{Call, Effect, Fault};

use crate::support::{CLERK, Project, URL, endpoint};

const CLERK_ADDRESS: &str = "turso_jwks_endpoint.clerk";
const PUT: &str = "PUT /v2/organizations/acme/jwks/clerk";
const DELETE: &str = "DELETE /v2/organizations/acme/jwks/clerk";

/// Longer than a host that gave up would take to end, and to kill its provider.
const SLOW: Effect = Effect::Delay(Duration::from_secs(4));

#[test]
fn an_endpoint_that_is_being_created_is_in_the_state() {
    let project = Project::new(CLERK);
    project.turso().inject(Fault::once(Call::Save, SLOW));

    project.apply_terminated_at(PUT).says("Gracefully shutting down...").says("Creation complete after");

    assert_eq!(project.endpoints()[0].url, URL);
    assert_eq!(project.attribute(CLERK_ADDRESS, "id"), "acme/clerk");
    project.plan().finds_no_changes();
}

#[test]
fn an_endpoint_that_is_being_updated_has_its_new_url_in_the_state() {
    const NEW: &str = "https://new.example.com/jwks.json";
    let project = Project::new(CLERK);
    project.apply().applied(1, 0, 0);
    project.configure(&endpoint(&[r#"name = "clerk""#, &format!("url = {NEW:?}")]));
    project.forget_calls();
    project.turso().inject(Fault::once(Call::Save, SLOW));

    project.apply_terminated_at(PUT).says("Modifications complete after");

    assert_eq!(project.endpoints()[0].url, NEW);
    assert_eq!(project.attribute(CLERK_ADDRESS, "url"), NEW);
    project.plan().finds_no_changes();
}

#[test]
fn an_endpoint_that_is_being_deleted_is_out_of_the_state() {
    let project = Project::new(CLERK);
    project.apply().applied(1, 0, 0);
    project.configure("");
    project.turso().inject(Fault::once(Call::Remove, SLOW));

    project.apply_terminated_at(DELETE).says("Destruction complete after");

    assert_eq!(project.endpoints(), []);
    assert_eq!(project.instance(CLERK_ADDRESS), None);
    project.plan().finds_no_changes();
}
