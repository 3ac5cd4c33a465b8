//! Ctrl-C while the provider waits: between two tries nothing is in flight, so the wait is over.

use std::time::Duration;

use turso_emulator::{Call, Effect, Fault};

use crate::support::{CLERK, Project, URL, endpoint};

const CLERK_ADDRESS: &str = "turso_jwks_endpoint.clerk";
const LIST: &str = "GET /v2/organizations/acme/jwks";
const PUT: &str = "PUT /v2/organizations/acme/jwks/clerk";
const DELETE: &str = "DELETE /v2/organizations/acme/jwks/clerk";
const NEW_URL: &str = "https://new.example.com/jwks.json";

const APPLY: [&str; 4] = ["apply", "-no-color", "-input=false", "-auto-approve"];
const DESTROY: [&str; 4] = ["destroy", "-no-color", "-input=false", "-auto-approve"];

/// Longer than the end of a command takes, and much shorter than the wait that Turso asks for.
const SOON: Duration = Duration::from_secs(10);

/// Too many requests, and a wait that no test waits for.
fn busy() -> Effect {
    Effect::TooManyRequests { retry_after: "40".to_owned() }
}

fn applied() -> Project {
    let project = Project::new(CLERK);
    project.apply().applied(1, 0, 0);
    project.forget_calls();
    project
}

#[test]
fn a_create_that_waits_for_its_next_try_is_ended_and_leaves_nothing() {
    let project = Project::new(CLERK);
    project.turso().inject(Fault::always(Call::Save, busy()));
    let (run, took) = project.interrupt(&APPLY, PUT, 1);
    run.fails().says(
        r#"Error: JWKS endpoint not saved

          with turso_jwks_endpoint.clerk,
          on main.tf line 2, in resource "turso_jwks_endpoint" "clerk":
           2: resource "turso_jwks_endpoint" "clerk" {

        Could not save JWKS endpoint "clerk" in organization "acme": Turso answered 429: too many requests. Interrupted
        while waiting for the next try, which was not sent.

        Wait 40 s, then try again; `-parallelism=1` makes fewer calls."#,
    );
    assert!(took < SOON, "{took:?}");
    assert_eq!(project.writes(), [PUT]);
    assert_eq!(project.instance(CLERK_ADDRESS), None);
    assert_eq!(project.endpoints(), []);

    project.turso().clear_faults();
    project.apply().applied(1, 0, 0);
}

#[test]
fn a_look_before_a_create_that_waits_is_ended_and_nothing_is_sent() {
    let project = Project::new(CLERK);
    project.plan_with(&["-out=saved"]).plans(1, 0, 0);
    project.forget_calls();
    // The apply plans once more.
    project.turso().inject(Fault::once(Call::List, Effect::Delay(Duration::ZERO)));
    project.turso().inject(Fault::once(Call::List, busy()));
    let (run, took) = project.interrupt(&["apply", "-no-color", "-input=false", "saved"], LIST, 2);
    run.fails().says("Error: JWKS endpoint not saved").says(
        r#"Could not list the JWKS endpoints in organization "acme": Turso answered 429: too many requests. Interrupted
        while waiting for the next try, which was not sent."#,
    );
    assert!(took < SOON, "{took:?}");
    assert_eq!(project.writes(), [] as [&str; 0]);
    assert_eq!(project.instance(CLERK_ADDRESS), None);
}

#[test]
fn an_update_that_waits_for_its_next_try_is_ended_and_keeps_the_old_url() {
    let project = applied();
    project.configure(&endpoint(&[r#"name = "clerk""#, &format!("url = {NEW_URL:?}")]));
    project.turso().inject(Fault::always(Call::Save, busy()));
    let (run, took) = project.interrupt(&APPLY, PUT, 1);
    run.fails().says("Error: JWKS endpoint not saved").says("which was not sent.");
    assert!(took < SOON, "{took:?}");
    assert_eq!(project.writes(), [PUT]);
    assert_eq!(project.attribute(CLERK_ADDRESS, "url"), URL);
    assert_eq!(project.endpoints()[0].url, URL);
}

#[test]
fn a_deletion_that_waits_for_its_next_try_is_ended_and_keeps_the_endpoint_in_state() {
    let project = applied();
    project.turso().inject(Fault::always(Call::Remove, busy()));
    let (run, took) = project.interrupt(&DESTROY, DELETE, 1);
    run.fails().says(
        r#"Error: JWKS endpoint not deleted

        Could not delete JWKS endpoint "clerk" in organization "acme": Turso answered 429: too many requests.
        Interrupted while waiting for the next try, which was not sent."#,
    );
    assert!(took < SOON, "{took:?}");
    assert_eq!(project.writes(), [DELETE]);
    assert!(project.instance(CLERK_ADDRESS).is_some());
    assert_eq!(project.endpoints().len(), 1);
}

#[test]
fn a_plan_that_waits_for_its_next_try_is_ended_and_tells_the_last_answer() {
    let project = applied();
    project.turso().inject(Fault::always(Call::List, busy()));
    let (run, took) = project.interrupt(&["plan", "-no-color", "-input=false"], LIST, 1);
    run.fails().says("Error: JWKS endpoint not read").says("Turso answered 429: too many requests.");
    assert!(took < SOON, "{took:?}");
    assert_eq!(project.calls(), [LIST]);
}

#[test]
fn a_save_that_is_under_way_is_seen_to_its_end() {
    let project = Project::new(CLERK);
    project.turso().inject(Fault::once(Call::Save, Effect::Delay(Duration::from_secs(2))));
    let (run, _) = project.interrupt(&APPLY, PUT, 1);
    run.does_not_say("Error: JWKS endpoint");
    assert_eq!(project.writes(), [PUT]);
    assert_eq!(project.attribute(CLERK_ADDRESS, "id"), "acme/clerk");
    assert!(project.instance(CLERK_ADDRESS).unwrap()["status"].is_null());
    assert_eq!(project.endpoints().len(), 1);
}

#[test]
fn a_save_that_may_be_done_is_kept_where_an_interrupt_leaves_no_time_to_look() {
    let project = Project::new(CLERK);
    let body = serde_json::json!({ "error": "internal server error" });
    project.turso().inject(Fault::once(Call::Save, Effect::ProceedThenAnswer { status: 500, body }));
    // The plan, the plan of the apply and the look before the save see the list; the look after it doesn't.
    project.turso().inject(Fault::times(3, Call::List, Effect::Delay(Duration::ZERO)));
    project.turso().inject(Fault::once(Call::List, busy()));
    let (run, took) = project.interrupt(&APPLY, LIST, 4);
    run.fails().says(
        r#"Could not save JWKS endpoint "clerk" in organization "acme": Turso answered 500: internal server error. It
        may be saved all the same, and Turso could not be asked whether it is there: could not list the JWKS endpoints
        in organization "acme": Turso answered 429: too many requests. Interrupted while waiting for the next try, which
        was not sent.

        It is kept in state, so that it can't be forgotten: run the plan again."#,
    );
    assert!(took < SOON, "{took:?}");
    assert_eq!(project.writes(), [PUT]);
    assert_eq!(project.instance(CLERK_ADDRESS).expect("it may exist")["status"], "tainted");
    assert_eq!(project.endpoints().len(), 1);
}

#[test]
fn the_look_after_a_save_is_seen_to_its_end_too() {
    let project = Project::new(CLERK);
    let body = serde_json::json!({ "error": "internal server error" });
    project.turso().inject(Fault::once(Call::Save, Effect::ProceedThenAnswer { status: 500, body }));
    project.turso().inject(Fault::times(3, Call::List, Effect::Delay(Duration::ZERO)));
    // It takes its time, and sees the endpoint in the end.
    project.turso().inject(Fault::once(Call::List, Effect::Delay(Duration::from_secs(2))));
    let (run, took) = project.interrupt(&APPLY, LIST, 4);
    run.does_not_say("Error: JWKS endpoint");
    assert!(took < SOON, "{took:?}");
    assert_eq!(project.writes(), [PUT]);
    assert!(project.instance(CLERK_ADDRESS).unwrap()["status"].is_null());
}
