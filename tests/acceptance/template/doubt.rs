//! Permissions that are valid, and about a table that is surely not meant.

use super::template;
use crate::support::Run;

const WARNING: &str = "Warning: Permission that is surely not meant";

#[track_caller]
fn says_once(run: &Run) {
    assert_eq!(run.text().matches(WARNING).count(), 1, "{run}");
}

#[test]
fn a_permission_that_allows_nothing_is_told_once_with_what_was_meant() {
    let project =
        template("database = \"app\"\n  permissions = [\"posts:data_read\", \"any:data_read,data_add\"]");
    project.validate().succeeds().does_not_say(WARNING);
    let run = project.plan();
    run.succeeds().says(
        r#"Warning: Permission that is surely not meant

          with data.turso_jwt_template.it,
          on main.tf line 3, in data "turso_jwt_template" "it":
           3: permissions = ["posts:data_read", "any:data_read,data_add"]

        In "any:data_read,data_add": This is about a table of that name; the word for every table is `all`. Where there is
        no such table it allows nothing.

        Did you mean "all:data_read,data_add"? The table `all` stands for every table."#,
    );
    says_once(&run);
    let run = project.apply();
    run.succeeds();
    says_once(&run);
}

#[test]
fn each_mistake_is_told_in_its_own_words() {
    for (permission, reason, way_out) in [
        ("*:data_read", "Permissions know no wildcards,", r#"Did you mean "all:data_read"?"#),
        ("comm*:data_read", "Permissions know no wildcards,", "Name each table in a permission of its own;"),
        (
            "main.comments:data_read",
            "Permissions name a table without its schema,",
            r#"Did you mean "comments:data_read"?"#,
        ),
        (
            "[comments]:data_read",
            "Permissions name a table as it is",
            r#"Did you mean "comments:data_read"?"#,
        ),
        (
            "`comments`:data_read",
            "Permissions name a table as it is",
            r#"Did you mean "comments:data_read"?"#,
        ),
        (
            "--permissions all:data_read",
            "This begins like a flag of a command,",
            r#"Did you mean "all:data_read"?"#,
        ),
    ] {
        let project = template(&format!("database = \"app\"\n  permissions = [{permission:?}]"));
        let run = project.plan();
        run.succeeds().says(&format!("In {permission:?}: {reason}")).says(way_out);
        says_once(&run);
    }
}
