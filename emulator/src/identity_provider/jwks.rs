//! The URL of the JWKS document (RFC 7517): what it answers, which a test can spoil, and how often it was asked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::KeyRing;
use crate::lock::lock;

/// Where Clerk and Auth0 both serve the document.
pub(super) const PATH: &str = "/.well-known/jwks.json";

/// Where [`JwksAnswer::Moved`] sends a client. It always serves the healthy document.
const NEW_PATH: &str = "/moved/jwks.json";

/// The document's URL.
#[derive(Debug)]
pub struct JwksDocument {
    keys: Arc<KeyRing>,
    answer: Mutex<JwksAnswer>,
    requests: AtomicUsize,
}

/// What the URL answers.
#[derive(Clone, Debug, PartialEq)]
pub enum JwksAnswer {
    /// The published keys, as a healthy provider does.
    Published,
    /// 200 and a page of HTML.
    NotJson,
    /// The published keys, each with a private exponent `d`. The number is a random one: what is wrong with such a
    /// document is that the member is there.
    PrivateKey,
    /// The signing key, and an unknown one with the same `kid`.
    TwoKeysWithOneId,
    /// One key, and that for ES256.
    OnlyEs256,
    /// The published keys in a document of at least this many bytes.
    Oversized {
        /// Bytes of the body.
        bytes: usize,
    },
    /// The published keys, after this long.
    Slow(Duration),
    /// A redirect (302) to another https URL of this server, which serves the published keys.
    Moved,
    /// A redirect (302) to this URL.
    Redirect(String),
    /// This status with a short text. A number that is no HTTP status is answered as 500.
    Status(u16),
    /// 200 and this document.
    Document(Value),
}

impl JwksDocument {
    pub(super) fn new(keys: Arc<KeyRing>) -> Self {
        Self { keys, answer: Mutex::new(JwksAnswer::Published), requests: AtomicUsize::new(0) }
    }

    /// Changes the answer of all later requests.
    pub fn answer_with(&self, answer: JwksAnswer) {
        *lock(&self.answer) = answer;
    }

    /// How many requests came for the document since the start, whatever was answered.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// The document of a healthy provider, as it stands now.
    pub fn published(&self) -> Value {
        json!({"keys": self.keys.public_jwks()})
    }

    async fn respond(&self) -> Response {
        self.requests.fetch_add(1, Ordering::SeqCst);
        let answer = lock(&self.answer).clone();
        match answer {
            JwksAnswer::Published => Json(self.published()).into_response(),
            JwksAnswer::NotJson => {
                let page = "<!doctype html><title>Sign in</title><p>Please sign in to go on.";
                ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
            }
            JwksAnswer::PrivateKey => Json(self.with_private_members()).into_response(),
            JwksAnswer::TwoKeysWithOneId => Json(self.with_a_double()).into_response(),
            JwksAnswer::OnlyEs256 => Json(json!({"keys": [self.keys.elliptic_jwk()]})).into_response(),
            JwksAnswer::Oversized { bytes } => {
                let mut document = self.published();
                document["filler"] = Value::from("x".repeat(bytes));
                Json(document).into_response()
            }
            JwksAnswer::Slow(delay) => {
                tokio::time::sleep(delay).await;
                Json(self.published()).into_response()
            }
            JwksAnswer::Moved => redirect(NEW_PATH),
            JwksAnswer::Redirect(location) => redirect(&location),
            JwksAnswer::Status(status) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                (status, "the identity provider was told to fail").into_response()
            }
            JwksAnswer::Document(document) => Json(document).into_response(),
        }
    }

    fn with_private_members(&self) -> Value {
        let mut keys = self.keys.public_jwks();
        for key in &mut keys {
            key["d"] = Value::from(random_number());
        }
        json!({"keys": keys})
    }

    fn with_a_double(&self) -> Value {
        let mut keys = self.keys.public_jwks();
        if let Some(mut double) = keys.first().cloned() {
            double["n"] = Value::from(random_number());
            keys.insert(1, double);
        }
        json!({"keys": keys})
    }
}

pub(super) fn routes(endpoint: Arc<JwksDocument>) -> Router {
    Router::new()
        .route(PATH, get(async |State(endpoint): State<Arc<JwksDocument>>| endpoint.respond().await))
        .route(NEW_PATH, get(async |State(endpoint): State<Arc<JwksDocument>>| Json(endpoint.published())))
        .with_state(endpoint)
}

fn redirect(location: &str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, location.to_owned())]).into_response()
}

/// 2048 random bits as base64url, the way that JWKs write numbers.
fn random_number() -> String {
    let bytes: Vec<u8> = (0..16).flat_map(|_| uuid::Uuid::new_v4().into_bytes()).collect();
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use reqwest::blocking::Response;

    use super::super::testing::{authority, client};
    use super::super::{IdentityProvider, OldKeys};
    use super::*;

    fn provider_that_answers(answer: JwksAnswer) -> IdentityProvider {
        let provider = IdentityProvider::start(authority()).unwrap();
        provider.jwks().answer_with(answer);
        provider
    }

    fn fetch(provider: &IdentityProvider) -> Response {
        client(authority()).get(provider.jwks_url()).send().unwrap()
    }

    #[test]
    fn a_healthy_document_holds_the_public_half_of_each_key_in_order() {
        let provider = provider_that_answers(JwksAnswer::Published);
        provider.keys().rotate(OldKeys::Keep).unwrap();
        let response = fetch(&provider);
        assert_eq!(response.headers()["content-type"], "application/json");
        let document: Value = response.json().unwrap();
        assert_eq!(document, provider.jwks().published());
        let keys = document["keys"].as_array().unwrap();
        let names: Vec<&str> = keys.iter().map(|key| key["kid"].as_str().unwrap()).collect();
        assert_eq!(names, provider.keys().published());
        for key in keys {
            let members: Vec<&String> = key.as_object().unwrap().keys().collect();
            assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
        }
    }

    #[test]
    fn every_request_for_the_document_is_counted_and_no_other() {
        let provider = provider_that_answers(JwksAnswer::Published);
        assert_eq!(provider.jwks().requests(), 0);
        fetch(&provider);
        provider.jwks().answer_with(JwksAnswer::Status(500));
        fetch(&provider);
        client(authority()).get(provider.url()).send().unwrap();
        assert_eq!(provider.jwks().requests(), 2);
    }

    #[test]
    fn spoilt_documents_are_spoilt_in_the_way_they_say() {
        let keys = |answer| -> Vec<Value> {
            let document: Value = fetch(&provider_that_answers(answer)).json().unwrap();
            document["keys"].as_array().unwrap().clone()
        };
        let private = keys(JwksAnswer::PrivateKey);
        assert!(private[0]["d"].is_string());

        let doubles = keys(JwksAnswer::TwoKeysWithOneId);
        assert_eq!(doubles.len(), 2);
        assert_eq!(doubles[0]["kid"], doubles[1]["kid"]);
        assert_ne!(doubles[0]["n"], doubles[1]["n"]);

        let elliptic = keys(JwksAnswer::OnlyEs256);
        assert_eq!((&elliptic[0]["kty"], &elliptic[0]["alg"]), (&json!("EC"), &json!("ES256")));
        assert_eq!(elliptic.len(), 1);
    }

    #[test]
    fn an_oversized_document_is_whole_and_at_least_as_long_as_asked() {
        let body = fetch(&provider_that_answers(JwksAnswer::Oversized { bytes: 2_000_000 })).text().unwrap();
        assert!(body.len() >= 2_000_000);
        assert!(serde_json::from_str::<Value>(&body).unwrap()["keys"][0]["n"].is_string());
    }

    #[test]
    fn a_slow_document_comes_after_its_delay() {
        let delay = Duration::from_millis(150);
        let provider = provider_that_answers(JwksAnswer::Slow(delay));
        let start = Instant::now();
        assert_eq!(fetch(&provider).status(), 200);
        assert!(start.elapsed() >= delay);
    }

    #[test]
    fn a_slow_document_does_not_hold_up_a_drop() {
        let provider = provider_that_answers(JwksAnswer::Slow(Duration::from_secs(60)));
        let client = client(authority());
        let url = provider.jwks_url();
        let waiting = std::thread::spawn(move || client.get(url).send().is_err());
        while provider.jwks().requests() == 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
        drop(provider);
        assert!(waiting.join().unwrap(), "the connection must end with the server");
    }

    #[test]
    fn redirects_are_given_as_they_are_and_moved_leads_to_the_document() {
        let provider = provider_that_answers(JwksAnswer::Redirect("http://127.0.0.1:1/jwks.json".to_owned()));
        let response = fetch(&provider);
        assert_eq!(response.status(), 302);
        assert_eq!(response.headers()["location"], "http://127.0.0.1:1/jwks.json");

        provider.jwks().answer_with(JwksAnswer::Moved);
        let response = fetch(&provider);
        assert_eq!(response.status(), 302);
        let there = format!("{}{}", provider.url(), response.headers()["location"].to_str().unwrap());
        let document: Value = client(authority()).get(there).send().unwrap().json().unwrap();
        assert_eq!(document, provider.jwks().published());
    }

    #[test]
    fn a_status_a_page_or_a_document_of_the_tests_own_is_answered() {
        for (answer, status, document) in [
            (JwksAnswer::Status(503), 503, None),
            (JwksAnswer::Status(7), 500, None),
            (JwksAnswer::NotJson, 200, None),
            (JwksAnswer::Document(json!({"keys": []})), 200, Some(json!({"keys": []}))),
        ] {
            let response = fetch(&provider_that_answers(answer));
            assert_eq!((response.status().as_u16(), response.json().ok()), (status, document));
        }
    }
}
