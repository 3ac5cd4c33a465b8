//! State that something else wrote: an earlier version of the provider, a host from before identity, a provider at
//! another address.

use plugin_host::host::{Action, Instance, MoveFrom};
use plugin_host::values::Value;
use serde_json::{Value as Json, json};

use crate::served::{ENDPOINT, Served, error, identity, state, url};

const FORK: &str = "registry.terraform.io/fork/turso";

/// What a state file may hold for the endpoint `clerk`, all at schema version 0.
fn stored_states() -> [(&'static str, Json); 7] {
    let with = |name: &str, value: Json| {
        let mut stored = state("clerk");
        stored[name] = value;
        stored
    };
    let without = |name: &str| {
        let mut stored = state("clerk");
        stored.as_object_mut().unwrap().remove(name);
        stored
    };
    [
        ("as it is", state("clerk")),
        ("with an attribute that is gone", with("legacy", json!({ "a": [1, null] }))),
        ("without an attribute that is new", without("preflight")),
        ("without the newest attribute", without("only_databases")),
        ("without one that nobody set", without("region")),
        ("without one that others tell", without("id")),
        ("without what is registered", without("registration")),
    ]
}

#[tokio::test]
async fn stored_state_of_every_released_version_is_read() {
    let served = Served::start().await;
    for (case, stored) in stored_states() {
        let upgraded = served.host.upgrade(ENDPOINT, 0, &stored).await.unwrap();
        assert_eq!(upgraded.diagnostics, [], "{case}");
        assert_eq!(upgraded.value, state("clerk"), "{case}");
    }
}

#[tokio::test]
async fn state_from_before_identity_gets_its_identity_at_the_next_read() {
    let served = Served::start().await;
    let upgraded = served.host.upgrade(ENDPOINT, 0, &state("clerk")).await.unwrap().value;
    let stored = Instance { state: upgraded, identity: Value::Null, private: Vec::new() };
    let read = served.host.read(ENDPOINT, &stored).await.unwrap().instance.unwrap();
    assert_eq!(read.identity, identity("clerk"));
    // A host that does not refresh plans from the state as it was stored.
    let moved = json!({ "name": "clerk", "url": "https://idp.example.com/moved" });
    let planned = served.host.plan(ENDPOINT, Some(&stored), Some(&moved)).await.unwrap();
    assert_eq!((planned.action, planned.identity), (Action::Update, read.identity));
}

#[tokio::test]
async fn identity_never_changes_while_an_object_lives() {
    let served = Served::start().await;
    let imported = served.host.import_by_id(ENDPOINT, "acme/clerk").await.unwrap().instance.unwrap();
    let moved = json!({ "name": "clerk", "url": "https://idp.example.com/moved" });
    let updated = served.host.apply(ENDPOINT, Some(&imported), Some(&moved)).await.unwrap();
    let updated = updated.instance.unwrap();
    assert_eq!(updated.identity, identity("clerk"));
    served.emulator.put_endpoint("acme", "clerk", &url("clerk")).unwrap();
    assert_eq!(
        served.host.read(ENDPOINT, &updated).await.unwrap().instance.unwrap().identity,
        updated.identity
    );
    let deleted = served.host.plan(ENDPOINT, Some(&updated), None).await.unwrap();
    assert_eq!((deleted.action, deleted.identity), (Action::Delete, updated.identity));
}

#[tokio::test]
async fn another_name_is_another_identity() {
    let served = Served::start().await;
    served.emulator.set_jwks_limit("acme", 99).unwrap();
    let imported = served.host.import_by_id(ENDPOINT, "acme/clerk").await.unwrap().instance.unwrap();
    let renamed = json!({ "name": "clerk2", "url": url("clerk") });
    let applied = served.host.apply(ENDPOINT, Some(&imported), Some(&renamed)).await.unwrap();
    assert_eq!(applied.diagnostics, []);
    assert_eq!(applied.action, Action::Replace);
    assert_eq!(applied.instance.unwrap().identity, identity("clerk2"));
}

#[tokio::test]
async fn stored_identity_is_upgraded_like_state() {
    let served = Served::start().await;
    for stored in [identity("clerk"), json!({ "organization": "acme", "name": "clerk", "legacy": 1 })] {
        let upgraded = served.host.upgrade_identity(ENDPOINT, 0, &stored).await.unwrap();
        assert_eq!(upgraded.value, identity("clerk"));
    }
}

#[tokio::test]
async fn what_a_newer_provider_stored_is_an_error_that_says_so() {
    let served = Served::start().await;
    let upgraded = served.host.upgrade(ENDPOINT, 1, &state("clerk")).await.unwrap();
    assert!(error(&upgraded.diagnostics).contains("Use the newer version of the provider"), "{upgraded:?}");
    let upgraded = served.host.upgrade_identity(ENDPOINT, 1, &identity("clerk")).await.unwrap();
    assert!(error(&upgraded.diagnostics).contains("Use the newer version of the provider"), "{upgraded:?}");
}

#[tokio::test]
async fn state_that_names_no_object_is_an_error_with_a_way_out() {
    let served = Served::start().await;
    let upgraded = served.host.upgrade(ENDPOINT, 0, &json!({ "name": "clerk" })).await.unwrap();
    let message = error(&upgraded.diagnostics);
    assert!(message.contains("attribute \"url\"") && message.contains("terraform state rm"), "{message}");
}

#[tokio::test]
async fn the_same_resource_of_another_provider_address_moves_here_with_its_state() {
    let served = Served::start().await;
    for (case, stored) in stored_states() {
        let (moved, diagnostics) =
            served.host.move_state(ENDPOINT, &from_fork(ENDPOINT, stored)).await.unwrap();
        assert_eq!(diagnostics, [], "{case}");
        let moved = moved.unwrap();
        assert_eq!(moved.state, state("clerk"), "{case}");
        assert_eq!(moved.identity, identity("clerk"), "{case}");
        let config = json!({ "name": "clerk", "url": url("clerk") });
        let planned = served.host.plan(ENDPOINT, Some(&moved), Some(&config)).await.unwrap();
        assert_eq!(planned.action, Action::NoOp, "{case}");
    }
}

#[tokio::test]
async fn another_resource_does_not_move_here() {
    let served = Served::start().await;
    let from = from_fork("turso_database", json!({ "id": "x" }));
    let (moved, diagnostics) = served.host.move_state(ENDPOINT, &from).await.unwrap();
    assert_eq!(moved, None);
    let message = error(&diagnostics);
    assert!(
        message.contains("The state of turso_database can't become that of turso_jwks_endpoint"),
        "{message}"
    );
}

fn from_fork(type_name: &str, state: Json) -> MoveFrom {
    MoveFrom {
        provider: FORK.to_owned(),
        type_name: type_name.to_owned(),
        version: 0,
        state,
        identity: Json::Null,
        private: Vec::new(),
    }
}
