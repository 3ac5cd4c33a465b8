//! Values that are known only after something else is applied.

use crate::support::{ORGANIZATION, Project, URL};

/// A resource of the engine itself, whose output is unknown until it is applied.
const LATER: &str = r#"
resource "terraform_data" "later" {
  input = {
    url        = "https://clerk.example.com/.well-known/jwks.json"
    name       = "clerk"
    database   = "app"
    permission = "all:data_read"
  }
}
"#;

#[test]
fn a_url_and_a_name_that_are_not_known_yet_are_planned_and_applied() {
    let project = Project::new(&format!(
        r#"{LATER}
        resource "turso_jwks_endpoint" "clerk" {{
          name = terraform_data.later.output.name
          url  = terraform_data.later.output.url
        }}
        "#
    ));
    project.validate().succeeds();
    project
        .plan()
        .plans(2, 0, 0)
        .says("+ id = (known after apply)")
        .says("+ name = (known after apply)")
        .says(r#"+ organization = "acme""#)
        .says("+ url = (known after apply)");
    project.apply().applied(2, 0, 0);
    assert_eq!(project.endpoints()[0].url, URL);
    project.plan().finds_no_changes();
}

#[test]
fn a_url_that_turns_out_wrong_is_refused_before_it_is_saved() {
    let project = Project::new(
        r#"
        resource "terraform_data" "later" {
          input = "http://clerk.example.com/.well-known/jwks.json"
        }
        resource "turso_jwks_endpoint" "clerk" {
          name = "clerk"
          url  = terraform_data.later.output
        }
        "#,
    );
    project.plan().plans(2, 0, 0);
    project.apply().fails().says("Error: Invalid JWKS URL").says("url = terraform_data.later.output");
    assert_eq!(project.writes(), [] as [&str; 0]);
}

#[test]
fn a_template_of_values_that_are_not_known_yet_is_read_during_the_apply() {
    let project = Project::new(&format!(
        r#"{LATER}
        data "turso_jwt_template" "app" {{
          database    = terraform_data.later.output.database
          permissions = [terraform_data.later.output.permission, "comments:data_add"]
        }}
        output "summary" {{
          value = data.turso_jwt_template.app.summary
        }}
        "#
    ));
    project.turso().add_database(ORGANIZATION, "app", "default").unwrap();
    project.validate().succeeds();
    project
        .plan()
        .plans(1, 0, 0)
        .says("# data.turso_jwt_template.app will be read during apply # (config refers to values not yet known)")
        .says("+ summary = (known after apply)");
    assert_eq!(project.calls(), [] as [&str; 0]);
    project.apply().applied(1, 0, 0);
    assert!(project.output("summary").as_str().unwrap().contains("comments"));
    project.plan().finds_no_changes();
}

#[test]
fn a_wrong_permission_beside_an_unknown_one_is_found_at_once() {
    let project = Project::new(&format!(
        r#"{LATER}
        data "turso_jwt_template" "app" {{
          database    = "app"
          permissions = [terraform_data.later.output.permission, "comments:data_insert"]
        }}
        "#
    ));
    project.validate().fails().says(r#"Did you mean "comments:data_add"?"#);
}

#[test]
fn changing_a_url_to_one_that_is_not_known_yet_is_an_update() {
    let project = Project::new(&format!(
        "resource \"turso_jwks_endpoint\" \"clerk\" {{\n  name = \"clerk\"\n  url = {URL:?}\n}}\n"
    ));
    project.apply().applied(1, 0, 0);
    project.configure(
        r#"
        resource "terraform_data" "later" {
          input = "https://new.example.com/jwks.json"
        }
        resource "turso_jwks_endpoint" "clerk" {
          name = "clerk"
          url  = terraform_data.later.output
        }
        "#,
    );
    project.plan().plans(1, 1, 0).says("-> (known after apply)").does_not_say("forces replacement");
    project.apply().applied(1, 1, 0);
    assert_eq!(project.endpoints()[0].url, "https://new.example.com/jwks.json");
}
