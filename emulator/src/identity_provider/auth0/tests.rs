//! The service as a whole: Actions in, tokens out. These tests run Node.js, and fail where there is none.

use super::super::testing::{authority, claims_of, header_of, is_verified_by};
use super::super::{OldKeys, unix_seconds};
use super::*;

const API: &str = "https://api.example.com";

/// A tenant with one API, one user of one role, and this body of a post-login handler.
fn tenant(body: &str) -> Auth0Like {
    let auth0 = Auth0Like::start(authority()).unwrap();
    auth0.check_node().unwrap_or_else(|missing| panic!("{missing}"));
    auth0.create_api(API);
    auth0.save_user(Auth0User::new("auth0|alice").with_roles(["editor"]));
    auth0.deploy_action(Trigger::PostLogin, post_login(body)).unwrap();
    auth0
}

/// The claims of a token of Alice.
fn claims(auth0: &Auth0Like) -> Value {
    claims_of(&auth0.token("auth0|alice", API).unwrap())
}

/// Why Alice gets no token.
fn refusal(auth0: &Auth0Like) -> LoginError {
    auth0.token("auth0|alice", API).unwrap_err()
}

fn post_login(body: &str) -> String {
    format!("exports.onExecutePostLogin = async (event, api) => {{ {body} }};")
}

/// Replaces the post-login handlers, which is quicker than another tenant.
fn redeploy(auth0: &Auth0Like, body: &str) {
    auth0.unbind_actions(Trigger::PostLogin);
    auth0.deploy_action(Trigger::PostLogin, post_login(body)).unwrap();
}

#[test]
fn a_token_holds_the_actions_claims_and_those_that_auth0_adds() {
    let auth0 =
        tenant("api.accessToken.setCustomClaim('a', 'ro'); api.accessToken.setCustomClaim('perm', []);");

    let token = auth0.token("auth0|alice", API).unwrap();

    let mut claims = claims_of(&token);
    let issued = claims["iat"].take().as_u64().unwrap();
    assert!(unix_seconds(SystemTime::now()) - issued < 60);
    assert_eq!(
        claims,
        json!({
            "a": "ro", "perm": [],
            "aud": API,
            "azp": "application",
            "exp": issued + 86_400,
            "iat": null,
            "iss": format!("{}/", auth0.provider().url()),
            "sub": "auth0|alice",
        })
    );
    assert!(is_verified_by(auth0.provider(), &token));
}

#[test]
fn openid_makes_the_audience_an_array() {
    let auth0 = tenant("");
    let claims = claims_of(&auth0.token_with_scope("auth0|alice", API, "openid profile").unwrap());
    assert_eq!(claims["aud"], json!([API, format!("{}/userinfo", auth0.provider().url())]));
    assert_eq!(claims["scope"], "openid profile");
    let claims = claims_of(&auth0.token_with_scope("auth0|alice", API, "read:comments").unwrap());
    assert_eq!(claims["aud"], API);
}

#[test]
fn an_id_token_has_its_own_claims_and_is_for_the_application_also_without_an_api() {
    let auth0 = tenant(
        "api.accessToken.setCustomClaim('a', 'rw'); api.idToken.setCustomClaim('a', 'ro'); \
         api.idToken.setCustomClaim('api', event.resource_server?.identifier ?? 'none');",
    );
    for (audience, api) in [(Some(API), API), (None, "none")] {
        let token = auth0.id_token("auth0|alice", audience).unwrap();
        let claims = claims_of(&token);
        for (name, expected) in [("a", "ro"), ("api", api), ("aud", "application"), ("sub", "auth0|alice")] {
            assert_eq!(claims[name], expected, "{name}");
        }
        assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 36_000);
        assert!(is_verified_by(auth0.provider(), &token));
    }
    assert_eq!(claims(&auth0)["a"], "rw");
}

#[test]
fn no_action_sees_a_logout_token() {
    let auth0 = tenant("api.access.deny('closed')");
    let token = auth0.logout_token("auth0|alice").unwrap();
    let claims = claims_of(&token);
    assert_eq!(claims["events"], json!({"http://schemas.openid.net/event/backchannel-logout": {}}));
    assert_eq!((&claims["sub"], &claims["a"]), (&json!("auth0|alice"), &Value::Null));
    assert!(is_verified_by(auth0.provider(), &token));
}

#[test]
fn claims_are_dropped_from_access_tokens_for_auth0s_own_apis_on_every_domain() {
    let auth0 = tenant(
        "api.accessToken.setCustomClaim('a', 'ro'); api.accessToken.setCustomClaim('https://x.example/a', 1);",
    );
    for domain in [auth0.provider().domain(), auth0.custom_domain()] {
        for api in auth0.own_apis(&domain) {
            let claims = claims_of(&auth0.token("auth0|alice", &api).unwrap());
            assert_eq!((&claims["a"], &claims["https://x.example/a"]), (&Value::Null, &json!(1)), "{api}");
        }
    }
    assert!(auth0.own_apis(&auth0.provider().domain()).contains(&auth0.management_api()));
}

#[test]
fn tokens_follow_a_rotation() {
    let auth0 = tenant("");
    let new = auth0.provider().keys().rotate(OldKeys::Keep).unwrap();
    assert_eq!(header_of(&auth0.token("auth0|alice", API).unwrap())["kid"], *new);
}

#[test]
fn the_event_tells_who_logs_in_where() {
    let auth0 = tenant(
        "const { user, authorization, client, resource_server, transaction } = event; \
         api.accessToken.setCustomClaim('seen', { user, authorization, client, resource_server, transaction });",
    );
    auth0.save_user(Auth0User {
        email: Some("bob@example.com".to_owned()),
        user_metadata: json!({"theme": "dark"}),
        app_metadata: json!({"plan": "pro"}),
        ..Auth0User::new("auth0|bob").with_roles(["viewer", "editor"])
    });
    let claims = claims_of(&auth0.token_with_scope("auth0|bob", API, "openid").unwrap());
    assert_eq!(
        claims["seen"],
        json!({
            "user": {
                "user_id": "auth0|bob", "email": "bob@example.com", "email_verified": true,
                "app_metadata": {"plan": "pro"}, "user_metadata": {"theme": "dark"},
            },
            "authorization": {"roles": ["viewer", "editor"]},
            "client": {"client_id": "application", "name": "application", "metadata": {}},
            "resource_server": {"identifier": API},
            "transaction": {"requested_scopes": ["openid"]},
        })
    );
}

#[test]
fn a_user_can_come_without_any_authorization() {
    let auth0 = tenant("api.accessToken.setCustomClaim('roles_seen', event.authorization?.roles ?? 'none');");
    auth0.save_user(Auth0User { roles: None, ..Auth0User::new("auth0|alice") });
    assert_eq!(claims(&auth0)["roles_seen"], "none");
    auth0.save_user(Auth0User::new("auth0|alice"));
    assert_eq!(claims(&auth0)["roles_seen"], json!([]));
}

#[test]
fn a_map_of_roles_admits_those_it_knows_and_denies_the_rest() {
    let auth0 = tenant(
        "const byRole = { editor: { a: 'rw' }, viewer: { a: 'ro' } }; \
         const role = (event.authorization?.roles ?? []).find((role) => Object.hasOwn(byRole, role)); \
         if (role === undefined) { return api.access.deny('no role with access'); } \
         for (const [name, value] of Object.entries(byRole[role])) { api.accessToken.setCustomClaim(name, value); }",
    );
    for (roles, expected) in [(vec!["editor"], "rw"), (vec!["other", "viewer"], "ro")] {
        auth0.save_user(Auth0User::new("auth0|bob").with_roles(roles));
        assert_eq!(claims_of(&auth0.token("auth0|bob", API).unwrap())["a"], expected);
    }
    for roles in [vec![], vec!["__proto__"], vec!["constructor"], vec!["Editor"]] {
        auth0.save_user(Auth0User::new("auth0|bob").with_roles(roles));
        let error = auth0.token("auth0|bob", API).unwrap_err();
        assert_eq!(error.to_string(), "denied by an Action (access_denied): no role with access");
    }
}

#[test]
fn restricted_claims_are_ignored_in_silence() {
    let auth0 = tenant(
        "for (const name of ['sub', 'aud', 'exp', 'iss', 'azp', 'roles', 'permissions', 'scope', 'a']) { \
         api.accessToken.setCustomClaim(name, 'mine'); }",
    );
    let claims = claims(&auth0);
    let claims = claims.as_object().unwrap();
    let mine = claims.iter().filter(|(_, value)| *value == "mine").map(|(name, _)| name);
    assert_eq!(mine.collect::<Vec<_>>(), ["a"]);
    assert_eq!((&claims["sub"], &claims["aud"]), (&json!("auth0|alice"), &json!(API)));
}

#[test]
fn claims_beyond_100_kb_fail_the_login() {
    let body = |count: usize| format!("api.accessToken.setCustomClaim('perm', 'x'.repeat({count}));");
    assert!(tenant(&body(99_000)).token("auth0|alice", API).is_ok());
    let error = tenant(&body(100_000)).token("auth0|alice", API).unwrap_err();
    assert!(matches!(error, LoginError::PayloadTooLarge { bytes } if bytes > 100_000), "{error:?}");
}

#[test]
fn code_beyond_100_kb_is_not_deployed() {
    let auth0 = tenant("");
    let handler = post_login("api.access.deny('deployed')");
    let code = format!("{handler}{}", " ".repeat(100_000));
    let error = auth0.deploy_action(Trigger::PostLogin, code).unwrap_err();
    assert_eq!(error.bytes, 100_000 + handler.len());
    assert!(auth0.token("auth0|alice", API).is_ok());
}

#[test]
fn actions_run_in_the_order_of_their_deployment_until_one_denies() {
    let auth0 =
        tenant("api.accessToken.setCustomClaim('a', 'first'); api.accessToken.setCustomClaim('b', 1);");
    let second = post_login("api.accessToken.setCustomClaim('a', 'second');");
    auth0.deploy_action(Trigger::PostLogin, second).unwrap();
    let claims = claims(&auth0);
    assert_eq!((&claims["a"], &claims["b"]), (&json!("second"), &json!(1)));

    auth0.deploy_action(Trigger::PostLogin, post_login("api.access.deny('closed');")).unwrap();
    auth0.deploy_action(Trigger::PostLogin, post_login("throw new Error('never reached');")).unwrap();
    let error = refusal(&auth0);
    assert!(matches!(&error, LoginError::Denied { reason, .. } if reason == "closed"), "{error:?}");

    auth0.unbind_actions(Trigger::PostLogin);
    assert!(auth0.token("auth0|alice", API).is_ok());
}

#[test]
fn a_failing_action_fails_the_login_with_its_cause() {
    let auth0 = tenant("throw new Error('no luck')");
    let error = anyhow::Error::from(refusal(&auth0));
    let expected = "no token: the post-login Action failed: the code threw: Error: no luck";
    assert_eq!(format!("{error:#}"), expected);
}

#[test]
fn a_slow_action_is_stopped_at_the_limit() {
    let auth0 = tenant("for (;;) {}");
    auth0.limit_actions_to(Duration::from_millis(100));
    let error = refusal(&auth0);
    assert!(matches!(error, LoginError::Action { cause: ActionError::TimedOut(_), .. }), "{error:?}");
}

#[test]
fn unknown_names_give_no_token_and_run_no_action() {
    let auth0 = tenant("throw new Error('ran')");
    for (token, error) in [
        (auth0.token("auth0|nobody", API), r#"no token for user "auth0|nobody": there is no such user"#),
        (
            auth0.token("auth0|alice", "https://other"),
            r#"no token for audience "https://other": there is no such API"#,
        ),
        (
            auth0.machine_token("nobody", API),
            r#"no token for client "nobody": there is no such machine-to-machine application"#,
        ),
    ] {
        assert_eq!(token.unwrap_err().to_string(), error);
    }
}

#[test]
fn a_machines_token_comes_through_its_own_trigger() {
    let auth0 = tenant("api.access.deny('this trigger is for people');");
    auth0.create_machine_client("worker");
    auth0
        .deploy_action(
            Trigger::CredentialsExchange,
            "exports.onExecuteCredentialsExchange = async (event, api) => {
               if (event.client.client_id !== 'worker') return api.access.deny('invalid_request', 'not a worker');
               api.accessToken.setCustomClaim('a', 'rw');
               api.accessToken.setCustomClaim('has_user', 'user' in event);
             };",
        )
        .unwrap();
    let claims = claims_of(&auth0.machine_token("worker", API).unwrap());
    for (name, expected) in [
        ("a", json!("rw")),
        ("has_user", json!(false)),
        ("aud", json!(API)),
        ("sub", json!("worker@clients")),
        ("azp", json!("worker")),
        ("gty", json!("client-credentials")),
    ] {
        assert_eq!(claims[name], expected, "{name}");
    }

    auth0.create_machine_client("stranger");
    let error = auth0.machine_token("stranger", API).unwrap_err();
    assert_eq!(error.to_string(), "denied by an Action (invalid_request): not a worker");
}

/// Strings that try to end a literal, a script, a comment or a template, or that JSON and JavaScript read differently.
const HOSTILE: [&str; 14] = [
    "\"); api.access.deny('broken out'); (\"",
    "'); api.access.deny('broken out'); ('",
    "`${api.access.deny('broken out')}`",
    "${event.user.user_id}",
    "*/ api.access.deny('broken out'); /*",
    "\n}; api.access.deny('broken out'); {\n",
    "</script><script>api.access.deny('broken out')</script>",
    "\\\"); api.access.deny('broken out'); //",
    "\\u0022); api.access.deny('broken out'); //",
    "line\u{2028}separators\u{2029}and\r\nbreaks",
    "nul\u{0} bell\u{7} escape\u{1b} delete\u{7f}",
    "\u{feff}bom \u{202e}override \u{e000}private 🦀 e\u{301}",
    "__proto__",
    "--eval=process.exit(3)",
];

#[test]
fn hostile_text_in_the_code_comes_out_as_it_went_in() {
    let auth0 = tenant("");
    for text in HOSTILE {
        let perm = json!([{"t": [text], "a": ["data_read"]}]);
        redeploy(&auth0, &format!("api.accessToken.setCustomClaim('perm', {perm});"));
        assert_eq!(claims(&auth0)["perm"], perm, "{text:?}");
    }
}

#[test]
fn hostile_text_in_the_event_comes_out_as_it_went_in() {
    let auth0 = tenant(
        "api.accessToken.setCustomClaim('roles_seen', event.authorization.roles); \
         api.accessToken.setCustomClaim('meta', event.user.app_metadata); \
         api.accessToken.setCustomClaim(event.user.user_id, true);",
    );
    for text in HOSTILE {
        let app_metadata = json!({"x": {text: text}});
        auth0.save_user(Auth0User { app_metadata, ..Auth0User::new(text).with_roles([text]) });
        auth0.create_api(text);
        let claims = claims_of(&auth0.token(text, text).unwrap());
        assert_eq!(claims["roles_seen"], json!([text]), "{text:?}");
        assert_eq!(claims["meta"], json!({"x": {text: text}}), "{text:?}");
        assert_eq!(claims[text], json!(true), "{text:?}");
        assert_eq!((&claims["sub"], &claims["aud"]), (&json!(text), &json!(text)), "{text:?}");
    }
}

#[test]
fn a_denial_keeps_its_words() {
    let auth0 = tenant("");
    for text in HOSTILE {
        redeploy(&auth0, &format!("api.access.deny({});", json!(text)));
        let error = refusal(&auth0);
        assert!(matches!(&error, LoginError::Denied { reason, .. } if reason == text), "{error:?}");
    }
}

#[test]
fn logins_at_the_same_time_keep_apart() {
    let auth0 = tenant("api.accessToken.setCustomClaim('me', event.user.user_id);");
    std::thread::scope(|scope| {
        for number in 0..8 {
            let auth0 = &auth0;
            scope.spawn(move || {
                let user = format!("auth0|{number}");
                auth0.save_user(Auth0User::new(user.clone()));
                assert_eq!(claims_of(&auth0.token(&user, API).unwrap())["me"], user);
            });
        }
    });
}
