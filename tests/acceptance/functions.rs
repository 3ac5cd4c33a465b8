//! The functions, called from HCL: what identity providers make of their results, and how their refusals read.

use serde_json::{Value, json};
use turso_emulator::identity_provider::ClerkLike;
use turso_emulator::identity_provider::clerk::{ClerkUser, TemplateRequest};

use crate::support::templates::{assert_carries, with_templates};
use crate::support::{ORGANIZATION, Project, authority, publishable_key};

/// Two templates, and an output of this value.
fn with_result(value: &str) -> Project {
    with_templates(&format!("output \"result\" {{\n  value = {value}\n}}\n"))
}

#[test]
fn clerk_takes_the_claims_and_puts_them_into_its_tokens() {
    let project = with_result("provider::turso::clerk_claims(data.turso_jwt_template.author.json)");
    let clerk = ClerkLike::start(authority()).unwrap();
    clerk.save_user(ClerkUser::new("user_ann"));
    let rendered = project.output("result");
    let rendered = serde_json::from_str(rendered.as_str().unwrap()).unwrap();
    clerk.create_template(TemplateRequest::new("turso", rendered)).unwrap();
    assert_carries(&clerk.token("user_ann", "turso").unwrap(), &project.output("author"));
}

#[test]
fn clerk_takes_session_claims_with_the_applications_own() {
    let project = with_result(
        "provider::turso::clerk_session_claims(data.turso_jwt_template.author.json,
          { email = \"{{user.primary_email_address}}\", levels = [1, 2.5] }, { theme = null })",
    );
    let clerk = ClerkLike::start(authority()).unwrap();
    clerk.save_user(ClerkUser { email: Some("ann@example.com".to_owned()), ..ClerkUser::new("user_ann") });
    let rendered = project.output("result");
    let rendered = serde_json::from_str(rendered.as_str().unwrap()).unwrap();
    clerk.create_template(TemplateRequest::new("session", rendered)).unwrap();
    let token = clerk.token("user_ann", "session").unwrap();
    assert_carries(&token, &project.output("author"));
    assert_carries(&token, &json!({"email": "ann@example.com", "levels": [1, 2.5], "theme": null}));
}

#[test]
fn own_claims_that_could_widen_a_token_are_refused_at_their_argument() {
    let project = Project::new("");
    for (function, own, text) in [
        (
            "clerk_claims",
            "{ x = 1 }, { gid = 1 }",
            "Turso reads the claim `gid`, and nothing but a template may",
        ),
        (
            "clerk_session_claims",
            "{ Perm = [] }",
            "Turso reads the claim `perm`, and nothing but a template may",
        ),
        (
            "clerk_session_claims",
            "{ p = {} }",
            "Turso reads the claim `p`, and nothing but a template may set it",
        ),
        ("clerk_claims", "{ sid = 1 }", "Clerk does not allow the claim `sid` in a JWT template"),
        ("clerk_session_claims", "{ sts = 1 }", "Clerk sets the claim `sts` itself"),
        ("clerk_claims", "{ x = 1 }, { x = 2 }", "a claim in it stands in an earlier argument, too"),
        ("clerk_claims", "\"{}\"", "it must be an object of claims"),
        ("clerk_claims", "null", "argument must not be null"),
    ] {
        let call = format!("{function}(provider::turso::no_access_claims(), {own})");
        project.configure(&format!("output \"result\" {{\n  value = provider::turso::{call}\n}}\n"));
        project.plan().fails().says("Invalid value for \"own_claims\" parameter:").says(text);
    }
    let long = "x".repeat(1_200);
    let call = format!("clerk_session_claims(provider::turso::no_access_claims(), {{ x = {long:?} }})");
    project.configure(&format!("output \"result\" {{\n  value = provider::turso::{call}\n}}\n"));
    project.plan().fails().says("and Clerk's cookie has room for 1200: use claims with fewer rules");
}

#[test]
fn urls_come_from_what_people_have_at_hand() {
    for (call, url) in [
        (
            format!("clerk_jwks_url({:?})", publishable_key("clerk.example.com")),
            "https://clerk.example.com/.well-known/jwks.json",
        ),
        (
            "auth0_jwks_url(\"acme.eu.auth0.com\")".to_owned(),
            "https://acme.eu.auth0.com/.well-known/jwks.json",
        ),
    ] {
        let project = Project::new(&format!("output \"url\" {{\n  value = provider::turso::{call}\n}}\n"));
        project.apply().succeeds();
        assert_eq!(project.output("url"), url);
    }
}

#[test]
fn a_refusal_names_the_argument_and_the_way_out() {
    const ID: &str = "33057661-2f0c-4d3c-9f0b-0a1b2c3d4e5f";
    let template = |claims: Value| format!("{:?}", claims.to_string());
    let base = |name: &str, value: Value| {
        let mut claims = json!({"a": "rw", "id": ID, "perm": []});
        claims[name] = value;
        template(claims)
    };
    let project = Project::new("");
    project.turso().add_database(ORGANIZATION, "app", "default").unwrap();
    project.write(
        "template.tf",
        "data \"turso_jwt_template\" \"it\" {\n  database = \"app\"\n  scope = \"read-only\"\n}\n",
    );
    for (call, parameter, text) in [
        (
            format!("clerk_claims({})", template(json!({"a": "rw", "perm": []}))),
            "template_json",
            "the claim `id` is missing. Turso reads missing claims as access to everything",
        ),
        (
            format!("clerk_claims({})", base("perm", Value::Null)),
            "template_json",
            "the claim `perm` must be an array of rules. A limit that Turso can't read may not limit at all",
        ),
        (
            format!("clerk_claims({})", base("sub", json!("x"))),
            "template_json",
            "the template has the claim `sub` that is none of Turso's",
        ),
        (
            format!("clerk_claims({})", base("perm", json!([{"t": ["{{user.id}}"], "a": ["data_read"]}]))),
            "template_json",
            "contains double braces. Clerk replaces what stands in them, by null where it finds no value",
        ),
        ("clerk_claims(\"\")".to_owned(), "template_json", "the template is not JSON"),
        (
            "clerk_claims(data.turso_jwt_template.it)".to_owned(),
            "template_json",
            "it is a whole object and has to be its JSON: append `.json`",
        ),
        (
            "clerk_session_claims(data.turso_jwt_template.it.summary)".to_owned(),
            "template_json",
            "pass the attribute `json` of a `turso_jwt_template`, and no other of its attributes",
        ),
        (
            "clerk_claims(data.turso_jwt_template.it.claims)".to_owned(),
            "template_json",
            "it has to be a string: pass the attribute `json` of a `turso_jwt_template`",
        ),
        (
            format!("clerk_claims({})", base("a", json!("ro")).replace(r#"{\""#, r#"{\"a\":\"rw\",\""#)),
            "template_json",
            "the template can't be judged: an object has the same key twice",
        ),
        (
            "auth0_jwks_url(\"https://acme.eu.auth0.com/\")".to_owned(),
            "domain",
            "the domain is a URL: write the bare host name of the tenant, such as `acme.eu.auth0.com`",
        ),
        (
            "clerk_jwks_url(\"clerk.example.com\")".to_owned(),
            "publishable_key",
            "starts with `pk_test_` or `pk_live_`",
        ),
    ] {
        let call = call.replace("${", "$${");
        project.configure(&format!("output \"result\" {{\n  value = provider::turso::{call}\n}}\n"));
        let run = project.plan();
        run.fails().says(&format!("Invalid value for {parameter:?} parameter:")).says(text);
        let said = run.text().split_once("Invalid value for").unwrap().1.to_owned();
        assert!(!format!("{said} ").contains(".. "), "a sentence ends twice: {run}");
    }
}

/// Terraform shows the arguments of a failed call itself, but for sensitive ones.
#[test]
fn no_refusal_repeats_a_sensitive_argument() {
    const ID: &str = "33057661-2f0c-4d3c-9f0b-0a1b2c3d4e5f";
    const SECRET: &str = "51f2c0ffee";
    for (function, argument, text) in [
        (
            "clerk_jwks_url",
            format!("sk_live_{SECRET}"),
            "this is a secret key of Clerk, and it must not be used",
        ),
        ("clerk_jwks_url", SECRET.to_owned(), "starts with `pk_test_` or `pk_live_`"),
        ("auth0_jwks_url", format!("https://{SECRET}.eu.auth0.com/"), "the domain is a URL"),
        ("clerk_claims", format!("\"{SECRET}\""), "the template is JSON, but not an object of claims"),
        (
            "clerk_claims",
            json!({"a": SECRET, "id": ID, "perm": []}).to_string(),
            "the claim `a` must be \"rw\" or \"ro\". A limit",
        ),
        (
            "clerk_claims",
            json!({"a": "ro", "id": ID, "perm": [{"t": [format!("{{{{{SECRET}}}}}")], "a": ["data_read"]}]})
                .to_string(),
            "the claim `perm` contains double braces",
        ),
    ] {
        let project = Project::new(&format!(
            "variable \"argument\" {{\n  type = string\n  sensitive = true\n}}\noutput \"result\" {{\n  value = \
             provider::turso::{function}(var.argument)\n  sensitive = true\n}}\n"
        ));
        project.set_env("TF_VAR_argument", argument);
        project.hide(SECRET);
        project.plan().fails().says(text);
    }
}

#[test]
fn a_plan_goes_on_while_an_argument_is_not_known() {
    let project = Project::new(
        "resource \"terraform_data\" \"domain\" {\n  input = \"acme.eu.auth0.com\"\n}\noutput \"url\" {\n  value = \
         provider::turso::auth0_jwks_url(terraform_data.domain.output)\n}\noutput \"claims\" {\n  value = \
         provider::turso::clerk_claims(provider::turso::no_access_claims(), { x = terraform_data.domain.output })\n}\n",
    );
    project.plan().plans(1, 0, 0).says("url = (known after apply)").says("claims = (known after apply)");
}

#[test]
fn functions_take_no_token_and_no_network() {
    let key = publishable_key("clerk.example.com");
    let nothing = "provider::turso::no_access_claims()";
    let calls = [
        "auth0_jwks_url(\"acme.eu.auth0.com\")".to_owned(),
        format!("clerk_jwks_url({key:?})"),
        format!("clerk_claims({nothing})"),
        format!("clerk_session_claims({nothing}, {{ plan = \"pro\" }})"),
        "no_access_claims()".to_owned(),
        "token_decode(\"no.real.token\")".to_owned(),
    ];
    let project = Project::new(&format!(
        "output \"all\" {{\n  value = jsonencode([provider::turso::{}])\n}}\n",
        calls.join(", provider::turso::")
    ));
    project.provider("");
    project.unset_env("TURSO_API_TOKEN");
    project.validate().succeeds();
    project.apply().succeeds();
    assert!(project.output("all").as_str().unwrap().contains("clerk.example.com/.well-known/jwks.json"));
    assert_eq!(project.calls(), [] as [&str; 0]);
}
