//! What goes over the wire, what is tried again, and what never shows.

use std::error::Error as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::*;
use crate::scripted_server::{
    Answer, Server, TOKEN, USER_AGENT, acme, client, endpoint, hang_up, json, list,
};
use crate::{
    ApiToken, Client, CreateError, Environment, Given, Listing, RefusalKind, RequestTimeout, Saved, path,
};

async fn ask(server: &Server) -> Result<Listing, Error> {
    server.client().list_endpoints(&acme()).await
}

#[tokio::test]
async fn every_request_has_the_token_json_and_the_user_agent_of_the_caller() {
    let server = Server::answering([list(&[])]).await;
    let given = Given {
        api_token: Some(ApiToken::parse(TOKEN).unwrap()),
        base_url: Some(format!("{}/ignored?path", server.url()).parse().unwrap()),
        ..Given::default()
    };
    let credentials = Credentials::new(given, Environment::default());
    Client::new(credentials, "client-test/1 (x)", CancellationToken::new(), RequestTimeout::default())
        .list_endpoints(&acme())
        .await
        .unwrap();
    let [request] = server.requests().try_into().unwrap();
    assert_eq!(request.line(), "GET /v2/organizations/acme/jwks");
    assert_eq!(request.header("authorization"), Some("Bearer s3cret-t0ken-of-acme"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("user-agent"), Some("client-test/1 (x)"));
    assert_eq!(request.body, "");
}

#[tokio::test]
async fn nothing_is_loaded_before_the_first_call() {
    let credentials =
        Credentials::with_reader(Given::default(), Environment::with_settings_home("/"), |_| {
            panic!("the settings were read")
        });
    let client = Client::new(credentials, USER_AGENT, CancellationToken::new(), RequestTimeout::default());
    assert!(client.http.sender.session.get().is_none());
}

#[tokio::test]
async fn a_missing_token_is_an_error_of_the_first_call() {
    let credentials = Credentials::new(Given::default(), Environment::default());
    let client = Client::new(credentials, USER_AGENT, CancellationToken::new(), RequestTimeout::default());
    let error = client.list_endpoints(&acme()).await.unwrap_err();
    assert!(matches!(error, Error::Credentials(_)), "{error:?}");
    assert!(error.source().is_none(), "the cause would be printed twice");
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    for passing in
        [json(429, ""), json(500, ""), json(503, ""), json(408, ""), hang_up(), json(200, "{").cut_short()]
    {
        let server = Server::answering([passing.clone(), passing, list(&[])]).await;
        ask(&server).await.unwrap();
    }
}

#[tokio::test]
async fn tries_have_an_end_and_the_last_answer_is_told() {
    let server =
        Server::answering([json(500, "one"), json(500, "two"), json(503, r#"{"error":"three"}"#)]).await;
    let error = ask(&server).await.unwrap_err();
    assert!(matches!(error.refusal(), Some(RefusalKind::ServerFault)), "{error:?}");
    let words = r#"could not list the JWKS endpoints in organization "acme": Turso answered 503: three"#;
    assert_eq!(error.to_string(), words);
}

#[tokio::test]
async fn another_try_leaves_as_much_of_the_time_as_it_is_told_to() {
    for (leave, tries) in [(Duration::ZERO, 2), (Duration::from_secs(10), 1)] {
        let server = Server::answering([json(500, "{}"), json(200, "{}")].into_iter().take(tries)).await;
        let http = server.client().http;
        let attempt = Attempt::to("look");
        let (path, query, body) = (path::organizations(), vec![], vec![]);
        let request = Request { method: Method::GET, path, query, body, attempt };
        let outcome = http.retry(leave, || http.ask_once::<serde_json::Value>(&request)).await;
        match tries {
            1 => assert!(matches!(outcome, Err(Error::OutOfTime { tries: 1, .. })), "{outcome:?}"),
            _ => assert!(outcome.is_ok(), "{outcome:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_is_asked_until_the_time_of_the_call_is_used_up() {
    let server = Server::answering([json(429, "slow down").header("retry-after", "50").always()]).await;
    let begin = Instant::now();
    let error = server.interruptible_client().0.list_endpoints(&acme()).await.unwrap_err();
    assert!(
        matches!(error.refusal(), Some(RefusalKind::RateLimited { retry_after: Some(asked) }) if asked.as_secs() == 50),
        "{error:?}"
    );
    assert_eq!(
        error.to_string(),
        "could not list the JWKS endpoints in organization \"acme\": Turso answered 429: slow down. Tried 4 times within \
         150 s; another try would not end within the 180 s that a call may take"
    );
    assert_eq!((server.requests().len(), begin.elapsed().as_secs()), (4, 150));
}

#[tokio::test(start_paused = true)]
async fn the_pause_that_a_server_asks_for_is_kept_where_it_fits() {
    for (asked, requests, waited) in [("120", 2, 120), ("3600", 1, 0)] {
        let busy = json(429, "").header("retry-after", asked);
        let server = Server::answering([busy, list(&[])].into_iter().take(requests)).await;
        let begin = Instant::now();
        let answer = server.patient_client().list_endpoints(&acme()).await;
        assert_eq!((answer.is_ok(), begin.elapsed().as_secs()), (requests == 2, waited), "{answer:?}");
    }
}

#[tokio::test]
async fn an_interrupt_ends_the_pause_and_tells_the_last_answer() {
    let server = Server::answering([json(429, "").header("retry-after", "40")]).await;
    let (client, interrupt) = server.interruptible_client();
    let organization = acme();
    let error = server.interrupted(1, &interrupt, client.list_endpoints(&organization)).await;
    assert_eq!(
        error.unwrap_err().to_string(),
        "could not list the JWKS endpoints in organization \"acme\": Turso answered 429 without a reason. Interrupted \
         while waiting for the next try, which was not sent"
    );
}

#[tokio::test]
async fn a_query_string_is_sent_encoded() {
    let server = Server::answering([json(200, "{}")]).await;
    let request = Request {
        method: Method::POST,
        path: path::template(&acme()),
        query: vec![("expiration", "1d & more".to_owned())],
        body: vec![],
        attempt: Attempt::to("list the organizations of the token"),
    };
    assert!(server.client().http.send_once(&request).await.is_ok());
    assert_eq!(server.lines(), ["POST /v2/organizations/acme/jwks-template?expiration=1d+%26+more"]);
}

#[tokio::test]
async fn a_refusal_is_not_tried_again() {
    for status in [400, 401, 402, 403, 404, 409, 422, 302] {
        let server = Server::answering([json(status, "")]).await;
        ask(&server).await.unwrap_err();
    }
}

#[tokio::test]
async fn a_server_out_of_reach_is_named_and_the_cause_told_once() {
    let error = client("http://127.0.0.1:1").list_endpoints(&acme()).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    let message = error.to_string();
    assert!(message.ends_with("no answer from http://127.0.0.1:1"), "{message}");
    let mut causes = vec![];
    let mut cause = error.source();
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    assert!(causes.iter().any(|cause| cause.contains("refused")), "{causes:?}");
    assert!(causes.iter().all(|cause| !cause.contains("127.0.0.1:1/")), "{causes:?}");
}

#[tokio::test]
async fn an_answer_that_never_comes_is_given_up() {
    let server = Server::answering([list(&[]).after(Duration::from_secs(60)).always()]).await;
    let error = ask(&server).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_token() {
    let elsewhere = Server::answering([]).await;
    let redirect = json(307, "").header("location", format!("{}/x", elsewhere.url()));
    let server = Server::answering([redirect]).await;
    let error = ask(&server).await.unwrap_err();
    assert!(error.to_string().contains("a redirect to http://127.0.0.1:"), "{error}");
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn an_answer_without_end_is_not_held_and_not_asked_for_again() {
    let server = Server::answering([json(200, &"[".repeat(LONGEST_ANSWER + 1))]).await;
    let error = ask(&server).await.unwrap_err();
    assert!(matches!(error, Error::Malformed { .. }), "{error:?}");
}

#[tokio::test]
async fn the_status_of_a_refusal_counts_whatever_becomes_of_its_body() {
    let page = |status| json(status, &"<p>".repeat(LONGEST_REFUSAL));
    for (answer, requests) in [
        (page(403), 1),
        (page(502), 3),
        (json(403, "<html>").cut_short(), 1),
        (json(503, "<html>").cut_short(), 3),
    ] {
        let server = Server::answering([answer.always()]).await;
        let error = ask(&server).await.unwrap_err();
        assert!(matches!(&error, Error::Refused(_)), "{error:?}");
        assert!(error.to_string().len() < 500, "{error}");
        assert_eq!(server.requests().len(), requests, "{error}");
    }
}

#[tokio::test]
async fn a_write_that_is_accepted_with_a_page_or_the_token_is_accepted() {
    for body in ["x".repeat(LONGEST_ANSWER + 1), format!(r#"{{"token":"{TOKEN}"}}"#)] {
        let there = [("clerk", "https://a.example")];
        let server = Server::answering([list(&[]), json(200, &body), list(&there)]).await;
        let outcome =
            server.client().create_endpoint(&acme(), &endpoint("clerk", "https://a.example"), "").await;
        assert!(matches!(outcome, Ok(Saved::Confirmed)), "{outcome:?}");
    }
}

#[tokio::test]
async fn what_the_api_said_is_told_in_whatever_form() {
    for (body, words) in [
        (r#"{"error":"no\nway"}"#, "Turso answered 400: no way"),
        (r#"{"error":{"reason":"no"}}"#, r#"Turso answered 400: {"reason":"no"}"#),
        ("<html>\n<b>no</b>", "Turso answered 400: <html> <b>no</b>"),
        ("", "Turso answered 400 without a reason"),
    ] {
        let server = Server::answering([json(400, body)]).await;
        let error = ask(&server).await.unwrap_err().to_string();
        assert!(error.ends_with(words), "{error}");
    }
}

/// What the token looks like, plain and in base64.
const FORMS: [&str; 2] = ["s3cre", "czNjcmV0"];

/// Answers that echo the token, in each way that an answer is told to a person.
fn echoes() -> Vec<Answer> {
    let echo =
        |status| json(status, &format!(r#"{{"error":"bad: Bearer {TOKEN}"}}"#)).header("retry-after", "60");
    let mut answers: Vec<_> = [400, 401, 403, 404, 409, 429, 500].map(echo).into();
    answers.push(json(502, &format!("<html>{TOKEN}</html>")));
    answers.push(json(302, "").header("location", format!("https://evil.example/{TOKEN}")));
    answers.push(json(200, &format!(r#"{{"jwks":"{TOKEN}"}}"#)));
    answers.push(json(400, &format!(r#"{{"error":"{}{TOKEN}"}}"#, "x".repeat(295))));
    answers.push(json(500, &format!("page {}", STANDARD.encode(TOKEN))).cut_short());
    answers.push(list(&[(&format!("name of {TOKEN}"), "https://a.example")]));
    answers.push(list(&[("a", &format!("https://a.example/?{}", URL_SAFE_NO_PAD.encode(TOKEN)))]));
    answers
}

#[tokio::test(start_paused = true)]
async fn the_token_shows_nowhere() {
    for answer in echoes() {
        let server = Server::answering([answer.always()]).await;
        let client = server.client();
        let error = client.list_endpoints(&acme()).await.unwrap_err();
        let shown = format!("{error} {error:?} {client:?} {client:#?}");
        assert!(FORMS.iter().all(|form| !shown.contains(form)), "{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_token_shows_in_no_error_of_a_write() {
    for answer in echoes().into_iter().filter(|answer| !answer.is_success()) {
        let server = Server::answering([list(&[]), answer.always()]).await;
        let outcome =
            server.client().create_endpoint(&acme(), &endpoint("clerk", "https://a.example"), "").await;
        let told = outcome.as_ref().map_or_else(CreateError::to_string, |_| String::new());
        let shown = format!("{told} {outcome:?}");
        assert!(FORMS.iter().all(|form| !shown.contains(form)), "{shown}");
    }
}
