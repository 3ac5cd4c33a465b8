//! Names that are hard for URLs, shells and people.

use crate::support::{ORGANIZATION, Project, URL, endpoint};

/// Each name, and how a path holds it.
const NAMES: [(&str, &str); 10] = [
    ("clerk", "clerk"),
    ("Clerk Production", "Clerk%20Production"),
    ("a/b", "a%2Fb"),
    ("100%", "100%25"),
    ("what?", "what%3F"),
    ("a#b", "a%23b"),
    ("späť", "sp%C3%A4%C5%A5"),
    ("%2F", "%252F"),
    ("...", "..."),
    ("${name}", "%24%7Bname%7D"),
];

#[test]
fn names_that_are_hard_for_urls_live_as_any_other() {
    let names: Vec<_> = NAMES.iter().map(|(name, _)| hcl(name)).collect();
    let project = Project::new(&format!(
        "resource \"turso_jwks_endpoint\" \"hard\" {{\n  for_each = toset([{}])\n  name = each.value\n  url = {URL:?}\n}}\n",
        names.join(", ")
    ));
    project.turso().set_jwks_limit(ORGANIZATION, NAMES.len()).unwrap();
    project.apply().applied(NAMES.len(), 0, 0);

    let mut saved: Vec<_> = project.endpoints().into_iter().map(|endpoint| endpoint.name).collect();
    let mut expected: Vec<_> = NAMES.iter().map(|(name, _)| (*name).to_owned()).collect();
    saved.sort();
    expected.sort();
    assert_eq!(saved, expected);
    let mut paths = project.writes();
    let mut expected = NAMES.map(|(_, path)| format!("PUT /v2/organizations/acme/jwks/{path}"));
    paths.sort();
    expected.sort();
    assert_eq!(paths, expected);

    project.plan().finds_no_changes();
    project.destroy().succeeds();
    assert_eq!(project.endpoints(), []);
}

#[test]
fn a_name_that_no_path_can_hold_is_refused_at_its_attribute() {
    for (name, reason) in [
        ("..", "The name is only dots, which no URL can hold."),
        (".", "The name is only dots, which no URL can hold."),
        ("", "The name is empty."),
        ("a\\nb", "The name has a control character, such as a line break or a tab."),
    ] {
        let project = Project::new(&endpoint(&[&format!("name = \"{name}\""), &format!("url = {URL:?}")]));
        project.plan().fails().says(&format!(
            r#"Error: Invalid JWKS endpoint name

              with turso_jwks_endpoint.clerk,
              on main.tf line 2, in resource "turso_jwks_endpoint" "clerk":
               2:   name = "{name}"

            {reason}"#
        ));
    }
}

#[test]
fn a_name_that_turso_spells_in_another_unicode_form_is_the_same_name() {
    let project = Project::new(&endpoint(&[r#"name = "spät""#, &format!("url = {URL:?}")]));
    project.put_endpoint("spa\u{308}t", URL);
    project.apply().fails().says("Error: JWKS endpoint already exists");
    project.import("turso_jwks_endpoint.clerk", "spät").succeeds();
    project.plan().finds_no_changes();
    project.destroy().succeeds();
    assert_eq!(project.writes(), ["DELETE /v2/organizations/acme/jwks/spa%CC%88t"]);
}

fn hcl(name: &str) -> String {
    format!("\"{}\"", name.replace("${", "$${"))
}

#[test]
fn white_space_at_the_edge_of_a_name_is_told_once_a_plan_and_not_for_what_is_there() {
    let warning = "Warning: JWKS endpoint name with white space at an edge";
    let project = Project::new(&endpoint(&["name = \"clerk \"", &format!("url = {URL:?}")]));
    let run = project.plan();
    run.plans(1, 0, 0).says(
        r#"Warning: JWKS endpoint name with white space at an edge

          with turso_jwks_endpoint.clerk,
          on main.tf line 2, in resource "turso_jwks_endpoint" "clerk":
           2:   name = "clerk "

        The name "clerk " has white space at an edge, which is a part of it: lists show the endpoint like "clerk", and
        whoever looks for that name does not find it. Write "clerk" unless an endpoint of the other name is meant."#,
    );
    assert_eq!(run.text().matches(warning).count(), 1, "{run}");
    project.validate().succeeds().does_not_say(warning);
    project.apply().applied(1, 0, 0);
    project.plan().finds_no_changes().does_not_say(warning);

    project.configure(&endpoint(&["name = \" clerk\"", &format!("url = {URL:?}")]));
    let run = project.plan();
    run.plans(1, 0, 1);
    assert_eq!(run.text().matches(warning).count(), 1, "{run}");
    project.configure(&endpoint(&["name = \"clerk\"", &format!("url = {URL:?}")]));
    project.plan().plans(1, 0, 1).does_not_say(warning);
}
