//! What someone else does to an endpoint.

use crate::support::{CLERK, Project, URL};

#[test]
fn an_endpoint_removed_behind_terraforms_back_is_created_again() {
    let project = Project::new(CLERK);
    project.apply().applied(1, 0, 0);
    project.remove_endpoint("clerk");
    project.plan().plans(1, 0, 0);
    project.apply().applied(1, 0, 0);
    assert_eq!(project.endpoints().len(), 1);
    project.plan().finds_no_changes();
}

#[test]
fn a_url_changed_behind_terraforms_back_is_changed_back() {
    let project = Project::new(CLERK);
    project.apply().applied(1, 0, 0);
    project.put_endpoint("clerk", "https://evil.example.com/jwks.json");
    project
        .plan()
        .plans(0, 1, 0)
        .says(r#"~ url = "https://evil.example.com/jwks.json" -> "https://clerk.example.com/.well-known/jwks.json""#);
    project.apply().applied(0, 1, 0);
    assert_eq!(project.endpoints()[0].url, URL);
    project.plan().finds_no_changes();
}

#[test]
fn other_endpoints_are_left_alone() {
    let project = Project::new(CLERK);
    project.put_endpoint("auth0", "https://acme.eu.auth0.com/jwks");
    project.apply().applied(1, 0, 0);
    project.destroy().succeeds();
    let [left] = project.endpoints().try_into().unwrap();
    assert_eq!(left.name, "auth0");
}
