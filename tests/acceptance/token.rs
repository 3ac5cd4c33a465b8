//! `token_decode`, called from HCL with tokens that an identity provider issued, and with what is no token.

use plugin_host::engine::Feature;
use serde_json::{Value, json};
use turso_emulator::identity_provider::ClerkLike;
use turso_emulator::identity_provider::clerk::{ClerkUser, TemplateRequest};

use crate::support::{ORGANIZATION, Project, authority, claims, engine};

const DECODE: &str = r#"
variable "token" {
  type      = string
  sensitive = true
}

data "turso_jwt_template" "author" {
  database    = "app"
  permissions = ["all:data_read", "comments:data_add"]
}

output "claims" {
  value = jsondecode(data.turso_jwt_template.author.json)
}

output "decoded" {
  value = nonsensitive(provider::turso::token_decode(var.token))
}
"#;

/// A project with a database, and a Clerk that issues tokens with these claims.
fn project() -> (Project, ClerkLike) {
    assert!(engine().can(Feature::Functions), "an engine without functions can't be tested with one");
    let project = Project::new(DECODE);
    project.turso().add_database(ORGANIZATION, "app", "default").unwrap();
    let clerk = ClerkLike::start(authority()).unwrap();
    clerk.save_user(ClerkUser::new("user_ann"));
    (project, clerk)
}

fn issue(clerk: &ClerkLike, name: &str, claims: Value) -> String {
    clerk.create_template(TemplateRequest::new(name, claims)).unwrap();
    clerk.token("user_ann", name).unwrap()
}

/// What the function says of a token, which no run may print and no state may hold.
#[track_caller]
fn decoded(project: &Project, token: &str) -> Value {
    project.set_env("TF_VAR_token", token);
    // A part of a few letters may stand anywhere.
    token.split('.').filter(|part| part.len() > 20).for_each(|part| project.hide(part));
    project.apply().succeeds();
    project.output("decoded")
}

#[test]
fn a_token_of_a_template_is_told_with_its_database_and_permissions() {
    let (project, clerk) = project();
    decoded(&project, "no token yet");
    let token = issue(&clerk, "author", project.output("claims"));
    let carried = claims(&token);
    let told = decoded(&project, &token);
    let id = carried["id"].as_str().unwrap();
    let expires_at = told["expires_at"].as_str().unwrap();
    assert_eq!(expires_at.len(), "2026-01-01T00:00:00Z".len());
    assert_eq!(
        told,
        json!({
            "reach": "database", "database_id": id, "group_id": null, "scope": "full-access",
            "grants": ["all:data_read", "comments:data_add"], "expires_at": expires_at, "issuer": carried["iss"],
            "summary": format!(
                "database {}…: every table: read; comments: add; until {expires_at}", id.split_once('-').unwrap().0
            ),
        }),
    );
}

#[test]
fn a_token_without_claims_is_told_to_open_the_organization() {
    let (project, clerk) = project();
    let told = decoded(&project, &issue(&clerk, "bare", json!({})));
    assert_eq!(told["reach"], "organization");
    for unknown in ["database_id", "group_id", "scope", "grants"] {
        assert_eq!(told[unknown], Value::Null, "{unknown}");
    }
    let summary = told["summary"].as_str().unwrap();
    assert!(
        summary.starts_with("every database of the organization: the claim `id` is missing."),
        "{summary}"
    );
}

#[test]
fn a_token_with_the_claims_of_nothing_is_told_to_open_nothing() {
    let (project, clerk) = project();
    project.configure(&format!(
        "{DECODE}output \"nothing\" {{\n  value = jsondecode(provider::turso::no_access_claims())\n}}\n"
    ));
    decoded(&project, "no token yet");
    let told = decoded(&project, &issue(&clerk, "nothing", project.output("nothing")));
    assert_eq!((&told["reach"], &told["grants"]), (&json!("nothing"), &json!([])));
    assert_eq!(told["database_id"], Value::Null);
}

#[test]
fn what_is_no_token_is_no_error_and_is_not_repeated() {
    let (project, _) = project();
    project.hide("51f2c0ffee");
    for (text, why) in [
        ("Bearer 51f2c0ffee", "no JWT: it has white space in it, which no token has"),
        ("51f2c0ffee", "no JWT: it has one part where a JWT has three parts with dots between them"),
        ("51f2c0ffee.e30.e30", "no JWT: its header is not base64url"),
    ] {
        let told = decoded(&project, text);
        assert_eq!((&told["reach"], &told["summary"]), (&json!("unreadable"), &json!(why)));
    }
}

#[test]
fn a_precondition_stops_a_token_that_reaches_too_far_without_showing_it() {
    let (project, clerk) = project();
    let token = issue(&clerk, "bare", json!({}));
    project.configure(
        r#"
        variable "token" {
          type      = string
          sensitive = true
        }
        resource "terraform_data" "app" {
          lifecycle {
            precondition {
              condition     = provider::turso::token_decode(var.token).reach == "database"
              error_message = nonsensitive(provider::turso::token_decode(var.token).summary)
            }
          }
        }
        "#,
    );
    project.set_env("TF_VAR_token", &token);
    project.hide(&token);
    project.plan().fails().says("every database of the organization: the claim `id` is missing.");
}
