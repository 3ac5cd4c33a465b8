//! How far a template goes: without limits only where that is written out, and never by a list that came out empty.

use serde_json::json;

use super::template;
use crate::support::Project;

/// A template whose attributes come from a resource of the engine itself, unknown until that is applied.
#[track_caller]
fn template_of_later_values(attributes: &str, later: &str) -> Project {
    let project = template(&format!("database = \"app\"\n  {attributes}"));
    project.write(
        "later.tf",
        &format!("resource \"terraform_data\" \"later\" {{\n  input = {{\n    {later}\n  }}\n}}\n"),
    );
    project.validate().succeeds();
    project.plan().plans(1, 0, 0).says("# data.turso_jwt_template.it will be read during apply");
    project
}

#[test]
fn access_without_limits_is_not_given_where_nobody_wrote_it_out() {
    let project = template(r#"database = "app""#);
    for run in [project.validate(), project.plan()] {
        run.fails().says(
            r#"Error: Neither scope nor permissions

              with data.turso_jwt_template.it,
              on main.tf line 1, in data "turso_jwt_template" "it":
               1: data "turso_jwt_template" "it" {

            Neither of the two has a value, and access without limits is given only where it is written out. Write one
            of these:

              - scope = "full-access": everything, in every table
              - scope = "read-only": reading, in every table
              - permissions = ["all:data_read", …]: what the list allows, and nothing else"#,
        );
    }
    assert_eq!(project.calls(), [] as [&str; 0]);
}

#[test]
fn null_is_nothing_written_out() {
    for (attributes, line) in [
        ("scope = null", "on main.tf line 3"),
        ("permissions = null", "on main.tf line 1"),
        ("permissions = null\n  scope = null", "on main.tf line 4"),
    ] {
        let project = template(&format!("database = \"app\"\n  {attributes}"));
        for run in [project.validate(), project.plan()] {
            run.fails().says("Error: Neither scope nor permissions").says(line);
        }
    }
}

#[test]
fn a_variable_that_is_null_is_told_by_the_plan() {
    let attributes = "database = \"app\"\n  scope = var.scope\n  permissions = var.permissions";
    let project = template(attributes);
    project.write(
        "variables.tf",
        "variable \"scope\" {\n  type = string\n  default = null\n}\n\
         variable \"permissions\" {\n  type = list(string)\n  default = null\n}\n",
    );
    project.validate().succeeds();
    project
        .plan()
        .fails()
        .says("Error: Neither scope nor permissions")
        .says(r#"on main.tf line 3, in data "turso_jwt_template" "it": 3: scope = var.scope"#);
    assert_eq!(project.calls(), [] as [&str; 0]);

    for (variable, value) in [("scope", "read-only"), ("permissions", "[\"all:data_read\"]")] {
        project.plan_with(&["-var", &format!("{variable}={value}")]).succeeds();
    }
}

#[test]
fn what_turns_out_null_during_the_apply_is_no_access_without_limits() {
    for (attributes, line) in [
        ("scope = terraform_data.later.output.scope", "3: scope = terraform_data.later.output.scope"),
        ("permissions = terraform_data.later.output.permissions", r#"1: data "turso_jwt_template" "it" {"#),
        (
            "scope = terraform_data.later.output.scope\n  permissions = terraform_data.later.output.permissions",
            "3: scope = terraform_data.later.output.scope",
        ),
    ] {
        let project = template_of_later_values(attributes, "scope = null\n    permissions = null");
        project.apply().fails().says("Error: Neither scope nor permissions").says(line);
        assert_eq!(project.calls(), [] as [&str; 0], "{attributes}");
    }
}

#[test]
fn what_turns_out_written_during_the_apply_is_access_of_that_extent() {
    let project = template_of_later_values(
        "scope = terraform_data.later.output.scope\n  permissions = terraform_data.later.output.permissions",
        "scope = \"read-only\"\n    permissions = null",
    );
    project.apply().applied(1, 0, 0);
    assert_eq!(project.output("it")["summary"], "database \"app\" (33057661…): read-only, every table");
    project.plan().finds_no_changes();
}

#[test]
fn permissions_need_no_scope_beside_them() {
    let project = template("database = \"app\"\n  permissions = [\"comments:data_add\"]");
    project.apply().succeeds();
    assert_eq!(project.output("it")["scope"], "full-access");
    assert_eq!(project.output("it")["summary"], "database \"app\" (33057661…): comments: add");
    let project = template_of_later_values(
        "permissions = terraform_data.later.output.permissions",
        "permissions = [\"comments:data_add\"]",
    );
    project.apply().applied(1, 0, 0);
    assert_eq!(project.output("it")["scope"], "full-access");
    assert_eq!(project.output("it")["permissions"], json!(["comments:data_add"]));
}

#[test]
fn an_empty_list_of_permissions_is_refused_whatever_the_scope() {
    for scope in ["", "scope = \"full-access\"", "scope = \"read-only\"", "scope = null"] {
        for list in ["[]", "[for rule in [\"posts:data_read\"] : rule if startswith(rule, \"comments:\")]"] {
            let project = template(&format!("database = \"app\"\n  permissions = {list}\n  {scope}"));
            for run in [project.validate(), project.plan()] {
                run.fails()
                    .says(&format!(
                        r#"Error: Empty permissions

                          with data.turso_jwt_template.it,
                          on main.tf line 3, in data "turso_jwt_template" "it":
                           3: permissions = {list}

                        The list is empty, and claims without any permission have no limit by table or action. List what is
                        allowed, or make no template where nothing is. For access without limits leave `permissions`
                        out, and write out `scope`."#
                    ))
                    .does_not_say("Neither scope nor permissions");
            }
            assert_eq!(project.calls(), [] as [&str; 0]);
        }
    }
}

#[test]
fn permissions_that_turn_out_empty_during_the_apply_are_refused() {
    for scope in ["", "scope = \"full-access\"", "scope = terraform_data.later.output.scope"] {
        let project = template_of_later_values(
            &format!("permissions = terraform_data.later.output.permissions\n  {scope}"),
            "scope = \"read-only\"\n    permissions = []",
        );
        project
            .apply()
            .fails()
            .says("Error: Empty permissions")
            .says("3: permissions = terraform_data.later.output.permissions")
            .does_not_say("Neither scope nor permissions");
        assert_eq!(project.calls(), [] as [&str; 0], "{scope}");
    }
}

#[test]
fn a_null_among_the_permissions_is_told_at_its_place() {
    let project = template("database = \"app\"\n  permissions = [\"all:data_read\", null]");
    for run in [project.validate(), project.plan()] {
        run.fails().says(
            r#"Error: Null element

              with data.turso_jwt_template.it,
              on main.tf line 3, in data "turso_jwt_template" "it":
               3: permissions = ["all:data_read", null]

            permissions[1] is null. Give it a value, or leave the element out."#,
        );
    }
    let project = template("database = \"app\"\n  permissions = [null]");
    project
        .plan()
        .fails()
        .says("permissions[0] is null. Give it a value, or leave the element out.")
        .does_not_say("Empty permissions");
}

#[test]
fn a_permission_that_turns_out_null_during_the_apply_is_told_at_its_place() {
    for (permissions, later) in [
        ("[\"all:data_read\", terraform_data.later.output.permission]", "permission = null"),
        ("terraform_data.later.output.permissions", "permissions = [\"all:data_read\", null]"),
    ] {
        let project = template_of_later_values(&format!("permissions = {permissions}"), later);
        project
            .apply()
            .fails()
            .says("Error: Null element")
            .says(&format!("3: permissions = {permissions}"))
            .says("permissions[1] is null. Give it a value, or leave the element out.")
            .does_not_say("bug");
        assert_eq!(project.calls(), [] as [&str; 0]);
    }
}
