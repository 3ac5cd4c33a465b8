//! The checking proxy between a host and the fake provider.

use std::path::Path;

use plugin_host::host::Host;
use plugin_host::process::Launch;
use plugin_host::proxy::{self, PROVIDER};
use plugin_host::report::{REPORT, Report};
use serde_json::json;

const THING: &str = "test_thing";

fn proxied(manner: &str, report: &Path) -> Launch {
    let proxy = proxy::binary().expect("cargo builds the binaries of a package for its tests");
    Launch::new(proxy)
        .env(PROVIDER, env!("CARGO_BIN_EXE_fake-provider"))
        .env(REPORT, report)
        .env("FAKE_PROVIDER", manner)
}

#[tokio::test]
async fn a_host_sees_no_difference_and_the_report_counts_every_call() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report");
    let host = Host::start(proxied("", &path)).await.unwrap();
    let config = json!({ "name": "a", "url": "https://example.com" });
    let created = host.apply(THING, None, Some(&config)).await.unwrap().instance.unwrap();
    host.read(THING, &created).await.unwrap();
    assert_eq!(host.list(THING, &json!({}), true, 5).await.unwrap().len(), 3);
    let stopped = host.finish().await.unwrap();
    assert_eq!(stopped.violations, []);
    assert_eq!(stopped.stopped.stderr.len(), 1, "the provider's one line of log passes");

    let report = Report::read(&path).unwrap();
    assert_eq!(report.violations, []);
    for (rpc, count) in [
        ("GetProviderSchema", 1),
        ("PlanResourceChange", 2),
        ("ApplyResourceChange", 1),
        ("ReadResource", 1),
        ("ListResource", 1),
    ] {
        assert_eq!(report.checked.get(rpc), Some(&count), "{rpc}");
    }
}

#[tokio::test]
async fn the_violations_of_several_processes_are_in_one_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report");
    for manner in ["litters", "mumbles"] {
        let host = Host::start(proxied(manner, &path)).await.unwrap();
        let config = json!({ "name": "liar", "url": "https://example.com" });
        host.plan(THING, None, Some(&config)).await.unwrap();
        host.take_violations();
        let _ = host.finish().await.unwrap();
    }
    let told: Vec<_> = Report::read(&path).unwrap().violations.iter().map(ToString::to_string).collect();
    for part in ["PlanResourceChange: url is", "behind", "not a JSON object: not JSON"] {
        assert!(told.iter().any(|told| told.contains(part)), "{part}: {told:?}");
    }
}

#[tokio::test]
async fn the_end_comes_in_time_where_the_provider_lingers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report");
    let host = Host::start(proxied("lingers", &path)).await.unwrap();
    let finished = host.finish().await.unwrap();
    assert!(!finished.stopped.killed);
    let told = Report::read(&path).unwrap().violations;
    assert!(told.iter().any(|told| told.text.contains("was killed")), "{told:?}");
}

#[tokio::test]
async fn failures_of_the_provider_pass() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report");
    let host = Host::start(proxied("", &path)).await.unwrap();
    host.upgrade(THING, 0, &json!("not an object")).await.unwrap_err();
    assert!(host.take_violations()[0].text.contains("InvalidArgument"));
    let _ = host.finish().await.unwrap();
    assert!(Report::read(&path).unwrap().violations[0].text.contains("InvalidArgument"));
}

#[tokio::test]
async fn a_missing_report_or_provider_is_said() {
    let error = Launch::new(env!("CARGO_BIN_EXE_checking-proxy")).start().await.unwrap_err();
    assert!(error.to_string().contains("PLUGIN_HOST_PROVIDER is not set"), "{error}");
}
