//! Every way that a save can end.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::*;
use crate::RefusalKind;
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
    assert!(matches!(outcome, Saved::Confirmed));
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
    assert!(matches!(outcome, Saved::Confirmed));
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
    assert!(
        matches!(&error, CreateError::Failed(error) if error.refusal() == Some(&RefusalKind::OrganizationNotFound)),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_list_that_lags_behind_is_given_time() {
    for success in [json(200, ""), json(201, "{}"), json(204, "")] {
        let server = Server::answering([none(), success, none(), none(), ours()]).await;
        assert!(matches!(create(&server).await, Ok(Saved::Confirmed)));
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
    let cases: [(u16, &str, Is); 7] = [
        (400, r#"{"error":"bad url"}"#, |e| matches!(e.refusal(), Some(RefusalKind::Other))),
        (401, r#"{"error":"no"}"#, |e| matches!(e.refusal(), Some(RefusalKind::Unauthorized { .. }))),
        (403, r#"{"error":"not an owner"}"#, |e| matches!(e.refusal(), Some(RefusalKind::Forbidden))),
        (404, r#"{"error":"organization not found"}"#, |e| {
            matches!(e.refusal(), Some(RefusalKind::OrganizationNotFound))
        }),
        (409, r#"{"error":"conflict"}"#, |e| matches!(e.refusal(), Some(RefusalKind::Other))),
        (403, r#"{"error":"jwks count limit(2) exceeded"}"#, |e| {
            matches!(e.refusal(), Some(RefusalKind::LimitReached { limit: Some(2) }))
        }),
        (500, r#"{"error":"jwks count limit exceeded"}"#, |e| {
            matches!(e.refusal(), Some(RefusalKind::LimitReached { limit: None }))
        }),
    ];
    for (status, body, is) in cases {
        let server = Server::answering([none(), json(status, body)]).await;
        let error = create(&server).await.unwrap_err();
        assert!(matches!(&error, CreateError::Failed(error) if is(error)), "{status} {body}: {error:?}");
        assert_eq!(server.methods(), "GET PUT");
    }
}

#[tokio::test]
async fn a_refusal_that_is_not_of_the_api_is_looked_at_and_not_tried_again() {
    for (status, body) in [(403, "<html>blocked</html>"), (404, "<html>"), (307, ""), (400, ""), (418, "{}")]
    {
        let server = Server::answering([none(), json(status, body), none(), ours()]).await;
        assert!(matches!(create(&server).await, Ok(Saved::Confirmed)), "{status}");

        let server = Server::answering([none(), json(status, body), none().always()]).await;
        let error = create(&server).await.unwrap_err();
        assert!(matches!(&error, CreateError::Failed(error) if error.has_status(status)), "{error:?}");
        assert_eq!(server.methods(), "GET PUT GET GET GET");
    }
}

#[tokio::test]
async fn an_unclear_outcome_that_turns_out_well_is_a_success() {
    for unclear in [trouble(), json(408, ""), hang_up(), late(saved()), json(200, "{").cut_short()] {
        let server = Server::answering([none(), unclear, ours()]).await;
        assert!(matches!(create(&server).await, Ok(Saved::Confirmed)));
        assert_eq!(server.methods(), "GET PUT GET");
    }
}

#[tokio::test]
async fn an_unclear_outcome_with_nothing_there_is_tried_again() {
    for unclear in [trouble(), hang_up(), late(saved())] {
        let server = Server::answering([none(), unclear, none(), saved(), ours()]).await;
        assert!(matches!(create(&server).await, Ok(Saved::Confirmed)));
        assert_eq!(server.methods(), "GET PUT GET PUT GET");
    }
}

#[tokio::test]
async fn attempts_have_an_end_and_the_last_look_takes_its_time() {
    let one = || [trouble(), none()];
    let script = [none()].into_iter().chain(one()).chain(one()).chain([trouble(), none(), none(), none()]);
    let server = Server::answering(script).await;
    let error = create(&server).await.unwrap_err();
    assert!(
        matches!(&error, CreateError::Failed(error) if error.refusal() == Some(&RefusalKind::ServerFault)),
        "{error:?}"
    );
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
    assert!(matches!(create(&server).await, Ok(Saved::Confirmed)));
}

#[tokio::test]
async fn a_busy_server_is_tried_again_without_a_look() {
    let busy = json(429, "").header("retry-after", "0");
    let server = Server::answering([none(), busy.clone(), busy, saved(), ours()]).await;
    assert!(matches!(create(&server).await, Ok(Saved::Confirmed)));
    assert_eq!(server.methods(), "GET PUT PUT PUT GET");
}

#[tokio::test]
async fn what_was_never_sent_is_not_saved() {
    let server = Server::answering([none().and_no_more()]).await;
    let outcome = create(&server).await;
    let failed = matches!(&outcome, Err(CreateError::Failed(Error::Unreachable { attempt, .. }))
        if attempt.to_string().starts_with("save JWKS endpoint"));
    assert!(failed, "{outcome:?}");
}

#[tokio::test]
async fn two_resources_of_one_name_do_not_both_create_it() {
    let server = Server::answering([none(), saved().after(Duration::from_millis(20)), ours(), ours()]).await;
    let client = Arc::new(server.client());
    let create = |client: Arc<Client>| async move { client.create_endpoint(&acme(), &clerk(), "").await };
    let (first, second) = tokio::join!(create(Arc::clone(&client)), create(client));
    assert!(matches!(first, Ok(Saved::Confirmed)), "{first:?}");
    assert!(matches!(second, Err(CreateError::AlreadyExists { .. })), "{second:?}");
}

#[tokio::test]
async fn a_write_drops_the_list_that_was_shared_before_it_for_the_one_that_shows_it() {
    let server = Server::answering([none(), none(), saved(), ours()]).await;
    let client = server.client();
    assert_eq!(client.find_endpoint(&acme(), &clerk().name).await.unwrap(), None);
    assert!(matches!(client.create_endpoint(&acme(), &clerk(), "").await, Ok(Saved::Confirmed)));
    assert_eq!(client.find_endpoint(&acme(), &clerk().name).await.unwrap(), Some(clerk()));
    assert_eq!(client.find_endpoint(&acme(), &clerk().name).await.unwrap(), Some(clerk()));
}

#[tokio::test]
async fn a_list_that_was_read_during_a_write_is_not_shared_after_it() {
    let slowly = saved().after(Duration::from_millis(200));
    let server = Server::answering([none(), slowly, none(), ours()]).await;
    let client = server.client();
    let read = async {
        while server.requests().len() < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        client.find_endpoint(&acme(), &clerk().name).await
    };
    let (organization, endpoint) = (acme(), clerk());
    let (during, write) = tokio::join!(read, client.create_endpoint(&organization, &endpoint, ""));
    assert_eq!(during.unwrap(), None);
    assert!(matches!(write, Ok(Saved::Confirmed)));
    assert_eq!(client.find_endpoint(&acme(), &clerk().name).await.unwrap(), Some(clerk()));
}

/// The look of another write falls into this one, and whoever asks once this one has ended must not be shown it.
#[tokio::test]
async fn a_list_that_began_before_the_end_of_a_request_is_not_shared_after_it() {
    let slowly = |answer: Answer| answer.after(Duration::from_millis(200));
    for before in [vec![none()], vec![none(), trouble(), none()]] {
        let requests = before.len();
        let rest = [slowly(saved()), none(), slowly(ours())];
        let server = Server::answering(before.into_iter().chain(rest)).await;
        let client = server.client();
        let asked = async |count| {
            while server.requests().len() < count {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let (organization, endpoint) = (acme(), clerk());
        let read = async {
            asked(requests + 1).await;
            client.delete_endpoint(&organization, &"other".parse().unwrap(), "").await.unwrap();
            asked(requests + 3).await;
            client.find_endpoint(&organization, &endpoint.name).await
        };
        let (read, write) = tokio::join!(read, client.create_endpoint(&organization, &endpoint, ""));
        assert!(matches!(write, Ok(Saved::Confirmed)));
        assert_eq!(read.unwrap(), Some(clerk()));
    }
}

#[tokio::test]
async fn a_list_that_does_not_show_a_write_yet_is_not_shared_after_it() {
    let server = Server::answering([none(), saved(), none(), none(), none(), ours()]).await;
    let client = server.client();
    let write = client.create_endpoint(&acme(), &clerk(), "").await;
    assert!(matches!(write, Ok(Saved::Unconfirmed(Unconfirmed::NotListed { .. }))), "{write:?}");
    assert_eq!(client.find_endpoint(&acme(), &clerk().name).await.unwrap(), Some(clerk()));
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
    assert_eq!(client.find_endpoint(&acme(), &clerk().name).await.unwrap(), Some(clerk()));
}

#[tokio::test]
async fn an_update_changes_the_url_in_place_under_the_spelling_of_the_api() {
    let before = list(&[("spa\u{308}t", OTHER)]);
    let after = list(&[("spa\u{308}t", URL)]);
    let server = Server::answering([before, saved(), after]).await;
    let outcome = server.client().update_endpoint(&acme(), &endpoint("sp\u{e4}t", URL), "").await.unwrap();
    assert!(matches!(outcome, Saved::Confirmed));
    assert_eq!(server.lines()[1], "PUT /v2/organizations/acme/jwks/spa%CC%88t");
}

#[tokio::test]
async fn an_update_to_the_url_that_is_there_sends_nothing() {
    let server = Server::answering([ours()]).await;
    assert!(matches!(update(&server).await, Ok(Saved::Confirmed)));
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
    assert!(matches!(update(&server).await, Ok(Saved::Confirmed)));

    let server = Server::answering([others(), trouble(), others(), saved(), ours()]).await;
    assert!(matches!(update(&server).await, Ok(Saved::Confirmed)));
    assert_eq!(server.methods(), "GET PUT GET PUT GET");
}

#[tokio::test]
async fn an_update_that_is_accepted_and_not_shown_is_told_apart_from_a_failure() {
    let server = Server::answering([others(), saved(), others().always()]).await;
    let outcome = update(&server).await.unwrap();
    assert!(matches!(outcome, Saved::Unconfirmed(Unconfirmed::OtherUrl { .. })), "{outcome:?}");
}

/// Creates, and interrupts once so many requests have come.
async fn create_interrupted(server: &Server, requests: usize) -> Result<Saved, CreateError> {
    let (client, interrupt) = server.interruptible_client();
    let (organization, endpoint) = (acme(), clerk());
    let create = client.create_endpoint(&organization, &endpoint, "");
    server.interrupted(requests, &interrupt, create).await
}

/// An answer that asks for a pause which no test waits for.
fn later(answer: Answer) -> Answer {
    answer.header("retry-after", "40")
}

#[tokio::test]
async fn an_interrupt_ends_a_pause_and_no_further_try_is_made() {
    let server = Server::answering([none(), later(json(429, r#"{"error":"too many"}"#))]).await;
    let error = create_interrupted(&server, 2).await.unwrap_err();
    assert!(matches!(error, CreateError::Failed(Error::InterruptedPause { .. })), "{error:?}");
    assert_eq!(
        error.to_string(),
        "could not save JWKS endpoint \"clerk\" in organization \"acme\": Turso answered 429: too many. Interrupted \
         while waiting for the next try, which was not sent"
    );
    assert_eq!(server.methods(), "GET PUT");
}

#[tokio::test]
async fn an_interrupt_before_the_first_try_sends_nothing() {
    for before in [later(json(429, "")), none().after(Duration::from_secs(15))] {
        let server = Server::answering([before]).await;
        let error = create_interrupted(&server, 1).await.unwrap_err();
        let is_interrupted = matches!(
            &error,
            CreateError::Failed(Error::Interrupted { .. })
                | CreateError::Failed(Error::InterruptedPause { .. })
        );
        assert!(is_interrupted, "{error:?}");
        assert_eq!(server.methods(), "GET");
    }
}

#[tokio::test]
async fn no_write_begins_once_the_client_is_interrupted() {
    let server = Server::answering([none()]).await;
    let (client, interrupt) = server.interruptible_client();
    let (organization, endpoint) = (acme(), clerk());
    let wanted = Wanted { organization: &organization, endpoint: &endpoint, region: "" };
    let (write, _) = client.begin_write(&organization, &endpoint.name, &wanted.attempt()).await.ok().unwrap();
    interrupt.cancel();
    let failure = write.send(&wanted.request().unwrap()).await.err().unwrap();
    assert!(matches!(failure.error, Error::Interrupted { .. }), "{:?}", failure.error);
}

#[tokio::test]
async fn an_interrupted_client_waits_for_no_other_write_of_the_name() {
    let server = Server::answering([none(), saved().after(Duration::from_millis(500)), ours()]).await;
    let (client, interrupt) = server.interruptible_client();
    let (organization, endpoint) = (acme(), clerk());
    let create = || client.create_endpoint(&organization, &endpoint, "");
    let both = async { tokio::join!(create(), create()) };
    let (first, second) = server.interrupted(2, &interrupt, both).await;
    assert!(matches!(first, Ok(Saved::Confirmed)), "{first:?}");
    assert!(matches!(second, Err(CreateError::Failed(Error::Interrupted { .. }))), "{second:?}");
}

#[tokio::test]
async fn a_save_that_is_under_way_is_seen_to_its_end() {
    let slowly = || saved().after(Duration::from_millis(500));
    let server = Server::answering([none(), slowly(), ours()]).await;
    let outcome = create_interrupted(&server, 2).await;
    assert!(matches!(outcome, Ok(Saved::Confirmed)), "{outcome:?}");

    let server = Server::answering([none(), slowly(), none()]).await;
    let outcome = create_interrupted(&server, 2).await;
    let accepted = matches!(outcome, Ok(Saved::Unconfirmed(Unconfirmed::NotListed { .. })));
    assert!(accepted, "{outcome:?}");
    assert_eq!(server.methods(), "GET PUT GET");
}

#[tokio::test]
async fn an_interrupt_after_an_unclear_outcome_is_followed_by_one_look() {
    let server = Server::answering([none(), later(trouble()), none(), ours()]).await;
    let outcome = create_interrupted(&server, 3).await;
    assert!(matches!(outcome, Ok(Saved::Confirmed)), "{outcome:?}");

    let server = Server::answering([none(), later(trouble()), none(), others()]).await;
    let outcome = create_interrupted(&server, 3).await;
    assert!(matches!(outcome, Err(CreateError::Contested { .. })), "{outcome:?}");

    let server = Server::answering([none(), later(trouble()), none(), none()]).await;
    let outcome = create_interrupted(&server, 3).await;
    let kept = matches!(outcome, Ok(Saved::Unconfirmed(Unconfirmed::Interrupted { .. })));
    assert!(kept, "{outcome:?}");

    let server = Server::answering([none(), later(trouble()), none(), later(json(429, ""))]).await;
    let outcome = create_interrupted(&server, 3).await;
    assert!(matches!(outcome, Ok(Saved::Unconfirmed(Unconfirmed::Unknown { .. }))), "{outcome:?}");
}

#[tokio::test]
async fn an_interrupted_update_sends_no_further_try() {
    let server = Server::answering([others(), later(json(429, ""))]).await;
    let (client, interrupt) = server.interruptible_client();
    let (organization, endpoint) = (acme(), clerk());
    let update = client.update_endpoint(&organization, &endpoint, "");
    let outcome = server.interrupted(2, &interrupt, update).await;
    let stopped = matches!(outcome, Err(UpdateError::Failed(Error::InterruptedPause { .. })));
    assert!(stopped, "{outcome:?}");
    assert_eq!(server.methods(), "GET PUT");
}

/// Creates with the times of the real API, and how many seconds that took.
async fn create_in_time(server: &Server) -> (Result<Saved, CreateError>, u64) {
    let begin = Instant::now();
    let outcome = server.patient_client().create_endpoint(&acme(), &clerk(), "").await;
    (outcome, begin.elapsed().as_secs())
}

fn in_a_minute(answer: Answer) -> Answer {
    answer.header("retry-after", "60")
}

#[tokio::test(start_paused = true)]
async fn a_create_has_an_end_whatever_the_server_asks_for() {
    // Turned away for good: nothing was saved, and nothing is remembered.
    let server = Server::answering([none(), in_a_minute(json(429, "busy")).always()]).await;
    let (outcome, seconds) = create_in_time(&server).await;
    let error = outcome.unwrap_err();
    assert!(matches!(&error, CreateError::Failed(Error::OutOfTime { .. })), "{error:?}");
    assert_eq!(
        error.to_string(),
        "could not save JWKS endpoint \"clerk\" in organization \"acme\": Turso answered 429: busy. Tried twice within \
         60 s; another try would not end within the 180 s that a call may take"
    );
    assert!(seconds <= 180, "{seconds}");

    // It may have been saved, and the list can't be had.
    let server =
        Server::answering([none(), in_a_minute(trouble()), in_a_minute(json(429, "")).always()]).await;
    let (outcome, seconds) = create_in_time(&server).await;
    let Ok(Saved::Unconfirmed(why @ Unconfirmed::Unknown { look: Error::OutOfTime { .. }, .. })) = outcome
    else {
        panic!("{outcome:?}");
    };
    assert!(why.to_string().contains("It may be saved all the same"), "{why}");
    assert!(seconds <= 180, "{seconds}");
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_create_ends_with_a_look_that_shows_what_is_there() {
    let slow = |list: Answer| list.after(Duration::from_secs(20));
    let lost = || saved().after(Duration::from_secs(31));
    let server = Server::answering([slow(none()), lost(), slow(none()), lost(), slow(ours())]).await;
    let (outcome, seconds) = create_in_time(&server).await;
    assert!(matches!(outcome, Ok(Saved::Confirmed)), "{outcome:?}");
    assert_eq!(server.methods(), "GET PUT GET PUT GET");
    assert!(seconds <= 180, "{seconds}");
}

#[tokio::test(start_paused = true)]
async fn the_wait_for_another_write_of_the_name_counts() {
    let server =
        Server::answering([none(), in_a_minute(trouble()), in_a_minute(json(429, "")).always()]).await;
    let client = server.patient_client();
    let (organization, endpoint) = (acme(), clerk());
    let create = || client.create_endpoint(&organization, &endpoint, "");
    let (_, second) = tokio::join!(create(), create());
    let error = second.unwrap_err();
    assert!(matches!(error, CreateError::Failed(Error::WaitedTooLong { .. })), "{error:?}");
}
