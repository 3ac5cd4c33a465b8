//! `token_decode`, called from HCL with tokens that an identity provider issued, and with what is no token.

use plugin_host::engine::Feature;
use serde_json::{Value, json};
use turso_emulator::identity_provider::clerk::{ClerkUser, TemplateRequest};
use turso_emulator::identity_provider::{ClerkLike, IdentityProvider};

use crate::support::deeds::{DEEDS, allowed, database};
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

/// Odd payloads: `$id` (in capitals `$ID`) and `$gid` stand for the UUIDs of the database and of its group,
/// `$limit` for a rule.
const PAYLOADS: [(&str, &str); 43] = [
    ("database", r#"{"a":"rw","id":"$id","perm":[]}"#),
    ("database", r#"{"a":"ro","id":"$id","perm":[$limit],"rid":null,"sub":"ann","Rid":1}"#),
    ("database", r#"{"a":"rw","id":"$id","perm":[{"a":["data_read"]}],"iat":1}"#),
    ("database", r#"{"a":"rw","id":"$id","perm":[$limit,$limit]}"#),
    ("database", r#"{"a":"rw","id":"$id","perm":[{"t":["posts","posts"],"a":["data_read"]}]}"#),
    ("database", r#"{"a":"rw","id":"$ID","perm":[]}"#),
    ("group", r#"{"a":"rw","gid":"$gid","perm":[]}"#),
    ("group", r#"{"a":"ro","gid":"$gid","perm":[]}"#),
    ("organization", "{}"),
    ("organization", r#"{"a":"ro","perm":[]}"#),
    ("organization", r#"{"id":"$id"}"#),
    ("organization", r#"{"a":"rw","id":"$id"}"#),
    ("organization", r#"{"id":"$id","perm":[]}"#),
    ("organization", r#"{"a":"rw","id":null,"perm":[]}"#),
    ("organization", r#"{"a":"rw","id":"","perm":[]}"#),
    ("organization", r#"{"a":"rw","id":"app","perm":[]}"#),
    ("organization", r#"{"a":"rw","id":"client_2a","perm":[]}"#),
    ("organization", r#"{"a":"rw","id":["$id"],"perm":[]}"#),
    ("organization", r#"{"a":"rw","id":"{$id}","perm":[]}"#),
    ("organization", r#"{"a":"rw","id":"urn:uuid:$id","perm":[]}"#),
    ("organization", r#"{"a":"rw","id":"00000000-0000-0000-0000-000000000000","perm":[]}"#),
    ("organization", r#"{"a":"rw","id":"$id","gid":"$gid","perm":[]}"#),
    ("organization", r#"{"a":"rw","id":"$id","gid":null,"perm":[]}"#),
    ("organization", r#"{"a":"rw","id":"$id","perm":[],"p":{}}"#),
    ("organization", r#"{"a":"rw","id":"$id","perm":[],"p":null}"#),
    ("organization", r#"{"a":"rw","id":"$id","perm":[$limit],"Perm":[]}"#),
    ("organization", r#"{"a":"rw","id":"$id","perm":[],"ID":"x"}"#),
    ("organization", r#"{"a":null,"id":"$id","perm":[]}"#),
    ("organization", r#"{"a":"RO","id":"$id","perm":[]}"#),
    ("organization", r#"{"a":["ro"],"id":"$id","perm":[]}"#),
    ("organization", r#"{"a":"rw","id":"$id","perm":null}"#),
    ("organization", r#"{"a":"rw","id":"$id","perm":{}}"#),
    ("organization", r#"{"a":"rw","id":"$id","perm":["all:data_read"]}"#),
    ("organization", r#"{"a":"rw","id":"$id","perm":[{"t":[],"a":["data_read"]}]}"#),
    ("organization", r#"{"a":"rw","id":"$id","perm":[{"t":"posts","a":["data_read"]}]}"#),
    ("organization", r#"{"a":"rw","id":"$id","perm":[{"t":["All"],"a":["data_read"]}]}"#),
    ("organization", r#"{"a":"rw","id":"$id","perm":[{"t":["posts "],"a":["data_read"]}]}"#),
    ("organization", r#"{"a":"rw","id":"$id","perm":[{"t":["posts"],"a":[]}]}"#),
    ("organization", r#"{"a":"rw","id":"$id","perm":[$limit,{"t":["posts"],"a":["data_insert"]}]}"#),
    ("organization", r#"{"a":"rw","id":"$id","perm":[{"t":["posts"],"a":["data_read"],"w":"x"}]}"#),
    ("organization", r#"{"a":"ro","id":"$id","perm":[{"t":["posts"],"a":["data_add"]}]}"#),
    ("organization", r#"{"a":"rw","id":"$id","perm":[{"t":["posts"],"a":["data_read"],"t":null}]}"#),
    ("organization", r#"{"a":"rw","id":"$id","perm":[$limit],"perm":[]}"#),
];

/// One is written for a plan, the other as a server that takes the widest of the possible meanings; neither shares a line.
#[test]
fn the_function_and_a_database_agree_on_what_odd_claims_reach() {
    let project = Project::new(
        r#"
        variable "tokens" {
          type = list(string)
        }
        output "decoded" {
          value = [for token in var.tokens : provider::turso::token_decode(token)]
        }
        "#,
    );
    project.trust_identity_providers();
    for (name, group) in [("app", "default"), ("notes", "default"), ("archive", "cold")] {
        database(&project, name, group);
    }
    let provider = IdentityProvider::start(authority()).unwrap();
    project.put_endpoint("idp", &provider.jwks_url());
    let id = project.turso().database(ORGANIZATION, "app").unwrap().id.to_string();
    let gid = project.turso().group(ORGANIZATION, "default").unwrap().id.to_string();
    let limit = r#"{"t":["posts"],"a":["data_read"]}"#;
    let payloads = PAYLOADS.map(|(_, payload)| {
        payload
            .replace("$id", &id)
            .replace("$ID", &id.to_uppercase())
            .replace("$gid", &gid)
            .replace("$limit", limit)
    });
    let tokens = payloads.each_ref().map(|payload| provider.keys().sign(payload));
    project.write("terraform.tfvars.json", &json!({ "tokens": &tokens[..] }).to_string());
    project.apply().succeeds();

    let decoded = project.output("decoded");
    for (((reach, _), payload), (token, told)) in
        PAYLOADS.iter().zip(&payloads).zip(tokens.iter().zip(decoded.as_array().unwrap()))
    {
        assert_eq!(told["reach"], *reach, "{payload}");
        let seen = ["app", "notes", "archive"].map(|name| allowed(&project, name, token));
        let reached = seen.each_ref().map(Option::is_some);
        let expected = match *reach {
            "database" => [true, false, false],
            "group" => [true, true, false],
            _ => [true; 3],
        };
        assert_eq!(reached, expected, "{payload}");
        // No limit in words is none in deeds, and the other way round.
        let is_limited = told["grants"] != Value::Null || told["scope"] == "read-only";
        let does_less = seen.iter().flatten().any(|deeds| deeds[..] != DEEDS);
        assert_eq!(does_less, is_limited, "{payload}: {seen:?}");
    }
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
