//! `turso_auth0_action`: what it refuses, what it warns of, and what an Auth0 that runs its code gives out.

use serde_json::{Value, json};
use turso_emulator::identity_provider::Auth0Like;
use turso_emulator::identity_provider::auth0::{Auth0User, LoginError, Trigger};

use crate::support::templates::{TEMPLATES, assert_carries, with_templates};
use crate::support::{Project, authority, claims};

const API: &str = "https://turso.example.com";
const SHOP: &str = "https://api.shop.example.com";

/// Two templates, and a data source with these attributes beside its audience.
fn with_action(attributes: &str) -> Project {
    with_templates(&action(attributes))
}

fn action(attributes: &str) -> String {
    format!("data \"turso_auth0_action\" \"it\" {{\n  audiences = [{API:?}]\n  {attributes}\n}}\n")
}

/// A tenant with two APIs that runs the rendered Action.
fn tenant(project: &Project, trigger: Trigger) -> Auth0Like {
    let auth0 = Auth0Like::start(authority()).unwrap();
    auth0.check_node().unwrap();
    for api in [API, SHOP, "https://other.example.com"] {
        auth0.create_api(api);
    }
    let code = project.attribute("data.turso_auth0_action.it", "code");
    auth0.deploy_action(trigger, code.as_str().unwrap()).unwrap();
    auth0
}

#[track_caller]
fn assert_denied(token: Result<String, LoginError>, reason: &str) {
    match token {
        Err(LoginError::Denied { reason: said, .. }) => assert!(said.contains(reason), "{said}"),
        other => panic!("{other:?}"),
    }
}

const NOT_LISTED: &str = "Tokens for this audience are not given out";
const NO_RULE: &str = "No rule gives access to Turso.";

#[test]
fn auth0_gives_users_the_claims_of_the_first_rule_that_fits() {
    let project = with_action(&format!(
        "trigger = \"post-login\"\n  no_access_audiences = [{SHOP:?}]\n  rules = [
          {{ role = \"author\", claims = data.turso_jwt_template.author.json }},
          {{ role = \"reader\", any_organization = true, claims = data.turso_jwt_template.reader.json }},
        ]"
    ));
    let auth0 = tenant(&project, Trigger::PostLogin);
    let log_in = |roles: &[&str], audience: &str| {
        auth0.save_user(Auth0User::new("auth0|ann").with_roles(roles.iter().copied()));
        auth0.token("auth0|ann", audience)
    };
    assert_carries(&log_in(&["staff", "reader"], API).unwrap(), &project.output("reader"));
    assert_carries(&log_in(&["reader", "author"], API).unwrap(), &project.output("author"));
    assert_carries(&log_in(&["author"], SHOP).unwrap(), &project.output("nothing"));
    assert_denied(log_in(&["staff"], API), NO_RULE);
    assert_denied(log_in(&[], API), NO_RULE);
    assert_denied(log_in(&["author"], "https://other.example.com"), NOT_LISTED);
    assert_denied(log_in(&["author"], &auth0.management_api()), NOT_LISTED);
    auth0.save_user(Auth0User { roles: None, ..Auth0User::new("auth0|bob") });
    assert_denied(auth0.token("auth0|bob", API), NO_RULE);
}

#[test]
fn auth0_gives_everyone_the_claims_of_one_template_or_of_nothing() {
    let project = with_action(
        "trigger = \"post-login\"\n  rules = [{ everyone = true, claims = data.turso_jwt_template.author.json }]",
    );
    let auth0 = tenant(&project, Trigger::PostLogin);
    auth0.save_user(Auth0User::new("auth0|ann"));
    assert_carries(&auth0.token("auth0|ann", API).unwrap(), &project.output("author"));

    let project = with_action("trigger = \"post-login\"\n  unmatched = \"no_access\"\n  rules = []");
    let auth0 = tenant(&project, Trigger::PostLogin);
    auth0.save_user(Auth0User::new("auth0|ann"));
    assert_carries(&auth0.token("auth0|ann", API).unwrap(), &project.output("nothing"));
}

#[test]
fn auth0_gives_machines_the_claims_of_their_client() {
    let project = with_action(&format!(
        "trigger = \"credentials-exchange\"\n  no_access_audiences = [{SHOP:?}]\n  unrestricted_clients = [\"manager\"]
         rules = [{{ client_id = \"reports\", claims = data.turso_jwt_template.reader.json }}]"
    ));
    let auth0 = tenant(&project, Trigger::CredentialsExchange);
    for client in ["reports", "billing", "manager"] {
        auth0.create_machine_client(client);
    }
    assert_carries(&auth0.machine_token("reports", API).unwrap(), &project.output("reader"));
    assert_carries(&auth0.machine_token("billing", SHOP).unwrap(), &project.output("nothing"));
    assert_denied(auth0.machine_token("billing", API), NO_RULE);
    assert_denied(auth0.machine_token("reports", &auth0.management_api()), NOT_LISTED);
    assert_denied(auth0.machine_token("reports", "https://other.example.com"), NOT_LISTED);
    assert_carries(
        &auth0.machine_token("manager", "https://other.example.com").unwrap(),
        &project.output("nothing"),
    );
    // The key to everything, which the warning is about: Auth0 drops the claims here.
    let token = claims(&auth0.machine_token("manager", &auth0.management_api()).unwrap());
    assert_eq!([&token["id"], &token["gid"], &token["perm"]], [&Value::Null; 3]);
}

#[test]
fn the_summary_and_the_version_of_the_trigger_go_beside_the_code() {
    let project = with_action(&format!(
        "trigger = \"post-login\"\n  no_access_audiences = [{SHOP:?}]\n  rules = [
          {{ role = \"author\", organization_id = \"org_1\", claims = data.turso_jwt_template.author.json }},
          {{ everyone = true, claims = data.turso_jwt_template.reader.json }},
        ]"
    ));
    let it = |name: &str| project.attribute("data.turso_auth0_action.it", name);
    let id = project.output("reader")["id"].as_str().unwrap().split('-').next().unwrap().to_owned();
    assert_eq!(
        it("summary").as_str().unwrap(),
        format!(
            r#"Tokens for "{API}":
  role "author" in organization "org_1": database {id}…: every table: read; "it's </script> ${{x}} \" \\ odd": add
  everyone outside of organizations: database {id}…: read-only; every table: read
  anyone else: denied
Tokens for "{SHOP}": nothing
Tokens for any other audience: denied
ID tokens, also without an audience: nothing"#
        )
    );
    assert_eq!(
        [it("trigger_version"), it("unmatched"), it("id_token")],
        [json!("v3"), json!("deny"), json!(false)]
    );
    project.plan().finds_no_changes();
}

/// Neither Turso nor Auth0 is asked, so there need not be a token or an organization.
#[test]
fn it_needs_no_token_and_no_network() {
    let rules = "[{ everyone = true, claims = provider::turso::no_access_claims() }]";
    let project = Project::new(&action(&format!("trigger = \"post-login\"\n  rules = {rules}")));
    project.provider("");
    project.unset_env("TURSO_API_TOKEN");
    project.set_env("TURSO_API_BASEURL", "http://127.0.0.1:1");
    project.validate().succeeds();
    project.apply().succeeds();
    assert_eq!(project.calls(), [] as [&str; 0]);
}

#[test]
fn a_client_that_opens_everything_is_warned_of_once() {
    let rules = "rules = []\n  unrestricted_clients = [\"zeta\", \"alpha\"]";
    let project = Project::new(&action(&format!("trigger = \"credentials-exchange\"\n  {rules}")));
    project.validate().succeeds().does_not_say("Warning: Clients that open everything");
    for run in [project.plan(), project.apply()] {
        run.succeeds().says(
            r#"Warning: Clients that open everything

              with data.turso_auth0_action.it,
              on main.tf line 5, in data "turso_auth0_action" "it":
               5:   unrestricted_clients = ["zeta", "alpha"]

            Auth0 drops claims from tokens for its own APIs, and Turso takes a token without claims as access to every
            database of the organization. So each token that one of these clients gets for such an API opens
            everything, for 24 hours unless its lifetime was changed: "alpha", "zeta". Name no client that can do
            without, and guard the secrets of the others like an API token of Turso."#,
        );
        assert_eq!(run.text().matches("Warning: Clients that open everything").count(), 1);
    }
}

#[test]
fn claims_of_more_than_8_kb_are_warned_of_and_code_of_more_than_100_kb_is_refused() {
    let rule = |tables: usize| {
        let tables: Vec<_> = (0..tables).map(|n| format!("a_table_with_a_long_name_{n:04}")).collect();
        let claims = json!({"a": "ro", "id": "33057661-2f0c-4d3c-9f0b-0a1b2c3d4e5f", "perm": [{"t": tables, "a": ["data_read"]}]});
        action(&format!(
            "trigger = \"post-login\"\n  rules = [{{ everyone = true, claims = {:?} }}]",
            claims.to_string()
        ))
    };
    let project = Project::new(&rule(200));
    project.plan().succeeds().does_not_say("Warning: Long claims");
    project.configure(&rule(300));
    project
        .plan()
        .succeeds()
        .says("Warning: Long claims")
        .says("and many servers refuse headers from 8 kB on");
    project.configure(&rule(4_000));
    project
        .plan()
        .fails()
        .says("Error: Code too long for Auth0")
        .says("and Auth0 accepts 100000. Use fewer rules, or fewer permissions in them.");
}

#[test]
fn a_rule_that_can_t_be_meant_is_refused_where_it_stands() {
    let project = Project::new("");
    let nothing = "claims = provider::turso::no_access_claims()";
    for (trigger, rules, errors) in [
        (
            "post-login",
            format!("{{ {nothing} }}"),
            vec![
                "Error: Rule for nobody in particular",
                "The rule has neither role nor client_id. One that is null can't mean everyone: where that is meant, \
                 write everyone = true, or whole_organization = true beside organization_id.",
            ],
        ),
        (
            "post-login",
            format!("{{ role = null, everyone = false, {nothing} }}"),
            vec!["Rule for nobody in particular"],
        ),
        (
            "post-login",
            format!("{{ any_organization = true, {nothing} }}"),
            vec!["Rule for nobody in particular"],
        ),
        (
            "post-login",
            format!("{{ role = \"a\", everyone = true, {nothing} }}"),
            vec!["Error: Rule for everyone and for somebody"],
        ),
        (
            "post-login",
            format!("{{ role = \"a\", organization_id = \"org_1\", any_organization = true, {nothing} }}"),
            vec!["Error: Rule for any organization and for one"],
        ),
        ("post-login", format!("{{ client_id = \"app\", {nothing} }}"), vec!["Error: Client ID in a login"]),
        ("credentials-exchange", format!("{{ role = \"a\", {nothing} }}"), vec!["Error: Role of a machine"]),
        ("post-login", format!("{{ role = \"\", {nothing} }}"), vec!["Error: Empty text"]),
        (
            "post-login",
            format!("{{ organization_id = \"\", whole_organization = true, {nothing} }}"),
            vec!["Error: Empty text"],
        ),
        ("post-login", format!("{{ role = \"a \", {nothing} }}"), vec!["Error: White space around a name"]),
        (
            "post-login",
            format!("{{ everyone = true, {nothing} }}, {{ role = \"a\", {nothing} }}"),
            vec![
                "Error: Rule that never counts",
                "The first rule that fits counts, and rules[0] (everyone outside of organizations) fits wherever this \
                 one does (role \"a\" outside of organizations).",
            ],
        ),
        (
            "post-login",
            format!(
                "{{ everyone = true, any_organization = true, {nothing} }}, {{ organization_id = \"org_1\", \
                 whole_organization = true, {nothing} }}"
            ),
            vec!["Error: Rule that never counts"],
        ),
        (
            "post-login",
            "{ everyone = true, claims = \"{}\" }".to_owned(),
            vec![
                "Error: Claims can't be used",
                "The claim `id` is missing. Turso reads missing claims as access to everything",
            ],
        ),
        (
            "post-login",
            format!(
                "{{ everyone = true, claims = {:?} }}",
                json!({"a": "ro", "id": "x", "perm": [], "kid": 1}).to_string()
            ),
            vec![
                "Error: Claims can't be used",
                "The template has the claim `kid` that is none of Turso's, which are `a`, `gid`, `id`, `perm` and `rid`:",
            ],
        ),
        (
            "post-login",
            format!(
                "{{ everyone = true, claims = {:?} }}",
                json!({"a": "ro", "id": "x", "perm": [], "rid": null}).to_string()
            ),
            vec!["The claim `rid` is null, and Turso may read a limit that is null as no limit"],
        ),
        ("post-login", format!("null, {{ everyone = true, {nothing} }}"), vec!["Error: Null element"]),
    ] {
        let clients = if trigger == "post-login" { "" } else { "unrestricted_clients = []" };
        project.configure(&action(&format!("trigger = {trigger:?}\n  rules = [{rules}]\n  {clients}")));
        // `validate` does not call functions of providers before Terraform 1.9, and then knows no claims.
        let run = project.plan();
        run.fails();
        for error in &errors {
            run.says(error);
        }
        run.says("with data.turso_auth0_action.it,");
        assert_eq!(run.text().matches("Error:").count(), 1, "{rules}: {run}");
    }
}

/// What is written but null, from a variable, is the same as absent to a provider.
#[test]
fn a_null_makes_no_rule_for_everyone() {
    const NOBODY: &str = "Error: Rule for nobody in particular";
    const NO_ID: &str = "Error: Rule for an organization without its ID";
    let project = Project::new("");
    for (trigger, rule, error) in [
        ("post-login", "role = var.null", NOBODY),
        ("post-login", "role = var.null, organization_id = \"org_1\"", NOBODY),
        ("post-login", "role = var.null, any_organization = true", NOBODY),
        ("post-login", "organization_id = \"org_1\", whole_organization = var.null", NOBODY),
        ("post-login", "organization_id = var.null, whole_organization = true", NO_ID),
        ("credentials-exchange", "client_id = var.null", NOBODY),
        ("credentials-exchange", "client_id = var.null, organization_id = \"org_1\"", NOBODY),
        ("credentials-exchange", "client_id = var.null, any_organization = true", NOBODY),
        ("credentials-exchange", "organization_id = var.null, whole_organization = true", NO_ID),
    ] {
        let clients = if trigger == "post-login" { "" } else { "unrestricted_clients = []" };
        project.configure(&format!(
            "variable \"null\" {{\n  type    = string\n  default = null\n}}\n{}",
            action(&format!(
                "trigger = {trigger:?}\n  {clients}\n  \
                 rules = [{{ {rule}, claims = provider::turso::no_access_claims() }}]"
            ))
        ));
        project.plan().fails().says(error).says("with data.turso_auth0_action.it,");
    }
}

/// The emulator's Auth0 knows no organizations: what the code does with them is tested beside it.
#[test]
fn a_rule_for_a_whole_organization_fits_everyone_of_it_and_nobody_outside() {
    let rules = "rules = [{ organization_id = \"org_1\", whole_organization = true, claims = \
                 data.turso_jwt_template.reader.json }]";
    let project = with_action(&format!("trigger = \"post-login\"\n  {rules}"));
    let auth0 = tenant(&project, Trigger::PostLogin);
    auth0.save_user(Auth0User::new("auth0|ann"));
    assert_denied(auth0.token("auth0|ann", API), NO_RULE);
    let summary = project.attribute("data.turso_auth0_action.it", "summary");
    assert!(
        summary.as_str().unwrap().contains("\n  everyone in organization \"org_1\": database"),
        "{summary}"
    );

    for (said, error) in [
        ("role = \"a\"", "Error: Rule for everyone and for somebody"),
        ("everyone = true", "Error: Rule for everyone and for somebody"),
        ("any_organization = true", "Error: Rule for any organization and for one"),
    ] {
        project.configure(&format!(
            "{TEMPLATES}{}",
            action(&format!("trigger = \"post-login\"\n  {}", rules.replace("[{", &format!("[{{ {said},"))))
        ));
        project.plan().fails().says(error);
    }
}

#[test]
fn lists_and_words_that_can_t_be_meant_are_refused_at_their_attribute() {
    let project = Project::new("");
    let of_auth0 = [
        "https://acme.eu.auth0.com/api/v2/",
        "https://login.example.com/me/",
        "urn:auth0:express-configure",
        "urn:acme:session_transfer",
    ];
    let mut cases = vec![
        (
            "audiences = []".to_owned(),
            "Error: No audience",
            "The list is empty, and the Action would give out no token for Turso.",
        ),
        ("audiences = [\"\"]".to_owned(), "Error: Audience can't be listed", "and this one is empty"),
        ("audiences = [null]".to_owned(), "Error: Null element", "audiences[0] is null."),
        (
            "audiences = [\"orders \"]".to_owned(),
            "Error: Audience can't be listed",
            "The audience has white space around it.",
        ),
        (
            "audiences = [\"orders\"]\n  no_access_audiences = [\"x\", \"orders\"]".to_owned(),
            "Error: Audience in both lists",
            "\"orders\" is in audiences, too. Its tokens can't both follow the rules and open nothing",
        ),
        (
            "audiences = [\"orders\"]\n  unmatched = \"allow\"".to_owned(),
            "Error: Unknown word for unmatched tokens",
            "Write \"deny\" to give out no token where no rule fits, or \"no_access\" for one that opens nothing.",
        ),
        (
            "audiences = [\"orders\"]\n  unrestricted_clients = []".to_owned(),
            "Error: Unrestricted clients of a login",
            "this is for the trigger credentials-exchange alone: take it out.",
        ),
    ];
    for audience in of_auth0 {
        for list in [
            format!("audiences = [{audience:?}]"),
            format!("audiences = [\"x\"]\n  no_access_audiences = [{audience:?}]"),
        ] {
            cases.push((
                list,
                "Error: Audience can't be listed",
                "and Auth0 drops claims from tokens for those.",
            ));
        }
    }
    for (attributes, summary, detail) in cases {
        project.configure(&format!(
            "data \"turso_auth0_action\" \"it\" {{\n  trigger = \"post-login\"\n  rules = []\n  {attributes}\n}}\n"
        ));
        let run = project.validate();
        run.fails().says(summary).says(detail).says("with data.turso_auth0_action.it,");
        assert_eq!(run.text().matches("Error:").count(), 1, "{attributes}: {run}");
    }
    for (attributes, summary, detail) in [
        (
            "trigger = \"credentials-exchange\"",
            "Error: Unrestricted clients not named",
            "An empty list locks all of them out.",
        ),
        (
            "trigger = \"credentials-exchange\"\n  unrestricted_clients = []\n  id_token = true",
            "Error: ID tokens of machines",
            "Machines get no ID tokens",
        ),
        (
            "trigger = \"pre-login\"",
            "Error: Unknown trigger",
            "\"pre-login\" is no trigger that makes tokens.",
        ),
        (
            "trigger = \"credentials-exchange\"\n  unrestricted_clients = [\"\"]",
            "Error: Empty text",
            "nothing at Auth0 is called so",
        ),
    ] {
        project.configure(&action(&format!("rules = []\n  {attributes}")));
        project.validate().fails().says(summary).says(detail);
    }
}

/// Everything but what is judged is known only after an apply.
#[test]
fn what_is_known_is_judged_while_other_parts_are_not() {
    const LATER: &str = "resource \"terraform_data\" \"later\" {\n  input = \"x\"\n}\n";
    let later = "terraform_data.later.output";
    let project = Project::new("");
    for (attributes, summary) in [
        (
            format!(
                "trigger = \"pre-login\"\n  audiences = [{later}]\n  rules = [{{ role = {later}, claims = {later} }}]"
            ),
            "Unknown trigger",
        ),
        (format!("trigger = {later}\n  audiences = []\n  rules = []"), "No audience"),
        (
            format!("trigger = {later}\n  audiences = [{later}, \"urn:auth0:x\"]\n  rules = []"),
            "Audience can't be listed",
        ),
        (
            format!(
                "trigger = {later}\n  audiences = [{later}, \"a\"]\n  no_access_audiences = [\"a\", {later}]\n  rules = []"
            ),
            "Audience in both lists",
        ),
        (
            format!("trigger = \"post-login\"\n  audiences = [{later}]\n  rules = [{{ claims = {later} }}]"),
            "Rule for nobody in particular",
        ),
        (
            format!(
                "trigger = {later}\n  audiences = [{later}]\n  rules = [{{ everyone = true, claims = {later} }}, \
                 {{ role = {later}, claims = {later} }}, {{ role = \"a\", claims = {later} }}]"
            ),
            "Rule that never counts",
        ),
        (
            format!(
                "trigger = {later}\n  audiences = [{later}]\n  rules = [{{ role = {later}, claims = \"{{}}\" }}]"
            ),
            "Claims can't be used",
        ),
        (
            format!(
                "trigger = \"credentials-exchange\"\n  audiences = [{later}]\n  rules = {later} == \"x\" ? [] : []"
            ),
            "Unrestricted clients not named",
        ),
    ] {
        project.configure(&format!("{LATER}data \"turso_auth0_action\" \"it\" {{\n  {attributes}\n}}\n"));
        let run = project.plan();
        run.fails().says(&format!("Error: {summary}"));
        assert_eq!(run.text().matches("Error:").count(), 1, "{attributes}: {run}");
    }
    // And where nothing known is wrong, the plan goes on, and what is wrong then is told by the apply.
    project.configure(&format!(
        "{LATER}data \"turso_auth0_action\" \"it\" {{\n  trigger = \"post-login\"\n  audiences = [\"a\"]\n  \
         rules = [{{ role = \"a\", claims = {later} }}]\n}}\n"
    ));
    project.validate().succeeds();
    project.plan().plans(1, 0, 0).says("# data.turso_auth0_action.it will be read during apply");
    project.apply().fails().says("Error: Claims can't be used").says("The template is not JSON");
}
