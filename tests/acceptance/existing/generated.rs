//! Configuration that the engine writes for endpoints that exist: it plans to no change without an edit.

use std::fs;

use plugin_host::engine::{Feature, Product};
use turso_emulator::OrganizationKind;

use super::{NAMES, NO_IDENTITY, NO_QUERY, assert_too_old, quoted, url, with_endpoints};
use crate::support::{NOT_GENERATED, ORGANIZATION, Project, engine};

const ALL_IMPORTED: &str = "Plan: 6 to import, 0 to add, 0 to change, 0 to destroy.";

/// An `import` block for each of [`NAMES`], by what `target` makes of the name.
fn import_blocks(target: impl Fn(&str) -> String) -> String {
    let block = |(number, name): (usize, &&str)| {
        format!("import {{\n  to = turso_jwks_endpoint.e{number}\n  {}\n}}\n", target(name))
    };
    NAMES.iter().enumerate().map(block).collect()
}

/// Has the configuration written, and applies it as it is; not where the engine was seen to write none.
fn write_and_apply(project: &Project) -> bool {
    let Some(plan) = project.generate("generated.tf") else { return false };
    plan.succeeds().says(ALL_IMPORTED);
    project.apply().succeeds().says("6 imported, 0 added, 0 changed, 0 destroyed.");
    assert_eq!(project.writes(), [] as [&str; 0]);
    project.plan().finds_no_changes();
    for (number, name) in NAMES.iter().enumerate() {
        let address = format!("turso_jwks_endpoint.e{number}");
        assert_eq!(project.attribute(&address, "name"), *name);
        assert_eq!(project.attribute(&address, "url"), url(name));
    }
    true
}

fn generated(project: &Project) -> String {
    fs::read_to_string(project.root().join("generated.tf")).unwrap()
}

/// Whether the engine asks the provider what a person would write, instead of guessing.
fn engine_asks() -> bool {
    engine().product() == Product::Terraform && engine().can(Feature::Query)
}

#[test]
fn configuration_written_for_imports_by_id_changes_nothing() {
    let project = with_endpoints(&import_blocks(|name| format!("id = {}", quoted(&format!("acme/{name}")))));
    write_and_apply(&project);
}

#[test]
fn configuration_written_for_imports_by_identity_changes_nothing() {
    let project = with_endpoints(&import_blocks(|name| format!("identity = {{ name = {} }}", quoted(name))));
    if !engine().can(Feature::Identity) {
        assert_too_old(&project, &project.validate(), NO_IDENTITY);
        return;
    }
    if !write_and_apply(&project) {
        return;
    }
    let instance = project.instance("turso_jwks_endpoint.e2").unwrap();
    assert_eq!(
        instance["identity"],
        serde_json::json!({ "organization": "acme", "name": "Clerk Production" })
    );
}

#[test]
fn configuration_written_by_a_query_changes_nothing() {
    let project = with_endpoints("");
    project.write("all.tfquery.hcl", "list \"turso_jwks_endpoint\" \"all\" {\n  provider = turso\n}\n");
    let query = project.run(&["query", "-no-color", "-generate-config-out=generated.tf"]);
    if !engine().can(Feature::Query) {
        assert_too_old(&project, &query, NO_QUERY);
        return;
    }
    if !engine().can(Feature::GeneratedConfiguration) {
        query.fails().says(NOT_GENERATED);
        return;
    }
    query.succeeds();
    project.plan().succeeds().says(ALL_IMPORTED);
    project.apply().succeeds().says("6 imported, 0 added, 0 changed, 0 destroyed.");
    assert_eq!(project.writes(), [] as [&str; 0]);
    project.plan().finds_no_changes();
}

#[test]
fn the_organization_is_written_where_it_is_not_the_provider_s() {
    let project = Project::new("import {\n  to = turso_jwks_endpoint.clerk\n  id = \"umbrella/clerk\"\n}\n");
    project.turso().add_organization("umbrella", OrganizationKind::Team);
    project.turso().put_endpoint("umbrella", "clerk", &url("clerk")).unwrap();
    let Some(plan) = project.generate("generated.tf") else { return };
    plan.succeeds().says("1 to import, 0 to add, 0 to change");
    let generated = generated(&project);
    // The engine aligns the attributes.
    let words: Vec<_> = generated.split_whitespace().collect();
    assert!(words.join(" ").contains(r#" organization = "umbrella" "#), "{generated}");
}

#[test]
fn what_the_provider_block_says_is_not_written_again() {
    let project = Project::new("import {\n  to = turso_jwks_endpoint.clerk\n  id = \"clerk\"\n}\n");
    project.turso().put_endpoint(ORGANIZATION, "clerk", &url("clerk")).unwrap();
    let Some(plan) = project.generate("generated.tf") else { return };
    plan.succeeds();
    // An engine that does not ask guesses from the state, where the organization is.
    assert_eq!(generated(&project).contains("organization"), !engine_asks(), "{}", generated(&project));
}
