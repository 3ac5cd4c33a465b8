//! Finding what exists: imports, lists, generated configuration and data sources, as any host asks for them, also one
//! that is newer than the engine of this machine.

use plugin_host::host::Action;
use plugin_host::values::Value;
use serde_json::json;

use crate::served::{ENDPOINT, NAMES, Served, display_names, error, identity, state, url};

#[tokio::test]
async fn an_endpoint_is_imported_by_id_and_by_identity_and_its_generated_configuration_changes_nothing() {
    let served = Served::start().await;
    for name in NAMES {
        for imported in [
            served.host.import_by_id(ENDPOINT, &format!("acme/{name}")).await.unwrap(),
            served.host.import_by_identity(ENDPOINT, &identity(name)).await.unwrap(),
            served.host.import_by_identity(ENDPOINT, &json!({ "name": name })).await.unwrap(),
        ] {
            assert_eq!(imported.diagnostics, [], "{name}");
            let instance = imported.instance.unwrap();
            assert_eq!(instance.state, state(name));
            assert_eq!(instance.identity, identity(name));
            let generated = served.host.generate_config(ENDPOINT, &instance.state).await.unwrap();
            assert_eq!(generated.value, {
                let mut written = state(name);
                for told in ["id", "organization", "registration"] {
                    written[told] = json!(null);
                }
                written
            });
            let config = generated.value.to_json();
            let planned = served.host.plan(ENDPOINT, Some(&instance), Some(&config)).await.unwrap();
            assert_eq!(planned.action, Action::NoOp, "{name}: {planned:?}");
            assert_eq!(planned.identity, identity(name));
        }
    }
}

#[tokio::test]
async fn an_id_without_an_organization_means_the_provider_s() {
    let served = Served::start().await;
    let imported = served.host.import_by_id(ENDPOINT, "clerk").await.unwrap();
    assert_eq!(imported.instance.unwrap().state, state("clerk"));
    let imported = served.host.import_by_id(ENDPOINT, "a/b").await.unwrap();
    let message = error(&imported.diagnostics);
    assert!(message.contains("a name that holds a slash needs the organization before it"), "{message}");
}

#[tokio::test]
async fn configuration_generated_for_another_organization_names_it() {
    let served = Served::start().await;
    served.emulator.put_endpoint("empty", "clerk", &url("clerk")).unwrap();
    let imported = served.host.import_by_id(ENDPOINT, "empty/clerk").await.unwrap().instance.unwrap();
    let generated = served.host.generate_config(ENDPOINT, &imported.state).await.unwrap();
    assert_eq!(generated.value["organization"], json!("empty"));
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_answered_with_those_that_do() {
    let served = Served::start().await;
    let by_id = served.host.import_by_id(ENDPOINT, "acme/clark").await.unwrap().diagnostics;
    let identity = json!({ "organization": "acme", "name": "clark" });
    let by_identity = served.host.import_by_identity(ENDPOINT, &identity).await.unwrap().diagnostics;
    let read = served.host.read_data_source(ENDPOINT, &json!({ "name": "clark" })).await.unwrap().diagnostics;
    assert_eq!(read[0].attribute.as_deref(), Some("name"));
    for diagnostics in [by_id, by_identity, read] {
        let message = error(&diagnostics);
        let expected = r#"There is no JWKS endpoint "clark" in organization "acme". It has: "${a}%{b}\"\\", "100%", "Clerk Production", "a/b", "clerk", "späť"."#;
        assert!(message.contains(expected), "{message}");
    }
    let in_empty = served.host.import_by_id(ENDPOINT, "empty/clerk").await.unwrap().diagnostics;
    assert!(error(&in_empty).contains("It has none."), "{in_empty:?}");
}

#[tokio::test]
async fn a_list_has_every_endpoint_in_the_order_of_the_names() {
    let served = Served::start().await;
    let listed = served.host.list(ENDPOINT, &json!({}), true, 100).await.unwrap();
    assert_eq!(display_names(&listed), NAMES);
    for (listed, name) in listed.iter().zip(NAMES) {
        assert_eq!(listed.identity, identity(name));
        assert_eq!(*listed.object.as_ref().unwrap(), state(name));
    }
}

#[tokio::test]
async fn a_name_that_a_terminal_would_obey_is_shown_escaped() {
    let served = Served::start().await;
    for name in ["a\u{1b}[31m\rb", "a\u{202e}b"] {
        served.emulator.put_endpoint("empty", name, &url("clerk")).unwrap();
    }
    let listed = served.host.list(ENDPOINT, &json!({ "organization": "empty" }), false, 9).await.unwrap();
    assert_eq!(display_names(&listed), ["a [31m b", "a\\u{202e}b"]);
}

#[tokio::test]
async fn a_list_stops_at_the_limit_and_leaves_out_objects_that_nobody_asked_for() {
    let served = Served::start().await;
    let listed = served.host.list(ENDPOINT, &json!({ "organization": "acme" }), false, 2).await.unwrap();
    assert_eq!(display_names(&listed), NAMES[..2]);
    assert!(listed.iter().all(|listed| listed.object.is_none()));
    assert_eq!(display_names(&served.host.list(ENDPOINT, &json!({}), false, 0).await.unwrap()), [""; 0]);
}

#[tokio::test]
async fn an_organization_without_endpoints_lists_none_and_a_refused_one_is_an_error() {
    let served = Served::start().await;
    let listed = served.host.list(ENDPOINT, &json!({ "organization": "empty" }), true, 100).await.unwrap();
    assert_eq!(display_names(&listed), [""; 0]);
    let listed = served.host.list(ENDPOINT, &json!({ "organization": "nobody" }), true, 100).await.unwrap();
    let [event] = listed.as_slice() else { panic!("{listed:#?}") };
    assert_eq!(event.diagnostics[0].attribute.as_deref(), Some("organization"));
    let message = error(&event.diagnostics);
    assert!(message.contains(r#"Could not list the JWKS endpoints in organization "nobody""#), "{message}");
    let listed = served.host.list(ENDPOINT, &json!({ "organization": "a/b" }), true, 100).await.unwrap();
    assert!(error(&listed[0].diagnostics).contains("Invalid organization"), "{listed:?}");
}

#[tokio::test]
async fn of_two_spellings_of_a_name_the_one_is_imported_that_a_configuration_can_write() {
    let served = Served::start().await;
    served.emulator.put_endpoint("empty", "spa\u{308}t", "https://idp.example.com/decomposed").unwrap();
    served.emulator.put_endpoint("empty", "sp\u{e4}t", "https://idp.example.com/composed").unwrap();
    let empty = json!({ "organization": "empty" });
    let composed = json!("https://idp.example.com/composed");
    let imported = served.host.import_by_id(ENDPOINT, "empty/sp\u{e4}t").await.unwrap();
    assert_eq!(imported.instance.unwrap().state["url"], composed);

    // Whoever looks for endpoints that should not be there sees that there are two.
    let listed = served.host.list(ENDPOINT, &empty, true, 100).await.unwrap();
    let read = served.host.read_data_source("turso_jwks_endpoints", &empty).await.unwrap();
    for diagnostics in [&listed[0].diagnostics, &read.diagnostics] {
        let message = error(diagnostics);
        assert!(message.contains(r#""spa\u{308}t" (https://idp.example.com/decomposed)"#), "{message}");
        assert!(message.contains(r#""sp\u{e4}t" (https://idp.example.com/composed)"#), "{message}");
    }
}

#[tokio::test]
async fn a_data_source_reads_all_endpoints_sorted_and_by_name() {
    let served = Served::start().await;
    let read = served.host.read_data_source("turso_jwks_endpoints", &json!({})).await.unwrap();
    assert_eq!(read.diagnostics, []);
    let endpoint = |name: &str| json!({ "name": name, "url": url(name), "id": format!("acme/{name}") });
    let by_name: serde_json::Map<_, _> =
        NAMES.iter().map(|name| (name.to_string(), endpoint(name))).collect();
    assert_eq!(
        read.state,
        json!({ "organization": "acme", "endpoints": NAMES.map(endpoint), "by_name": by_name })
    );
    let read = served
        .host
        .read_data_source("turso_jwks_endpoints", &json!({ "organization": "empty" }))
        .await
        .unwrap();
    assert_eq!(read.state, json!({ "organization": "empty", "endpoints": [], "by_name": {} }));
}

#[tokio::test]
async fn a_data_source_reads_one_endpoint() {
    let served = Served::start().await;
    for name in NAMES {
        let read = served.host.read_data_source(ENDPOINT, &json!({ "name": name })).await.unwrap();
        assert_eq!(read.diagnostics, []);
        let expected =
            json!({ "id": format!("acme/{name}"), "name": name, "organization": "acme", "url": url(name) });
        assert_eq!(read.state, expected);
    }
}

#[tokio::test]
async fn data_sources_of_a_refused_organization_are_errors() {
    let served = Served::start().await;
    for (source, config) in [
        (ENDPOINT, json!({ "name": "clerk", "organization": "nobody" })),
        ("turso_jwks_endpoints", json!({ "organization": "nobody" })),
    ] {
        let read = served.host.read_data_source(source, &config).await.unwrap();
        assert_eq!(read.diagnostics[0].attribute.as_deref(), Some("organization"));
        assert!(error(&read.diagnostics).contains("organization not found"), "{:?}", read.diagnostics);
    }
}

#[tokio::test]
async fn who_imports_by_identity_is_told_of_identities_and_not_of_ids() {
    let served = Served::start().await;
    for (sought, said) in [
        (identity("clark"), "There is no JWKS endpoint \"clark\""),
        (json!({ "name": ".." }), "The name is only dots"),
    ] {
        let found = served.host.import_by_identity(ENDPOINT, &sought).await.unwrap().diagnostics;
        let message = error(&found);
        assert!(message.contains(said), "{message}");
        let way = "An identity is the name, and the organization where it is not the provider's.";
        assert!(message.contains(way) && !message.contains("import ID"), "{message}");
    }
}

/// Terraform 1.14.0 does so (hashicorp/terraform commit c9d024062a mends it).
#[tokio::test]
async fn configuration_without_a_state_is_refused_with_the_version_that_sends_one() {
    let served = Served::start().await;
    let generated = served.host.generate_config(ENDPOINT, &Value::Null).await.unwrap();
    let message = error(&generated.diagnostics);
    assert!(message.contains("Use Terraform 1.14.1 or later, or write the block by hand."), "{message}");
}
