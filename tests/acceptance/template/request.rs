//! Mistakes that are found while the configuration is planned, each at its attribute, before anything is asked of Turso.

use super::template;

/// What is wrong, the line at fault, and what a person reads.
#[track_caller]
fn refuses(attributes: &str, line: &str, text: &str) {
    let project = template(attributes);
    for run in [project.validate(), project.plan()] {
        run.fails().says(line).says(text);
    }
    assert_eq!(project.calls(), [] as [&str; 0]);
}

#[test]
fn an_action_that_is_none_is_answered_with_the_one_that_was_meant() {
    refuses(
        "database = \"app\"\n  permissions = [\"all:data_read\", \"comments:data_insert\"]",
        r#"on main.tf line 3, in data "turso_jwt_template" "it": 3: permissions = ["all:data_read", "comments:data_insert"]"#,
        r#"Error: Invalid permission"#,
    );
    refuses(
        "database = \"app\"\n  permissions = [\"all:data_read\", \"comments:data_insert\"]",
        "line 3",
        r#"In "comments:data_insert": `data_insert` is not an action; the actions are data_read, data_add, data_update,
        data_delete, schema_add, schema_update, schema_delete.

        Did you mean "comments:data_add"?"#,
    );
}

#[test]
fn every_wrong_permission_is_told_at_once() {
    let project =
        template("database = \"app\"\n  permissions = [\"comments\", \"a,b:data_read\", \" c:data_read\"]");
    project
        .plan()
        .fails()
        .says(
            r#"In "comments": A permission is a table, a colon and actions, such as `comments:data_read,data_add` or
            `all:data_read`."#,
        )
        .says(
            r#"In "a,b:data_read": A permission names one table, and a table with a comma in its name can't be expressed.

            Did you mean "a:data_read", "b:data_read"?"#,
        )
        .says(
            r#"In " c:data_read": White space around a table or an action is not allowed.

            Did you mean "c:data_read"?"#,
        );
}

#[test]
fn a_template_is_for_a_database_or_for_a_group() {
    refuses(
        r#"scope = "read-only""#,
        r#"on main.tf line 1, in data "turso_jwt_template" "it":"#,
        r#"Neither of the two is set. A template is for one database or for one group: set exactly one of them."#,
    );
    refuses(
        "database = \"app\"\n  group = \"default\"\n  scope = \"read-only\"",
        r#"on main.tf line 3, in data "turso_jwt_template" "it": 3: group = "default""#,
        r#"Both of the two are set. A template is for one database or for one group: set exactly one of them."#,
    );
}

#[test]
fn a_read_only_template_can_not_write() {
    refuses(
        "database = \"app\"\n  scope = \"read-only\"\n  permissions = [\"all:data_read\", \"comments:data_add\"]",
        "line 4",
        r#"In "comments:data_add": The scope is read-only, but this permission asks for data_add. Leave that action out, or set scope to
        "full-access"."#,
    );
}

#[test]
fn a_scope_is_one_of_two() {
    refuses(
        "database = \"app\"\n  scope = \"readonly\"",
        r#"3: scope = "readonly""#,
        r#"Error: Invalid scope"#,
    );
}

#[test]
fn a_name_that_no_path_can_hold_is_refused() {
    for name in ["", "..", "a/b", "two words"] {
        for (attribute, summary) in [("database", "Invalid database name"), ("group", "Invalid group name")] {
            let attributes = format!("{attribute} = {name:?}\n  scope = \"read-only\"");
            refuses(&attributes, "line 2", &format!("Error: {summary}"));
        }
    }
}
