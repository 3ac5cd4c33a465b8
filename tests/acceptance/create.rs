//! Creating an endpoint.

use crate::support::Project;

const CLERK: &str = r#"
resource "turso_jwks_endpoint" "clerk" {
  name = "clerk"
  url  = "https://clerk.example.com/.well-known/jwks.json"
}
"#;

#[test]
fn an_endpoint_is_created_and_the_next_plan_is_empty() {
    let project = Project::new(CLERK);
    project.plan().plans(1, 0, 0);
    project.apply().applied(1, 0, 0);
    assert_eq!(project.attribute("turso_jwks_endpoint.clerk", "id"), "acme/clerk");
    project.plan().finds_no_changes();
    project.destroy().succeeds();
}
