//! The limit of the free plan: two endpoints.

use crate::support::{CLERK, Project, endpoint};

fn with_others(count: usize) -> Project {
    let project = Project::new(CLERK);
    for number in 0..count {
        let url = "https://example.com/jwks.json";
        project.put_endpoint(&format!("other {number}"), url);
    }
    project
}

#[test]
fn a_plan_warns_where_the_limit_is_reached() {
    let project = with_others(2);
    project.plan().plans(1, 0, 0).says(
        r#"Warning: JWKS endpoint limit of the free plan

          with turso_jwks_endpoint.clerk,
          on main.tf line 2, in resource "turso_jwks_endpoint" "clerk":
           2: resource "turso_jwks_endpoint" "clerk" {

        Organization "acme" has 2 JWKS endpoints, as many as Turso's free plan allows. On that plan Turso will refuse
        this one, unless the same apply removes another first."#,
    );
}

#[test]
fn a_plan_below_or_above_the_limit_of_the_free_plan_does_not_warn() {
    for count in [1, 3] {
        with_others(count).plan().plans(1, 0, 0).does_not_say("Warning: JWKS");
    }
}

#[test]
fn beyond_the_limit_nothing_is_saved() {
    for status in [400, 403, 409, 422] {
        let project = with_others(2);
        project.turso().change_behaviour(|behaviour| behaviour.limit_status = status);
        project.apply().fails().says("Error: JWKS endpoint not saved").says(&format!(
            r#"Could not save JWKS endpoint "clerk" in organization "acme": Turso answered {status}: jwks count
            limit(2) exceeded.

            The plan of the organization allows 2 JWKS endpoints. Delete one that is not needed, or upgrade the
            plan."#
        ));
        assert_eq!(project.endpoints().len(), 2);
        assert_eq!(project.instance("turso_jwks_endpoint.clerk"), None);
    }
}

#[test]
fn at_the_limit_an_endpoint_can_still_be_updated_and_replaced() {
    let project = with_others(1);
    project.apply().applied(1, 0, 0);
    project.configure(&endpoint(&[r#"name = "clerk""#, r#"url = "https://new.example.com/jwks.json""#]));
    project.apply().applied(0, 1, 0).does_not_say("Warning: JWKS");
    project.configure(&endpoint(&[r#"name = "new""#, r#"url = "https://new.example.com/jwks.json""#]));
    project.apply().applied(1, 0, 1);
}
