//! What goes over the wire to Turso: how often, and in which bytes.

use crate::support::{API_TOKEN, CLERK, ORGANIZATION, Project, URL};

const LIST: &str = "GET /v2/organizations/acme/jwks";
const DATABASES: &str = "GET /v1/organizations/acme/databases";

#[test]
fn a_plan_over_two_hundred_endpoints_lists_them_once() {
    let project = Project::new(&format!(
        "resource \"turso_jwks_endpoint\" \"many\" {{\n  count = 200\n  name = \"endpoint ${{count.index}}\"\n  url = {URL:?}\n}}\n"
    ));
    project.turso().set_jwks_limit(ORGANIZATION, 200).unwrap();
    project.apply().applied(200, 0, 0);

    project.forget_calls();
    project.plan().finds_no_changes();
    assert_eq!(project.calls(), [LIST]);
}

/// Each write looks before and after, and those that wait together share a list. Terraform runs ten at a time.
#[test]
fn a_write_of_many_costs_one_and_a_half_calls() {
    let project = Project::new(&format!(
        "resource \"turso_jwks_endpoint\" \"many\" {{\n  count = 200\n  name = \"endpoint ${{count.index}}\"\n  url = {URL:?}\n}}\n"
    ));
    project.turso().set_jwks_limit(ORGANIZATION, 200).unwrap();
    let check = |calls: Vec<String>| {
        let lists = calls.iter().filter(|call| *call == LIST).count();
        assert_eq!(project.writes().len(), 200);
        assert!(lists <= 100, "{lists} lists for 200 writes");
    };
    project.apply().applied(200, 0, 0);
    check(project.calls());
    project.forget_calls();
    project.destroy().succeeds();
    check(project.calls());
}

#[test]
fn an_empty_organization_is_listed_once_for_a_plan_of_many() {
    let project = Project::new(&format!(
        "resource \"turso_jwks_endpoint\" \"many\" {{\n  count = 50\n  name = \"endpoint ${{count.index}}\"\n  url = {URL:?}\n}}\n"
    ));
    project.plan().plans(50, 0, 0);
    assert_eq!(project.calls(), [LIST, DATABASES]);
}

#[test]
fn the_bodies_are_those_of_tursos_cli_to_the_byte() {
    let project = Project::new(&format!(
        r#"{CLERK}
        data "turso_jwt_template" "database" {{
          database    = "app"
          permissions = ["all:data_read", "comments:data_add,data_update"]
        }}
        "#
    ));
    project.turso().add_database(ORGANIZATION, "app", "default").unwrap();
    project.apply().applied(1, 0, 0);
    project.destroy().succeeds();

    let bodies = |method: &str| -> Vec<String> {
        let requests = project.turso().requests().into_iter().map(|recorded| recorded.request);
        let mut bodies: Vec<_> = requests
            .filter(|request| request.method == method)
            .map(|request| String::from_utf8(request.body).unwrap())
            .collect();
        bodies.dedup();
        bodies
    };
    assert_eq!(
        bodies("PUT"),
        ["{\"jwks_url\":\"https://clerk.example.com/.well-known/jwks.json\",\"region\":\"\"}\n"]
    );
    assert_eq!(bodies("DELETE"), ["{\"region\":\"\"}\n"]);
    assert_eq!(
        bodies("POST"),
        [
            "{\"database\":\"app\",\"group\":null,\"scope\":\"full-access\",\"permissions\":[{\"t\":null,\"a\":\
          [\"data_read\"]},{\"t\":[\"comments\"],\"a\":[\"data_add\",\"data_update\"]}]}\n"
        ]
    );
    assert_eq!(bodies("GET"), [""]);
}

#[test]
fn every_request_carries_the_token_and_says_who_asks() {
    let project = Project::new(CLERK);
    project.set_env("TF_APPEND_USER_AGENT", "ci/7");
    project.apply().applied(1, 0, 0);
    for recorded in project.turso().requests() {
        let request = recorded.request;
        assert_eq!(request.bearer(), Some(API_TOKEN));
        let agent = request.header("user-agent").unwrap();
        assert!(
            agent.starts_with(concat!("terraform-provider-turso/", env!("CARGO_PKG_VERSION"), " (")),
            "{agent}"
        );
        assert!(agent.ends_with(") ci/7"), "{agent}");
    }
}
