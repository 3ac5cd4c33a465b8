//! Every way that a save can end.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::scripted_server::{Answer, Server, acme, endpoint, hang_up, json, list};

const URL: &str = "https://a.example/jwks";
const OTHER: &str = "https://b.example/jwks";

fn clerk() -> JwksEndpoint {
    endpoint("clerk", URL)
}

fn none() -> Answer {
    list(&[])
}

fn ours() -> Answer {
    list(&[("clerk", URL)])
}

fn others() -> Answer {
    list(&[("clerk", OTHER)])
}

fn saved() -> Answer {
    json(200, "{}")
}

fn trouble() -> Answer {
    json(502, "<html>bad gateway</html>")
}

fn late(answer: Answer) -> Answer {
    answer.after(Duration::from_secs(5))
}

async fn create(server: &Server) -> Result<Saved, CreateError> {
    server.client().create_endpoint(&acme(), &clerk(), "").await
}

async fn update(server: &Server) -> Result<Saved, UpdateError> {
    server.client().update_endpoint(&acme(), &clerk(), "").await
}

#[tokio::test]
async fn a_save_is_the_bytes_of_the_cli_between_two_looks() {
    let server = Server::answering([none(), saved(), ours()]).await;
    let outcome = create(&server).await.unwrap();
    assert!(matches!(outcome, Saved::Confirmed(there) if there == clerk()));
    let [before, put, after] = server.requests().try_into().unwrap();
    assert_eq!(before.line(), "GET /v2/organizations/acme/jwks");
    assert_eq!(put.line(), "PUT /v2/organizations/acme/jwks/clerk");
    assert_eq!(put.body, "{\"jwks_url\":\"https://a.example/jwks\",\"region\":\"\"}\n");
    assert_eq!(after.line(), before.line());
}

#[tokio::test]
async fn a_region_is_sent_where_someone_asked_for_one() {
    let server = Server::answering([none(), saved(), ours()]).await;
    let outcome = server.client().create_endpoint(&acme(), &clerk(), "fra").await.unwrap();
    assert!(matches!(outcome, Saved::Confirmed(_)));
    assert!(server.requests()[1].body.ends_with(",\"region\":\"fra\"}\n"));
}

#[tokio::test]
async fn an_existing_endpoint_is_never_taken_over() {
    for there in [ours(), others()] {
        let server = Server::answering([there]).await;
        let error = create(&server).await.unwrap_err();
        assert!(matches!(error, CreateError::AlreadyExists { .. }), "{error:?}");
        assert_eq!(server.methods(), "GET");
    }
}

#[tokio::test]
async fn an_existing_endpoint_in_another_unicode_spelling_is_not_taken_over() {
    let server = Server::answering([list(&[("spa\u{308}t", OTHER)])]).await;
    let outcome = server.client().create_endpoint(&acme(), &endpoint("sp\u{e4}t", URL), "").await;
    assert!(
        matches!(outcome, Err(CreateError::AlreadyExists { there, .. }) if there.name.as_str() == "spa\u{308}t")
    );
}

#[tokio::test]
async fn nothing_is_sent_where_the_first_look_fails() {
    let server = Server::answering([json(404, r#"{"error":"organization not found"}"#)]).await;
    let error = create(&server).await.unwrap_err();
    assert!(matches!(error, CreateError::Failed(Error::OrganizationNotFound { .. })), "{error:?}");
}

#[tokio::test]
async fn a_list_that_lags_behind_is_given_time() {
    for success in [json(200, ""), json(201, "{}"), json(204, "")] {
        let server = Server::answering([none(), success, none(), none(), ours()]).await;
        assert!(matches!(create(&server).await, Ok(Saved::Confirmed(_))));
    }
}

#[tokio::test]
async fn what_was_accepted_and_cannot_be_confirmed_is_not_forgotten() {
    type Is = fn(&Unconfirmed) -> bool;
    let cases: [(Answer, Is); 3] = [
        (none(), |why| matches!(why, Unconfirmed::NotListed { .. })),
        (others(), |why| matches!(why, Unconfirmed::OtherUrl { there, .. } if there.url == OTHER)),
        (trouble(), |why| matches!(why, Unconfirmed::Unseen { .. })),
    ];
    for (after, is) in cases {
        let server = Server::answering([none(), saved(), after.always()]).await;
        let outcome = create(&server).await.unwrap();
        assert!(matches!(&outcome, Saved::Unconfirmed(why) if is(why)), "{outcome:?}");
        assert_eq!(server.methods(), "GET PUT GET GET GET");
    }
}

#[tokio::test]
async fn a_refusal_ends_the_attempt_at_once() {
    type Is = fn(&Error) -> bool;
    let cases: [(u16, &str, Is); 8] = [
        (400, r#"{"error":"bad url"}"#, |e| matches!(e, Error::Refused { .. })),
        (401, r#"{"error":"no"}"#, |e| matches!(e, Error::Unauthorized { .. })),
        (403, r#"{"error":"not an owner"}"#, |e| matches!(e, Error::Forbidden { .. })),
        (404, r#"{"error":"organization not found"}"#, |e| matches!(e, Error::OrganizationNotFound { .. })),
        (409, r#"{"error":"conflict"}"#, |e| matches!(e, Error::Refused { .. })),
        (403, r#"{"error":"jwks count limit(2) exceeded"}"#, |e| {
            matches!(e, Error::LimitReached { limit: Some(2), .. })
        }),
        (500, r#"{"error":"jwks count limit exceeded"}"#, |e| {
            matches!(e, Error::LimitReached { limit: None, .. })
        }),
        (307, "", |e| matches!(e, Error::Refused { .. })),
    ];
    for (status, body, is) in cases {
        let server = Server::answering([none(), json(status, body)]).await;
        let error = create(&server).await.unwrap_err();
        assert!(matches!(&error, CreateError::Failed(error) if is(error)), "{status} {body}: {error:?}");
        assert_eq!(server.methods(), "GET PUT");
    }
}

#[tokio::test]
async fn an_unclear_outcome_that_turns_out_well_is_a_success() {
    for unclear in [trouble(), json(408, ""), hang_up(), late(saved()), json(200, "{").cut_short()] {
        let server = Server::answering([none(), unclear, ours()]).await;
        assert!(matches!(create(&server).await, Ok(Saved::Confirmed(_))));
        assert_eq!(server.methods(), "GET PUT GET");
    }
}

#[tokio::test]
async fn an_unclear_outcome_with_nothing_there_is_tried_again() {
    for unclear in [trouble(), hang_up(), late(saved())] {
        let server = Server::answering([none(), unclear, none(), saved(), ours()]).await;
        assert!(matches!(create(&server).await, Ok(Saved::Confirmed(_))));
        assert_eq!(server.methods(), "GET PUT GET PUT GET");
    }
}

#[tokio::test]
async fn attempts_have_an_end_and_the_last_look_takes_its_time() {
    let one = || [trouble(), none()];
    let script = [none()].into_iter().chain(one()).chain(one()).chain([trouble(), none(), none(), none()]);
    let server = Server::answering(script).await;
    let error = create(&server).await.unwrap_err();
    assert!(matches!(error, CreateError::Failed(Error::ServerFault { .. })), "{error:?}");
    assert_eq!(server.methods(), "GET PUT GET PUT GET PUT GET GET GET");
}

#[tokio::test]
async fn an_unclear_outcome_with_another_url_there_is_reported_and_left_alone() {
    let server = Server::answering([none(), hang_up(), others()]).await;
    let error = create(&server).await.unwrap_err();
    assert!(matches!(&error, CreateError::Contested { there, .. } if there.url == OTHER), "{error:?}");
}

#[tokio::test]
async fn an_unclear_outcome_that_cannot_be_looked_at_is_not_forgotten() {
    let server = Server::answering([none(), hang_up(), json(403, "")]).await;
    let outcome = create(&server).await.unwrap();
    assert!(matches!(outcome, Saved::Unconfirmed(Unconfirmed::Unknown { .. })), "{outcome:?}");
}

#[tokio::test]
async fn a_refusal_after_an_unclear_outcome_is_looked_at_too() {
    let limit = json(403, r#"{"error":"jwks count limit(2) exceeded"}"#);
    let server = Server::answering([none(), hang_up(), none(), limit, none(), ours()]).await;
    assert!(matches!(create(&server).await, Ok(Saved::Confirmed(_))));
}

#[tokio::test]
async fn a_busy_server_is_tried_again_without_a_look() {
    let busy = json(429, "").header("retry-after", "3600");
    let server = Server::answering([none(), busy.clone(), busy, saved(), ours()]).await;
    assert!(matches!(create(&server).await, Ok(Saved::Confirmed(_))));
    assert_eq!(server.methods(), "GET PUT PUT PUT GET");
}

#[tokio::test]
async fn what_was_never_sent_is_not_saved() {
    let server = Server::answering([none().and_no_more()]).await;
    let outcome = create(&server).await;
    let failed = matches!(&outcome, Err(CreateError::Failed(Error::Unreachable { attempt, .. }))
        if matches!(attempt, Attempt::SaveEndpoint { .. }));
    assert!(failed, "{outcome:?}");
}

#[tokio::test]
async fn two_resources_of_one_name_do_not_both_create_it() {
    let server = Server::answering([none(), saved().after(Duration::from_millis(20)), ours(), ours()]).await;
    let client = Arc::new(server.client());
    let create = |client: Arc<Client>| async move { client.create_endpoint(&acme(), &clerk(), "").await };
    let (first, second) = tokio::join!(create(Arc::clone(&client)), create(client));
    assert!(matches!(first, Ok(Saved::Confirmed(_))), "{first:?}");
    assert!(matches!(second, Err(CreateError::AlreadyExists { .. })), "{second:?}");
}

#[tokio::test]
async fn a_write_drops_the_list_that_was_shared_before_it() {
    let server = Server::answering([none(), none(), saved(), ours(), ours()]).await;
    let client = server.client();
    assert_eq!(client.find_endpoint(&acme(), &clerk().name).await.unwrap(), Lookup::Missing);
    assert!(matches!(client.create_endpoint(&acme(), &clerk(), "").await, Ok(Saved::Confirmed(_))));
    assert_eq!(client.find_endpoint(&acme(), &clerk().name).await.unwrap(), Lookup::Found(clerk()));
    assert_eq!(client.find_endpoint(&acme(), &clerk().name).await.unwrap(), Lookup::Found(clerk()));
}

#[tokio::test]
async fn a_list_that_was_read_during_a_write_is_not_shared_after_it() {
    let slowly = saved().after(Duration::from_millis(200));
    let server = Server::answering([none(), slowly, none(), ours(), ours()]).await;
    let client = server.client();
    let read = async {
        while server.requests().len() < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        client.find_endpoint(&acme(), &clerk().name).await
    };
    let (organization, endpoint) = (acme(), clerk());
    let (during, write) = tokio::join!(read, client.create_endpoint(&organization, &endpoint, ""));
    assert_eq!(during.unwrap(), Lookup::Missing);
    assert!(matches!(write, Ok(Saved::Confirmed(_))));
    assert_eq!(client.find_endpoint(&acme(), &clerk().name).await.unwrap(), Lookup::Found(clerk()));
}

#[tokio::test]
async fn a_cancelled_write_drops_the_shared_list_too() {
    let server = Server::answering([none(), late(saved()), ours()]).await;
    let client = server.client();
    let endpoint = clerk();
    let organization = acme();
    // The write is given up once it has reached the server, which does not answer it yet.
    tokio::select! {
        write = client.create_endpoint(&organization, &endpoint, "") => panic!("{write:?}"),
        () = async {
            while server.requests().len() < 2 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        } => {}
    }
    assert_eq!(client.find_endpoint(&acme(), &clerk().name).await.unwrap(), Lookup::Found(clerk()));
}

#[tokio::test]
async fn an_update_changes_the_url_in_place_under_the_spelling_of_the_api() {
    let before = list(&[("spa\u{308}t", OTHER)]);
    let after = list(&[("spa\u{308}t", URL)]);
    let server = Server::answering([before, saved(), after]).await;
    let outcome = server.client().update_endpoint(&acme(), &endpoint("sp\u{e4}t", URL), "").await.unwrap();
    assert!(matches!(outcome, Saved::Confirmed(there) if there.url == URL));
    assert_eq!(server.lines()[1], "PUT /v2/organizations/acme/jwks/spa%CC%88t");
}

#[tokio::test]
async fn an_update_to_the_url_that_is_there_sends_nothing() {
    let server = Server::answering([ours()]).await;
    assert!(matches!(update(&server).await, Ok(Saved::Confirmed(_))));
    assert_eq!(server.methods(), "GET");
}

#[tokio::test]
async fn an_update_of_what_is_gone_does_not_create_it() {
    let server = Server::answering([none()]).await;
    let error = update(&server).await.unwrap_err();
    assert!(matches!(error, UpdateError::Vanished { .. }), "{error:?}");

    let server = Server::answering([others(), hang_up(), none()]).await;
    let error = update(&server).await.unwrap_err();
    assert!(matches!(error, UpdateError::Vanished { .. }), "{error:?}");
}

#[tokio::test]
async fn an_update_with_no_clear_outcome_is_looked_at_and_tried_again() {
    let server = Server::answering([others(), trouble(), ours()]).await;
    assert!(matches!(update(&server).await, Ok(Saved::Confirmed(_))));

    let server = Server::answering([others(), trouble(), others(), saved(), ours()]).await;
    assert!(matches!(update(&server).await, Ok(Saved::Confirmed(_))));
    assert_eq!(server.methods(), "GET PUT GET PUT GET");
}

#[tokio::test]
async fn an_update_that_is_accepted_and_not_shown_is_told_apart_from_a_failure() {
    let server = Server::answering([others(), saved(), others().always()]).await;
    let outcome = update(&server).await.unwrap();
    assert!(matches!(outcome, Saved::Unconfirmed(Unconfirmed::OtherUrl { .. })), "{outcome:?}");
}

#[test]
fn what_to_do_about_a_failed_save_is_that_of_its_cause() {
    let cause = || Error::NoPersonalOrganization;
    let advice = cause().advice();
    assert!(advice.is_some());
    assert_eq!(CreateError::Failed(cause()).advice(), advice);
    assert_eq!(UpdateError::Failed(cause()).advice(), advice);

    let taken = CreateError::AlreadyExists { organization: acme(), there: clerk() };
    assert_eq!(taken.advice(), None, "the caller knows what can be done with what is there");
    let vanished = UpdateError::Vanished { organization: acme(), name: "clerk".to_owned() };
    assert!(vanished.advice().unwrap().contains("propose to create it"));
}
