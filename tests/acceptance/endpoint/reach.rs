//! What a token without claims opens, in the plan of an endpoint: `only_databases`, and the warning without it.

use serde_json::{Value, json};
use turso_emulator::{Call, Effect, Fault, OrganizationKind};

use crate::support::{API_TOKEN, CLERK, OFFLINE, ORGANIZATION, Project, URL, applied, endpoint};

const ADDRESS: &str = "turso_jwks_endpoint.clerk";
const WARNING: &str = "Warning: What a token without claims would open";
const OTHERS: &str = "Error: Organization holds other databases";
const LIST: &str = "GET /v2/organizations/acme/jwks";
const DATABASES: &str = "GET /v1/organizations/acme/databases";

/// The endpoint with this in `only_databases`.
fn only(databases: &str) -> String {
    endpoint(&["name = \"clerk\"", &format!("url = {URL:?}"), &format!("only_databases = {databases}")])
}

fn add(project: &Project, databases: &[&str]) {
    for name in databases {
        project.turso().add_database(ORGANIZATION, name, "default").unwrap();
    }
}

#[test]
fn the_plan_of_a_new_endpoint_warns_once_of_what_a_token_without_claims_would_open() {
    let project = Project::new(CLERK);
    add(&project, &["billing", "app"]);
    let run = project.plan();
    run.plans(1, 0, 0).says(
        r#"Warning: What a token without claims would open

          with turso_jwks_endpoint.clerk,
          on main.tf line 2, in resource "turso_jwks_endpoint" "clerk":
           2: resource "turso_jwks_endpoint" "clerk" {

        Organization "acme" holds 2 databases: app, billing. Any token without claims that is signed with a key of this
        endpoint would open all that it holds.

        List in `only_databases` which ones may be there, and each plan checks it in place of this warning."#,
    );
    assert_eq!(run.text().matches(WARNING).count(), 1, "{run}");
    project.apply().applied(1, 0, 0);
    project.forget_calls();
    project.plan().finds_no_changes().does_not_say(WARNING);
    assert_eq!(project.calls(), [LIST], "what exists is not looked at");
    let renamed = endpoint(&["name = \"other\"", &format!("url = {URL:?}")]);
    project.configure(&renamed);
    project.plan().plans(1, 0, 1).does_not_say(WARNING);
}

#[test]
fn an_organization_without_databases_is_nothing_to_warn_of() {
    let project = Project::new(CLERK);
    project.plan().plans(1, 0, 0).does_not_say(WARNING);
    assert_eq!(project.calls(), [LIST, DATABASES]);
}

#[test]
fn a_move_to_another_organization_warns_of_what_that_one_holds() {
    let project = applied();
    project.turso().add_organization("other", OrganizationKind::Team);
    project.turso().add_database("other", "ledger", "default").unwrap();
    project.configure(&endpoint(&[
        "name = \"clerk\"",
        &format!("url = {URL:?}"),
        "organization = \"other\"",
    ]));
    project.plan().plans(1, 0, 1).says(WARNING).says(r#"Organization "other" holds 1 database: ledger."#);
}

#[test]
fn what_can_not_be_seen_is_told_with_the_reason() {
    let project = Project::new(CLERK);
    project.turso().inject(Fault::once(Call::Look, Effect::error(403, "not for this token")));
    project.plan().plans(1, 0, 0).says(WARNING).says(
        r#"Which databases organization "acme" holds could not be seen. Any token without claims that is signed with a key
        of this endpoint would open all of them.

        Could not list the databases in organization "acme": Turso answered 403: not for this token."#,
    );

    let project = Project::new(&format!(
        "{CLERK}resource \"terraform_data\" \"organization\" {{\n  input = {ORGANIZATION:?}\n}}\n"
    ));
    project.provider(&format!("organization = terraform_data.organization.output\n  {OFFLINE}"));
    project.plan().plans(2, 0, 0).says(WARNING).says(
        r#"Which databases the organization holds could not be seen. Any token without claims that is signed with a key of
        this endpoint would open all of them.

        The organization, or how to ask Turso, is known only after an apply."#,
    );
    project.apply().applied(2, 0, 0);
}

#[test]
fn a_plan_that_fails_for_another_reason_warns_of_nothing_more() {
    let project = Project::new(CLERK);
    add(&project, &["app"]);
    project.put_endpoint("clerk", URL);
    project.plan().fails().says("Error: JWKS endpoint already exists").does_not_say(WARNING);
    assert_eq!(project.calls(), [LIST]);
}

#[test]
fn other_databases_than_those_that_may_be_there_are_an_error() {
    let project = Project::new(&only(r#"["app", "not-there-yet"]"#));
    add(&project, &["shop", "app", "billing"]);
    project.plan().fails().says(
        r#"Error: Organization holds other databases

          with turso_jwks_endpoint.clerk,
          on main.tf line 4, in resource "turso_jwks_endpoint" "clerk":
           4:   only_databases = ["app", "not-there-yet"]

        Organization "acme" holds 2 databases that `only_databases` does not name: billing, shop. A token without claims
        that is signed with a key of this endpoint would open the whole organization, and so what is not named.

        Register the endpoint with an organization that holds nothing else, or add to `only_databases` what such a token
        may open."#,
    );
    project.apply().fails().says(OTHERS);
    assert_eq!(project.writes(), [] as [&str; 0]);
    project.configure(&only(r#"["shop", "billing", "app"]"#));
    project.plan().plans(1, 0, 0).does_not_say("would open");
}

#[test]
fn an_empty_set_says_that_there_may_be_none() {
    let project = Project::new(&only("[]"));
    project.apply().applied(1, 0, 0).does_not_say(WARNING);
    project.plan().finds_no_changes();
    add(&project, &["app"]);
    project.plan().fails().says(OTHERS).says(r#"holds 1 database that `only_databases` does not name: app."#);
}

#[test]
fn an_endpoint_that_exists_is_checked_in_each_plan_and_can_be_destroyed_all_the_same() {
    let project = Project::new(&only(r#"["app"]"#));
    add(&project, &["app"]);
    project.apply().applied(1, 0, 0);
    project.plan().finds_no_changes();
    add(&project, &["billing"]);
    for arguments in [&[][..], &["-refresh=false"], &[&format!("-replace={ADDRESS}")]] {
        project.plan_with(arguments).fails().says(OTHERS).says(
            "A destroy begins with a plan like this one. To destroy the endpoint all the same: `terraform destroy
            -refresh=false`.",
        );
    }
    // The engine plans what is configured before it plans to destroy it, and does not say so.
    project.destroy().fails().says(OTHERS);
    let destroy = ["destroy", "-no-color", "-input=false", "-auto-approve", "-refresh=false"];
    project.run(&destroy).succeeds().does_not_say(OTHERS);
    assert_eq!(project.endpoints(), []);
}

#[test]
fn an_endpoint_that_left_the_configuration_is_destroyed_whatever_is_there() {
    let project = Project::new(&only("[]"));
    project.apply().applied(1, 0, 0);
    add(&project, &["app"]);
    project.configure("");
    project.apply().applied(0, 0, 1);
}

#[test]
fn a_change_of_the_set_is_an_update_in_place_that_asks_turso_for_nothing() {
    let project = applied();
    add(&project, &["app"]);
    assert_eq!(project.attribute(ADDRESS, "only_databases"), Value::Null);
    project.configure(&only(r#"["b", "app", "b"]"#));
    project.apply().applied(0, 1, 0);
    assert_eq!(project.attribute(ADDRESS, "only_databases"), json!(["app", "b"]));
    project.configure(&only(r#"["app", "b"]"#));
    project.plan().finds_no_changes();
    project.configure(CLERK);
    project.apply().applied(0, 1, 0).does_not_say(WARNING);
    assert_eq!(project.attribute(ADDRESS, "only_databases"), Value::Null);
    assert_eq!(project.writes(), [] as [&str; 0]);
}

#[test]
fn names_that_are_known_only_after_an_apply_are_checked_before_anything_is_saved() {
    let later = |names: &str| {
        format!("resource \"terraform_data\" \"later\" {{\n  input = {names}\n}}\n")
            + &only("terraform_data.later.output")
    };
    let project = Project::new(&later(r#"["app"]"#));
    add(&project, &["app", "billing"]);
    project.plan().plans(2, 0, 0).says("+ only_databases = (known after apply)").does_not_say(WARNING);
    project.apply().fails().says(OTHERS).says("does not name: billing.");
    assert_eq!(project.writes(), [] as [&str; 0]);
    project.configure(&later(r#"["app", "billing"]"#));
    project.apply().succeeds();
    assert_eq!(project.endpoints().len(), 1);

    let one = "resource \"terraform_data\" \"later\" {\n  input = \"app\"\n}\n";
    let project = Project::new(&format!("{one}{}", only(r#"["shop", terraform_data.later.output]"#)));
    add(&project, &["app"]);
    project.apply().applied(2, 0, 0);
    assert_eq!(project.attribute(ADDRESS, "only_databases"), json!(["app", "shop"]));
}

#[test]
fn a_list_that_is_refused_or_fails_is_an_error_where_it_is_to_be_checked() {
    let refused = Fault::once(Call::Look, Effect::error(403, "not for this token"));
    let failing = Fault::times(4, Call::Look, Effect::error(503, "down"));
    for (fault, said) in [(refused, "403: not for this token."), (failing, "503: down.")] {
        let project = Project::new(&only(r#"["app"]"#));
        project.turso().inject(fault);
        project
            .plan()
            .fails()
            .says("Error: Databases not checked")
            .says("4:   only_databases = ")
            .says(&format!(r#"Could not list the databases in organization "acme": Turso answered {said}"#));
    }
}

#[test]
fn endpoints_of_one_phase_share_one_list_of_the_databases() {
    let project = Project::new(
        "resource \"turso_jwks_endpoint\" \"many\" {\n  count = 5\n  name = \"e${count.index}\"\n  \
         url = \"https://idp.example.com/jwks.json\"\n  only_databases = count.index == 0 ? null : [\"app\"]\n}\n",
    );
    add(&project, &["app"]);
    project.plan().plans(5, 0, 0).says(WARNING);
    assert_eq!(project.calls(), [LIST, DATABASES]);
}

#[test]
fn a_name_that_no_database_can_have_is_refused_offline() {
    let project = Project::new(&only(r#"["a/b"]"#));
    project.validate().fails().says("Error: Invalid database name");
    let project = Project::new(&only("[null]"));
    project.validate().fails();
    assert_eq!(project.calls(), [] as [&str; 0]);
}

#[test]
fn a_token_is_needed_to_check_what_exists() {
    let project = Project::new(&only("[]"));
    project.apply().applied(1, 0, 0);
    project.unset_env("TURSO_API_TOKEN");
    project.plan_with(&["-refresh=false"]).fails().says("Error: Databases not checked");
    project.set_env("TURSO_API_TOKEN", API_TOKEN);
    project.plan().finds_no_changes();
}
