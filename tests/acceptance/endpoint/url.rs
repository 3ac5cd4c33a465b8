//! URLs that Turso could not fetch.

use crate::support::{Project, endpoint};

#[test]
fn a_wrong_url_is_refused_at_its_attribute_before_anything_is_asked_of_turso() {
    const EXAMPLE: &str = "such as https://clerk.example.com/.well-known/jwks.json";
    for (url, text) in [
        (
            "http://clerk.example.com/jwks.json",
            format!(r#"The scheme is "http", and Turso needs https. Write a URL {EXAMPLE}."#),
        ),
        (
            "clerk.example.com/jwks.json",
            format!("This is not a URL (relative URL without a base). Write a whole one, {EXAMPLE}."),
        ),
        ("https://", format!("This is not a URL (empty host). Write a whole one, {EXAMPLE}.")),
        (
            "https://clerk.example.com/jwks.json#keys",
            "The URL has a fragment (#…), which no server ever sees. Remove it.".to_owned(),
        ),
        (
            "https:///clerk.example.com/jwks.json",
            "Programs differ in how they read it: here it is read as \"https://clerk.example.com/jwks.json\". Write that, \
             if it is what is meant."
                .to_owned(),
        ),
        (
            "https:clerk.example.com",
            "Programs differ in how they read it: here it is read as \"https://clerk.example.com/\". Write that, \
             if it is what is meant."
                .to_owned(),
        ),
        (
            "https://clerk.example.com/jwks json",
            "The URL contains white space or control characters. Remove them.".to_owned(),
        ),
    ] {
        let project = Project::new(&endpoint(&[r#"name = "clerk""#, &format!("url = {url:?}")]));
        for run in [project.validate(), project.plan()] {
            run.fails().says(&format!(
                r#"Error: Invalid JWKS URL

                  with turso_jwks_endpoint.clerk,
                  on main.tf line 3, in resource "turso_jwks_endpoint" "clerk":
                   3:   url = "{url}"

                {text}"#
            ));
        }
        assert_eq!(project.calls(), [] as [&str; 0]);
    }
}

#[test]
fn a_password_in_a_url_is_refused_and_not_repeated() {
    let project = Project::new(&endpoint(&[r#"name = "clerk""#, "url = var.url"]));
    project.write("variables.tf", "variable \"url\" {\n  type = string\n}\n");
    project.set_env("TF_VAR_url", "https://ann:p4ss@clerk.example.com/jwks.json");
    project.hide("p4ss");
    project
        .plan()
        .fails()
        .says("The URL holds a user name or password. A JWKS document is public: remove them.");
}

#[test]
fn a_url_that_everyone_reads_alike_is_sent_as_it_is_written() {
    for url in [
        "https://clerk.example.com",
        "https://Clerk.Example.com:443/jwks.json",
        "https://clerk.example.com?x=a%20b",
    ] {
        let project = Project::new(&endpoint(&[r#"name = "clerk""#, &format!("url = {url:?}")]));
        project.apply().applied(1, 0, 0);
        assert_eq!(project.endpoints()[0].url, url);
        project.plan().finds_no_changes();
    }
}
