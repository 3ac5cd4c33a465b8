//! The provider as a host meets it on the wire: what a real Terraform can't be made to show.

use std::time::{Duration, Instant};

use plugin_host::host::{Action, Host, Severity};
use plugin_host::process::Launch;
use plugin_host::values::{Refinement, refined_unknown, unknown};
use plugin_host::wire::tfplugin6 as wire;
use serde_json::{Value as Json, json};
use turso_emulator::{ApiToken, Call, Effect, Emulator, Fault, OrganizationKind, Settings};

const RESOURCE: &str = "turso_jwks_endpoint";
const TEMPLATE: &str = "turso_jwt_template";
const TOKEN: &str = "t0ken-of-the-protocol-tests";
const URL: &str = "https://clerk.example.com/.well-known/jwks.json";

#[tokio::test]
async fn every_answer_of_a_whole_life_obeys_the_hosts_rules() {
    let turso = turso();
    let host = configured(&turso).await;
    host.metadata().await.unwrap();

    let created = host.apply(RESOURCE, None, Some(&endpoint(URL))).await.unwrap();
    assert_eq!((created.action, created.diagnostics.len()), (Action::Create, 0));
    let stored = created.instance.unwrap();
    assert_eq!(stored.identity.to_state_json(), json!({"organization": "acme", "name": "Clerk Production"}));

    let read = host.read(RESOURCE, &stored).await.unwrap();
    assert_eq!(read.instance.as_ref(), Some(&stored));
    assert_eq!(host.plan(RESOURCE, Some(&stored), Some(&endpoint(URL))).await.unwrap().action, Action::NoOp);

    let moved = format!("{URL}?moved");
    let updated = host.apply(RESOURCE, Some(&stored), Some(&endpoint(&moved))).await.unwrap();
    assert_eq!(updated.action, Action::Update);
    let generated = host.generate_config(RESOURCE, &updated.instance.clone().unwrap().state).await.unwrap();
    assert_eq!(
        without_nulls(&generated.value.to_state_json()),
        json!({"name": "Clerk Production", "url": moved, "only_databases": ["app"]})
    );

    let deleted = host.apply(RESOURCE, updated.instance.as_ref(), None).await.unwrap();
    assert_eq!((deleted.action, deleted.instance), (Action::Delete, None));
    assert!(turso.endpoints("acme").unwrap().is_empty());
    finish(host).await;
}

#[tokio::test]
async fn refined_unknowns_pass_validation_and_planning() {
    let turso = turso();
    let host = configured(&turso).await;
    let refined = refined_unknown(&Refinement {
        not_null: true,
        prefix: Some("https://clerk".to_owned()),
        ..Refinement::default()
    });

    let mut config = endpoint(URL);
    config["url"] = refined;
    let planned = host.plan(RESOURCE, None, Some(&config)).await.unwrap();

    assert_eq!((planned.action, planned.diagnostics.len()), (Action::Create, 0));
    assert!(planned.state.entry("url").is_unknown());
    finish(host).await;
}

#[tokio::test]
async fn an_unknown_name_leaves_the_id_and_the_identity_open() {
    let turso = turso();
    let host = configured(&turso).await;

    let mut config = endpoint(URL);
    config["name"] = unknown();
    let planned = host.plan(RESOURCE, None, Some(&config)).await.unwrap();

    assert!(planned.state.entry("id").is_unknown());
    assert!(planned.identity.is_null());
    assert_eq!(planned.diagnostics, []);
    finish(host).await;
}

#[tokio::test]
async fn unknown_permissions_are_judged_once_they_are_known() {
    let turso = turso();
    let host = configured(&turso).await;
    for permissions in [unknown(), json!([unknown()]), json!(["all:data_read", unknown()])] {
        let config = json!({"database": "app", "scope": "read-only", "permissions": permissions});
        assert_eq!(host.validate_data_source(TEMPLATE, &config).await.unwrap(), [], "{permissions}");
    }
    let config =
        json!({"database": "app", "scope": "read-only", "permissions": [unknown(), "all:data_write"]});
    let diagnostics = host.validate_data_source(TEMPLATE, &config).await.unwrap();
    assert_eq!(diagnostics[0].attribute.as_deref(), Some("permissions[1]"));
    finish(host).await;
}

#[tokio::test]
async fn validation_needs_no_configuration_no_token_and_no_network() {
    let host = Host::start(launch("http://127.0.0.1:9")).await.unwrap();

    assert_eq!(host.validate_provider(&json!({})).await.unwrap(), []);
    assert_eq!(host.validate_resource(RESOURCE, &endpoint(URL)).await.unwrap(), []);
    let everything_unknown = json!({
        "name": unknown(), "url": unknown(), "organization": unknown(), "region": unknown(),
    });
    assert_eq!(host.validate_resource(RESOURCE, &everything_unknown).await.unwrap(), []);
    finish(host).await;
}

#[tokio::test]
async fn a_provider_block_is_refused_at_its_attribute() {
    let host = Host::start(launch("http://127.0.0.1:9")).await.unwrap();
    for (attribute, value) in [
        ("organization", ""),
        ("organization", "a/b"),
        ("base_url", "http://api.turso.tech"),
        ("base_url", "https://user:s3cret@api.turso.tech"),
        ("api_token", "s3cret token"),
        ("api_token", "s3cret\ntoken"),
    ] {
        let diagnostics = host.validate_provider(&json!({ attribute: value })).await.unwrap();
        assert_eq!(diagnostics.len(), 1, "{attribute} = {value:?}: {diagnostics:?}");
        assert_eq!(diagnostics[0].attribute.as_deref(), Some(attribute));
        assert_eq!(diagnostics[0].severity, Severity::Error);
        assert!(!format!("{diagnostics:?}").contains("s3cret"), "{diagnostics:?}");
    }
    finish(host).await;
}

#[tokio::test]
async fn requests_that_no_sound_host_makes_are_refused_and_harm_nothing() {
    let turso = turso();
    let host = configured(&turso).await;
    let garbage = |bytes: &[u8]| Some(wire::DynamicValue { msgpack: bytes.to_vec(), json: Vec::new() });
    for (sent, why) in [
        (None, "null"),
        (garbage(b"\xc1"), "expected a map, found a reserved byte"),
        (garbage(b"\x80"), "expected 8 attributes, found 0"),
        (garbage(b"\x81\xa5bogus\xc0"), "no attribute is named \"bogus\""),
        (garbage(b"\xdf\xff\xff\xff\xff"), "the value ends too early"),
        (garbage(&b"\x91".repeat(100_000)), "expected a map, found an array"),
    ] {
        let request = wire::validate_resource_config::Request {
            type_name: RESOURCE.to_owned(),
            config: sent,
            client_capabilities: None,
        };
        let status = host.raw().validate_resource_config(request).await.unwrap_err();
        assert_eq!(status.code(), tonic::Code::InvalidArgument);
        assert!(status.message().contains(why), "{status}");
    }
    let request =
        wire::read_resource::Request { type_name: "turso_nothing".to_owned(), ..Default::default() };
    let status = host.raw().read_resource(request).await.unwrap_err();
    assert!(status.message().contains("no resource \"turso_nothing\""), "{status}");

    // It still works.
    assert_eq!(host.apply(RESOURCE, None, Some(&endpoint(URL))).await.unwrap().diagnostics, []);
    finish(host).await;
}

#[tokio::test]
async fn values_may_come_as_json_too() {
    let turso = turso();
    let host = configured(&turso).await;
    let config = json!({"id": null, "name": "n", "url": "http://insecure.example", "organization": null, "region": null});
    let request = wire::validate_resource_config::Request {
        type_name: RESOURCE.to_owned(),
        config: Some(wire::DynamicValue {
            msgpack: Vec::new(),
            json: with_optional_attributes(&host, config).await,
        }),
        client_capabilities: None,
    };

    let response = host.raw().validate_resource_config(request).await.unwrap().into_inner();

    assert_eq!(response.diagnostics[0].summary, "Invalid JWKS URL");
    finish(host).await;
}

#[tokio::test]
async fn state_of_a_newer_provider_is_refused_and_older_state_is_brought_up() {
    let turso = turso();
    let host = configured(&turso).await;
    let stored = json!({"name": "clerk", "url": URL, "organization": "acme", "gone": ["since", "long"]});

    let upgraded = host.upgrade(RESOURCE, 0, &stored).await.unwrap();
    assert_eq!(upgraded.diagnostics, []);
    assert_eq!(upgraded.value.entry("id").to_state_json(), json!("acme/clerk"));

    let newer = host.upgrade(RESOURCE, 99, &stored).await.unwrap();
    assert_eq!(newer.diagnostics[0].summary, "State of a newer provider");
    finish(host).await;
}

#[tokio::test]
async fn a_stop_ends_a_read_that_waits_and_keeps_the_state() {
    let turso = turso();
    turso.put_endpoint("acme", "Clerk Production", URL).unwrap();
    let host = configured(&turso).await;
    let stored = host.import_by_id(RESOURCE, "acme/Clerk Production").await.unwrap().instance.unwrap();
    // A configuration of its own, so that nothing is remembered.
    host.configure(&json!({"organization": "acme", "preflight": "off"})).await.unwrap();
    turso.inject(Fault::once(Call::List, Effect::Delay(Duration::from_secs(20))));

    let begun = Instant::now();
    let (read, stopped) = tokio::join!(host.read(RESOURCE, &stored), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        host.stop().await
    });

    stopped.unwrap();
    let read = read.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(read.diagnostics[0].summary, "Interrupted");
    assert_eq!(read.instance, Some(stored));
    finish(host).await;
}

#[tokio::test]
async fn after_a_stop_nothing_is_sent_until_the_next_configuration() {
    let turso = turso();
    let host = configured(&turso).await;
    host.stop().await.unwrap();

    let refused = host.apply(RESOURCE, None, Some(&endpoint(URL))).await.unwrap();
    assert_eq!(refused.instance, None);
    assert_eq!(
        refused.diagnostics[0].detail,
        "Could not save JWKS endpoint \"Clerk Production\" in organization \"acme\": interrupted before it was \
         sent.\n\nNothing was changed. Run it again."
    );
    assert_eq!(turso.endpoints("acme").unwrap(), []);

    // A provider under a debugger serves one host after another.
    host.configure(&json!({"organization": "acme", "preflight": "off"})).await.unwrap();
    let created = host.apply(RESOURCE, None, Some(&endpoint(URL))).await.unwrap();
    assert_eq!((created.action, created.diagnostics.len()), (Action::Create, 0));
    finish(host).await;
}

#[tokio::test]
async fn two_hundred_reads_at_once_ask_for_one_list() {
    let turso = turso();
    turso.set_jwks_limit("acme", 500).unwrap();
    for number in 0..200 {
        turso.put_endpoint("acme", &format!("endpoint {number}"), URL).unwrap();
    }
    let host = configured(&turso).await;
    let stored = host.import_by_id(RESOURCE, "endpoint 0").await.unwrap().instance.unwrap();
    host.configure(&json!({"organization": "acme", "preflight": "off"})).await.unwrap();
    turso.clear_requests();

    let reads = (0..200).map(|_| host.read(RESOURCE, &stored));
    for read in futures_util::future::join_all(reads).await {
        assert_eq!(read.unwrap().instance.as_ref(), Some(&stored));
    }

    assert_eq!(turso.requests().len(), 1);
    finish(host).await;
}

fn turso() -> Emulator {
    let turso = Emulator::start(Settings::default()).unwrap();
    turso.add_token(ApiToken::owner(TOKEN));
    turso.add_organization("acme", OrganizationKind::Team);
    turso.add_group("acme", "default").unwrap();
    turso.add_database("acme", "app", "default").unwrap();
    turso
}

fn launch(base_url: &str) -> Launch {
    Launch::new(env!("CARGO_BIN_EXE_terraform-provider-turso"))
        .env("TURSO_API_BASEURL", base_url)
        .env("TURSO_API_TOKEN", TOKEN)
        .env("TF_LOG", "trace")
}

/// Without the look at JWKS documents, which this machine could not fetch.
async fn configured(turso: &Emulator) -> Host {
    let host = Host::start(launch(&turso.base_url())).await.unwrap();
    assert_eq!(host.configure(&json!({"organization": "acme", "preflight": "off"})).await.unwrap(), []);
    host
}

/// Ends the process, and fails where any answer broke a rule or a log line shows the token.
async fn finish(host: Host) {
    let finished = host.finish().await.unwrap();
    assert_eq!(finished.violations, []);
    let logs = finished.stopped.stderr.join("\n");
    assert!(logs.contains("tf_rpc"), "nothing was logged: {logs}");
    assert!(!logs.contains(TOKEN) && !logs.contains("s3cret"), "{logs}");
}

fn endpoint(url: &str) -> Json {
    json!({"name": "Clerk Production", "url": url, "only_databases": ["app"]})
}

/// The configuration with null for every attribute that it leaves out: JSON values are as whole as MessagePack's.
async fn with_optional_attributes(host: &Host, mut config: Json) -> Vec<u8> {
    let schemas = host.raw().get_provider_schema(wire::get_provider_schema::Request {}).await.unwrap();
    let schema = &schemas.get_ref().resource_schemas[RESOURCE];
    for attribute in &schema.block.as_ref().unwrap().attributes {
        config.as_object_mut().unwrap().entry(&attribute.name).or_insert(Json::Null);
    }
    config.to_string().into_bytes()
}

fn without_nulls(object: &Json) -> Json {
    let entries = object.as_object().unwrap().iter().filter(|(_, value)| !value.is_null());
    entries.map(|(name, value)| (name.clone(), value.clone())).collect::<serde_json::Map<_, _>>().into()
}
