//! The data sources that read endpoints.

use serde_json::json;
use turso_emulator::OrganizationKind;

use super::{NAMES, quoted, url, with_endpoints};
use crate::support::{ORGANIZATION, Project, URL};

#[test]
fn all_endpoints_are_read_sorted_and_by_name() {
    let project = with_endpoints(
        r#"
        data "turso_jwks_endpoints" "all" {}
        output "names" {
          value = data.turso_jwks_endpoints.all.endpoints[*].name
        }
        output "urls" {
          value = { for name, endpoint in data.turso_jwks_endpoints.all.by_name : name => endpoint.url }
        }
        output "id" {
          value = data.turso_jwks_endpoints.all.by_name["a/b"].id
        }
        output "organization" {
          value = data.turso_jwks_endpoints.all.organization
        }
        "#,
    );
    project.validate().succeeds();
    project.apply().succeeds();
    assert_eq!(project.output("names"), json!(NAMES));
    let urls: serde_json::Map<_, _> = NAMES.iter().map(|name| (name.to_string(), json!(url(name)))).collect();
    assert_eq!(project.output("urls"), json!(urls));
    assert_eq!(project.output("id"), "acme/a/b");
    assert_eq!(project.output("organization"), "acme");
    project.plan().finds_no_changes();
}

#[test]
fn an_organization_without_endpoints_has_an_empty_map() {
    let project = Project::new(
        r#"
        data "turso_jwks_endpoints" "all" {
          organization = "umbrella"
        }
        output "count" {
          value = length(data.turso_jwks_endpoints.all.by_name) + length(data.turso_jwks_endpoints.all.endpoints)
        }
        "#,
    );
    project.turso().add_organization("umbrella", OrganizationKind::Team);
    project.apply().succeeds();
    assert_eq!(project.output("count"), 0);
}

#[test]
fn one_endpoint_is_read_by_its_name() {
    let project = with_endpoints(&format!(
        "data \"turso_jwks_endpoint\" \"one\" {{\n  for_each = toset([{}])\n  name = each.key\n}}\n\
         output \"each\" {{\n  value = data.turso_jwks_endpoint.one\n}}\n",
        NAMES.map(quoted).join(", ")
    ));
    project.apply().succeeds();
    for name in NAMES {
        let id = format!("acme/{name}");
        let expected = json!({ "id": id, "name": name, "organization": "acme", "url": url(name) });
        assert_eq!(project.output("each")[name], expected);
    }
}

#[test]
fn a_name_that_does_not_exist_is_answered_with_those_that_do() {
    let project = Project::new("data \"turso_jwks_endpoint\" \"one\" {\n  name = \"clark\"\n}\n");
    project.plan().fails().says(
        r#"Error: JWKS endpoint not read

          with data.turso_jwks_endpoint.one,
          on main.tf line 2, in data "turso_jwks_endpoint" "one":
           2: name = "clark"

        There is no JWKS endpoint "clark" in organization "acme". It has none."#,
    );
    for name in ["späť", "Clerk"] {
        project.turso().put_endpoint(ORGANIZATION, name, URL).unwrap();
    }
    project.plan().fails().says(r#"It has: "Clerk", "späť"."#);
}

#[test]
fn a_name_or_an_organization_that_can_be_none_is_refused_offline() {
    let project = Project::new(
        "data \"turso_jwks_endpoint\" \"one\" {\n  name = \"..\"\n}\n\
         data \"turso_jwks_endpoints\" \"all\" {\n  organization = \"a/b\"\n}\n",
    );
    project.validate().fails().says("Invalid JWKS endpoint name").says("Invalid organization");
    assert_eq!(project.calls(), [] as [&str; 0]);
}

#[test]
fn an_organization_that_is_not_there_is_an_error_at_its_attribute() {
    let project = Project::new("data \"turso_jwks_endpoints\" \"all\" {\n  organization = \"nobody\"\n}\n");
    project
        .plan()
        .fails()
        .says("JWKS endpoints not read")
        .says("on main.tf line 2")
        .says(r#"Could not list the JWKS endpoints in organization "nobody": Turso answered 404: organization not found."#);
}

#[test]
fn one_list_serves_resources_and_data_sources_alike() {
    let project = with_endpoints(
        r#"
        data "turso_jwks_endpoints" "all" {}
        data "turso_jwks_endpoint" "clerk" {
          name = "clerk"
        }
        data "turso_jwks_endpoint" "slash" {
          name = "a/b"
        }
        "#,
    );
    project.plan().succeeds();
    assert_eq!(project.calls(), ["GET /v2/organizations/acme/jwks"]);
}
