//! Whether the claims are for the database or group of that name.

use serde_json::{Value, json};
use turso_emulator::{Call, Effect, Fault};

use super::{DATABASE_ID, FULL_ACCESS, GROUP_ID, template};
use crate::support::{ORGANIZATION, Project};

const OTHER_ID: &str = "aaaaaaaa-1c5f-4f0e-9d55-0b8a3c6f7e42";
const POST: &str = "POST /v2/organizations/acme/jwks-template";
const DATABASES: &str = "GET /v1/organizations/acme/databases";
const GROUP: &str = "group = \"default\"\n  scope = \"full-access\"";

/// Turso answers this often with claims whose target is another one.
fn answer_for_another(project: &Project, claim: &str, times: u32) {
    let claims = json!({ "a": "rw", claim: OTHER_ID, "perm": [] });
    project.turso().inject(Fault::times(times, Call::Template, Effect::Template(claims)));
}

/// Templates of these databases, which there are.
fn templates_of(databases: &[&str]) -> Project {
    let block = |name: &&str| {
        format!(
            "data \"turso_jwt_template\" {name:?} {{\n  database = {name:?}\n  scope = \"read-only\"\n}}\n"
        )
    };
    let project = Project::new(&databases.iter().map(block).collect::<String>());
    for name in databases {
        project.turso().add_database(ORGANIZATION, name, "default").unwrap();
    }
    project
}

#[test]
fn claims_for_another_database_are_refused() {
    let project = template(FULL_ACCESS);
    answer_for_another(&project, "id", 2);
    project.plan().fails().says(&format!(
        r#"Error: JWT template not generated

          with data.turso_jwt_template.it,
          on main.tf line 2, in data "turso_jwt_template" "it":
           2: database = "app"

        Could not compose the JWT template of database "app" in organization "acme": Turso's answer is not what was
        asked for: asked for a template of database "app" ({DATABASE_ID}), Turso answered with claims for database
        {OTHER_ID}. A token with them would open another one."#
    ));
}

#[test]
fn claims_for_another_group_are_refused_and_to_be_reported() {
    let project = template(GROUP);
    answer_for_another(&project, "gid", 2);
    project
        .plan()
        .fails()
        .says(&format!(
            r#"on main.tf line 2, in data "turso_jwt_template" "it": 2: group = "default"

            Could not compose the JWT template of group "default" in organization "acme": Turso's answer is not what was
            asked for: asked for a template of group "default" ({GROUP_ID}), Turso answered with claims for group
            {OTHER_ID}. A token with them would open another one."#
        ))
        .says("If the group of that name is the right one, please report this to the provider.");
}

#[test]
fn a_database_that_differs_from_an_earlier_look_is_looked_at_again() {
    let project = template(FULL_ACCESS);
    answer_for_another(&project, "id", 1);
    project.plan().succeeds().does_not_say("not confirmed");
    assert_eq!(project.calls(), [&format!("{DATABASES}/app"), POST, &format!("{DATABASES}/app"), POST]);
}

#[test]
fn a_target_that_can_not_be_looked_at_is_told_once() {
    let project = template(FULL_ACCESS);
    project.turso().inject(Fault::always(Call::Look, Effect::error(403, "not for this token")));
    let run = project.plan();
    run.succeeds().says(&format!(
        r#"Warning: Target of the JWT template not confirmed

          with data.turso_jwt_template.it,
          on main.tf line 2, in data "turso_jwt_template" "it":
           2: database = "app"

        Turso composed claims for database {DATABASE_ID}. Whether that is database "app" could not be found out, so
        `hostname` is null.

        Could not look at database "app" in organization "acme": Turso answered 403: not for this token.

        The token is good, and may not do this in "acme". A token may do what the user may who made it, unless it is
        limited to a group. Which role this takes is not documented: try a token of an owner that has no limit."#
    ));
    assert_eq!(run.text().matches("not confirmed").count(), 1, "{run}");
    project.apply().succeeds();
    assert_eq!(project.output("it")["hostname"], Value::Null);
    assert_eq!(project.output("it")["database_id"], DATABASE_ID);
}

#[test]
fn a_target_that_turso_does_not_show_is_told() {
    for (attributes, target) in [(FULL_ACCESS, "database \"app\""), (GROUP, "group \"default\"")] {
        let project = template(attributes);
        project.turso().inject(Fault::once(Call::Look, Effect::error(404, "record not found")));
        project.plan().succeeds().says("Warning: Target of the JWT template not confirmed").says(&format!(
            "Turso says that organization \"acme\" has no {target}, and composed claims for it all"
        ));
    }
}

#[test]
fn a_refused_token_is_told_as_an_error_alone() {
    let project = template(FULL_ACCESS);
    project.turso().clear_tokens();
    project.plan().fails().says("Error: JWT template not generated").does_not_say("not confirmed");
}

#[test]
fn templates_of_one_database_share_one_look_at_it() {
    let project = template(FULL_ACCESS);
    project.write(
        "more.tf",
        "data \"turso_jwt_template\" \"more\" {\n  count = 5\n  database = \"app\"\n  scope = \"read-only\"\n}\n",
    );
    project.plan().succeeds();
    let looks = project.calls().iter().filter(|call| call.starts_with(DATABASES)).count();
    assert_eq!(looks, 1, "{:?}", project.calls());
}

#[test]
fn many_databases_are_looked_up_in_the_list() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let project = templates_of(&names);
    project.turso().change_behaviour(|behaviour| behaviour.databases_on_a_page = 5);
    project.plan().finds_no_changes().does_not_say("not confirmed");
    let looks: Vec<_> = project.calls().into_iter().filter(|call| call.starts_with(DATABASES)).collect();
    let pages = looks.iter().filter(|call| *call == DATABASES).count();
    assert_eq!((looks.len(), pages), (5, 2), "three by name and two pages: {looks:?}");
}

#[test]
fn the_hostname_is_where_clients_reach_the_database() {
    let project = template(FULL_ACCESS);
    let url = project.turso().database(ORGANIZATION, "app").unwrap().url;
    project.apply().succeeds();
    assert_eq!(project.output("it")["hostname"], url.trim_start_matches("http://"));
    let project = template(GROUP);
    project.apply().succeeds();
    assert_eq!(project.output("it")["hostname"], Value::Null);
}
