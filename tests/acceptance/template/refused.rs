//! Answers that are errors, and answers that are not believed.

use serde_json::{Value, json};
use turso_emulator::{Call, Effect, Fault};

use super::{DATABASE_ID, FULL_ACCESS, GROUP_ID, template};

#[test]
fn a_database_that_is_not_there_is_told_at_its_attribute() {
    template("database = \"ap\"\n  scope = \"read-only\"").plan().fails().says(
        r#"Error: JWT template not generated

          with data.turso_jwt_template.it,
          on main.tf line 2, in data "turso_jwt_template" "it":
           2:   database = "ap"

        Could not compose the JWT template of database "ap" in organization "acme": Turso answered 404: could not find
        database with name [ap]: record not found.

        Check its name, and that it is in this organization: `turso db list` shows what there is."#,
    );
}

#[test]
fn a_group_that_is_not_there_is_told_at_its_attribute() {
    template("group = \"defualt\"\n  scope = \"read-only\"")
        .plan()
        .fails()
        .says(r#"on main.tf line 2, in data "turso_jwt_template" "it": 2: group = "defualt""#)
        .says(
            "Turso answered 404: group not found. Check its name, and that it is in this organization: \
             `turso group list` shows what there is.",
        );
}

#[test]
fn an_organization_that_is_not_there_is_told_at_its_attribute() {
    template("database = \"app\"\n  organization = \"acmee\"\n  scope = \"read-only\"")
        .plan()
        .fails()
        .says(r#"3: organization = "acmee""#)
        .says("Turso answered 404: organization not found.");
}

#[test]
fn a_database_that_takes_no_permissions_is_told_in_tursos_words() {
    let project = template("database = \"app\"\n  permissions = [\"all:data_read\"]");
    let text = "Permissions are not supported for db-api controlled databases";
    project.turso().inject(Fault::once(Call::Template, Effect::error(400, text)));
    project.plan().fails().says(&format!("Turso answered 400: {text}."));
}

#[test]
fn claims_that_are_wider_than_what_was_asked_for_are_refused() {
    let asked = "database = \"app\"\n  scope = \"read-only\"\n  permissions = [\"posts:data_read\"]";
    let rule = json!({ "t": ["posts"], "a": ["data_read"] });
    let good = json!({ "a": "ro", "id": DATABASE_ID, "perm": [rule] });
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let without = |name: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(name);
        claims
    };
    for (answer, text) in [
        (without("id"), "the claim `id` is missing."),
        (without("a"), "the claim `a` is missing."),
        (without("perm"), "the claim `perm` is missing."),
        (with("perm", json!(null)), "the claim `perm` must be an array"),
        (
            with("perm", json!([])),
            "its permissions are not the ones asked for: there are none, and a token without any has no limit",
        ),
        (with("perm", json!([{ "t": null, "a": ["data_read"] }])), "they add `all:data_read`."),
        (with("perm", json!([rule, { "t": ["users"], "a": ["data_read"] }])), "they add `users:data_read`."),
        (
            with("perm", json!([{ "t": ["users"], "a": ["data_read"] }])),
            "they lack `posts:data_read` and add `users:data_read`.",
        ),
        (with("perm", json!([{ "t": [], "a": ["data_read"] }])), "perm[0].t"),
        (with("a", json!("rw")), "asked for a read-only template, Turso answered with full-access claims"),
        (with("a", json!(["ro"])), "the claim `a` must be"),
        (with("gid", json!(GROUP_ID)), "gid"),
        (with("p", json!({ "rw": {} })), "the claim \"p\" is refused"),
        (json!([]), "the template is not a JSON object of claims"),
    ] {
        let project = template(asked);
        project.turso().inject(Fault::once(Call::Template, Effect::Template(answer)));
        project
            .plan()
            .fails()
            .says("Error: JWT template not generated")
            .says("Turso's answer is not what was asked for:")
            .says(text)
            .says("The claims were thrown away. A proxy that drops the bodies of requests can be the cause;");
    }
}

#[test]
fn a_claim_that_is_there_twice_is_refused_at_any_depth() {
    for template in [
        format!(r#"{{"a":"rw","id":"{DATABASE_ID}","perm":[],"id":"{GROUP_ID}"}}"#),
        format!(r#"{{"a":"rw","id":"{DATABASE_ID}","perm":[],"rid":{{"x":[{{"y":1,"y":2}}]}}}}"#),
    ] {
        let body = format!(r#"{{"template":{template}}}"#);
        let project = super::template(FULL_ACCESS);
        project.turso().inject(Fault::once(Call::Template, Effect::Text { status: 200, body }));
        project.plan().fails().says("Error: JWT template not generated").says(
            "the answer can't be judged: an object has the same key twice, the second at line 1 column",
        );
    }
}

#[test]
fn an_answer_that_holds_no_template_is_refused() {
    let project = template(FULL_ACCESS);
    for (body, text) in
        [("{}", "missing field `template`"), ("<html>Sign in</html>", "the answer is not JSON")]
    {
        project
            .turso()
            .inject(Fault::once(Call::Template, Effect::Text { status: 200, body: body.to_owned() }));
        project.plan().fails().says(text);
    }
}
