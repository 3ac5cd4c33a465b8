//! Ephemeral resources, as a host leads their lives.

use std::time::SystemTime;

use plugin_host::host::Host;
use plugin_host::values::{Value, unknown};
use serde_json::json;

use crate::{finish, host, told};

const TOKEN: &str = "test_token";

#[track_caller]
fn assert_told(host: &Host, case: &str, rpc: &str, fault: &str) {
    let told = told(host);
    assert!(told.iter().any(|told| told.starts_with(rpc) && told.contains(fault)), "{case}: {told:?}");
}

#[tokio::test]
async fn a_token_is_opened_renewed_and_closed_with_the_bytes_that_the_provider_gave() {
    let host = host().await;
    assert_eq!(host.validate_ephemeral(TOKEN, &json!({ "name": unknown() })).await.unwrap(), []);
    let opened = host.open_ephemeral(TOKEN, &json!({ "name": "a" })).await.unwrap();
    assert_eq!(opened.result, json!({ "name": "a", "value": "secret of a" }));
    assert!(opened.renew_at.is_some_and(|renew_at| renew_at > SystemTime::now()), "{opened:?}");
    assert_eq!(opened.private, b"a");

    let renewed = host.renew_ephemeral(TOKEN, &opened.private).await.unwrap();
    let again = host.renew_ephemeral(TOKEN, &renewed.private).await.unwrap();
    assert_eq!(again.private, b"a, renewed, renewed");
    for private in [&opened.private, &again.private] {
        assert_eq!(host.close_ephemeral(TOKEN, private).await.unwrap(), []);
    }
    let without = host.close_ephemeral(TOKEN, b"").await.unwrap();
    assert_eq!(without[0].to_string(), "Error: Nothing to close");
    finish(host).await;
}

#[tokio::test]
async fn a_token_whose_configuration_is_not_known_is_left_unopened() {
    let host = host().await;
    let opened = host.open_ephemeral(TOKEN, &json!({ "name": unknown() })).await.unwrap();
    assert!(opened.deferred && opened.result.is_null(), "{opened:?}");
    finish(host).await;
}

#[tokio::test]
async fn a_provider_may_refuse_to_open_to_renew_and_where_the_host_allows_it_to_decide() {
    let mut host = host().await;
    let refused = host.open_ephemeral(TOKEN, &json!({ "name": "refused" })).await.unwrap();
    assert_eq!(refused.diagnostics[0].to_string(), "Error: Token not issued");
    assert_eq!((refused.result, refused.private), (Value::Null, Vec::new()));

    let revoked = host.renew_ephemeral(TOKEN, b"revoked").await.unwrap();
    assert_eq!(revoked.diagnostics[0].to_string(), "Error: Token revoked");

    host.allow_deferral();
    assert!(host.open_ephemeral(TOKEN, &json!({ "name": "later" })).await.unwrap().deferred);
    finish(host).await;
}

#[tokio::test]
async fn each_fault_of_an_open_is_told() {
    let host = host().await;
    for (name, fault) in [
        ("liar", r#"name is "another", and the configuration says "liar""#),
        ("open", "the result is not wholly known"),
        ("missing", "the result is missing"),
        ("garbled", "the result does not conform to the schema"),
        ("later", "the answer is deferred, and the host does not allow that"),
        ("later, yet open", "no host will close it"),
        ("refused, yet open", "no host will close it"),
        ("stale", "renew_at has long passed"),
        ("in milliseconds", "renew_at is no point in time"),
    ] {
        // An answer that can't be used is an error of the call, too.
        let _ = host.open_ephemeral(TOKEN, &json!({ "name": name })).await;
        assert_told(&host, name, "OpenEphemeralResource", fault);
    }
}

#[tokio::test]
async fn each_fault_of_a_renewal_and_of_a_close_is_told() {
    let host = host().await;
    for (private, fault) in [("amnesic", "the private bytes are lost"), ("stale", "renew_at has long passed")]
    {
        host.renew_ephemeral(TOKEN, private.as_bytes()).await.unwrap();
        assert_told(&host, private, "RenewEphemeralResource", fault);
    }
    host.close_ephemeral(TOKEN, b"mute").await.unwrap();
    assert_told(&host, "mute", "CloseEphemeralResource", "a diagnostic has no summary");
    host.close_ephemeral(TOKEN, b"unclosable").await.unwrap_err();
    assert_told(&host, "unclosable", "CloseEphemeralResource", "failed with the gRPC status Unimplemented");
}
