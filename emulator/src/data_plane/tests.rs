//! Databases over real sockets, with tokens of an identity provider whose keys come over https.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::identity_provider::{CertificateAuthority, IdentityProvider, OldKeys, Signature};
use crate::{Access, Emulator, FailOpen, JwksFetch, OrganizationKind, Settings};

/// An organization with two databases in different groups, and a provider that it trusts.
struct Acme {
    emulator: Emulator,
    provider: IdentityProvider,
    http: reqwest::blocking::Client,
}

impl Acme {
    fn new() -> Self {
        Self::with(Settings::default())
    }

    fn with(settings: Settings) -> Self {
        let authority = CertificateAuthority::new().unwrap();
        let provider = IdentityProvider::start(&authority).unwrap();
        let settings = Settings { roots: vec![authority.pem().to_owned()], ..settings };
        let emulator = Emulator::start(settings).unwrap();
        emulator.add_organization("acme", OrganizationKind::Team);
        emulator.put_endpoint("acme", "idp", &provider.jwks_url()).unwrap();
        for (database, group) in [("app", "default"), ("other", "elsewhere")] {
            emulator.add_database("acme", database, group).unwrap();
            let sql = "CREATE TABLE t (a); INSERT INTO t VALUES (1); CREATE TABLE u (a)";
            emulator.execute_sql("acme", database, sql).unwrap();
        }
        Self { emulator, provider, http: reqwest::blocking::Client::new() }
    }

    fn id(&self, database: &str) -> Value {
        json!(self.emulator.database("acme", database).unwrap().id)
    }

    fn group_id(&self, group: &str) -> Value {
        json!(self.emulator.group("acme", group).unwrap().id)
    }

    fn token(&self, claims: &Value) -> String {
        self.provider.keys().sign(claims)
    }

    /// A token for all of `app`.
    fn full_token(&self) -> String {
        self.token(&self.claims(json!({})))
    }

    /// Full claims for `app`, with these added or changed.
    fn claims(&self, changes: Value) -> Value {
        let mut claims = json!({"id": self.id("app"), "a": "rw", "perm": []});
        claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        claims
    }

    fn post(&self, path: &str, token: Option<&str>, body: &Value) -> (u16, String) {
        self.post_to("app", path, token, body)
    }

    fn post_to(&self, database: &str, path: &str, token: Option<&str>, body: &Value) -> (u16, String) {
        let url = format!("{}{path}", self.emulator.database("acme", database).unwrap().url);
        let mut request =
            self.http.post(url).header("content-type", "application/json").body(body.to_string());
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request.send().unwrap();
        (response.status().as_u16(), response.text().unwrap())
    }

    /// Sends requests on a stream of `app`.
    fn pipeline(&self, token: &str, baton: &Value, requests: Value) -> (u16, Value) {
        let body = json!({"baton": baton, "requests": requests});
        let (status, body) = self.post("/v3/pipeline", Some(token), &body);
        (status, serde_json::from_str(&body).unwrap())
    }

    /// Runs a statement in a database: `Ok` where it ran, else the error.
    fn execute_in(&self, database: &str, token: &str, sql: &str) -> Result<(), String> {
        let body = json!({"baton": null, "requests": [execution(sql), {"type": "close"}]});
        let (status, body) = self.post_to(database, "/v2/pipeline", Some(token), &body);
        let body: Value = serde_json::from_str(&body).unwrap();
        let message = body["results"][0]["error"]["message"].as_str();
        match (status, message) {
            (200, None) => Ok(()),
            (200, Some(message)) => Err(message.to_owned()),
            _ => Err(format!("{status} {}", body["error"].as_str().unwrap())),
        }
    }

    fn execute(&self, token: &str, sql: &str) -> Result<(), String> {
        self.execute_in("app", token, sql)
    }

    fn select(&self, claims: Value) -> Result<(), String> {
        self.execute(&self.token(&self.claims(claims)), "SELECT * FROM t")
    }

    /// The first column of `u`.
    fn rows(&self) -> Vec<Vec<Value>> {
        self.emulator.query_sql("acme", "app", "SELECT a FROM u").unwrap()
    }

    fn last_access(&self) -> Access {
        self.emulator.accesses().pop().unwrap()
    }
}

fn execution(sql: &str) -> Value {
    json!({"type": "execute", "stmt": {"sql": sql}})
}

const NOT_AUTHORIZED: &str = "SQLite error: not authorized";

fn unauthorized(reason: &str) -> Result<(), String> {
    Err(format!("401 Unauthorized: `unauthorized access attempt on database: {reason}`"))
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// Each action with a statement on `t` that needs it and no other.
const STATEMENTS: [(&str, &str); 7] = [
    ("data_read", "SELECT a FROM t"),
    ("data_add", "INSERT INTO t VALUES (2)"),
    ("data_update", "UPDATE t SET a = 3"),
    ("data_delete", "DELETE FROM t"),
    ("schema_add", "CREATE INDEX t_a ON t (a)"),
    ("schema_update", "ALTER TABLE t ADD COLUMN b"),
    ("schema_delete", "DROP TABLE t"),
];

#[test]
fn each_action_is_granted_by_table_by_all_or_not_whoever_the_token_is_for() {
    let acme = Acme::new();
    let actions: Vec<&str> = STATEMENTS.iter().map(|(action, _)| *action).collect();
    for (action, sql) in STATEMENTS {
        let others: Vec<_> = actions.iter().filter(|other| **other != action).collect();
        for (perm, granted) in [
            (json!([{"t": ["t"], "a": [action]}]), true),
            (json!([{"t": null, "a": [action]}]), true),
            (json!([{"t": ["t"], "a": others}, {"t": ["u"], "a": [action]}]), false),
        ] {
            for subject in [json!({"id": acme.id("app")}), json!({"gid": acme.group_id("default")})] {
                let mut claims = json!({"a": "rw", "perm": perm});
                claims.as_object_mut().unwrap().extend(subject.as_object().unwrap().clone());
                let reset = "DROP TABLE IF EXISTS t; CREATE TABLE t (a); INSERT INTO t VALUES (1)";
                acme.emulator.execute_sql("acme", "app", reset).unwrap();
                let expected = if granted { Ok(()) } else { Err(NOT_AUTHORIZED.to_owned()) };
                assert_eq!(acme.execute(&acme.token(&claims), sql), expected, "{claims} {sql}");
            }
        }
    }
}

#[test]
fn a_token_reaches_its_database_or_group_and_no_other() {
    let acme = Acme::new();
    let elsewhere = unauthorized("token does not have the permissions to access the database");
    for (subject, app, other) in [
        (json!({"id": acme.id("app")}), true, false),
        (json!({"gid": acme.group_id("default")}), true, false),
        (json!({"gid": acme.group_id("elsewhere")}), false, true),
        (json!({"id": acme.group_id("default")}), false, false),
        (json!({}), true, true),
    ] {
        let mut claims = json!({"a": "rw", "perm": []});
        claims.as_object_mut().unwrap().extend(subject.as_object().unwrap().clone());
        let token = acme.token(&claims);
        for (database, reached) in [("app", app), ("other", other)] {
            let expected = if reached { Ok(()) } else { elsewhere.clone() };
            assert_eq!(acme.execute_in(database, &token, "SELECT 1"), expected, "{subject} {database}");
        }
    }
}

#[test]
fn claims_that_are_not_known_to_limit_open_everything_and_are_flagged() {
    let acme = Acme::new();
    let (id, gid) = (acme.id("app"), acme.group_id("default"));
    let token = |changes: Value| acme.claims(changes).to_string();
    for (claims, expected) in [
        ("{}".to_owned(), FailOpen::NoSubject),
        (json!({"a": "rw", "perm": []}).to_string(), FailOpen::NoSubject),
        (token(json!({"id": null})), FailOpen::OddSubject),
        (token(json!({"id": 1})), FailOpen::OddSubject),
        (token(json!({"id": "client_1"})), FailOpen::OddSubject),
        (token(json!({"id": "00000000-0000-0000-0000-000000000000"})), FailOpen::OddSubject),
        (token(json!({"id": id.as_str().unwrap().replace('-', "")})), FailOpen::OddSubject),
        (token(json!({"gid": gid})), FailOpen::OddSubject),
        (token(json!({"p": null})), FailOpen::Override),
        (token(json!({"Perm": []})), FailOpen::Override),
        (token(json!({"a": "admin"})), FailOpen::Access),
        (token(json!({"perm": null})), FailOpen::Permissions),
        (token(json!({"a": "ro", "perm": [{"t": ["t"], "a": ["data_add"]}]})), FailOpen::Contradiction),
        (token(json!({"exp": 1})).replacen('{', "{\"id\":1,", 1), FailOpen::NoSubject),
    ] {
        let token = acme.provider.keys().sign(&claims);
        for database in ["app", "other"] {
            let written = acme.execute_in(database, &token, "CREATE TABLE IF NOT EXISTS made (a)");
            assert_eq!(written, Ok(()), "{claims}");
            let access = acme.last_access();
            assert_eq!((access.org_wide(), access.fail_open), (true, Some(expected)), "{claims}");
        }
    }
    assert_eq!(acme.execute(&acme.full_token(), "SELECT 1"), Ok(()));
    let access = acme.last_access();
    assert_eq!((access.org_wide(), access.claims), (false, acme.claims(json!({})).as_object().cloned()));
}

#[test]
fn time_is_enforced_where_it_can_be_read() {
    let acme = Acme::new();
    let invalid = |reason| unauthorized(&format!("invalid JWT token: {reason}"));
    for (claims, expected) in [
        (json!({"exp": now() + 60, "nbf": now() - 1}), Ok(())),
        (json!({"exp": now() - 1}), invalid("the token has expired")),
        (json!({"exp": 0}), invalid("the token has expired")),
        (json!({"nbf": now() + 60}), invalid("the token is not valid yet")),
        (json!({"exp": "never"}), Ok(())),
        (json!({"exp": null, "nbf": "never"}), Ok(())),
    ] {
        assert_eq!(acme.select(claims.clone()), expected, "{claims}");
    }
}

#[test]
fn only_a_registered_key_and_rs256_are_accepted() {
    let acme = Acme::new();
    let claims = acme.claims(json!({}));
    let refused = unauthorized("invalid JWT token: can't be decoded with any of the existing keys");
    for (signature, expected) in [
        (Signature::Current, Ok(())),
        (Signature::WithoutKeyId, Ok(())),
        (Signature::Forged, refused.clone()),
        (Signature::Ps256, refused.clone()),
        (Signature::Es256, refused.clone()),
        (Signature::Hs256WithPublicKey, refused.clone()),
        (Signature::Unsigned, refused.clone()),
    ] {
        let token = acme.provider.keys().sign_as(signature.clone(), &claims).unwrap();
        assert_eq!(acme.execute(&token, "SELECT 1"), expected, "{signature:?}");
    }
    let token = acme.token(&claims);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let wider = acme.token(&json!({"a": "rw"}));
    let (wider, _) = wider.rsplit_once('.').unwrap();
    assert_eq!(acme.execute(&format!("{wider}.{signature}"), "SELECT 1"), refused);
    assert_eq!(acme.execute(&format!("{signed}."), "SELECT 1"), refused);
    let stranger = IdentityProvider::start(&CertificateAuthority::new().unwrap()).unwrap();
    assert_eq!(acme.execute(&stranger.keys().sign(&claims), "SELECT 1"), refused);
}

#[test]
fn errors_of_the_token_are_those_of_turso() {
    let acme = Acme::new();
    let body = json!({"baton": null, "requests": []});
    for (token, status, error) in [
        (None, 401, "Unauthorized: `unauthorized access attempt on database: empty JWT token`"),
        (Some("nonsense"), 400, "JWT error: InvalidToken"),
        (Some("=.e30.e30"), 400, "JWT error: Base64 error: Invalid symbol 61, offset 0"),
    ] {
        let (got, body) = acme.post("/v3/pipeline", token, &body);
        assert_eq!((got, body), (status, json!({"error": error}).to_string()));
        assert_eq!(acme.last_access().refused.as_deref(), Some(error));
    }
}

#[test]
fn keys_are_fetched_once_and_again_for_an_unknown_kid() {
    let acme = Acme::new();
    let old = acme.full_token();
    assert_eq!(acme.emulator.jwks_fetches(), []);
    assert_eq!(acme.execute(&old, "SELECT 1"), Ok(()));
    assert_eq!(acme.execute(&old, "SELECT 1"), Ok(()));
    assert_eq!(acme.provider.jwks().requests(), 1);
    acme.provider.keys().rotate(OldKeys::Drop).unwrap();
    assert_eq!(acme.execute(&old, "SELECT 1"), Ok(()), "nobody has asked for the keys again");
    assert_eq!(acme.select(json!({})), Ok(()));
    assert_eq!(acme.provider.jwks().requests(), 2);
    assert!(acme.execute(&old, "SELECT 1").unwrap_err().contains("existing keys"));
    let fetch = JwksFetch { url: acme.provider.jwks_url(), error: None };
    assert_eq!(acme.emulator.jwks_fetches(), vec![fetch; 3]);
}

#[test]
fn a_key_goes_with_its_endpoint() {
    let acme = Acme::new();
    assert_eq!(acme.select(json!({})), Ok(()));
    acme.emulator.remove_endpoint("acme", "idp").unwrap();
    assert!(acme.select(json!({})).unwrap_err().contains("existing keys"));
}

#[test]
fn a_document_that_can_not_be_fetched_is_recorded() {
    let acme = Acme::new();
    acme.emulator.put_endpoint("acme", "idp", "http://127.0.0.1:9/jwks.json").unwrap();
    assert!(acme.select(json!({})).unwrap_err().contains("existing keys"));
    assert!(acme.emulator.jwks_fetches()[0].error.is_some());
}

#[test]
fn a_stream_carries_a_transaction_from_request_to_request() {
    let acme = Acme::new();
    let token = acme.full_token();
    let requests =
        json!([execution("BEGIN"), execution("INSERT INTO u VALUES (7)"), {"type": "get_autocommit"}]);
    let (status, first) = acme.pipeline(&token, &Value::Null, requests);
    assert_eq!((status, &first["results"][2]["response"]["is_autocommit"]), (200, &json!(false)));
    assert_eq!(acme.rows(), [] as [Vec<Value>; 0]);
    let requests = json!([execution("COMMIT"), {"type": "close"}, execution("SELECT 1")]);
    let (status, second) = acme.pipeline(&token, &first["baton"], requests);
    assert_eq!((status, &second["baton"]), (200, &Value::Null));
    assert_eq!(second["results"][2]["error"]["code"], "STREAM_CLOSED");
    assert_eq!(acme.rows(), [[json!(7)]]);
    let (status, third) = acme.pipeline(&token, &first["baton"], json!([]));
    assert_eq!((status, &third["code"]), (400, &json!("STREAM_EXPIRED")), "a baton works once");
}

#[test]
fn an_abandoned_stream_expires_and_loses_what_it_had_not_committed() {
    let acme = Acme::with(Settings { stream_idle: Duration::from_millis(50), ..Settings::default() });
    let token = acme.full_token();
    let sequence = json!({"type": "sequence", "sql": "BEGIN IMMEDIATE; INSERT INTO u VALUES (7)"});
    let (_, answer) = acme.pipeline(&token, &Value::Null, json!([sequence]));
    std::thread::sleep(Duration::from_millis(60));
    assert_eq!(acme.execute(&token, "INSERT INTO u VALUES (8)"), Ok(()));
    assert_eq!(acme.pipeline(&token, &answer["baton"], json!([])).0, 400);
    assert_eq!(acme.rows(), [[json!(8)]]);
}

#[test]
fn a_stream_obeys_the_token_of_each_request() {
    let acme = Acme::new();
    let weak = acme.token(&acme.claims(json!({"a": "ro"})));
    let deletion = json!([execution("DELETE FROM t")]);
    let (_, first) = acme.pipeline(&acme.full_token(), &Value::Null, deletion.clone());
    assert_eq!(first["results"][0]["type"], "ok");
    let (_, second) = acme.pipeline(&weak, &first["baton"], deletion);
    assert_eq!(second["results"][0]["error"]["message"], NOT_AUTHORIZED);
}

#[test]
fn a_cursor_gives_its_lines() {
    let acme = Acme::new();
    let token = acme.full_token();
    let steps = json!([
        {"stmt": {"sql": "SELECT a FROM t"}},
        {"stmt": {"sql": "SELECT nothing"}},
        {"stmt": {"sql": "SELECT 1"}, "condition": {"type": "ok", "step": 1}},
    ]);
    let (status, body) =
        acme.post("/v3/cursor", Some(&token), &json!({"baton": null, "batch": {"steps": steps}}));
    assert_eq!(status, 200);
    let lines: Vec<Value> = body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines[0]["baton"].is_string());
    assert_eq!(lines[1], json!({"type": "step_begin", "step": 0, "cols": [{"name": "a", "decltype": null}]}));
    assert_eq!(lines[2], json!({"type": "row", "row": [{"type": "integer", "value": "1"}]}));
    assert_eq!(lines[3], json!({"type": "step_end", "affected_row_count": 0, "last_insert_rowid": "0"}));
    assert_eq!((&lines[4]["type"], &lines[4]["step"]), (&json!("step_error"), &json!(1)));
    assert_eq!(lines.len(), 5);
}

#[test]
fn what_is_not_known_is_refused() {
    let acme = Acme::new();
    let token = acme.full_token();
    let early = json!({"stmt": {"sql": "SELECT 1"}, "condition": {"type": "ok", "step": 0}});
    for (path, body, status, reason) in [
        ("/v1/execute", json!({}), 404, "not known here"),
        ("/v3-protobuf/pipeline", json!({}), 404, "not known here"),
        ("/v3/pipeline", json!({"baton": null}), 400, "missing field `requests`"),
        ("/v3/pipeline", json!({"requests": [], "x": 1}), 400, "unknown field `x`"),
        ("/v3/pipeline", json!({"requests": [{"type": "drop"}]}), 400, "unknown variant `drop`"),
        ("/v3/cursor", json!({"batch": {"steps": [early]}}), 400, "not before its own"),
    ] {
        let (got, text) = acme.post(path, Some(&token), &body);
        assert_eq!(got, status, "{path} {body}");
        assert!(text.contains(reason), "{path} {body}: {text}");
    }
}

#[test]
fn a_401_has_no_cors_header_and_other_answers_have() {
    let acme = Acme::new();
    let url = acme.emulator.database("acme", "app").unwrap().url;
    let has = |response: reqwest::blocking::Response| {
        (response.status().as_u16(), response.headers().contains_key("access-control-allow-origin"))
    };
    assert_eq!(has(acme.http.get(format!("{url}/v3")).send().unwrap()), (200, true));
    assert_eq!(has(acme.http.get(format!("{url}/v2")).send().unwrap()), (200, true));
    assert_eq!(has(acme.http.post(format!("{url}/v2/pipeline")).send().unwrap()), (401, false));
}

#[test]
fn statements_are_recorded_with_what_was_denied() {
    let acme = Acme::new();
    let token = acme.token(&acme.claims(json!({"perm": [{"t": null, "a": ["data_read"]}]})));
    acme.execute(&token, "DELETE FROM t").unwrap_err();
    let access = acme.last_access();
    assert_eq!((access.organization.as_str(), access.database.as_str()), ("acme", "app"));
    assert_eq!(access.statements[0].sql, "DELETE FROM t");
    assert_eq!(access.statements[0].denied.as_deref(), Some("data_delete on t"));
    assert_eq!(access.statements[0].error.as_deref(), Some(NOT_AUTHORIZED));
}

#[test]
fn the_databases_of_a_removed_organization_are_gone() {
    let acme = Acme::new();
    let token = acme.full_token();
    let url = acme.emulator.database("acme", "app").unwrap().url;
    acme.execute(&token, "SELECT 1").unwrap();
    acme.emulator.remove_organization("acme").unwrap();
    let fresh = reqwest::blocking::Client::new();
    assert!(fresh.get(format!("{url}/v2")).send().is_err());
    assert!(acme.emulator.execute_sql("acme", "app", "SELECT 1").is_err());
}
