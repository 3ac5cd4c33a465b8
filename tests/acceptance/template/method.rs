//! The two ways to ask for a template: POST, and the GET with a body of older servers.

use turso_emulator::{GetBody, TemplateMethod};

use super::{DATABASE_ID, FULL_ACCESS, template};
use crate::support::Project;

const POST: &str = "POST /v2/organizations/acme/jwks-template";
const LOOK: &str = "GET /v1/organizations/acme/databases/app";
const GET: &str = "GET /v2/organizations/acme/jwks-template";

fn served_by(method: TemplateMethod, refused: u16, body: GetBody) -> Project {
    let project = template(FULL_ACCESS);
    project.turso().change_behaviour(|behaviour| {
        behaviour.template_method = method;
        behaviour.template_method_refused = refused;
        behaviour.get_body = body;
    });
    project
}

#[test]
fn a_server_that_knows_post_is_asked_by_post() {
    for method in [TemplateMethod::Post, TemplateMethod::Both] {
        let project = served_by(method, 405, GetBody::Kept);
        project.apply().succeeds();
        assert_eq!(project.calls(), [LOOK, POST]);
    }
}

#[test]
fn a_server_that_knows_get_only_is_asked_by_get() {
    for refused in [405, 404] {
        let project = served_by(TemplateMethod::Get, refused, GetBody::Kept);
        project.apply().succeeds();
        assert_eq!(project.calls(), [LOOK, POST, GET]);
        assert_eq!(project.output("it")["database_id"], DATABASE_ID);
    }
}

#[test]
fn claims_of_a_request_whose_body_was_dropped_on_the_way_are_refused() {
    let project = served_by(TemplateMethod::Get, 405, GetBody::DroppedAndWide);
    project.apply().fails().says(
        r#"Error: JWT template not generated

          with data.turso_jwt_template.it,
          on main.tf line 1, in data "turso_jwt_template" "it":
           1: data "turso_jwt_template" "it" {

        Could not compose the JWT template of database "app" in organization "acme": Turso's answer is not what was
        asked for: the claim `id` is missing. Turso reads missing claims as access to everything:"#,
    );
}

#[test]
fn a_refusal_of_a_request_whose_body_was_dropped_on_the_way_is_told() {
    let project = served_by(TemplateMethod::Get, 405, GetBody::DroppedAndRefused);
    project.apply().fails().says(
        r#"Could not compose the JWT template of database "app" in organization "acme": Turso answered 400: Either
        database or group must be specified."#,
    );
}
