//! The guide "Bring endpoints under Terraform": its own blocks, run as they stand.

use plugin_host::engine::Feature;

use super::{NO_IDENTITY, NO_QUERY, assert_too_old, letting_go, refusal_of_removed};
use crate::support::{NOT_GENERATED, ORGANIZATION, Project, engine, hcl_blocks};

const GUIDE: &str = include_str!("../../../docs/guides/importing.md");
const CLERK_URL: &str = "https://clerk.example.com/.well-known/jwks.json";
const PRODUCTION_URL: &str = "https://clerk.example.org/.well-known/jwks.json";

fn blocks(section: &str) -> Vec<&'static str> {
    hcl_blocks(GUIDE, section)
}

/// An organization as the guide has it in mind.
fn project(hcl: &str) -> Project {
    let project = Project::new(hcl);
    for (name, url) in [("clerk", CLERK_URL), ("Clerk Production", PRODUCTION_URL)] {
        project.turso().put_endpoint(ORGANIZATION, name, url).unwrap();
    }
    project
}

#[test]
fn one_endpoint_by_its_id() {
    let project = project(blocks("One endpoint, by its ID")[0]);
    let Some(plan) = project.generate("endpoints.tf") else { return };
    plan.succeeds().says("1 to import, 0 to add, 0 to change, 0 to destroy");
    project.apply().succeeds();
    project.configure("");
    project.plan().finds_no_changes();
}

#[test]
fn one_endpoint_by_its_identity() {
    let project = project(blocks("One endpoint, by its identity")[0]);
    if !engine().can(Feature::Identity) {
        assert_too_old(&project, &project.validate(), NO_IDENTITY);
        return;
    }
    let Some(plan) = project.generate("endpoints.tf") else { return };
    plan.succeeds().says("1 to import, 0 to add, 0 to change, 0 to destroy");
}

#[test]
fn what_there_is_by_query() {
    let project = project("");
    project.write("all.tfquery.hcl", blocks("What there is, by query")[0]);
    let query = project.run(&["query", "-no-color", "-generate-config-out=endpoints.tf"]);
    if !engine().can(Feature::Query) {
        assert_too_old(&project, &query, NO_QUERY);
        return;
    }
    if !engine().can(Feature::GeneratedConfiguration) {
        query.fails().says(NOT_GENERATED);
        return;
    }
    query.succeeds();
    project.plan().succeeds().says("2 to import, 0 to add, 0 to change, 0 to destroy");
    project.apply().succeeds();

    let moved = blocks("Rename, move, split up")[0];
    let written = std::fs::read_to_string(project.root().join("endpoints.tf")).unwrap();
    project.write("endpoints.tf", &written.replace("\"all_0\"", "\"clerk\"").replace(".all_0\n", ".clerk\n"));
    project.configure(moved);
    project.plan().succeeds().says("0 to add, 0 to change, 0 to destroy");
}

#[test]
fn many_with_for_each() {
    let [read, import] = blocks("Many, with `for_each`")[..] else { panic!("the section has two blocks") };
    let project = project(read);
    project.apply().succeeds();
    let output = project.run(&["output", "-no-color", "endpoints"]);
    // What it prints is what the next block holds.
    for line in output.succeeds().output().lines().filter(|line| line.contains(" = ")) {
        assert!(import.contains(line.split(" = ").next().unwrap().trim()), "{line}");
    }
    project.configure(import);
    project.turso().remove_endpoint(ORGANIZATION, "Clerk Production").unwrap();
    project.turso().put_endpoint(ORGANIZATION, "of a stranger", CLERK_URL).unwrap();
    project.turso().set_jwks_limit(ORGANIZATION, 3).unwrap();
    project.apply().succeeds().says("1 imported, 1 added, 0 changed, 0 destroyed.");
    project.plan().finds_no_changes();
}

#[test]
fn and_back_out_again() {
    let project = project(blocks("One endpoint, by its ID")[0]);
    let Some(plan) = project.generate("endpoints.tf") else { return };
    plan.succeeds();
    project.apply().succeeds();
    std::fs::remove_file(project.root().join("endpoints.tf")).unwrap();
    project.configure(blocks("And back out again")[0]);
    if let Some(refusal) = refusal_of_removed() {
        assert_too_old(&project, &project.validate(), refusal);
        return;
    }
    project.plan().succeeds().says(letting_go()).says("0 to destroy");
    project.apply().succeeds();
    assert_eq!(project.turso().endpoints(ORGANIZATION).unwrap().len(), 2);
}

#[test]
fn what_the_guide_quotes_is_what_is_said() {
    let project = project(
        r#"import {
          to = turso_jwks_endpoint.clerk
          id = "a/b"
        }
        resource "turso_jwks_endpoint" "clerk" {
          name = "clerk"
          url  = "https://clerk.example.com/.well-known/jwks.json"
        }"#,
    );
    project.plan().fails().says(r#"Could not list the JWKS endpoints in organization "a""#);
    project.turso().remove_endpoint(ORGANIZATION, "Clerk Production").unwrap();
    let said = r#"There is no JWKS endpoint "clark" in organization "acme". It has: "clerk"."#;
    project.import("turso_jwks_endpoint.clerk", "clark").fails().says(said);
    assert!(GUIDE.contains(said));
}
