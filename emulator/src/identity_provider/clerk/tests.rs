//! The service as a whole: templates in, tokens out, by the library's calls and over HTTP.

use std::time::{Duration, SystemTime};

use reqwest::Method;
use reqwest::blocking::{Client, Response};
use serde_json::{Value, json};

use super::super::OldKeys;
use super::super::testing::{authority, claims_of, client, header_of, is_verified_by};
use super::*;

fn clerk() -> ClerkLike {
    let clerk = ClerkLike::start(authority()).unwrap();
    let public_metadata = json!({"turso": {"a": "ro", "perm": []}});
    clerk.save_user(ClerkUser { public_metadata, ..ClerkUser::new("user_alice") });
    clerk
}

/// With a template `turso` of these claims.
fn clerk_with(claims: Value) -> ClerkLike {
    let clerk = clerk();
    clerk.create_template(TemplateRequest::new("turso", claims)).unwrap();
    clerk
}

/// The claims of a token by that template.
fn claims(clerk: &ClerkLike, user: &str) -> Value {
    claims_of(&clerk.token(user, "turso").unwrap())
}

/// Sends requests to the Backend API with a key, as JSON where there is a body.
struct Backend<'a> {
    clerk: &'a ClerkLike,
    client: Client,
    authorization: Option<String>,
}

impl<'a> Backend<'a> {
    fn new(clerk: &'a ClerkLike) -> Self {
        let authorization = Some(format!("Bearer {}", clerk.secret_key().expose()));
        Self { clerk, client: client(authority()), authorization }
    }

    fn send(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let response = self.send_raw(method, path, body.map(|body| body.to_string()).unwrap_or_default());
        (response.status().as_u16(), response.json().unwrap())
    }

    fn send_raw(&self, method: Method, path: &str, body: String) -> Response {
        let mut request =
            self.client.request(method, format!("{}{path}", self.clerk.provider().url())).body(body);
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        request.send().unwrap()
    }
}

#[test]
fn a_token_holds_the_templates_claims_and_those_that_clerk_adds() {
    let perm = "{{user.public_metadata.turso.perm}}";
    let clerk = clerk_with(json!({"a": "{{user.public_metadata.turso.a}}", "id": "db", "perm": perm}));
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);

    let token = clerk.token_issued_at("user_alice", "turso", time).unwrap();

    let mut claims = claims_of(&token);
    let id = claims["jti"].take();
    assert_eq!(id.as_str().unwrap().len(), 32);
    assert_eq!(
        claims,
        json!({
            "a": "ro", "id": "db", "perm": [],
            "azp": "http://localhost:3000",
            "exp": 1_700_000_060, "iat": 1_700_000_000, "nbf": 1_699_999_995,
            "iss": clerk.provider().url(),
            "jti": null,
            "sub": "user_alice",
        })
    );
}

#[test]
fn a_token_is_good_now_and_verifies_against_the_document() {
    let clerk = clerk();
    clerk.create_template(TemplateRequest::new("turso", json!({})).with_lifetime(3600)).unwrap();
    let token = clerk.token("user_alice", "turso").unwrap();
    let claims = claims_of(&token);
    let now = unix_seconds(SystemTime::now());
    let (not_before, expires) = (claims["nbf"].as_u64().unwrap(), claims["exp"].as_u64().unwrap());
    assert!(not_before < now && expires >= now + 3500, "{claims}");
    assert!(is_verified_by(clerk.provider(), &token));
}

#[test]
fn tokens_follow_a_rotation() {
    let clerk = clerk_with(json!({}));
    let new = clerk.provider().keys().rotate(OldKeys::Drop).unwrap();
    assert_eq!(header_of(&clerk.token("user_alice", "turso").unwrap())["kid"], *new);
}

#[test]
fn a_user_without_the_metadata_gets_null_for_it() {
    let clerk = clerk_with(json!({"perm": "{{user.public_metadata.turso.perm}}"}));
    clerk.save_user(ClerkUser::new("user_bob"));
    assert_eq!(claims(&clerk, "user_bob").get("perm"), Some(&Value::Null));
}

#[test]
fn a_saved_user_replaces_the_one_before() {
    let clerk = clerk_with(json!({"name": "{{user.full_name}}", "email": "{{user.primary_email_address}}"}));
    assert_eq!(claims(&clerk, "user_alice")["name"], Value::Null);
    clerk.save_user(ClerkUser {
        first_name: Some("Alice".to_owned()),
        last_name: Some("Liddell".to_owned()),
        email: Some("alice@example.com".to_owned()),
        ..ClerkUser::new("user_alice")
    });
    let claims = claims(&clerk, "user_alice");
    assert_eq!((&claims["name"], &claims["email"]), (&json!("Alice Liddell"), &json!("alice@example.com")));
}

#[test]
fn unknown_users_and_templates_are_named() {
    let clerk = clerk_with(json!({}));
    let nobody = ClerkError::UserNotFound("user_nobody".to_owned());
    let no_template = ClerkError::TemplateNotFound("supabase".to_owned());
    assert_eq!(clerk.token("user_nobody", "turso"), Err(nobody.clone()));
    assert_eq!(clerk.token("user_alice", "supabase"), Err(no_template));
    assert_eq!(clerk.start_session("user_nobody"), Err(nobody));
}

#[test]
fn a_refused_template_is_not_kept() {
    let clerk = clerk();
    let refused = clerk.create_template(TemplateRequest::new("turso", json!({"exp": 1})));
    assert_eq!(refused.unwrap_err(), ClerkError::ReservedClaim("exp".to_owned()));
    assert_eq!(clerk.templates(), []);
}

#[test]
fn two_templates_cannot_share_a_name() {
    let clerk = clerk_with(json!({}));
    let refused = clerk.create_template(TemplateRequest::new("turso", json!({"a": "ro"})));
    assert_eq!(refused.unwrap_err(), ClerkError::NameTaken("turso".to_owned()));
}

#[test]
fn the_publishable_key_names_the_domain_of_the_jwks_url() {
    let clerk = clerk();
    let encoded = clerk.publishable_key().strip_prefix("pk_test_").unwrap().to_owned();
    let domain = String::from_utf8(BASE64_STANDARD_NO_PAD.decode(encoded).unwrap()).unwrap();
    let domain = domain.strip_suffix('$').unwrap();
    assert_eq!(clerk.provider().jwks_url(), format!("https://{domain}/.well-known/jwks.json"));
}

#[test]
fn the_secret_key_does_not_show_in_the_debug_form() {
    let clerk = clerk();
    let secret = clerk.secret_key().expose();
    assert!(secret.starts_with("sk_test_"));
    assert!(!format!("{clerk:?} {:?}", clerk.secret_key()).contains(secret));
}

#[test]
fn a_template_lives_its_life_over_http() {
    let clerk = clerk();
    let backend = Backend::new(&clerk);
    assert_eq!(backend.send(Method::GET, "/v1/jwt_templates", None), (200, json!([])));

    let request = json!({"name": "turso", "claims": {"a": "ro"}, "lifetime": 600});
    let (status, created) = backend.send(Method::POST, "/v1/jwt_templates", Some(request));
    assert_eq!((status, &created["lifetime"]), (200, &json!(600)));
    let path = format!("/v1/jwt_templates/{}", created["id"].as_str().unwrap());
    assert_eq!(backend.send(Method::GET, &path, None), (200, created.clone()));
    assert_eq!(backend.send(Method::GET, "/v1/jwt_templates", None), (200, json!([created])));

    let (status, updated) =
        backend.send(Method::PATCH, &path, Some(json!({"name": "turso", "claims": {"a": "rw"}})));
    assert_eq!(status, 200);
    assert_eq!((&updated["claims"], &updated["lifetime"]), (&json!({"a": "rw"}), &json!(600)));
    assert_eq!(claims_of(&clerk.token("user_alice", "turso").unwrap())["a"], "rw");

    let (status, deleted) = backend.send(Method::DELETE, &path, None);
    assert_eq!((status, &deleted["deleted"]), (200, &json!(true)));
    assert_eq!(backend.send(Method::GET, &path, None).0, 404);
    assert!(clerk.token("user_alice", "turso").is_err());
}

#[test]
fn a_session_gets_its_users_token_over_http() {
    let clerk = clerk();
    clerk.create_template(TemplateRequest::new("my turso", json!({"a": "ro"}))).unwrap();
    let session = clerk.start_session("user_alice").unwrap();
    let backend = Backend::new(&clerk);
    let (status, body) =
        backend.send(Method::POST, &format!("/v1/sessions/{session}/tokens/my%20turso"), None);
    assert_eq!((status, &body["object"]), (200, &json!("token")));
    let claims = claims_of(body["jwt"].as_str().unwrap());
    assert_eq!((&claims["a"], &claims["sub"]), (&json!("ro"), &json!("user_alice")));
    for (session, template) in [("sess_x", "my%20turso"), (session.as_str(), "other")] {
        let path = format!("/v1/sessions/{session}/tokens/{template}");
        assert_eq!(backend.send(Method::POST, &path, None).0, 404, "{path}");
    }
}

#[test]
fn the_backend_api_asks_for_the_secret_key() {
    let clerk = clerk();
    let mut backend = Backend::new(&clerk);
    for (authorization, code) in [
        (None, "authorization_header_format_invalid"),
        (Some("Basic abc".to_owned()), "authorization_header_format_invalid"),
        (Some("Bearer sk_test_other".to_owned()), "clerk_key_invalid"),
        (Some(format!("Bearer {}", clerk.publishable_key())), "clerk_key_invalid"),
    ] {
        backend.authorization = authorization;
        for (method, path) in [(Method::GET, "/v1/jwt_templates"), (Method::POST, "/v1/sessions/s/tokens/t")]
        {
            let (status, body) = backend.send(method, path, None);
            assert_eq!((status, &body["errors"][0]["code"]), (401, &json!(code)));
        }
    }
}

#[test]
fn bad_requests_over_http_are_answered_in_clerks_shape() {
    let clerk = clerk();
    clerk.create_template(TemplateRequest::new("taken", json!({}))).unwrap();
    let other = clerk.create_template(TemplateRequest::new("turso", json!({}))).unwrap();
    let backend = Backend::new(&clerk);
    let (all, one) = ("/v1/jwt_templates", format!("/v1/jwt_templates/{}", other.id));
    for (method, path, body, status, code) in [
        (Method::POST, all, "{", 400, "request_body_invalid"),
        (Method::POST, all, "", 400, "request_body_invalid"),
        (Method::POST, all, r#"{"name":"x","claims":{"jti":1}}"#, 400, "jwt_template_reserved_claim"),
        (Method::POST, all, r#"{"name":"taken","claims":{}}"#, 422, "form_identifier_exists"),
        (Method::PATCH, one.as_str(), r#"{"name":"taken","claims":{}}"#, 422, "form_identifier_exists"),
        (Method::PATCH, one.as_str(), r#"{"claims":{}}"#, 422, "form_param_missing"),
        (Method::DELETE, "/v1/jwt_templates/jtmp_x", "", 404, "resource_not_found"),
        (Method::GET, "/v1/users", "", 404, "resource_not_found"),
    ] {
        let response = backend.send_raw(method.clone(), path, body.to_owned());
        assert_eq!(response.status().as_u16(), status, "{method} {path} {body}");
        assert_eq!(response.json::<Value>().unwrap()["errors"][0]["code"], code, "{method} {path} {body}");
    }
}

#[test]
fn the_session_token_has_the_applications_claims_beside_those_of_clerk() {
    let clerk = clerk();
    let customized = json!({"a": "ro", "email": "{{user.primary_email_address}}"});
    clerk.customize_session_token(customized).unwrap();
    let token = clerk.session_token("user_alice").unwrap();
    let claims = claims_of(&token);
    for (name, expected) in
        [("a", json!("ro")), ("email", Value::Null), ("sub", json!("user_alice")), ("v", json!(2))]
    {
        assert_eq!(claims[name], expected, "{name}");
    }
    assert!(is_verified_by(clerk.provider(), &token));
    for (refused, error) in [
        (json!({"sid": "s"}), ClerkError::ReservedClaim("sid".to_owned())),
        (json!([]), ClerkError::WrongType { parameter: "claims", expected: "object" }),
    ] {
        assert_eq!(clerk.customize_session_token(refused).unwrap_err(), error);
    }
    assert_eq!(claims_of(&clerk.session_token("user_alice").unwrap())["a"], "ro", "the claims stay");
}

#[test]
fn what_clerk_signs_for_itself_and_for_oauth_has_no_claims_of_the_application() {
    let clerk = clerk();
    clerk.customize_session_token(json!({"a": "ro"})).unwrap();
    clerk.create_template(TemplateRequest::new("turso", json!({"a": "ro"}))).unwrap();
    for (token, expires) in [
        (clerk.handshake_token(), false),
        (clerk.client_token(), false),
        (clerk.oauth_access_token("user_alice", "app").unwrap(), true),
        (clerk.oauth_id_token("user_alice", "app").unwrap(), true),
        (clerk.machine_token("mch_1", Map::new()), true),
    ] {
        let claims = claims_of(&token);
        assert_eq!((claims.get("a"), claims.get("exp").is_some()), (None, expires), "{claims}");
        assert!(is_verified_by(clerk.provider(), &token), "{claims}");
    }
    let chosen = json!({"a": "rw", "exp": 1}).as_object().unwrap().clone();
    let claims = claims_of(&clerk.machine_token("mch_1", chosen));
    assert_eq!((&claims["a"], claims["exp"] == 1), (&json!("rw"), false));
}
