//! Moving, forgetting and replacing what is in state.

use plugin_host::engine::Feature;
use serde_json::{Value, json};

use super::{assert_too_old, letting_go, refusal_of_removed};
use crate::support::{CLERK, ORGANIZATION, Project, URL, applied, engine};

const CLERK_ADDRESS: &str = "turso_jwks_endpoint.clerk";
const RENAMED: &str = "turso_jwks_endpoint.renamed";

fn renamed() -> String {
    CLERK.replace("\"clerk\" {", "\"renamed\" {")
}

#[test]
fn a_moved_block_renames_a_resource_and_leaves_the_endpoint_alone() {
    let project = applied();
    let before = project.instance(CLERK_ADDRESS).unwrap();
    project.configure(&format!("{}moved {{\n  from = {CLERK_ADDRESS}\n  to = {RENAMED}\n}}\n", renamed()));
    project
        .plan()
        .succeeds()
        .says(&format!("{CLERK_ADDRESS} has moved to {RENAMED}"))
        .says("0 to add, 0 to change, 0 to destroy");
    project.apply().applied(0, 0, 0);
    assert_eq!(project.instance(CLERK_ADDRESS), None);
    assert_same(&project.instance(RENAMED).unwrap(), &before);
    assert_eq!(project.writes(), [] as [&str; 0]);
    project.plan().finds_no_changes();
}

#[test]
fn a_moved_block_leads_into_for_each() {
    let project = applied();
    project.configure(&format!(
        "resource \"turso_jwks_endpoint\" \"all\" {{\n  for_each = {{ \"Clerk EU\" = {URL:?} }}\n  name = \"clerk\"\n  \
         url = each.value\n}}\nmoved {{\n  from = {CLERK_ADDRESS}\n  to = turso_jwks_endpoint.all[\"Clerk EU\"]\n}}\n"
    ));
    project.apply().applied(0, 0, 0);
    assert_eq!(project.instance("turso_jwks_endpoint.all").unwrap()["index_key"], "Clerk EU");
    assert_eq!(project.writes(), [] as [&str; 0]);
}

#[test]
fn state_mv_renames_a_resource_and_leaves_the_endpoint_alone() {
    let project = applied();
    let before = project.instance(CLERK_ADDRESS).unwrap();
    project.run(&["state", "mv", CLERK_ADDRESS, RENAMED]).succeeds();
    project.configure(&renamed());
    project.plan().finds_no_changes();
    assert_same(&project.instance(RENAMED).unwrap(), &before);
    assert_eq!(project.writes(), [] as [&str; 0]);
}

#[test]
fn a_removed_block_forgets_the_endpoint_and_leaves_it_alone() {
    let project = applied();
    project.configure(&format!(
        "removed {{\n  from = {CLERK_ADDRESS}\n  lifecycle {{\n    destroy = false\n  }}\n}}\n"
    ));
    if let Some(refusal) = refusal_of_removed() {
        assert_too_old(&project, &project.validate(), refusal);
        return;
    }
    project.plan().succeeds().says(letting_go()).says("0 to destroy");
    project.apply().applied(0, 0, 0);
    assert_eq!(project.instance(CLERK_ADDRESS), None);
    assert_eq!(project.turso().endpoints(ORGANIZATION).unwrap().len(), 1);
    assert_eq!(project.writes(), [] as [&str; 0]);
}

#[test]
fn state_rm_forgets_the_endpoint_and_an_import_brings_it_back_as_it_was() {
    let project = applied();
    let before = project.instance(CLERK_ADDRESS).unwrap();
    project.run(&["state", "rm", CLERK_ADDRESS]).succeeds();
    project.plan().fails().says("Error: JWKS endpoint already exists");
    project.import(CLERK_ADDRESS, "clerk").succeeds();
    assert_same(&project.instance(CLERK_ADDRESS).unwrap(), &before);
    assert_eq!(project.writes(), [] as [&str; 0]);
    project.plan().finds_no_changes();
}

#[test]
fn a_target_is_applied_and_nothing_else() {
    let project = Project::new(&format!(
        "{CLERK}resource \"turso_jwks_endpoint\" \"other\" {{\n  name = \"other\"\n  url = {URL:?}\n}}\n"
    ));
    project.apply_with(&["-target", CLERK_ADDRESS]).applied(1, 0, 0).says("Resource targeting is in effect");
    assert_eq!(project.writes(), ["PUT /v2/organizations/acme/jwks/clerk"]);
    project.plan_with(&["-target", CLERK_ADDRESS]).finds_no_changes();
    project.plan().plans(1, 0, 0).says("# turso_jwks_endpoint.other will be created");
}

#[test]
fn replace_plans_another_endpoint_of_the_same_identity() {
    let project = applied();
    let before = project.instance(CLERK_ADDRESS).unwrap();
    let replace = format!("-replace={CLERK_ADDRESS}");
    project.plan_with(&[&replace]).plans(1, 0, 1).says("will be replaced, as requested");
    project.apply_with(&[&replace]).applied(1, 0, 1);
    assert_same(&project.instance(CLERK_ADDRESS).unwrap(), &before);
    project.plan().finds_no_changes();
}

#[test]
fn a_tainted_endpoint_is_replaced_and_an_untainted_one_is_not() {
    let project = applied();
    let before = project.instance(CLERK_ADDRESS).unwrap();
    project.run(&["taint", CLERK_ADDRESS]).succeeds();
    project.plan().plans(1, 0, 1).says("is tainted, so");
    project.run(&["untaint", CLERK_ADDRESS]).succeeds();
    project.plan().finds_no_changes();
    project.run(&["taint", CLERK_ADDRESS]).succeeds();
    project.apply().applied(1, 0, 1);
    assert_same(&project.instance(CLERK_ADDRESS).unwrap(), &before);
    assert_eq!(
        project.writes(),
        ["DELETE /v2/organizations/acme/jwks/clerk", "PUT /v2/organizations/acme/jwks/clerk"]
    );
}

#[test]
fn the_identity_in_state_is_the_object_s_own_for_life() {
    let project = applied();
    let identity = |address: &str| project.instance(address).unwrap()["identity"].clone();
    let clerk = if engine().can(Feature::Identity) {
        json!({ "organization": "acme", "name": "clerk" })
    } else {
        // An older engine keeps none, and nothing else is different there.
        Value::Null
    };
    assert_eq!(identity(CLERK_ADDRESS), clerk);
    project.configure(&CLERK.replace("clerk.example.com", "moved.example.com"));
    project.apply().applied(0, 1, 0);
    assert_eq!(identity(CLERK_ADDRESS), clerk);
    project.configure(&CLERK.replace("name = \"clerk\"", "name = \"other\""));
    project.apply().applied(1, 0, 1);
    if engine().can(Feature::Identity) {
        assert_eq!(identity(CLERK_ADDRESS), json!({ "organization": "acme", "name": "other" }));
    }
}

/// Attributes and identity are those of before.
#[track_caller]
fn assert_same(after: &Value, before: &Value) {
    for part in ["attributes", "identity"] {
        assert_eq!(after[part], before[part]);
    }
}
