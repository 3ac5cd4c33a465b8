//! What a list proves, and how seldom it is asked for.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::*;
use crate::RefusalKind;
use crate::scripted_server::{Server, acme, endpoint, json, list};

const URL: &str = "https://a.example/jwks";

fn name(name: &str) -> JwksEndpointName {
    name.parse().unwrap()
}

#[tokio::test]
async fn a_listed_name_is_found_and_another_is_missing() {
    let server = Server::answering([list(&[("clerk", URL), ("Clerk Production", "u2")])]).await;
    let client = server.client();
    let found = client.find_endpoint(&acme(), &name("Clerk Production")).await.unwrap();
    assert_eq!(found, Some(endpoint("Clerk Production", "u2")));
    assert_eq!(client.find_endpoint(&acme(), &name("auth0")).await.unwrap(), None);
    assert_eq!(server.lines(), ["GET /v2/organizations/acme/jwks"]);
}

#[tokio::test]
async fn a_name_is_found_in_any_unicode_spelling_and_kept_in_the_one_of_the_api() {
    let server =
        Server::answering([list(&[("spa\u{308}t", "nfd"), ("e\u{301}", "nfd"), ("\u{e9}", "nfc")])]).await;
    let client = server.client();
    let Some(other_spelling) = client.find_endpoint(&acme(), &name("sp\u{e4}t")).await.unwrap() else {
        panic!("not found");
    };
    assert_eq!(other_spelling.name.as_str(), "spa\u{308}t");
    let both = client.find_endpoint(&acme(), &name("\u{e9}")).await.unwrap();
    assert_eq!(both, Some(endpoint("\u{e9}", "nfc")));
}

#[test]
fn each_of_many_names_is_compared_with_hardly_any_other() {
    let endpoints: Vec<_> = (0..10_000).map(|number| endpoint(&format!("endpoint-{number}"), URL)).collect();
    let index = Index::of(&endpoints);
    let compared: usize = endpoints.iter().map(|endpoint| index.candidates(&endpoint.name).count()).sum();
    // Two of them may have one hash, though it is not likely.
    assert!((10_000..10_010).contains(&compared), "{compared}");
}

#[tokio::test]
async fn two_hundred_reads_at_once_make_one_call() {
    let server = Server::answering([list(&[("clerk", URL)]).after(Duration::from_millis(20))]).await;
    let client = Arc::new(server.client());
    let mut reads = JoinSet::new();
    for _ in 0..200 {
        let client = Arc::clone(&client);
        reads.spawn(async move { client.find_endpoint(&acme(), &name("clerk")).await });
    }
    let answers = reads.join_all().await;
    assert!(answers.iter().all(|answer| matches!(answer, Ok(Some(_)))));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn each_organization_is_asked_for_itself() {
    let server = Server::answering([list(&[("clerk", URL)]), list(&[])]).await;
    let client = server.client();
    assert_eq!(client.list_endpoints(&acme()).await.unwrap().endpoints().len(), 1);
    assert!(client.list_endpoints(&"other".parse().unwrap()).await.unwrap().endpoints().is_empty());
    assert_eq!(server.lines()[1], "GET /v2/organizations/other/jwks");
}

#[tokio::test]
async fn a_failed_list_is_not_kept() {
    let server = Server::answering([json(403, r#"{"error":"no"}"#), list(&[("clerk", URL)])]).await;
    let client = server.client();
    assert!(matches!(client.find_endpoint(&acme(), &name("clerk")).await, Err(Error::Refused(_))));
    assert!(matches!(client.find_endpoint(&acme(), &name("clerk")).await, Ok(Some(_))));
}

#[tokio::test]
async fn nothing_but_a_list_without_the_name_proves_that_it_is_missing() {
    type Is = fn(&Error) -> bool;
    let cases: [(u16, &str, Is); 16] = [
        (404, r#"{"error":"organization not found"}"#, |e| {
            matches!(e.refusal(), Some(RefusalKind::OrganizationNotFound))
        }),
        (404, r#"{"error":"no"}"#, |e| matches!(e.refusal(), Some(RefusalKind::OrganizationNotFound))),
        (404, "404 page not found", |e| matches!(e.refusal(), Some(RefusalKind::Other))),
        (410, "", |e| matches!(e.refusal(), Some(RefusalKind::Other))),
        (401, r#"{"error":"no"}"#, |e| matches!(e.refusal(), Some(RefusalKind::Unauthorized { .. }))),
        (403, r#"{"error":"no"}"#, |e| matches!(e.refusal(), Some(RefusalKind::Forbidden))),
        (302, "", |e| matches!(e.refusal(), Some(RefusalKind::Other))),
        (200, "", |e| matches!(e, Error::Malformed { .. })),
        (200, "{}", |e| matches!(e, Error::Malformed { .. })),
        (200, "[]", |e| matches!(e, Error::Malformed { .. })),
        (200, "<html>", |e| matches!(e, Error::Malformed { .. })),
        (201, r#"{"jwks":[]}"#, |e| matches!(e, Error::NotConclusive { status: 201, .. })),
        (202, r#"{"jwks":[]}"#, |e| matches!(e, Error::NotConclusive { status: 202, .. })),
        (203, r#"{"jwks":[]}"#, |e| matches!(e, Error::NotConclusive { status: 203, .. })),
        (204, "", |e| matches!(e, Error::NotConclusive { status: 204, .. })),
        (206, r#"{"jwks":[]}"#, |e| matches!(e, Error::NotConclusive { status: 206, .. })),
    ];
    for (status, body, is) in cases {
        let server = Server::answering([json(status, body)]).await;
        let error = server.client().find_endpoint(&acme(), &name("clerk")).await.unwrap_err();
        assert!(is(&error), "{status} {body}: {error:?}");
    }
}
