//! What Turso, or whatever is between here and there, can answer instead of doing what it was asked to.

use std::time::{Duration, Instant};

use turso_emulator::{ApiToken, Call, Effect, Fault};

use crate::support::{API_TOKEN, CLERK, OFFLINE, ORGANIZATION, Project, URL, applied, endpoint};

const CLERK_ADDRESS: &str = "turso_jwks_endpoint.clerk";
const PUT: &str = "PUT /v2/organizations/acme/jwks/clerk";

/// The first `count` such calls pass unharmed.
fn pass(project: &Project, count: u32, call: Call) {
    project.turso().inject(Fault::times(count, call, Effect::Delay(Duration::ZERO)));
}

#[test]
fn a_token_that_turso_does_not_know_is_refused_with_the_way_to_a_good_one() {
    let project = Project::new(CLERK);
    project.set_env("TURSO_API_TOKEN", "revoked-token");
    project.hide("revoked-token");
    project.plan().fails().says(
        r#"Error: JWKS endpoint can't be created

          with turso_jwks_endpoint.clerk,
          on main.tf line 2, in resource "turso_jwks_endpoint" "clerk":
           2: resource "turso_jwks_endpoint" "clerk" {

        Could not list the JWKS endpoints in organization "acme": Turso answered 401: Authentication required.

        Check the API token in the environment variable TURSO_API_TOKEN: it may be revoked, or incomplete. `turso auth
        api-tokens mint <name> --org <slug>` makes another."#,
    );
}

/// Turso answers both alike; only what a token says of itself tells them apart.
#[test]
fn a_database_token_in_place_of_an_api_token_is_recognised_and_nonsense_is_called_none() {
    for (token, advice) in [
        // The payload is {"a":"rw","id":"x"}.
        (
            "e30.eyJhIjoicnciLCJpZCI6IngifQ.c2ln",
            "The token in the provider block is one of a database or a group. The API needs an API token: make one with \
             `turso auth api-tokens mint <name> --org <slug>`.",
        ),
        (
            "no-token-at-all",
            "Turso takes what is in the provider block for no API token: it may be incomplete, or a token of something \
             else, such as a database. `turso auth api-tokens mint <name> --org <slug>` makes one.",
        ),
    ] {
        let project = Project::new(CLERK);
        project.turso().add_token(ApiToken::of_a_database(token));
        project.provider(&format!("organization = \"acme\"\n  api_token = {token:?}\n  {OFFLINE}"));
        project.hide(token);
        project.plan().fails().says(&format!("Turso answered 401: could not parse jwt id. {advice}"));
    }
}

#[test]
fn what_has_to_be_paid_for_is_said_with_where_to_look() {
    let project = Project::new(CLERK);
    project.turso().inject(Fault::once(Call::Save, Effect::error(402, "upgrade required")));
    project.apply().fails().says(
        r#"Could not save JWKS endpoint "clerk" in organization "acme": Turso answered 402: upgrade required.

        By its status, something has to be paid for first; Turso's documentation gives no reasons. Look at plan and
        billing of the organization in Turso's dashboard, or ask an owner to."#,
    );
}

#[test]
fn a_token_that_is_revoked_between_two_runs_drops_nothing_from_state() {
    let project = applied();
    project.turso().clear_tokens();
    project.plan().fails().says("Error: JWKS endpoint not read").says("Turso answered 401");
    assert!(project.instance(CLERK_ADDRESS).is_some());
}

#[test]
fn who_may_not_do_this_is_told_what_is_known_and_no_more() {
    let project = Project::new(CLERK);
    project.turso().clear_tokens();
    let token = ApiToken::owner(API_TOKEN).refused_in(ORGANIZATION, 403, "not an owner");
    project.turso().add_token(token);
    project.plan().fails().says(
        r#"Could not list the JWKS endpoints in organization "acme": Turso answered 403: not an owner.

        The token is good, and may not do this in "acme". A token may do what the user may who made it, unless it is
        limited to a group. Which role this takes is not documented: try a token of an owner that has no limit."#,
    );
}

#[test]
fn a_save_that_is_forbidden_leaves_nothing_in_state() {
    let project = Project::new(CLERK);
    project.turso().inject(Fault::once(Call::Save, Effect::error(403, "not an owner")));
    project.apply().fails().says(
        r#"Error: JWKS endpoint not saved

          with turso_jwks_endpoint.clerk,
          on main.tf line 2, in resource "turso_jwks_endpoint" "clerk":
           2: resource "turso_jwks_endpoint" "clerk" {

        Could not save JWKS endpoint "clerk" in organization "acme": Turso answered 403: not an owner.

        The token is good, and may not do this in "acme". A token may do what the user may who made it, unless it is
        limited to a group. Which role this takes is not documented: try a token of an owner that has no limit."#,
    );
    assert_eq!(project.writes(), [PUT]);
    assert_eq!(project.instance(CLERK_ADDRESS), None);
}

#[test]
fn an_organization_that_is_not_there_is_named_before_anything_is_created() {
    let project = Project::new(&endpoint(&[
        r#"name = "clerk""#,
        &format!("url = {URL:?}"),
        r#"organization = "acmee""#,
    ]));
    project.plan().fails().says(
        r#"Error: JWKS endpoint can't be created

          with turso_jwks_endpoint.clerk,
          on main.tf line 4, in resource "turso_jwks_endpoint" "clerk":
           4:   organization = "acmee"

        Could not list the JWKS endpoints in organization "acmee": Turso answered 404: organization not found.

        Check the slug: `turso org list` shows the organizations of a login. A token may also be made for another
        organization, and then does not see this one."#,
    );
}

#[test]
fn an_organization_that_is_gone_does_not_take_its_endpoints_out_of_state() {
    let project = applied();
    project.turso().remove_organization(ORGANIZATION).unwrap();
    project
        .plan()
        .fails()
        .says("Error: JWKS endpoint not read")
        .says("Turso answered 404: organization not found.");
    project.apply_with(&["-refresh-only"]).fails();
    assert!(project.instance(CLERK_ADDRESS).is_some());
}

#[test]
fn a_wrong_address_is_not_taken_for_a_missing_endpoint() {
    let project = applied();
    let page = Effect::Text { status: 404, body: "<html>\n<h1>404 Not Found</h1>\n</html>".to_owned() };
    project.turso().inject(Fault::always(Call::List, page));
    project.plan().fails().says(
        r#"Could not list the JWKS endpoints in organization "acme": Turso answered 404: <html> <h1>404 Not
        Found</h1> </html>.

        This does not look like an answer of Turso's API: check `base_url` or TURSO_API_BASEURL where they are set."#,
    );
    assert!(project.instance(CLERK_ADDRESS).is_some());
}

#[test]
fn an_error_that_is_not_json_is_shown_as_it_is() {
    let project = applied();
    let page = Effect::Text { status: 502, body: "<h1>Bad Gateway</h1>\n".to_owned() };
    project.turso().inject(Fault::always(Call::List, page));
    project.plan().fails().says(
        r#"Could not list the JWKS endpoints in organization "acme": Turso answered 502: <h1>Bad Gateway</h1>.

        The fault is on Turso's side. Try again later."#,
    );
    assert!(project.calls().len() > 1, "it was not asked again: {:?}", project.calls());
}

#[test]
fn an_answer_that_is_no_list_is_shown_and_not_believed() {
    let project = applied();
    for (body, problem) in [
        ("{}", "the answer has an unknown form: missing field `jwks`"),
        ("<html>Sign in to the network</html>", "the answer is not JSON"),
        (r#"{"jwks":[{"jwks_name":"clerk"}]}"#, "the answer has an unknown form: missing field `jwks_url`"),
    ] {
        let answer = Effect::Text { status: 200, body: body.to_owned() };
        project.turso().inject(Fault::once(Call::List, answer));
        project
            .plan()
            .fails()
            .says("Error: JWKS endpoint not read")
            .says(problem)
            .says("Check `base_url` or TURSO_API_BASEURL where they are set.");
        assert!(project.instance(CLERK_ADDRESS).is_some());
    }
}

#[test]
fn a_list_that_is_not_200_proves_nothing() {
    let project = applied();
    for status in [201, 203, 206] {
        let answer = Effect::Answer { status, body: serde_json::json!({ "jwks": [] }) };
        project.turso().inject(Fault::once(Call::List, answer));
        project.apply_with(&["-refresh-only"]).fails().says("Error: JWKS endpoint not read").says(&format!(
            r#"Could not list the JWKS endpoints in organization "acme": Turso answered {status}, and only a 200 says
            what there is.

            Nothing was concluded from that answer. A proxy or gateway on the way can be the cause: check HTTPS_PROXY,
            and `base_url` or TURSO_API_BASEURL where they are set. Otherwise Turso's API has changed: please report it
            to the provider."#,
        ));
        assert!(project.instance(CLERK_ADDRESS).is_some(), "{status}");
    }
}

#[test]
fn a_server_that_is_out_of_reach_is_named_with_what_to_check() {
    let project = applied();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    project.set_env("TURSO_API_BASEURL", format!("http://{closed}"));
    project
        .plan()
        .fails()
        .says(&format!(
            r#"Could not list the JWKS endpoints in organization "acme": no answer from http://{closed}:"#
        ))
        .says("Connection refused")
        .says("Check the network, a proxy (HTTPS_PROXY), and `base_url` or TURSO_API_BASEURL where they are set.");
    assert!(project.instance(CLERK_ADDRESS).is_some());
}

#[test]
fn the_wait_that_turso_asks_for_is_waited() {
    let project = applied();
    let later = Effect::TooManyRequests { retry_after: "2".to_owned() };
    project.turso().inject(Fault::once(Call::List, later));
    let started = Instant::now();
    project.plan().finds_no_changes();
    assert!(started.elapsed() >= Duration::from_secs(2));
    assert_eq!(project.calls(), ["GET /v2/organizations/acme/jwks"; 2]);
}

#[test]
fn too_many_calls_are_given_up_in_the_end_however_long_the_wait_is_that_is_asked_for() {
    let project = applied();
    for (asked, told) in
        [("3600", 3600), ("18446744073709551615", 31_536_000), ("Fri, 31 Dec 9999 23:59:59 GMT", 31_536_000)]
    {
        project.turso().clear_faults();
        let later = Effect::TooManyRequests { retry_after: asked.to_owned() };
        project.turso().inject(Fault::always(Call::List, later));
        project.plan().fails().says(&format!(
            r#"Could not list the JWKS endpoints in organization "acme": Turso answered 429: too many requests. Tried once
            within 0 s; another try would not end within the 180 s that a call may take.

            Wait {told} s, then try again; `-parallelism=1` makes fewer calls."#
        ));
    }
}

/// A save that fails in doubt, and lists that can't be had: the call has an end, and the state keeps what may exist.
#[test]
fn a_create_in_doubt_has_an_end_and_is_kept_in_state() {
    let project = Project::new(CLERK);
    project.plan_with(&["-out=saved"]).plans(1, 0, 0);
    let later = Effect::TooManyRequests { retry_after: "3600".to_owned() };
    pass(&project, 2, Call::List);
    project.turso().inject(Fault::once(Call::Save, Effect::error(503, "try again later")));
    project.turso().inject(Fault::always(Call::List, later));
    project.run(&["apply", "-no-color", "-input=false", "saved"]).fails().says(
        r#"Could not save JWKS endpoint "clerk" in organization "acme": Turso answered 503: try again later. It may be saved
        all the same, and Turso could not be asked whether it is there: could not list the JWKS endpoints in organization
        "acme": Turso answered 429: too many requests. Tried once within 0 s; another try would not end within the 180 s
        that a call may take.

        It is kept in state, so that it can't be forgotten: run the plan again."#,
    );
    assert_eq!(project.attribute(CLERK_ADDRESS, "id"), "acme/clerk");
}

#[test]
fn a_request_takes_no_longer_than_the_block_says() {
    let project = applied();
    project.provider(&format!("organization = \"acme\"\n  request_timeout = \"1s\"\n  {OFFLINE}"));
    project.turso().inject(Fault::always(Call::List, Effect::Delay(Duration::from_millis(1500))));
    project.plan().fails().says(
        r#"operation timed out.

        Try again later. Where Turso or a proxy (HTTPS_PROXY) is slow, give a request more time with `request_timeout` in
        the provider block: up to "60s"."#,
    );
}

#[test]
fn an_answer_that_repeats_the_token_is_refused_and_not_shown() {
    let project = Project::new(&endpoint(&[r#"name = "clerk""#, &format!("url = {URL:?}")]));
    let listed = serde_json::json!({ "jwks": [{ "jwks_name": API_TOKEN, "jwks_url": URL }] });
    project.turso().inject(Fault::always(Call::List, Effect::Answer { status: 200, body: listed }));
    project.plan().fails().says(
        r#"Could not list the JWKS endpoints in organization "acme": the answer holds the API token, so nothing of it is used
        or shown."#,
    );
}

#[test]
fn a_save_that_is_turned_away_unread_is_sent_again() {
    let project = Project::new(CLERK);
    let later = Effect::TooManyRequests { retry_after: "0".to_owned() };
    project.turso().inject(Fault::once(Call::Save, later));
    project.apply().applied(1, 0, 0);
    assert_eq!(project.writes(), [PUT, PUT]);
}

#[test]
fn slow_answers_are_waited_for() {
    let project = Project::new(CLERK);
    for call in [Call::List, Call::Save] {
        project.turso().inject(Fault::once(call, Effect::Delay(Duration::from_millis(700))));
    }
    project.apply().applied(1, 0, 0);
    assert_eq!(project.writes(), [PUT]);
}

#[test]
fn a_save_whose_answer_is_lost_is_found_and_not_repeated() {
    let project = Project::new(CLERK);
    project.turso().inject(Fault::once(Call::Save, Effect::LoseAnswer));
    project.apply().applied(1, 0, 0);
    assert_eq!(project.writes(), [PUT]);
    assert_eq!(project.attribute(CLERK_ADDRESS, "id"), "acme/clerk");
    project.plan().finds_no_changes();
}

/// A server in trouble may have done it, and so may the one behind a gateway that answers in its place.
#[test]
fn a_save_whose_error_is_not_true_is_found_and_not_repeated() {
    for (status, body) in [
        (500, serde_json::json!({ "error": "internal server error" })),
        (403, serde_json::json!({ "message": "blocked by the gateway" })),
    ] {
        let project = Project::new(CLERK);
        project.turso().inject(Fault::once(Call::Save, Effect::ProceedThenAnswer { status, body }));
        project.apply().applied(1, 0, 0);
        assert_eq!(project.writes(), [PUT]);
    }
}

#[test]
fn a_save_that_did_not_happen_is_repeated() {
    for effect in [Effect::CloseConnection, Effect::error(503, "try again")] {
        let project = Project::new(CLERK);
        project.turso().inject(Fault::once(Call::Save, effect));
        project.apply().applied(1, 0, 0);
        assert_eq!(project.writes(), [PUT, PUT]);
        assert_eq!(project.endpoints().len(), 1);
    }
}

#[test]
fn a_save_that_keeps_failing_leaves_nothing_in_state() {
    let project = Project::new(CLERK);
    project.turso().inject(Fault::always(Call::Save, Effect::error(500, "internal server error")));
    project.apply().fails().says(
        r#"Could not save JWKS endpoint "clerk" in organization "acme": Turso answered 500: internal server error.

        The fault is on Turso's side. Try again later."#,
    );
    assert_eq!(project.instance(CLERK_ADDRESS), None);
}

#[test]
fn an_endpoint_that_may_exist_is_kept_tainted_and_recovered_by_the_next_apply() {
    let project = Project::new(CLERK);
    project.plan_with(&["-out=saved"]).plans(1, 0, 0);
    project.turso().inject(Fault::once(Call::Save, Effect::LoseAnswer));
    // The apply plans once more, and looks before it saves.
    pass(&project, 2, Call::List);
    project.turso().inject(Fault::always(Call::List, Effect::error(500, "internal server error")));
    project.apply_with(&["saved"]).fails().says(
        r#"Error: JWKS endpoint not saved

          with turso_jwks_endpoint.clerk,
          on main.tf line 2, in resource "turso_jwks_endpoint" "clerk":
           2: resource "turso_jwks_endpoint" "clerk" {
        "#,
    );
    let kept = project.instance(CLERK_ADDRESS).expect("it may exist");
    assert_eq!(kept["status"], "tainted");

    project.turso().clear_faults();
    project.plan().plans(1, 0, 1).says("# turso_jwks_endpoint.clerk is tainted, so");
    project.apply().applied(1, 0, 1);
    project.plan().finds_no_changes();
    assert_eq!(project.endpoints().len(), 1);
}

#[test]
fn an_update_whose_answer_is_lost_is_found_and_not_repeated() {
    let project = applied();
    project.configure(&endpoint(&[r#"name = "clerk""#, r#"url = "https://new.example.com/jwks.json""#]));
    project.turso().inject(Fault::once(Call::Save, Effect::LoseAnswer));
    project.apply().applied(0, 1, 0);
    assert_eq!(project.writes(), [PUT]);
    project.plan().finds_no_changes();
}

#[test]
fn an_update_that_fails_keeps_the_old_url_in_state() {
    let project = applied();
    project.configure(&endpoint(&[r#"name = "clerk""#, r#"url = "https://new.example.com/jwks.json""#]));
    project.turso().inject(Fault::once(Call::Save, Effect::error(403, "not an owner")));
    project.apply().fails().says("Error: JWKS endpoint not saved");
    assert_eq!(project.attribute(CLERK_ADDRESS, "url"), URL);
    assert!(project.instance(CLERK_ADDRESS).unwrap()["status"].is_null(), "an update does not taint");
    project.plan().plans(0, 1, 0);
}
