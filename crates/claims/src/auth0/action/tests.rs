//! The rendered code, run in Node.js with events as Auth0's documentation of the two triggers has them.

mod node;

use serde_json::{Value, json};

use super::*;
use crate::golden;
use node::{login_event, machine_event, run};

const ID: &str = "33057661-2f0c-4d3c-9f0b-0a1b2c3d4e5f";
const TURSO: &str = "https://turso.example.com";
const SHOP: &str = "https://api.shop.example.com";

/// Auth0's own audiences, on the tenant's domain and on a custom domain.
const OF_AUTH0: [&str; 11] = [
    "https://acme.eu.auth0.com/api/v2/",
    "https://acme.eu.auth0.com/userinfo",
    "https://acme.eu.auth0.com/me/",
    "https://acme.eu.auth0.com/my-org/",
    "https://acme.eu.auth0.com/mfa/",
    "https://login.example.com/api/v2/",
    "https://login.example.com/me/",
    "https://login.example.com/my-org/",
    "https://login.example.com/mfa/",
    "urn:auth0:express-configure",
    "urn:acme:session_transfer",
];

#[test]
fn the_code_of_each_trigger_is_what_a_reviewer_saw() {
    golden::assert_matches("auth0_post_login.js", &login().code().unwrap());
    golden::assert_matches("auth0_credentials_exchange.js", &machines().code().unwrap());
}

#[test]
fn the_summary_tells_the_rules_in_words() {
    let expected = r#"Tokens for "https://turso.example.com":
  role "author" in organization "org_1": every database of group 0b6ff1d2…: every table: read; "it's \"odd\"": add
  role "reader" outside of organizations: database 33057661…: read-only; every table: read
  role "support" in any organization or none: database 33057661…: read-only; every table: read
  everyone in organization "org_1": nothing
  anyone else: denied
Tokens for "https://api.shop.example.com": nothing
Tokens for any other audience: denied
ID tokens, also without an audience: nothing"#;
    assert_eq!(login().summary(), expected);
    let summary = machines().summary();
    assert!(summary.contains("\n  client \"reports\" outside of organizations: database"), "{summary}");
    let last = "\nTokens for any other audience: everything, for the clients \"manager\"; denied for others";
    assert!(summary.ends_with(last), "{summary}");
}

#[test]
fn the_first_rule_that_fits_gives_its_claims() {
    let roles = |roles: &[&str]| json!({"authorization": {"roles": roles}});
    let organization = |id: &str| json!({"organization": {"id": id, "name": "acme", "display_name": "Acme"}});
    let no_rule = || denied("No rule gives access to Turso.");
    let cases = [
        (vec![roles(&["staff", "reader"])], opened(&reader())),
        (vec![roles(&["author"]), organization("org_1")], opened(&author())),
        (vec![roles(&["author", "support"]), organization("org_1")], opened(&author())),
        (vec![roles(&["reader", "support"])], opened(&reader())),
        (vec![roles(&["support"]), organization("org_2")], opened(&reader())),
        (vec![roles(&["stranger"]), organization("org_1")], opened(&nothing())),
        (vec![organization("org_1")], opened(&nothing())),
        // A role of somewhere else.
        (vec![roles(&["author"])], no_rule()),
        (vec![roles(&["author"]), organization("org_2")], no_rule()),
        (vec![roles(&["reader"]), organization("org_2")], no_rule()),
        (vec![roles(&["reader"]), json!({"organization": {"name": "org_1"}})], no_rule()),
        // Roles or authorization missing, and names that are something else to JavaScript.
        (vec![roles(&[])], no_rule()),
        (vec![json!({"authorization": {}})], no_rule()),
        (vec![], no_rule()),
        (vec![roles(&["__proto__", "constructor", "Reader"])], no_rule()),
    ];
    let cases = cases.map(|(parts, outcome)| (login_event(Some(TURSO), &parts), outcome));
    assert_runs(&login(), &cases);
}

#[test]
fn whom_no_rule_fits_gets_nothing_where_that_is_chosen() {
    let action = Action { unmatched: Unmatched::NoAccess, ..login() };
    assert_runs(&action, &[(login_event(Some(TURSO), &[]), opened(&nothing()))]);
}

#[test]
fn a_login_gets_the_same_in_every_flow() {
    let reader_of =
        |flow: Value| login_event(Some(TURSO), &[json!({"authorization": {"roles": ["reader"]}}), flow]);
    let flows = [
        json!({"transaction": {"protocol": "oidc-basic-profile"}}),
        json!({
            "transaction": {"protocol": "oauth2-refresh-token"},
            "request": {"body": {"grant_type": "refresh_token", "refresh_token": "x"}},
            "refresh_token": {"id": "rt_1"},
        }),
        json!({
            "transaction": {"protocol": "oauth2-token-exchange"},
            "request": {"body": {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "audience": TURSO}},
        }),
        json!({
            "transaction": {"protocol": "oauth2-device-code"},
            "request": {"body": {"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}},
        }),
        json!({"transaction": {"protocol": "oauth2-password"}, "request": {"body": {"audience": TURSO}}}),
        json!({"request": {"query": {"audience": TURSO, "client_id": "app"}}}),
    ];
    assert_runs(&login(), &flows.map(|flow| (reader_of(flow), opened(&reader()))));
}

#[test]
fn an_audience_is_judged_wherever_it_is_named() {
    let of_reader = json!({"authorization": {"roles": ["reader"]}});
    let query = |audience: Value| json!({"request": {"query": {"audience": audience}}});
    let body = |audience: Value| json!({"request": {"body": {"audience": audience}}});
    let unlisted =
        denied("Tokens for this audience are not given out: the Action of Turso does not list it.");
    let cases = [
        (Some(TURSO), json!({}), opened(&reader())),
        (Some(SHOP), json!({}), opened(&nothing())),
        (Some("https://other.example.com"), json!({}), unlisted.clone()),
        (Some("https://turso.example.com/"), json!({}), unlisted.clone()),
        (None, query(json!(TURSO)), opened(&reader())),
        (None, body(json!(TURSO)), opened(&reader())),
        (None, query(json!(SHOP)), opened(&nothing())),
        (None, body(json!("https://other.example.com")), unlisted.clone()),
        (None, query(json!("https://login.example.com/me/")), unlisted.clone()),
        // Where two are named, the token opens no more than with either of them.
        (Some(TURSO), query(json!(SHOP)), opened(&nothing())),
        (Some(TURSO), body(json!("https://login.example.com/me/")), unlisted.clone()),
        (Some("https://login.example.com/me/"), body(json!(TURSO)), unlisted.clone()),
        // What is no text is no audience of a list.
        (None, query(json!([TURSO])), unlisted.clone()),
        (None, query(json!("")), unlisted.clone()),
        (None, body(json!(null)), unlisted.clone()),
        (None, body(json!({"toString": TURSO})), unlisted.clone()),
    ];
    let cases = cases.map(|(resource_server, request, outcome)| {
        (login_event(resource_server, &[of_reader.clone(), request]), outcome)
    });
    assert_runs(&login(), &cases);
    let mut nameless = login_event(Some(TURSO), &[of_reader]);
    nameless["resource_server"] = json!({"name": "no identifier"});
    assert_runs(&login(), &[(nameless, unlisted)]);
}

#[test]
fn a_login_without_an_audience_goes_on_and_its_id_token_opens_nothing() {
    let reader = json!({"authorization": {"roles": ["reader"]}});
    // Of a login by SAML, or one whose request Auth0 does not tell.
    let login_alone = login_event(None, &[reader]);
    let mut bare = login_alone.clone();
    bare.as_object_mut().unwrap().remove("request");
    assert_runs(&login(), &[login_alone, bare].map(|event| (event, opened(&nothing()))));
}

#[test]
fn id_tokens_get_the_claims_of_the_rule_where_that_is_chosen_and_nothing_otherwise() {
    let action = Action { trigger: Trigger::PostLogin { id_token: true }, ..login() };
    let reader_role = json!({"authorization": {"roles": ["reader"]}});
    let cases = [
        (Some(TURSO), vec![reader_role.clone()], reader(), reader()),
        (Some(SHOP), vec![reader_role.clone()], nothing(), reader()),
        (Some(SHOP), vec![], nothing(), nothing()),
        (None, vec![reader_role], nothing(), reader()),
        (None, vec![], nothing(), nothing()),
    ];
    let cases = cases.map(|(audience, parts, access, id)| {
        (login_event(audience, &parts), json!({"access": access.claims(), "id": id.claims()}))
    });
    assert_runs(&action, &cases);
    // Whoever is denied the access token gets no ID token either.
    assert_runs(&action, &[(login_event(Some(TURSO), &[]), denied("No rule gives access to Turso."))]);
}

#[test]
fn claims_of_an_earlier_action_are_overwritten() {
    let earlier = json!({"a": "rw", "perm": [], "id": "another", "theme": "dark"});
    let mut outcome = opened(&reader());
    outcome["access"] = json!({"a": "ro", "perm": reader().claims()["perm"], "id": ID, "theme": "dark"});
    let event = login_event(Some(TURSO), &[json!({"authorization": {"roles": ["reader"]}})]);
    assert_eq!(run(&login().code().unwrap(), &[(event, earlier.clone())]), [merged(&outcome, &earlier)]);

    let event = machine_event("reports", Some(TURSO), &[json!({"accessToken": {"customClaims": earlier}})]);
    let outcome = run(&machines().code().unwrap(), &[(event, earlier)]).remove(0);
    assert_eq!(
        outcome["access"],
        json!({"a": "ro", "perm": reader().claims()["perm"], "id": ID, "theme": "dark"})
    );
}

#[test]
fn a_machine_is_denied_where_an_earlier_action_set_what_turso_reads_and_nothing_overwrites() {
    let mut cases = Vec::new();
    let refused = json!({"denied": ["server_error", "Another Action has set a claim that Turso reads."]});
    for earlier in [
        json!({"p": {"rw": {}}}),
        json!({"gid": ID}),
        json!({"p": null}),
        json!({"Perm": []}),
        json!({"GID": ID}),
    ] {
        for (client, audience) in
            [("reports", TURSO), ("reports", SHOP), ("manager", "https://acme.eu.auth0.com/api/v2/")]
        {
            let parts = [json!({"accessToken": {"customClaims": earlier}})];
            cases.push((machine_event(client, Some(audience), &parts), refused.clone()));
        }
    }
    assert_runs(&machines(), &cases);
}

#[test]
fn a_machine_gets_the_claims_of_its_client_and_organization_or_is_denied() {
    let access = |claims: &Template| json!({"access": claims.claims()});
    let denied = |reason: &str| json!({"denied": ["invalid_request", reason]});
    let no_rule = denied("No rule gives access to Turso.");
    let unlisted =
        denied("Tokens for this audience are not given out: the Action of Turso does not list it.");
    let organization =
        json!({"organization": {"id": "org_1", "name": "acme", "display_name": "Acme", "metadata": {}}});
    let cases = [
        ("reports", Some(TURSO), vec![], access(&reader())),
        ("reports", Some(TURSO), vec![organization.clone()], no_rule.clone()),
        ("billing", Some(TURSO), vec![organization], access(&author())),
        ("billing", Some(TURSO), vec![], no_rule.clone()),
        ("toString", Some(TURSO), vec![], no_rule.clone()),
        ("reports", Some(SHOP), vec![], access(&nothing())),
        ("stranger", Some(SHOP), vec![], access(&nothing())),
        ("reports", Some("https://other.example.com"), vec![], unlisted.clone()),
        ("reports", Some("https://login.example.com/me/"), vec![], unlisted.clone()),
        ("manager", Some("https://acme.eu.auth0.com/api/v2/"), vec![], access(&nothing())),
        ("manager", Some("https://other.example.com"), vec![], access(&nothing())),
        ("manager", Some(TURSO), vec![], no_rule),
        ("manager", None, vec![], denied("A token needs an audience.")),
        ("reports", None, vec![], denied("A token needs an audience.")),
        (
            "reports",
            Some(TURSO),
            vec![json!({"request": {"body": {"audience": "https://x.example"}}})],
            unlisted,
        ),
    ];
    let cases =
        cases.map(|(client, audience, parts, outcome)| (machine_event(client, audience, &parts), outcome));
    assert_runs(&machines(), &cases);
}

/// Every combination of what an event may hold, by a statement that holds for all of them.
#[test]
fn no_path_issues_a_token_without_claims_but_those_of_unrestricted_clients() {
    let mut audiences: Vec<Option<&str>> =
        vec![None, Some(TURSO), Some(SHOP), Some("https://other.example.com"), Some("")];
    audiences.extend(OF_AUTH0.map(Some));
    let organizations =
        [json!({}), json!({"organization": {"id": "org_1"}}), json!({"organization": {"id": "org_2"}})];
    let authorizations = [
        json!({}),
        json!({"authorization": {}}),
        json!({"authorization": {"roles": ["reader"]}}),
        json!({"authorization": {"roles": ["author", "support", "staff"]}}),
    ];
    let logins = [false, true].into_iter().flat_map(|id_token| {
        [Unmatched::Deny, Unmatched::NoAccess].map(|unmatched| Action {
            trigger: Trigger::PostLogin { id_token },
            unmatched,
            ..login()
        })
    });
    for action in logins {
        let mut events = Vec::new();
        for resource_server in &audiences {
            for requested in &audiences {
                let request = |place: &str| match requested {
                    Some(audience) => json!({"request": {place: {"audience": audience}}}),
                    None => json!({}),
                };
                for place in ["query", "body"] {
                    for organization in &organizations {
                        for authorization in &authorizations {
                            let parts = [request(place), organization.clone(), authorization.clone()];
                            events.push((login_event(*resource_server, &parts), json!({})));
                        }
                    }
                }
            }
        }
        assert!(events.len() > 6_000, "{}", events.len());
        let outcomes = run(&action.code().unwrap(), &events);
        assert_eq!(outcomes.len(), events.len());
        for ((event, _), outcome) in events.iter().zip(&outcomes) {
            if outcome.get("denied").is_some() {
                continue;
            }
            assert!(!asks_for_more_than_is_listed(event), "{event} got {outcome}");
            for token in ["access", "id"] {
                assert_limited(&outcome[token], event);
            }
        }
    }

    let mut events = Vec::new();
    for client in ["reports", "billing", "stranger"] {
        for resource_server in &audiences {
            for organization in &organizations {
                events.push((
                    machine_event(client, *resource_server, std::slice::from_ref(organization)),
                    json!({}),
                ));
            }
        }
    }
    let outcomes = run(&machines().code().unwrap(), &events);
    for ((event, _), outcome) in events.iter().zip(&outcomes) {
        if outcome.get("denied").is_none() {
            assert!(!asks_for_more_than_is_listed(event), "{event} got {outcome}");
            assert_limited(&outcome["access"], event);
        }
    }
    assert!(outcomes.iter().any(|outcome| outcome.get("denied").is_none()));
}

#[test]
fn no_name_can_break_out_of_the_code() {
    let hostile = [
        "'); throw new Error('out'); ('",
        "\\'",
        "`${process.exit(1)}`",
        "</script><!-- -->",
        "*/ throw 1 /*",
        "x\u{2028}throw 1",
        "x\u{2029}throw 1",
        "\u{202e}eman",
        "__proto__",
        "constructor",
        "RULES GO HERE",
        "$& $' $`",
    ];
    let template = template_of(&json!({"a": "rw", "id": ID, "perm": [{"t": hostile, "a": ["data_read"]}]}));
    let rule = |who| Rule {
        selector: Selector { who, organizations: Organizations::Any },
        claims: ActionClaims::new(template.clone()).unwrap(),
    };
    for name in hostile {
        let audiences = BTreeSet::from([name.parse().unwrap()]);
        let action = Action {
            audiences: audiences.clone(),
            no_access_audiences: BTreeSet::new(),
            rules: vec![rule(Who::Role(name.to_owned()))],
            ..login()
        };
        let event = login_event(Some(name), &[json!({"authorization": {"roles": [name]}})]);
        assert_runs(&action, &[(event, opened(&template))]);

        let unrestricted_clients = BTreeSet::from([name.to_owned()]);
        let trigger = Trigger::CredentialsExchange { unrestricted_clients };
        let action =
            Action { trigger, audiences, rules: vec![rule(Who::Client(name.to_owned()))], ..machines() };
        assert_runs(&action, &[(machine_event(name, Some(name), &[]), json!({"access": template.claims()}))]);
    }
}

#[test]
fn a_selector_covers_what_it_fits_wherever_the_other_does() {
    let everyone = |organizations| Selector { who: Who::Everyone, organizations };
    let role = |role: &str, organizations| Selector { who: Who::Role(role.to_owned()), organizations };
    let one = |id: &str| Organizations::One(id.to_owned());
    for (first, second, covers) in [
        (everyone(Organizations::Any), role("a", one("org_1")), true),
        (everyone(Organizations::None), role("a", Organizations::None), true),
        (everyone(Organizations::None), everyone(one("org_1")), false),
        (everyone(one("org_1")), role("a", one("org_1")), true),
        (everyone(one("org_1")), role("a", one("org_2")), false),
        (role("a", Organizations::Any), role("a", one("org_1")), true),
        (role("a", one("org_1")), role("a", Organizations::Any), false),
        (role("a", Organizations::None), role("b", Organizations::None), false),
        (role("a", Organizations::None), everyone(Organizations::None), false),
    ] {
        assert_eq!(first.covers(&second), covers, "{first} and {second}");
    }
}

#[test]
fn claims_that_auth0_would_drop_or_that_are_null_are_refused() {
    let claims = |name: &str, value: Value| {
        let mut claims = reader_claims();
        claims[name] = value;
        ActionClaims::new(Template::with_any_claims(claims))
    };
    assert_eq!(claims("kid", json!("x")), Err(ActionClaimsError::Restricted("kid".to_owned())));
    assert_eq!(claims("rid", json!(null)), Err(ActionClaimsError::Null("rid".to_owned())));
    assert!(claims("rid", json!("x")).is_ok());
}

#[test]
fn code_beyond_what_auth0_accepts_is_refused() {
    let tables: Vec<_> = (0..4_000).map(|n| format!("a_table_with_a_long_name_{n}")).collect();
    let template = template_of(&json!({"a": "ro", "id": ID, "perm": [{"t": tables, "a": ["data_read"]}]}));
    let selector = Selector { who: Who::Everyone, organizations: Organizations::None };
    let rules = vec![Rule { selector, claims: ActionClaims::new(template).unwrap() }];
    let result = Action { rules, ..login() }.code();
    assert!(matches!(result, Err(CodeTooLong { bytes }) if bytes > CODE_LIMIT));
}

#[test]
fn code_is_accepted_up_to_the_last_byte_that_auth0_does() {
    let code = |padding: usize| {
        let template = template_of(&json!({"a": "ro", "id": ID, "perm": [], "rid": "x".repeat(padding)}));
        let selector = Selector { who: Who::Everyone, organizations: Organizations::None };
        let rules = vec![Rule { selector, claims: ActionClaims::new(template).unwrap() }];
        Action { rules, ..login() }.code()
    };
    let longest = CODE_LIMIT - code(0).unwrap().len();
    assert_eq!(code(longest).unwrap().len(), CODE_LIMIT);
    assert!(matches!(code(longest + 1), Err(CodeTooLong { bytes }) if bytes == CODE_LIMIT + 1));
}

/// Whether an event names an audience that is in neither list.
fn asks_for_more_than_is_listed(event: &Value) -> bool {
    let named = [
        &event["resource_server"]["identifier"],
        &event["request"]["query"]["audience"],
        &event["request"]["body"]["audience"],
    ];
    named.into_iter().any(|audience| !audience.is_null() && audience != TURSO && audience != SHOP)
}

/// The claims limit a token, as far as anyone knows how Turso reads them.
#[track_caller]
fn assert_limited(claims: &Value, event: &Value) {
    let claims = claims.as_object().unwrap_or_else(|| panic!("no claims for {event}"));
    let template = Template::parse(&json!(claims).to_string());
    assert!(template.is_ok(), "{claims:?} for {event}: {template:?}");
    assert!(claims.values().all(|value| !value.is_null()), "{claims:?}");
}

/// Runs the code as Auth0 does, and compares the claims that it set, by token, or its denial.
#[track_caller]
fn assert_runs(action: &Action, cases: &[(Value, Value)]) {
    let events: Vec<_> = cases.iter().map(|(event, _)| (event.clone(), json!({}))).collect();
    let outcomes = run(&action.code().unwrap(), &events);
    assert_eq!(outcomes.len(), cases.len());
    for ((event, expected), outcome) in cases.iter().zip(&outcomes) {
        assert_eq!(outcome, expected, "{event}");
    }
}

fn opened(claims: &Template) -> Value {
    json!({"access": claims.claims(), "id": nothing().claims()})
}

fn denied(reason: &str) -> Value {
    json!({"denied": [reason]})
}

/// The outcome with the claims of an earlier Action below it.
fn merged(outcome: &Value, earlier: &Value) -> Value {
    let below = |claims: &Value| {
        let mut all = earlier.as_object().unwrap().clone();
        all.extend(claims.as_object().unwrap().clone());
        Value::Object(all)
    };
    json!({"access": below(&outcome["access"]), "id": below(&outcome["id"])})
}

fn login() -> Action {
    let rule = |who, organizations, claims: Template| Rule {
        selector: Selector { who, organizations },
        claims: ActionClaims::new(claims).unwrap(),
    };
    let role = |role: &str| Who::Role(role.to_owned());
    let one = || Organizations::One("org_1".to_owned());
    Action {
        trigger: Trigger::PostLogin { id_token: false },
        audiences: BTreeSet::from([TURSO.parse().unwrap()]),
        no_access_audiences: BTreeSet::from([SHOP.parse().unwrap()]),
        rules: vec![
            rule(role("author"), one(), author()),
            rule(role("reader"), Organizations::None, reader()),
            rule(role("support"), Organizations::Any, reader()),
            rule(Who::Everyone, one(), nothing()),
        ],
        unmatched: Unmatched::Deny,
    }
}

fn machines() -> Action {
    let rule = |client: &str, organizations, claims: Template| Rule {
        selector: Selector { who: Who::Client(client.to_owned()), organizations },
        claims: ActionClaims::new(claims).unwrap(),
    };
    Action {
        trigger: Trigger::CredentialsExchange {
            unrestricted_clients: BTreeSet::from(["manager".to_owned()]),
        },
        rules: vec![
            rule("reports", Organizations::None, reader()),
            rule("billing", Organizations::One("org_1".to_owned()), author()),
        ],
        ..login()
    }
}

fn nothing() -> Template {
    Template::no_access()
}

fn reader() -> Template {
    template_of(&reader_claims())
}

fn reader_claims() -> Value {
    json!({"a": "ro", "id": ID, "perm": [{"t": null, "a": ["data_read"]}]})
}

fn author() -> Template {
    template_of(&json!({
        "a": "rw",
        "gid": "0b6ff1d2-8f3f-4f0e-9a53-3b8f0a4b9c11",
        "perm": [{"t": null, "a": ["data_read"]}, {"t": ["it's \"odd\""], "a": ["data_add"]}],
    }))
}

fn template_of(claims: &Value) -> Template {
    Template::parse(&claims.to_string()).unwrap()
}
