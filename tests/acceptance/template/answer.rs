//! What a template gives.

use serde_json::json;
use turso_emulator::{Call, Effect, Fault};

use super::{DATABASE_ID, FULL_ACCESS, GROUP_ID, RID, template};

#[test]
fn a_template_of_a_database_gives_its_claims() {
    let project = template(FULL_ACCESS);
    project.apply().succeeds();
    let hostname = project.turso().database("acme", "app").unwrap().url;
    let hostname = hostname.trim_start_matches("http://");
    let claims = json!({ "a": "rw", "id": DATABASE_ID, "perm": [], "rid": RID });
    assert_eq!(
        project.output("it"),
        json!({
            "database": "app",
            "group": null,
            "scope": "full-access",
            "permissions": null,
            "organization": "acme",
            "json": format!(r#"{{"a":"rw","id":"{DATABASE_ID}","perm":[],"rid":"{RID}"}}"#),
            "claims": claims,
            "database_id": DATABASE_ID,
            "group_id": null,
            "hostname": hostname,
            "summary": "database \"app\" (33057661…): full access, no limits",
            "grants": [],
        })
    );
    project.plan().finds_no_changes();
}

#[test]
fn a_template_of_a_group_gives_its_claims() {
    let project = template("group = \"default\"\n  scope = \"read-only\"");
    project.apply().succeeds();
    let output = project.output("it");
    assert_eq!(output["json"], format!(r#"{{"a":"ro","gid":"{GROUP_ID}","perm":[],"rid":"{RID}"}}"#));
    assert_eq!(output["group_id"], GROUP_ID);
    assert_eq!(output["database_id"], json!(null));
    assert_eq!(output["summary"], "every database of group \"default\" (0d7ba8ac…): read-only, every table");
}

#[test]
fn several_permissions_are_claims_and_grants() {
    let project = template(
        "database = \"app\"\n  permissions = [\"all:data_read\", \"comments:data_update,data_add\", \"posts:data_delete\"]",
    );
    project.apply().succeeds();
    let output = project.output("it");
    assert_eq!(
        output["claims"]["perm"],
        json!([
            { "t": null, "a": ["data_read"] },
            { "t": ["comments"], "a": ["data_add", "data_update"] },
            { "t": ["posts"], "a": ["data_delete"] },
        ])
    );
    assert_eq!(
        output["grants"],
        json!([
            { "tables": null, "actions": ["data_read"] },
            { "tables": ["comments"], "actions": ["data_add", "data_update"] },
            { "tables": ["posts"], "actions": ["data_delete"] },
        ])
    );
    assert_eq!(
        output["permissions"],
        json!(["all:data_read", "comments:data_update,data_add", "posts:data_delete"])
    );
    project.plan().finds_no_changes();
}

#[test]
fn rules_in_another_form_are_the_same_claims() {
    let project = template(
        "database = \"app\"\n  permissions = [\"all:data_read\", \"posts:data_read,data_add\", \"log:data_add\"]",
    );
    project.apply().succeeds();
    for perm in [
        // Merged, and without what `all` covers.
        json!([{ "t": ["log", "posts"], "a": ["data_add"] }, { "t": null, "a": ["data_read"] }]),
        // Split, and in another order.
        json!([
            { "t": ["log"], "a": ["data_add"] },
            { "t": ["posts"], "a": ["data_add"] },
            { "t": ["posts"], "a": ["data_read"] },
            { "t": null, "a": ["data_read"] },
        ]),
    ] {
        let claims = json!({ "a": "rw", "id": DATABASE_ID, "perm": perm, "rid": RID });
        project.turso().inject(Fault::once(Call::Template, Effect::Template(claims)));
        project.plan().finds_no_changes();
    }
}

#[test]
fn a_rotation_of_keys_shows_in_the_plan() {
    let project = template(FULL_ACCESS);
    project.apply().succeeds();
    let rotated = "aaaaaaaa-1c5f-4f0e-9d55-0b8a3c6f7e42";
    let ids = [DATABASE_ID, rotated].map(|id| id.parse().unwrap());
    project.turso().set_database_ids("acme", "app", ids[0], ids[1]).unwrap();
    project.plan().succeeds().says("Changes to Outputs:").says(rotated);
}

#[test]
fn a_database_that_takes_no_permissions_is_told_at_them_with_what_remains() {
    let project = template("database = \"app\"\n  permissions = [\"all:data_read\"]");
    let text = "Permissions are not supported for db-api controlled databases";
    project.turso().inject(Fault::once(Call::Template, Effect::error(400, text)));
    project.plan().fails().says(
        r#"Error: JWT template not generated

          with data.turso_jwt_template.it,
          on main.tf line 3, in data "turso_jwt_template" "it":
           3:   permissions = ["all:data_read"]"#,
    ).says(
        r#"Turso answered 400: Permissions are not supported for db-api controlled databases.

        Databases of Turso's newer engine, made with `use_tursodb`, take no limits by table and action. Leave
        `permissions` out and set `scope` to "read-only" or "full-access", if that is not too much; else keep what such
        tokens must not reach in another database."#,
    );
}
