//! The data source that reads databases and groups.

use serde_json::{Value, json};
use turso_emulator::{Call, Effect, Fault, OrganizationKind};

use crate::support::{ORGANIZATION, Project};

const ADDRESS: &str = "data.turso_databases.all";
const DATABASES: &str = "GET /v1/organizations/acme/databases";
const GROUPS: &str = "GET /v1/organizations/acme/groups";

/// A data source with these attributes, in an organization with databases in two groups.
fn databases(attributes: &str) -> Project {
    let project = Project::new(&format!(
        "data \"turso_databases\" \"all\" {{\n  {attributes}\n}}\noutput \"all\" {{\n  value = {ADDRESS}\n}}\n"
    ));
    project.turso().add_group(ORGANIZATION, "others").unwrap();
    for (name, group) in [("shop", "default"), ("app", "others"), ("billing", "default")] {
        project.turso().add_database(ORGANIZATION, name, group).unwrap();
    }
    project
}

/// The names in a list of objects.
fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

#[test]
fn all_databases_and_groups_are_read_over_all_pages_in_the_order_of_their_names() {
    let project = databases("");
    project.turso().change_behaviour(|behaviour| behaviour.databases_on_a_page = 2);
    project.validate().succeeds();
    project.apply().succeeds();
    let all = project.output("all");
    assert_eq!(names(&all["databases"]), ["app", "billing", "shop"]);
    assert_eq!(names(&all["groups"]), ["default", "others"]);
    assert_eq!((&all["organization"], &all["group"]), (&json!("acme"), &Value::Null));
    let app = project.turso().database(ORGANIZATION, "app").unwrap();
    assert_eq!(
        all["databases"][0],
        json!({
            "name": "app", "id": app.id.to_string(), "group": "others",
            "hostname": app.url.trim_start_matches("http://"),
        })
    );
    let others = project.turso().group(ORGANIZATION, "others").unwrap();
    assert_eq!(all["groups"][1], json!({ "name": "others", "id": others.id.to_string() }));
    project.forget_calls();
    project.plan().finds_no_changes();
    assert_eq!(project.calls(), [GROUPS, DATABASES, DATABASES]);
}

#[test]
fn one_group_is_read_without_the_rest() {
    let project = databases("group = \"default\"");
    project.apply().succeeds();
    let all = project.output("all");
    assert_eq!(names(&all["databases"]), ["billing", "shop"]);
    assert_eq!(names(&all["groups"]), ["default"]);
    assert_eq!(all["group"], "default");
}

#[test]
fn an_organization_without_databases_has_empty_lists() {
    let project = databases("organization = \"umbrella\"");
    project.turso().add_organization("umbrella", OrganizationKind::Team);
    project.apply().succeeds();
    assert_eq!(project.output("all")["databases"], json!([]));
    assert_eq!(project.output("all")["organization"], "umbrella");
}

#[test]
fn a_group_that_does_not_exist_is_answered_with_those_that_do() {
    let project = databases("group = \"other\"");
    project.plan().fails().says(
        r#"Error: Databases not read

          with data.turso_databases.all,
          on main.tf line 2, in data "turso_databases" "all":
           2:   group = "other"

        There is no group "other" in organization "acme". It has: "default", "others"."#,
    );
    assert_eq!(project.calls(), [GROUPS]);
}

#[test]
fn a_list_that_does_not_end_is_an_error() {
    let project = databases("");
    project.turso().change_behaviour(|behaviour| behaviour.databases_on_a_page = 1);
    for number in 0..97 {
        project.turso().add_database(ORGANIZATION, &format!("of-many-{number}"), "default").unwrap();
    }
    project.plan().succeeds();
    project.turso().add_database(ORGANIZATION, "one-too-many", "default").unwrap();
    project.plan().fails().says("Error: Databases not read").says(
        r#"Could not list the databases in organization "acme": the list goes on after 100 pages, and no more of them are
        read."#,
    );
}

#[test]
fn a_list_that_is_refused_is_an_error() {
    let project = databases("");
    project.turso().inject(Fault::always(Call::Look, Effect::error(403, "not for this token")));
    project.plan().fails().says("Error: Databases not read").says(
        r#"Could not list the groups in organization "acme": Turso answered 403: not for this token.

        The token is good, and may not do this in "acme". A token may do what the user may who made it, unless it is
        limited to a group. Which role this takes is not documented: try a token of an owner that has no limit."#,
    );
    let project = databases("organization = \"nobody\"");
    project
        .plan()
        .fails()
        .says("on main.tf line 2")
        .says(r#"in organization "nobody": Turso answered 404: organization not found."#);
}

#[test]
fn a_group_or_an_organization_that_can_be_none_is_refused_offline() {
    let project = databases("group = \"a/b\"\n  organization = \"a b\"");
    project.validate().fails().says("Invalid group name").says("Invalid organization");
    assert_eq!(project.calls(), [] as [&str; 0]);
}

#[test]
fn the_precondition_of_the_example_holds_until_another_database_is_there() {
    let project = Project::new(include_str!("../../examples/data-sources/turso_databases/data-source.tf"));
    project.turso().add_database(ORGANIZATION, "app", "default").unwrap();
    project.apply().applied(1, 0, 0);
    project.turso().add_database(ORGANIZATION, "billing", "default").unwrap();
    project.plan().fails().says("Error: Resource precondition failed").says(
        "This organization holds other databases: give Turso's JWKS endpoint an organization of its own.",
    );
}
