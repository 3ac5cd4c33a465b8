//! Every way that a deletion can end.

use std::time::Duration;

use tokio::time::Instant;

use super::*;
use crate::RefusalKind;
use crate::scripted_server::{Answer, Server, acme, hang_up, json, list};

const URL: &str = "https://a.example/jwks";

fn there() -> Answer {
    list(&[("other", URL), ("clerk", URL)])
}

fn gone() -> Answer {
    list(&[("other", URL)])
}

fn trouble() -> Answer {
    json(500, r#"{"error":"internal server error"}"#)
}

async fn delete(server: &Server) -> Result<(), DeleteError> {
    server.client().delete_endpoint(&acme(), &"clerk".parse().unwrap(), "").await
}

#[tokio::test]
async fn a_deletion_is_the_bytes_of_the_cli_between_two_looks() {
    let server = Server::answering([there(), json(200, "{}"), gone()]).await;
    delete(&server).await.unwrap();
    let [_, request, _] = server.requests().try_into().unwrap();
    assert_eq!(request.line(), "DELETE /v2/organizations/acme/jwks/clerk");
    assert_eq!(request.body, "{\"region\":\"\"}\n");
}

#[tokio::test]
async fn what_is_absent_is_deleted_without_a_request() {
    let server = Server::answering([gone()]).await;
    delete(&server).await.unwrap();
    assert_eq!(server.methods(), "GET");
}

#[tokio::test]
async fn an_organization_that_is_absent_proves_nothing() {
    let server = Server::answering([json(404, r#"{"error":"organization not found"}"#)]).await;
    let error = delete(&server).await.unwrap_err();
    assert!(
        matches!(&error, DeleteError::Failed(error) if error.refusal() == Some(&RefusalKind::OrganizationNotFound)),
        "{error:?}"
    );
}

#[tokio::test]
async fn the_spelling_of_the_api_is_deleted() {
    let server = Server::answering([list(&[("a/spa\u{308}t %", URL)]), json(200, ""), list(&[])]).await;
    server.client().delete_endpoint(&acme(), &"a/sp\u{e4}t %".parse().unwrap(), "").await.unwrap();
    assert_eq!(server.lines()[1], "DELETE /v2/organizations/acme/jwks/a%2Fspa%CC%88t%20%25");
}

#[tokio::test]
async fn another_spelling_may_stay() {
    let both = list(&[("e\u{301}", URL), ("\u{e9}", URL)]);
    let server = Server::answering([both, json(200, ""), list(&[("e\u{301}", URL)])]).await;
    server.client().delete_endpoint(&acme(), &"\u{e9}".parse().unwrap(), "").await.unwrap();
}

#[tokio::test]
async fn absent_afterwards_is_deleted_whatever_the_answer_was() {
    let late = json(200, "").after(Duration::from_secs(5));
    for answer in [json(404, r#"{"error":"jwks not found"}"#), json(404, ""), trouble(), hang_up(), late] {
        let server = Server::answering([there(), answer, gone()]).await;
        delete(&server).await.unwrap();
        assert_eq!(server.methods(), "GET DELETE GET");
    }
}

#[tokio::test]
async fn a_server_in_trouble_is_asked_again() {
    let server = Server::answering([there(), trouble(), there(), json(200, ""), gone()]).await;
    delete(&server).await.unwrap();
}

#[tokio::test]
async fn the_known_fault_of_the_server_is_told() {
    let one = || [trouble(), there()];
    let server = Server::answering([there()].into_iter().chain(one()).chain(one()).chain(one())).await;
    let error = delete(&server).await.unwrap_err();
    assert!(
        matches!(&error, DeleteError::Failed(error) if error.refusal() == Some(&RefusalKind::ServerFault)),
        "{error:?}"
    );
    assert_eq!(
        error.to_string(),
        r#"could not delete JWKS endpoint "clerk" in organization "acme": Turso answered 500: internal server error"#
    );
}

#[tokio::test]
async fn a_refusal_is_an_error_while_the_endpoint_is_there() {
    let server = Server::answering([there(), json(403, r#"{"error":"not an owner"}"#)]).await;
    let error = delete(&server).await.unwrap_err();
    assert!(
        matches!(&error, DeleteError::Failed(error) if error.refusal() == Some(&RefusalKind::Forbidden)),
        "{error:?}"
    );

    let server = Server::answering([there(), json(404, r#"{"error":"no"}"#), there()]).await;
    let error = delete(&server).await.unwrap_err();
    assert!(
        matches!(&error, DeleteError::Failed(error) if error.refusal() == Some(&RefusalKind::Other)),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_list_that_lags_behind_is_given_time_and_then_reported() {
    let server = Server::answering([there(), json(200, ""), there(), there(), gone()]).await;
    delete(&server).await.unwrap();

    let server = Server::answering([there(), json(200, ""), there(), there(), there()]).await;
    let error = delete(&server).await.unwrap_err();
    assert!(matches!(error, DeleteError::StillListed { .. }), "{error:?}");
}

#[tokio::test]
async fn a_success_that_nobody_can_confirm_proves_nothing() {
    let server = Server::answering([there(), json(200, ""), json(403, r#"{"error":"no"}"#)]).await;
    let error = delete(&server).await.unwrap_err();
    assert!(matches!(error, DeleteError::Unconfirmed { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        r#"Turso accepted to delete JWKS endpoint "clerk" in organization "acme" and could not be asked whether it is gone"#
    );
}

#[tokio::test]
async fn a_deletion_drops_the_list_that_was_shared_before_it() {
    let server = Server::answering([there(), there(), json(200, ""), gone()]).await;
    let client = server.client();
    let clerk: JwksEndpointName = "clerk".parse().unwrap();
    assert!(matches!(client.find_endpoint(&acme(), &clerk).await, Ok(Some(_))));
    client.delete_endpoint(&acme(), &clerk, "").await.unwrap();
    assert_eq!(client.find_endpoint(&acme(), &clerk).await.unwrap(), None);
}

#[tokio::test]
async fn an_interrupted_deletion_sends_no_further_try_and_looks_where_it_may_be_done() {
    let later = |answer: Answer| answer.header("retry-after", "40");
    let (organization, name) = (acme(), "clerk".parse().unwrap());

    let server = Server::answering([there(), later(json(429, ""))]).await;
    let (client, interrupt) = server.interruptible_client();
    let delete = client.delete_endpoint(&organization, &name, "");
    let outcome = server.interrupted(2, &interrupt, delete).await;
    let stopped = matches!(outcome, Err(DeleteError::Failed(Error::InterruptedPause { .. })));
    assert!(stopped, "{outcome:?}");

    for (after, is_deleted) in [(gone(), true), (there(), false)] {
        let server = Server::answering([there(), later(trouble()), there(), after]).await;
        let (client, interrupt) = server.interruptible_client();
        let delete = client.delete_endpoint(&organization, &name, "");
        let outcome = server.interrupted(3, &interrupt, delete).await;
        assert_eq!(outcome.is_ok(), is_deleted, "{outcome:?}");
        assert_eq!(server.methods(), "GET DELETE GET GET");
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_has_an_end_and_says_that_it_may_be_done() {
    let in_a_minute = |answer: Answer| answer.header("retry-after", "60");
    let server = Server::answering([there(), trouble(), in_a_minute(json(429, "busy")).always()]).await;
    let begin = Instant::now();
    let outcome = server.patient_client().delete_endpoint(&acme(), &"clerk".parse().unwrap(), "").await;
    let error = outcome.unwrap_err();
    assert!(matches!(error, DeleteError::Unknown { look: Error::OutOfTime { .. }, .. }), "{error:?}");
    assert!(error.to_string().contains("It may be deleted all the same"), "{error}");
    assert!(begin.elapsed() <= Duration::from_secs(180), "{:?}", begin.elapsed());
}
