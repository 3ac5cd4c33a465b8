//! Changing an endpoint: its URL in place, all else by another endpoint.

use turso_emulator::OrganizationKind;

use crate::support::{OFFLINE, applied, endpoint};

const NAME: &str = r#"name = "clerk""#;
const URL: &str = r#"url = "https://clerk.example.com/.well-known/jwks.json""#;

#[test]
fn a_new_url_is_saved_in_place() {
    let project = applied();
    project.configure(&endpoint(&[NAME, r#"url = "https://new.example.com/jwks.json""#]));
    project.plan().plans(0, 1, 0).says("# turso_jwks_endpoint.clerk will be updated in-place");
    project.apply().applied(0, 1, 0);
    assert_eq!(project.writes(), ["PUT /v2/organizations/acme/jwks/clerk"]);
    assert_eq!(project.attribute("turso_jwks_endpoint.clerk", "id"), "acme/clerk");
    assert_eq!(project.endpoints()[0].url, "https://new.example.com/jwks.json");
    project.plan().finds_no_changes();
}

#[test]
fn another_name_is_another_endpoint() {
    let project = applied();
    project.configure(&endpoint(&[r#"name = "Clerk Production""#, URL]));
    project
        .plan()
        .plans(1, 0, 1)
        .says(r#"~ name = "clerk" -> "Clerk Production" # forces replacement"#)
        .says(r#"~ id = "acme/clerk" -> "acme/Clerk Production""#);
    project.apply().applied(1, 0, 1);
    assert_eq!(
        project.writes(),
        ["DELETE /v2/organizations/acme/jwks/clerk", "PUT /v2/organizations/acme/jwks/Clerk%20Production"]
    );
    project.plan().finds_no_changes();
}

#[test]
fn another_organization_is_another_endpoint() {
    let project = applied();
    project.turso().add_organization("umbrella", OrganizationKind::Team);
    project.configure(&endpoint(&[NAME, URL, r#"organization = "umbrella""#]));
    project.plan().plans(1, 0, 1).says(r#"~ organization = "acme" -> "umbrella" # forces replacement"#);
    project.apply().applied(1, 0, 1);
    assert_eq!(project.endpoints(), []);
    assert_eq!(project.turso().endpoints("umbrella").unwrap().len(), 1);
    project.plan().finds_no_changes();
}

#[test]
fn another_organization_in_the_provider_block_is_another_endpoint() {
    let project = applied();
    project.turso().add_organization("umbrella", OrganizationKind::Team);
    project.provider(&format!("organization = \"umbrella\"\n  {OFFLINE}"));
    project.plan().plans(1, 0, 1).says(r#"~ organization = "acme" -> "umbrella" # forces replacement"#);
    project.apply().applied(1, 0, 1);
    assert_eq!(project.endpoints(), []);
    assert_eq!(project.turso().endpoints("umbrella").unwrap().len(), 1);
}

#[test]
fn another_region_is_stored_without_a_call_and_sent_with_the_next_save() {
    const REGION: &str = r#"region = "aws-eu-west-1""#;

    let project = applied();
    project.configure(&endpoint(&[NAME, URL, REGION]));
    project.plan().plans(0, 1, 0).says(r#"+ region = "aws-eu-west-1""#);
    project.apply().applied(0, 1, 0);
    assert_eq!(project.writes(), [] as [&str; 0]);
    assert_eq!(project.attribute("turso_jwks_endpoint.clerk", "region"), "aws-eu-west-1");
    assert_eq!(project.endpoints()[0].region, "");
    project.plan().finds_no_changes();

    project.configure(&endpoint(&[NAME, r#"url = "https://new.example.com/jwks.json""#, REGION]));
    project.apply().applied(0, 1, 0);
    assert_eq!(project.endpoints()[0].region, "aws-eu-west-1");
}

#[test]
fn another_region_is_sent_with_the_deletion() {
    let project = applied();
    for (region, sent) in [(r#"region = "aws-eu-west-1""#, "aws-eu-west-1"), ("region = null", "")] {
        project.configure(&endpoint(&[NAME, URL, region]));
        project.apply().succeeds();
        project.destroy().succeeds();
        let deletion =
            project.turso().requests().into_iter().rfind(|recorded| recorded.request.method == "DELETE");
        let body = String::from_utf8(deletion.unwrap().request.body).unwrap();
        assert_eq!(body, format!("{{\"region\":{sent:?}}}\n"));
    }
}

#[test]
fn a_replacement_with_the_same_name_deletes_first() {
    let project = applied();
    project.apply_with(&["-replace=turso_jwks_endpoint.clerk"]).applied(1, 0, 1);
    assert_eq!(
        project.writes(),
        ["DELETE /v2/organizations/acme/jwks/clerk", "PUT /v2/organizations/acme/jwks/clerk"]
    );
}

#[test]
fn an_endpoint_that_vanished_since_the_plan_is_not_created_by_an_update() {
    let project = applied();
    project.configure(&endpoint(&[NAME, r#"url = "https://new.example.com/jwks.json""#]));
    project.plan_with(&["-out=saved"]).plans(0, 1, 0);
    project.remove_endpoint("clerk");
    project.apply_with(&["saved"]).fails().says(
        r#"Error: JWKS endpoint not saved

          with turso_jwks_endpoint.clerk,
          on main.tf line 1, in resource "turso_jwks_endpoint" "clerk":
           1: resource "turso_jwks_endpoint" "clerk" {

        There is no JWKS endpoint "clerk" in organization "acme" any more.

        Run the plan again: it will propose to create it."#,
    );
    assert_eq!(project.writes(), [] as [&str; 0]);
    project.plan().plans(1, 0, 0);
}

#[test]
fn an_endpoint_whose_new_url_is_there_already_is_not_saved_again() {
    let project = applied();
    project.configure(&endpoint(&[NAME, r#"url = "https://new.example.com/jwks.json""#]));
    project.plan_with(&["-out=saved"]).plans(0, 1, 0);
    project.put_endpoint("clerk", "https://new.example.com/jwks.json");
    project.apply_with(&["saved"]).applied(0, 1, 0);
    assert_eq!(project.writes(), [] as [&str; 0]);
}
