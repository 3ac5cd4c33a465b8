//! Deleting an endpoint.

use std::time::Duration;

use turso_emulator::{Call, Effect, Fault};

use crate::support::applied;

const DELETE: &str = "DELETE /v2/organizations/acme/jwks/clerk";
const CLERK_ADDRESS: &str = "turso_jwks_endpoint.clerk";

#[test]
fn a_destroyed_endpoint_is_deleted() {
    let project = applied();
    project.destroy().says("Destroy complete! Resources: 1 destroyed.");
    assert_eq!(project.writes(), [DELETE]);
    assert_eq!(project.endpoints(), []);
    assert_eq!(project.instance(CLERK_ADDRESS), None);
}

#[test]
fn an_endpoint_that_is_gone_already_is_destroyed_without_a_call() {
    let project = applied();
    project.plan_with(&["-destroy", "-out=saved"]).succeeds();
    project.remove_endpoint("clerk");
    project.apply_with(&["saved"]).applied(0, 0, 1);
    assert_eq!(project.writes(), [] as [&str; 0]);
    assert_eq!(project.instance(CLERK_ADDRESS), None);
}

#[test]
fn the_known_fault_of_turso_is_named_and_the_state_kept() {
    let project = applied();
    for name in ["one", "too many"] {
        project.put_endpoint(name, "https://example.com/jwks.json");
    }
    project.turso().inject(Fault::always(Call::Remove, Effect::OverLimit));
    project.destroy().fails().says(
        r#"Error: JWKS endpoint not deleted

        Could not delete JWKS endpoint "clerk" in organization "acme": Turso answered 500: internal server error.

        This fault of Turso is known, above all in organizations with more endpoints than their plan allows; the
        dashboard fails too. Try again later, or ask Turso's support to delete it. To stop managing it in the
        meantime, use a `removed` block with `destroy = false`, or `terraform state rm`."#,
    );
    assert!(project.instance(CLERK_ADDRESS).is_some());
    assert!(project.writes().len() > 1, "it was not tried again: {:?}", project.writes());
}

#[test]
fn a_fault_that_passes_is_waited_out() {
    let project = applied();
    project.turso().inject(Fault::times(2, Call::Remove, Effect::error(500, "internal server error")));
    project.destroy().succeeds();
    assert_eq!(project.writes(), [DELETE, DELETE, DELETE]);
    assert_eq!(project.endpoints(), []);
}

#[test]
fn an_answer_that_is_lost_after_the_deletion_is_not_needed() {
    let project = applied();
    project.turso().inject(Fault::once(Call::Remove, Effect::LoseAnswer));
    project.destroy().succeeds();
    assert_eq!(project.writes(), [DELETE]);
    assert_eq!(project.instance(CLERK_ADDRESS), None);
}

#[test]
fn an_error_of_a_deletion_that_happened_is_not_believed() {
    let project = applied();
    let body = serde_json::json!({ "error": "internal server error" });
    project.turso().inject(Fault::once(Call::Remove, Effect::ProceedThenAnswer { status: 500, body }));
    project.destroy().succeeds();
    assert_eq!(project.writes(), [DELETE]);
}

/// Whoever answered in Turso's place: the endpoint is there, and Turso trusts its keys.
#[test]
fn a_success_that_is_not_true_and_that_nobody_can_confirm_loses_nothing() {
    let project = applied();
    project.plan_with(&["-destroy", "-out=saved"]).succeeds();
    let page = "<html>A gateway</html>".to_owned();
    project.turso().inject(Fault::once(Call::List, Effect::Delay(Duration::ZERO)));
    project.turso().inject(Fault::always(Call::List, Effect::error(403, "not for this token")));
    project.turso().inject(Fault::once(Call::Remove, Effect::Text { status: 200, body: page }));
    project.apply_with(&["saved"]).fails().says(
        r#"Error: JWKS endpoint not deleted

        Turso accepted to delete JWKS endpoint "clerk" in organization "acme" and could not be asked whether it is gone:
        could not list the JWKS endpoints in organization "acme": Turso answered 403: not for this token.

        It is kept in state: run it again, and it is deleted if it is still there."#,
    );
    assert!(project.instance(CLERK_ADDRESS).is_some());
    assert_eq!(project.endpoints().len(), 1);

    project.turso().clear_faults();
    project.destroy().says("Destroy complete! Resources: 1 destroyed.");
    assert_eq!(project.endpoints(), []);
}

#[test]
fn a_list_that_lags_behind_a_deletion_is_waited_for() {
    let project = applied();
    project.turso().change_behaviour(|behaviour| behaviour.list_lag = 2);
    project.destroy().succeeds().does_not_say("Warning: JWKS");
    assert_eq!(project.writes(), [DELETE]);
}
