//! `terraform query`: finding endpoints that exist.

use plugin_host::engine::Feature;
use serde_json::{Value, json};
use turso_emulator::OrganizationKind;

use super::{NAMES, NO_QUERY, assert_too_old, url, with_endpoints};
use crate::support::{Project, Run, engine};

/// Runs this `list` block's rest, and proves what an engine without queries answers.
fn query(project: &Project, rest: &str) -> Option<Run> {
    project.write(
        "q.tfquery.hcl",
        &format!("list \"turso_jwks_endpoint\" \"q\" {{\n  provider = turso\n{rest}\n}}\n"),
    );
    let run = project.run(&["query", "-json"]);
    if engine().can(Feature::Query) {
        return Some(run);
    }
    assert_too_old(project, &run, NO_QUERY);
    None
}

/// What was found, as the engine's log has it.
fn found(run: &Run) -> Vec<Value> {
    let lines = run.output();
    let messages = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    messages
        .filter(|message| message["type"] == "list_resource_found")
        .map(|mut message| message["list_resource_found"].take())
        .collect()
}

#[test]
fn a_query_finds_every_endpoint_in_the_order_of_the_names() {
    let project = with_endpoints("");
    let Some(run) = query(&project, "include_resource = true") else { return };
    let found = found(run.succeeds());
    let names: Vec<_> = found.iter().map(|found| found["display_name"].as_str().unwrap()).collect();
    assert_eq!(names, NAMES);
    for (found, name) in found.iter().zip(NAMES) {
        assert_eq!(found["identity"], json!({ "organization": "acme", "name": name }));
        assert_eq!(found["resource_object"]["url"], url(name));
    }
    assert_eq!(project.calls(), ["GET /v2/organizations/acme/jwks"]);
}

#[test]
fn a_query_stops_at_its_limit() {
    let project = with_endpoints("");
    let Some(run) = query(&project, "limit = 2") else { return };
    assert_eq!(found(run.succeeds()).len(), 2);
}

#[test]
fn a_query_of_another_organization_is_not_one_of_the_provider_s() {
    let project = with_endpoints("");
    project.turso().add_organization("umbrella", OrganizationKind::Team);
    let Some(run) = query(&project, "config {\n organization = \"umbrella\"\n }") else { return };
    assert_eq!(found(run.succeeds()), [] as [Value; 0]);
}

#[test]
fn a_query_of_a_refused_organization_is_an_error_and_not_empty() {
    let project = with_endpoints("");
    let Some(run) = query(&project, "config {\n organization = \"nobody\"\n }") else { return };
    run.fails().says("JWKS endpoints not listed").says("Turso answered 404: organization not found");
    let Some(run) = query(&project, "config {\n organization = \"no/body\"\n }") else { return };
    run.fails().says("Invalid organization");
}
