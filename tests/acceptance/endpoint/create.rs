//! Creating an endpoint.

use crate::support::{CLERK, Project, URL};

const CLERK_ADDRESS: &str = "turso_jwks_endpoint.clerk";

#[test]
fn an_endpoint_is_created_and_the_next_plan_is_empty() {
    let project = Project::new(CLERK);
    project.plan().plans(1, 0, 0).says(
        r#"# turso_jwks_endpoint.clerk will be created
        + resource "turso_jwks_endpoint" "clerk" {
            + id = "acme/clerk"
            + name = "clerk"
            + organization = "acme"
            + registration = (known after apply)
            + url = "https://clerk.example.com/.well-known/jwks.json"
        }"#,
    );
    project.apply().applied(1, 0, 0).says("turso_jwks_endpoint.clerk: Creation complete after");
    let [saved] = project.endpoints().try_into().unwrap();
    assert_eq!((saved.name.as_str(), saved.url.as_str(), saved.region.as_str()), ("clerk", URL, ""));
    assert_eq!(project.attribute(CLERK_ADDRESS, "id"), "acme/clerk");
    project.plan().finds_no_changes();
}

#[test]
fn an_endpoint_that_exists_is_not_taken_over() {
    let project = Project::new(CLERK);
    project.put_endpoint("clerk", "https://other.example.com/jwks.json");
    project.apply().fails().says(
        r#"Error: JWKS endpoint already exists

          with turso_jwks_endpoint.clerk,
          on main.tf line 3, in resource "turso_jwks_endpoint" "clerk":
           3:   name = "clerk"

        Organization "acme" has a JWKS endpoint "clerk" already, with the URL "https://other.example.com/jwks.json". It
        was left as it is. To manage it with this resource, import it:

          terraform import turso_jwks_endpoint.<label> acme/clerk

        or with a block:

          import {
            to = turso_jwks_endpoint.<label>
            id = "acme/clerk"
          }

        Where it is in this state under another address, say so with a `moved` block. Where this one is to replace it
        with create_before_destroy, take that out: there can't be two of one name. To have another one beside it,
        choose another name."#,
    );
    assert_eq!(project.writes(), [] as [&str; 0]);
    assert_eq!(project.instance(CLERK_ADDRESS), None);
}

#[test]
fn of_two_resources_with_one_name_one_is_created() {
    let project = Project::new(&format!("{CLERK}{}", CLERK.replace("\"clerk\" {", "\"twin\" {")));
    project.apply().fails().says("Error: JWKS endpoint already exists");
    assert_eq!(project.writes(), ["PUT /v2/organizations/acme/jwks/clerk"]);
    let stored = ["clerk", "twin"].map(|label| project.instance(&format!("turso_jwks_endpoint.{label}")));
    assert_eq!(stored.iter().flatten().count(), 1);
}

#[test]
fn a_list_that_lags_behind_a_save_is_waited_for() {
    let project = Project::new(CLERK);
    project.turso().change_behaviour(|behaviour| behaviour.list_lag = 2);
    project.apply().applied(1, 0, 0).does_not_say("Warning: JWKS");
    project.plan().finds_no_changes();
}

#[test]
fn an_empty_list_may_be_null() {
    let project = Project::new(CLERK);
    let null = turso_emulator::EmptyList::Null;
    project.turso().change_behaviour(|behaviour| behaviour.empty_list = null);
    project.apply().applied(1, 0, 0);
    project.destroy().succeeds();
}
