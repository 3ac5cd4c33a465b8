//! A provider block whose values something else will give.

use crate::support::{API_TOKEN, CLERK, OFFLINE, ORGANIZATION, Project, Run, URL, say};

const CLERK_ADDRESS: &str = "turso_jwks_endpoint.clerk";
const NOT_KNOWN: &str = "Error: Provider configuration not known yet";
/// What gives the URL of Turso. Its output is unknown until it is applied, and again whenever the round changes.
const LATER: &str = r#"
variable "base_url" {}
variable "round" {
  default = 1
}
resource "terraform_data" "later" {
  input            = var.base_url
  triggers_replace = var.round
}
"#;

/// A project whose provider block is known only after an apply.
fn waiting(hcl: &str) -> Project {
    let project = Project::new(&format!("{LATER}{hcl}"));
    project.set_env("TF_VAR_base_url", project.turso().base_url());
    project.unset_env("TURSO_API_BASEURL");
    project.provider(&format!(
        "organization = {ORGANIZATION:?}\n  base_url = terraform_data.later.output\n  {OFFLINE}"
    ));
    project
}

/// Whether the engine can defer: none can but an experimental build of Terraform, and others say so themselves.
fn is_refused_by_the_engine(plan: &Run) -> bool {
    let text = plan.text();
    let says_so =
        ["only valid in experimental builds of Terraform", "flag provided but not defined: -allow-deferral"];
    says_so.iter().any(|words| text.contains(words))
}

#[test]
fn a_new_endpoint_waits_for_the_token_of_another_resource() {
    let project = Project::new(&format!(
        "{CLERK}variable \"token\" {{\n  sensitive = true\n}}\n\
         resource \"terraform_data\" \"token\" {{\n  input = var.token\n}}\n"
    ));
    project.set_env("TF_VAR_token", API_TOKEN);
    project.let_engine_hold_token();
    project.provider(&format!(
        "organization = {ORGANIZATION:?}\n  api_token = terraform_data.token.output\n  {OFFLINE}"
    ));
    project
        .plan()
        .plans(2, 0, 0)
        .says("+ id = (known after apply)")
        .says("+ organization = (known after apply)")
        .does_not_say("Failed to marshal plan");
    project.apply().applied(2, 0, 0);
    assert_eq!(project.attribute(CLERK_ADDRESS, "id"), "acme/clerk");
    project.plan().finds_no_changes();
}

#[test]
fn a_new_endpoint_waits_for_the_organization_of_another_resource() {
    let project = Project::new(&format!(
        "{CLERK}resource \"terraform_data\" \"organization\" {{\n  input = {ORGANIZATION:?}\n}}\n"
    ));
    project.provider(&format!("organization = terraform_data.organization.output\n  {OFFLINE}"));
    project
        .plan()
        .plans(2, 0, 0)
        .says("+ organization = (known after apply)")
        .does_not_say("Failed to marshal plan");
    project.apply().applied(2, 0, 0);
    assert_eq!(project.attribute(CLERK_ADDRESS, "organization"), ORGANIZATION);
    project.plan().finds_no_changes();
}

#[test]
fn an_endpoint_in_state_stays_as_it_was_recorded_and_the_plan_warns() {
    let project = waiting(CLERK);
    project.apply().applied(2, 0, 0);
    project.turso().remove_endpoint(ORGANIZATION, "clerk").unwrap();
    // The URL may be another one after the apply, so that nobody can be asked before it.
    project.set_env("TF_VAR_round", "2");
    project
        .plan()
        .plans(1, 0, 1)
        .says("Warning: JWKS endpoint not refreshed")
        .says(r#""clerk" in organization "acme" was not looked at"#);
    project.apply().applied(1, 0, 1);
    project.plan().plans(1, 0, 0).says("# turso_jwks_endpoint.clerk will be created");
}

#[test]
fn a_data_source_and_an_import_say_what_they_wait_for() {
    for hcl in [
        "data \"turso_jwks_endpoints\" \"all\" {}\n".to_owned(),
        "data \"turso_jwks_endpoint\" \"clerk\" {\n  name = \"clerk\"\n}\n".to_owned(),
        "data \"turso_jwt_template\" \"app\" {\n  database = \"app\"\n  scope = \"read-only\"\n}\n"
            .to_owned(),
        format!("{CLERK}import {{\n  to = {CLERK_ADDRESS}\n  id = \"clerk\"\n}}\n"),
    ] {
        let project = waiting(&hcl);
        project.turso().put_endpoint(ORGANIZATION, "clerk", URL).unwrap();
        project.turso().add_database(ORGANIZATION, "app", "default").unwrap();
        project
            .plan()
            .fails()
            .says(NOT_KNOWN)
            .says("The provider block's api_token or base_url comes from something");
        // The way out that it names.
        project.apply_with(&["-target=terraform_data.later"]).applied(1, 0, 0);
        project.apply().succeeds();
        project.plan().finds_no_changes();
    }
}

#[test]
fn a_data_source_that_depends_on_what_gives_the_token_is_read_during_the_apply() {
    let project =
        waiting("data \"turso_jwks_endpoints\" \"all\" {\n  depends_on = [terraform_data.later]\n}\n");
    project.plan().plans(1, 0, 0).says("# data.turso_jwks_endpoints.all will be read during apply");
    project.apply().applied(1, 0, 0);
    project.plan().finds_no_changes();
}

#[test]
fn a_host_that_can_defer_defers_the_whole_of_it_and_applies_it_in_a_second_round() {
    let project = waiting(&format!(
        "{CLERK}import {{\n  to = turso_jwks_endpoint.imported\n  id = \"acme/imported\"\n}}\n\
         resource \"turso_jwks_endpoint\" \"imported\" {{\n  name = \"imported\"\n  url = {URL:?}\n}}\n\
         data \"turso_jwks_endpoints\" \"all\" {{}}\n"
    ));
    project.turso().put_endpoint(ORGANIZATION, "imported", URL).unwrap();
    let plan = project.plan_with(&["-allow-deferral"]);
    if is_refused_by_the_engine(&plan) {
        say("the engine can't defer: it says itself that it is not built for it");
        project.validate().succeeds();
        return;
    }
    plan.plans(1, 0, 0);
    project.apply_with(&["-allow-deferral"]).applied(1, 0, 0);
    assert_eq!(project.calls(), [] as [&str; 0]);
    project.apply_with(&["-allow-deferral"]).succeeds().says("1 imported, 1 added, 0 changed, 0 destroyed.");
    project.plan().finds_no_changes();
}
