//! Bringing an endpoint under Terraform that someone saved before.

use crate::support::{CLERK, Project, URL, endpoint};

const CLERK_ADDRESS: &str = "turso_jwks_endpoint.clerk";

/// A project that wants an endpoint of this name, which exists.
fn with_endpoint(name: &str) -> Project {
    let project = Project::new(&endpoint(&[&format!("name = {name:?}"), &format!("url = {URL:?}")]));
    project.put_endpoint(name, URL);
    project
}

#[test]
fn an_endpoint_is_imported_by_its_name() {
    for name in ["clerk", "Clerk Production", "100%", "what?", "späť", "a#b"] {
        let project = with_endpoint(name);
        project.import(CLERK_ADDRESS, name).succeeds().says("Import successful!");
        assert_eq!(project.attribute(CLERK_ADDRESS, "id"), format!("acme/{name}"));
        project.plan().finds_no_changes();
    }
}

#[test]
fn an_endpoint_is_imported_by_organization_and_name() {
    for name in ["clerk", "Clerk Production", "a/b", "a/b/c", "späť"] {
        let project = with_endpoint(name);
        project.import(CLERK_ADDRESS, &format!("acme/{name}")).succeeds();
        assert_eq!(project.attribute(CLERK_ADDRESS, "name"), name);
        project.plan().finds_no_changes();
    }
}

#[test]
fn an_endpoint_is_imported_by_a_block() {
    let project = with_endpoint("clerk");
    project.write("import.tf", "import {\n  to = turso_jwks_endpoint.clerk\n  id = \"acme/clerk\"\n}\n");
    project.plan().says("Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.");
    project
        .apply()
        .succeeds()
        .says("Apply complete! Resources: 1 imported, 0 added, 0 changed, 0 destroyed.");
    assert_eq!(project.writes(), [] as [&str; 0]);
    project.plan().finds_no_changes();
}

#[test]
fn an_import_with_a_region_deletes_and_creates_nothing() {
    let project = Project::new(&endpoint(&[
        r#"name = "clerk""#,
        &format!("url = {URL:?}"),
        r#"region = "aws-eu-west-1""#,
    ]));
    project.put_endpoint("clerk", URL);
    project.import(CLERK_ADDRESS, "clerk").succeeds();
    project.plan().plans(0, 1, 0).says(r#"+ region = "aws-eu-west-1""#);
    project.apply().applied(0, 1, 0);
    assert_eq!(project.writes(), [] as [&str; 0]);
    project.plan().finds_no_changes();
}

#[test]
fn an_import_of_nothing_says_what_there_is() {
    let project = Project::new(CLERK);
    project.import(CLERK_ADDRESS, "clerk").fails().says(
        r#"Error: JWKS endpoint not imported

        There is no JWKS endpoint "clerk" in organization "acme". It has none."#,
    );
    for name in ["späť", "Clerk"] {
        project.put_endpoint(name, URL);
    }
    project.import(CLERK_ADDRESS, "acme/clerk").fails().says(
        r#"Error: JWKS endpoint not imported

        There is no JWKS endpoint "clerk" in organization "acme". It has: "Clerk", "späť".

        The import ID is name, or organization/name; a name that holds a slash needs the organization before it."#,
    );
    assert_eq!(project.instance(CLERK_ADDRESS), None);
}

#[test]
fn a_name_with_a_slash_and_no_organization_is_explained() {
    let project = with_endpoint("a/b");
    project
        .import(CLERK_ADDRESS, "a/b")
        .fails()
        .says(r#"Could not list the JWKS endpoints in organization "a": Turso answered 404: organization not found."#)
        .says("a name that holds a slash needs the organization before it");
}

#[test]
fn an_import_id_that_can_name_nothing_is_refused() {
    let project = Project::new(CLERK);
    for (id, reason) in [
        ("acme/", "The name is empty."),
        ("acme/..", "The name is only dots, which no URL can hold."),
        ("/clerk", r#"The organization slug "" is empty."#),
    ] {
        project.import(CLERK_ADDRESS, id).fails().says(reason);
    }
    assert_eq!(project.calls(), [] as [&str; 0]);
}
