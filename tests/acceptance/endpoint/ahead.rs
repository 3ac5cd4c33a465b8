//! What a plan tells of an apply that would run into something.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use turso_emulator::{Call, Effect, Fault, OrganizationKind};

use crate::support::{API_TOKEN, CLERK, OFFLINE, Project, URL, applied};

const ADDRESS: &str = "turso_jwks_endpoint.clerk";
const TAKEN: &str = "Error: JWKS endpoint already exists";

/// Endpoints by label and name.
fn endpoints(named: &[(&str, &str)]) -> String {
    let one = |(label, name): &(&str, &str)| {
        format!(
            "resource \"turso_jwks_endpoint\" \"{label}\" {{\n  name = \"{name}\"\n  url = \"{URL}\"\n}}\n"
        )
    };
    named.iter().map(one).collect()
}

#[test]
fn a_name_that_is_taken_is_an_error_of_the_plan_with_the_ways_out() {
    let project = Project::new(CLERK);
    project.put_endpoint("clerk", "https://other.example.com/jwks.json");
    project.plan().fails().says(TAKEN).says(r#"3:   name = "clerk""#).says(
        r#"  import {
            to = turso_jwks_endpoint.<label>
            id = "acme/clerk"
          }

        Where it is in this state under another address, say so with a `moved` block. Where this one is to replace it
        with create_before_destroy, take that out: there can't be two of one name. To have another one beside it,
        choose another name."#,
    );
}

#[test]
fn a_rename_onto_a_name_that_is_taken_is_a_warning() {
    let project = applied();
    project.put_endpoint("taken", "https://other.example.com/jwks.json");
    project.configure(&endpoints(&[("clerk", "taken")]));
    project.plan().plans(1, 0, 1).says("Warning: JWKS endpoint name is taken").says(
        r#"Organization "acme" has a JWKS endpoint "taken" already, with the URL "https://other.example.com/jwks.json".
        The apply will fail unless it deletes or renames that one first."#,
    );
}

#[test]
fn objects_that_shift_their_names_in_one_plan_go_on_working() {
    let project = Project::new(&endpoints(&[("one", "a"), ("two", "b")]));
    project.apply().applied(2, 0, 0);
    project.configure(&endpoints(&[("one", "b"), ("two", "c")]));
    project.plan().plans(2, 0, 2).does_not_say("Error:");
    project.apply_with(&["-parallelism=1"]);
    project.apply();
    project.plan().finds_no_changes();
    let names: Vec<_> = project.endpoints().into_iter().map(|endpoint| endpoint.name).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names.contains(&"b".to_owned()) && names.contains(&"c".to_owned()), "{names:?}");
}

#[test]
fn an_object_that_is_replaced_under_its_own_name_is_no_other() {
    let project = applied();
    project.plan_with(&[&format!("-replace={ADDRESS}")]).plans(1, 0, 1).does_not_say(TAKEN);
    project.apply_with(&[&format!("-replace={ADDRESS}")]).applied(1, 0, 1);
    project.run(&["taint", ADDRESS]).succeeds();
    project.plan().plans(1, 0, 1).does_not_say(TAKEN);
    project.apply().applied(1, 0, 1);
    project.plan().finds_no_changes();
}

#[test]
fn a_look_that_fails_for_good_is_an_error_of_the_plan() {
    let redirect = |status| Effect::Text { status, body: String::new() };
    for (effect, said) in [
        (Effect::error(400, "bad"), "Turso answered 400: bad"),
        (Effect::error(402, "pay first"), "Turso answered 402: pay first"),
        (Effect::error(426, "upgrade"), "Turso answered 426: upgrade"),
        (redirect(302), "Turso answered 302"),
        (redirect(404), "Turso answered 404"),
        (redirect(200), "the answer is not JSON"),
    ] {
        let project = Project::new(CLERK);
        project.turso().inject(Fault::times(1, Call::List, effect));
        project.plan().fails().says("Error: JWKS endpoint can't be created").says(said);
    }
}

#[test]
fn a_look_that_may_succeed_later_is_a_warning() {
    let project = Project::new(CLERK);
    project.turso().inject(Fault::times(4, Call::List, Effect::error(503, "down")));
    project.plan().plans(1, 0, 0).says("Warning: Organization not looked at").says(
        r#"Turso answered 503: down.

        The fault is on Turso's side. Try again later.

        So it is not known whether the name is free. The apply asks again."#,
    );
}

/// Through a proxy, so to a host that is not on this machine: nothing leaves it, since the proxy is.
#[test]
fn a_proxy_that_knows_no_such_user_is_an_error_of_the_plan_and_one_that_is_down_a_warning() {
    let project = Project::new(CLERK);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = listener.local_addr().unwrap().to_string();
    project.unset_env("TURSO_API_BASEURL");
    project.set_env("HTTPS_PROXY", format!("http://ann:s3cret@{proxy}"));
    project.hide("s3cret");
    let answering = std::thread::spawn(move || {
        while let Ok((mut connection, _)) = listener.accept() {
            let mut request = [0; 1024];
            let length = connection.read(&mut request).unwrap();
            if request[..length].starts_with(b"END") {
                return;
            }
            let _ = connection.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
        }
    });
    project.plan().fails().says("Error: JWKS endpoint can't be created").says(&format!(
        "tunnel error: proxy authorization required. The proxy http://{proxy} answered 407: it wants a user that it knows. \
         Write one into HTTPS_PROXY, as http://USER:PASSWORD@HOST:PORT, with what is special in a URL percent-encoded; or \
         name the host in NO_PROXY."
    ));

    TcpStream::connect(&proxy).unwrap().write_all(b"END").unwrap();
    answering.join().unwrap();
    project.plan().plans(1, 0, 0).says("Warning: Organization not looked at").says(&format!(
        "The connection was to go through the proxy http://{proxy}, by HTTPS_PROXY. Check that the proxy runs, and lets \
         through to this host; NO_PROXY names the hosts that need none. So it is not known whether the name is free. The \
         apply asks again."
    ));
}

#[test]
fn the_limit_counts_what_the_plan_adds_and_replaces() {
    let project = Project::new(&endpoints(&[("one", "a"), ("two", "b"), ("three", "c")]));
    project.plan().plans(3, 0, 0).says("Warning: JWKS endpoint limit of the free plan").says(
        r#"Organization "acme" will have, with others of this plan, 2 JWKS endpoints, as many as Turso's free plan
        allows."#,
    );

    let project = Project::new(&endpoints(&[("one", "a"), ("two", "b")]));
    project.apply().applied(2, 0, 0).does_not_say("Warning: JWKS");
    project.configure(&endpoints(&[("one", "a"), ("two", "c")]));
    project.plan().plans(1, 0, 1).does_not_say("Warning: JWKS");
}

#[test]
fn another_organization_that_nobody_wrote_down_is_a_warning_with_its_source() {
    let project = Project::new(CLERK);
    project.turso().add_organization("other", OrganizationKind::Team);
    let base_url = project.turso().base_url();
    project.provider(&format!("api_token = {API_TOKEN:?}\n  base_url = {base_url:?}\n  {OFFLINE}"));
    project.set_env("TURSO_ORGANIZATION", "acme");
    project.apply().applied(1, 0, 0);
    project.set_env("TURSO_ORGANIZATION", "other");
    project.plan().plans(1, 0, 1).says("Warning: Another organization").says(
        r#"Endpoint "clerk" is in organization "acme", and the environment variable TURSO_ORGANIZATION names "other" now:
        the endpoint would be deleted there and created here. If that is not meant, set `organization` in the resource or
        in the provider block."#,
    );
}

#[test]
fn two_names_that_look_alike_to_terraform_hide_nothing() {
    let project = Project::new("data \"turso_jwks_endpoints\" \"all\" {}\n");
    project.put_endpoint("Kinde", "https://one.example.com/jwks.json");
    project.put_endpoint("\u{212a}inde", "https://two.example.com/jwks.json");
    project.plan().fails().says("Error: JWKS endpoints not read").says(
        r#"Organization "acme" has two JWKS endpoints whose names Terraform can't tell apart, "Kinde"
        (https://one.example.com/jwks.json) and "\u{212a}inde" (https://two.example.com/jwks.json): they differ only in
        how Unicode spells them."#,
    );
}

#[test]
fn an_organization_that_is_gone_comes_with_the_way_to_let_go() {
    let project = applied();
    project.turso().remove_organization("acme").unwrap();
    project
        .plan()
        .fails()
        .says(
            "If it is gone for good, let go of what was in it: a `removed` block with `destroy = false`, or",
        )
        .says("`terraform state rm`.");
    assert!(project.instance(ADDRESS).is_some());
}
