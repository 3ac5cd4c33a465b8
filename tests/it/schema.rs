//! The schema as hosts see it: every change of it is a change of a golden file, for a reviewer to see.

mod descriptions;
mod json;

use std::fs;

use plugin_host::host::Host;
use plugin_host::process::Launch;
use plugin_host::wire::tfplugin6 as wire;
use serde_json::{Map, Value};

use crate::engine::{REQUIRED_PROVIDERS, Runner, said};
use crate::files::repository;
use crate::golden;

/// In the form of `terraform providers schema -json`.
const GOLDEN: &str = "tests/it/golden/providers-schema.json";

#[tokio::test]
async fn the_schema_is_the_golden_one() {
    let schema = serde_json::to_string_pretty(&binarys_schema().await).expect("JSON can be printed");
    golden::assert_is(&repository().join(GOLDEN), &format!("{schema}\n"));
}

/// What an older engine does not know of is not in its answer.
#[tokio::test]
async fn the_engine_understands_the_schema_as_the_golden_file_shows_it() {
    let runner = Runner::new();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.tf"), REQUIRED_PROVIDERS).unwrap();
    let output = runner.run(folder.path(), &["providers", "schema", "-json"]);
    assert!(output.status.success(), "{}", said(&output));

    let answer = the_provider(serde_json::from_slice(&output.stdout).unwrap());
    let ours = the_provider(binarys_schema().await);
    assert!(answer.contains_key("resource_schemas"), "{answer:?}");
    for (kind, schemas) in answer {
        assert_eq!(ours.get(&kind), Some(&schemas), "{kind} of {}", runner.engine);
    }
}

#[tokio::test]
async fn everything_is_described_in_sentences() {
    let (schemas, identities) = answers().await;
    let descriptions = descriptions::all(&schemas, &identities);
    assert!(descriptions.iter().any(|(place, _)| place.starts_with("identity")), "{descriptions:#?}");
    let wanting: Vec<_> = descriptions.iter().filter(|(_, text)| !text.ends_with('.')).collect();
    assert!(wanting.is_empty(), "no description, or one that is no sentence: {wanting:#?}");
    let nameless: Vec<_> =
        schemas.functions.iter().filter(|(_, function)| function.summary.is_empty()).collect();
    assert!(nameless.is_empty(), "functions without a summary: {nameless:#?}");
}

async fn binarys_schema() -> Value {
    let (schemas, identities) = answers().await;
    json::providers_schema(&schemas, &identities)
}

/// What the built binary answers when a host asks what it is.
async fn answers() -> (wire::get_provider_schema::Response, wire::get_resource_identity_schemas::Response) {
    let launch = Launch::new(env!("CARGO_BIN_EXE_terraform-provider-turso"));
    let host = Host::start(launch).await.expect("the provider starts");
    let schemas = host.raw().get_provider_schema(wire::get_provider_schema::Request {}).await;
    let identities =
        host.raw().get_resource_identity_schemas(wire::get_resource_identity_schemas::Request {}).await;
    let finished = host.finish().await.expect("the system tells how it ended");
    assert_eq!(finished.violations, []);
    let answered = "the provider answers";
    (schemas.expect(answered).into_inner(), identities.expect(answered).into_inner())
}

/// What the document says of the one provider in it.
fn the_provider(document: Value) -> Map<String, Value> {
    let providers = document["provider_schemas"].as_object().expect("there are schemas");
    assert_eq!(providers.len(), 1);
    let provider = providers.values().next().and_then(Value::as_object);
    provider.expect("a provider has schemas").clone()
}
