//! URLs of keys that sign for everyone who has an account somewhere.

use crate::support::{CLERK, ORGANIZATION, Project, endpoint};

const GOOGLE: &str = "https://www.googleapis.com/oauth2/v3/certs";

/// As `project` has it, no plan looks at documents: this is no matter of `preflight`.
#[test]
fn keys_that_sign_for_everyone_are_refused_by_the_plan_of_a_new_url() {
    let project = Project::new(&endpoint(&[r#"name = "clerk""#, &format!("url = {GOOGLE:?}")]));
    project.plan().fails().says(&format!(
        r#"Error: Keys that sign for everyone

          with turso_jwks_endpoint.clerk,
          on main.tf line 3, in resource "turso_jwks_endpoint" "clerk":
           3:   url = "{GOOGLE}"

        The keys at www.googleapis.com are those of Google and Firebase, which signs tokens for everyone who uses it
        with them, whatever the path in the URL. Turso reads a token without claims as access to every database of the
        organization, so a stranger with an account there could open them all. Use an identity provider that signs with
        keys of your own, such as an instance of Clerk or a tenant of Auth0."#
    ));
    assert_eq!(project.writes(), [] as [&str; 0]);
}

#[test]
fn keys_that_sign_for_everyone_are_refused_by_the_plan_of_a_changed_url() {
    let project = Project::new(CLERK);
    project.apply().applied(1, 0, 0);
    let url = "https://login.microsoftonline.com/8c6f4a5e-0000-4000-8000-000000000000/discovery/v2.0/keys";
    project.configure(&endpoint(&[r#"name = "clerk""#, &format!("url = {url:?}")]));
    project.plan().fails().says("Error: Keys that sign for everyone").says("those of Microsoft Entra");
}

/// A URL that the plan does not know yet is judged by the plan that Terraform makes right before it applies.
#[test]
fn keys_that_sign_for_everyone_are_refused_where_the_url_becomes_known_in_the_apply() {
    let project = Project::new(&format!(
        "{}\nresource \"terraform_data\" \"url\" {{\n  input = {GOOGLE:?}\n}}\n",
        endpoint(&[r#"name = "clerk""#, "url = terraform_data.url.output"])
    ));
    project.plan().plans(2, 0, 0);
    project.apply().fails().says("Error: Keys that sign for everyone");
    assert_eq!(project.writes(), [] as [&str; 0]);
}

#[test]
fn an_endpoint_that_exists_with_such_keys_validates_imports_and_can_be_destroyed() {
    let project = Project::new(&endpoint(&[r#"name = "clerk""#, &format!("url = {GOOGLE:?}")]));
    project.put_endpoint("clerk", GOOGLE);
    project.validate().succeeds();
    project.import("turso_jwks_endpoint.clerk", &format!("{ORGANIZATION}/clerk")).succeeds();
    project.plan().finds_no_changes();
    project.destroy().succeeds();
    assert_eq!(project.endpoints(), []);
}
