//! The Platform API over real sockets. Requests are written to the byte, so that no HTTP client corrects them.

mod turso_cli;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    ApiToken, Call, Effect, EmptyList, Emulator, Fault, GetBody, OrganizationKind, Settings, TemplateMethod,
};

const ID: &str = "33057661-0000-4000-8000-000000000001";
const GID: &str = "5e1f0000-0000-4000-8000-000000000002";
const RID: &str = "b2043790-0000-4000-8000-000000000003";

fn emulator() -> Emulator {
    let emulator = Emulator::start(Settings::default()).unwrap();
    emulator.add_organization("acme", OrganizationKind::Team);
    emulator.add_token(ApiToken::owner("secret"));
    emulator.add_database("acme", "app", "default").unwrap();
    emulator.set_database_ids("acme", "app", uuid(ID), uuid(RID)).unwrap();
    emulator.set_group_ids("acme", "default", uuid(GID), uuid(RID)).unwrap();
    emulator
}

fn uuid(text: &str) -> Uuid {
    text.parse().unwrap()
}

/// What came back: a status and a body; or nothing at all.
type Reply = Option<(u16, String)>;

/// Sends a request as Turso's CLI does: bearer token, and a JSON content type even without a body.
fn send(emulator: &Emulator, line: &str, body: &str) -> Reply {
    let headers = "Authorization: Bearer secret\r\nContent-Type: application/json\r\nTursoCliVersion: v1.0.29\r\n\
                   User-Agent: turso-cli/1.0.29 (linux/amd64)\r\n";
    send_with(emulator, line, headers, body)
}

fn send_with(emulator: &Emulator, line: &str, headers: &str, body: &str) -> Reply {
    let mut connection = TcpStream::connect(emulator.base_url().trim_start_matches("http://")).unwrap();
    let length = match body.len() {
        0 => String::new(),
        length => format!("Content-Length: {length}\r\n"),
    };
    write!(connection, "{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}{length}\r\n{body}")
        .unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Some((status, body.to_owned()))
}

fn answered(status: u16, body: Value) -> Reply {
    Some((status, body.to_string()))
}

fn error(status: u16, text: &str) -> Reply {
    answered(status, json!({ "error": text }))
}

fn save(emulator: &Emulator, name: &str) -> Reply {
    let line = format!("PUT /v2/organizations/acme/jwks/{name}");
    send(emulator, &line, "{\"jwks_url\":\"https://x/jwks.json\",\"region\":\"\"}\n")
}

fn remove(emulator: &Emulator, name: &str) -> Reply {
    send(emulator, &format!("DELETE /v2/organizations/acme/jwks/{name}"), r#"{"region":""}"#)
}

fn list(emulator: &Emulator) -> Reply {
    send(emulator, "GET /v2/organizations/acme/jwks", "")
}

fn names(emulator: &Emulator) -> Vec<String> {
    emulator.endpoints("acme").unwrap().into_iter().map(|endpoint| endpoint.name).collect()
}

const TEMPLATE: &str = "/v2/organizations/acme/jwks-template";
const ASK: &str = "{\"database\":\"app\",\"group\":null,\"scope\":\"full-access\",\"permissions\":[]}\n";

#[test]
fn the_bytes_of_the_cli_save_list_and_remove_an_endpoint() {
    let emulator = emulator();
    let saved = send(
        &emulator,
        "PUT /v2/organizations/acme/jwks/clerk",
        "{\"jwks_url\":\"https://clerk.example/.well-known/jwks.json\",\"region\":\"\"}\n",
    );
    assert_eq!(saved, Some((200, "{}".to_owned())));
    let endpoint = json!({"jwks_name": "clerk", "jwks_url": "https://clerk.example/.well-known/jwks.json"});
    assert_eq!(list(&emulator), answered(200, json!({ "jwks": [endpoint] })));
    assert_eq!(remove(&emulator, "clerk"), Some((200, "{}".to_owned())));
    assert_eq!(list(&emulator), answered(200, json!({ "jwks": [] })));
    assert!(emulator.refusals().is_empty());
}

#[test]
fn the_bytes_of_the_cli_give_the_templates_seen_at_turso() {
    let emulator = emulator();
    let by_group = "{\"database\":null,\"group\":\"default\",\"scope\":\"read-only\",\"permissions\":[{\"t\":null,\"a\":[\"data_read\"]},{\"t\":[\"submit\"],\"a\":[\"data_add\"]}]}\n";
    let line = format!("POST {TEMPLATE}");
    let of_a_database = format!(r#"{{"template":{{"a":"rw","id":"{ID}","perm":[],"rid":"{RID}"}}}}"#);
    assert_eq!(send(&emulator, &line, ASK), Some((200, of_a_database)));
    let of_a_group = format!(
        r#"{{"template":{{"a":"ro","gid":"{GID}","perm":[{{"t":null,"a":["data_read"]}},{{"t":["submit"],"a":["data_add"]}}],"rid":"{RID}"}}}}"#
    );
    assert_eq!(send(&emulator, &line, by_group), Some((200, of_a_group)));
}

#[test]
fn a_template_is_served_by_the_methods_chosen() {
    for (mode, refused, get, post) in [
        (TemplateMethod::Post, 405, 405, 200),
        (TemplateMethod::Get, 405, 200, 405),
        (TemplateMethod::Get, 404, 200, 404),
        (TemplateMethod::Both, 405, 200, 200),
    ] {
        let emulator = emulator();
        emulator.change_behaviour(|behaviour| {
            behaviour.template_method = mode;
            behaviour.template_method_refused = refused;
        });
        assert_eq!(send(&emulator, &format!("GET {TEMPLATE}"), ASK).unwrap().0, get, "{mode:?}");
        assert_eq!(send(&emulator, &format!("POST {TEMPLATE}"), ASK).unwrap().0, post, "{mode:?}");
        assert!(emulator.refusals().is_empty());
    }
}

#[test]
fn a_dropped_get_body_is_refused_or_gives_wide_claims() {
    for (get_body, expected) in [
        (GetBody::DroppedAndRefused, error(400, "Either database or group must be specified")),
        (GetBody::DroppedAndWide, answered(200, json!({"template": {"a": "rw", "perm": []}}))),
    ] {
        let emulator = emulator();
        emulator.change_behaviour(|behaviour| {
            behaviour.template_method = TemplateMethod::Get;
            behaviour.get_body = get_body;
        });
        assert_eq!(send(&emulator, &format!("GET {TEMPLATE}"), ASK), expected);
    }
}

#[test]
fn a_template_that_makes_no_sense_is_refused() {
    let emulator = emulator();
    let permission = |tables: Value, actions: Value| json!({"permissions": [{"t": tables, "a": actions}]});
    for (changes, status, text) in [
        (json!({"database": null, "group": null}), 400, "Either database or group must be specified"),
        (
            json!({"database": "app", "group": "default"}),
            400,
            "Only one of database and group can be specified",
        ),
        (json!({"database": "x"}), 404, "could not find database with name [x]: record not found"),
        (json!({"database": null, "group": "x"}), 404, "group not found"),
        (json!({"scope": "all"}), 400, "invalid scope: all"),
        (permission(json!(null), json!(["data_insert"])), 400, "invalid permission action: data_insert"),
        (permission(json!(["t"]), json!([""])), 400, "invalid permission action: "),
        (permission(json!(["t"]), json!([])), 400, "invalid permission action: "),
        (permission(json!([]), json!(["data_read"])), 400, "invalid permission: no table"),
        (permission(json!([""]), json!(["data_read"])), 400, "invalid permission: no table"),
    ] {
        let mut asked: Value = serde_json::from_str(ASK).unwrap();
        asked.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let reply = send(&emulator, &format!("POST {TEMPLATE}"), &asked.to_string());
        assert_eq!(reply, error(status, text), "{changes}");
    }
    assert!(emulator.refusals().is_empty());
}

#[test]
fn a_name_of_any_characters_is_saved_listed_and_removed() {
    for (encoded, name) in [
        ("Clerk%20Production", "Clerk Production"),
        ("a%2Fb", "a/b"),
        ("100%25", "100%"),
        ("%252F", "%2F"),
        ("what%3F%23", "what?#"),
        ("sp%C3%A4t", "spät"),
        ("a+b", "a+b"),
    ] {
        let emulator = emulator();
        assert_eq!(save(&emulator, encoded).unwrap().0, 200, "{name}");
        assert_eq!(names(&emulator), [name]);
        let request = emulator.requests().remove(0).request;
        assert_eq!(request.path, format!("/v2/organizations/acme/jwks/{encoded}"));
        assert_eq!(request.segments().unwrap()[4], name);
        assert_eq!(remove(&emulator, encoded).unwrap().0, 200, "{name}");
        assert_eq!(names(&emulator), [] as [&str; 0]);
    }
}

#[test]
fn the_limit_counts_new_names_and_answers_the_chosen_status() {
    for status in [400, 403, 409, 422] {
        let emulator = emulator();
        emulator.change_behaviour(|behaviour| behaviour.limit_status = status);
        save(&emulator, "a");
        save(&emulator, "b");
        assert_eq!(save(&emulator, "c"), error(status, "jwks count limit(2) exceeded"));
        assert_eq!(save(&emulator, "a").unwrap().0, 200);
    }
}

#[test]
fn a_region_is_recorded_with_the_endpoint() {
    let emulator = emulator();
    let body = r#"{"jwks_url":"https://x","region":"aws-eu-west-1"}"#;
    send(&emulator, "PUT /v2/organizations/acme/jwks/a", body);
    assert_eq!(emulator.endpoints("acme").unwrap()[0].region, "aws-eu-west-1");
}

#[test]
fn removing_an_unknown_name_is_not_found() {
    assert_eq!(remove(&emulator(), "a"), error(404, "jwks not found"));
}

#[test]
fn tokens_and_organizations_are_told_apart() {
    let emulator = emulator();
    emulator.add_token(ApiToken::of_a_database("db"));
    emulator.add_token(ApiToken::owner_of("other", ["umbrella"]));
    emulator.add_token(ApiToken::owner("member").refused_in("acme", 403, "not an owner"));
    for (authorization, expected) in [
        ("", error(401, "Authentication required")),
        ("Authorization: Bearer nobody\r\n", error(401, "Authentication required")),
        ("Authorization: Basic secret\r\n", error(401, "Authentication required")),
        ("Authorization: Bearer db\r\n", error(401, "could not parse jwt id")),
        ("Authorization: Bearer other\r\n", error(404, "organization not found")),
        ("Authorization: Bearer member\r\n", error(403, "not an owner")),
    ] {
        let reply = send_with(&emulator, "GET /v2/organizations/acme/jwks", authorization, "");
        assert_eq!(reply, expected, "{authorization}");
    }
    let missing = send(&emulator, "GET /v2/organizations/nobody/jwks", "");
    assert_eq!(missing, error(404, "organization not found"));
}

#[test]
fn what_the_cli_asks_on_its_way_is_answered() {
    let emulator = emulator();
    assert_eq!(send(&emulator, "GET /v1/auth/validate", ""), answered(200, json!({"exp": -1})));
    let (_, organizations) = send(&emulator, "GET /v2/organizations", "").unwrap();
    let organizations: Value = serde_json::from_str(&organizations).unwrap();
    assert_eq!(organizations["organizations"][0]["slug"], "acme");
    assert_eq!(organizations["organizations"][0]["type"], "team");
    let (_, database) = send(&emulator, "GET /v1/organizations/acme/databases/app", "").unwrap();
    assert_eq!(serde_json::from_str::<Value>(&database).unwrap()["database"]["DbId"], ID);
    let (_, group) = send(&emulator, "GET /v1/organizations/acme/groups/default", "").unwrap();
    assert_eq!(serde_json::from_str::<Value>(&group).unwrap()["group"]["uuid"], GID);
}

#[test]
fn databases_are_listed_page_by_page_and_by_group() {
    let emulator = emulator();
    for (name, group) in [("blog", "default"), ("shop", "eu"), ("wiki", "default")] {
        emulator.add_database("acme", name, group).unwrap();
    }
    emulator.change_behaviour(|behaviour| behaviour.databases_on_a_page = 3);
    let page = |query: &str| {
        let (status, body) =
            send(&emulator, &format!("GET /v1/organizations/acme/databases{query}"), "").unwrap();
        let body: Value = serde_json::from_str(&body).unwrap();
        let name = |database: &Value| database["Name"].as_str().unwrap().to_owned();
        let names: Vec<_> = body["databases"].as_array().into_iter().flatten().map(name).collect();
        (status, names.join(" "), body["pagination"]["next"].clone())
    };
    for (query, names, next) in [
        ("", "app blog shop", json!("shop")),
        ("?cursor=shop", "wiki", Value::Null),
        ("?limit=4", "app blog shop wiki", Value::Null),
        ("?group=default&limit=2", "app blog", json!("blog")),
        ("?group=default&cursor=blog", "wiki", Value::Null),
        ("?group=none", "", Value::Null),
    ] {
        assert_eq!(page(query), (200, names.to_owned(), next), "{query}");
    }
    assert_eq!(page("?cursor=none").0, 400);
}

#[test]
fn a_call_that_is_not_known_is_answered_as_a_test_scripts_it() {
    let emulator = emulator();
    let call = "POST /v1/organizations/acme/groups/eu/auth/tokens";
    emulator.script(call, 200, json!({ "jwt": "x" }));
    let answer = send(&emulator, &format!("{call}?expiration=1d"), "").unwrap();
    assert_eq!(answer, (200, r#"{"jwt":"x"}"#.to_owned()));
    assert_eq!(emulator.refusals(), [] as [&str; 0]);
    emulator.clear_tokens();
    assert_eq!(send(&emulator, call, "").unwrap().0, 401);
}

#[test]
fn what_is_not_known_is_refused_with_its_reason() {
    let emulator = emulator();
    let put = "PUT /v2/organizations/acme/jwks/a";
    for (line, body, status, reason) in [
        ("GET /", "", 404, "there is nothing at this path"),
        ("GET /v1/organizations/acme/jwks", "", 404, "there is nothing at this path"),
        ("GET /v2/organizations//jwks", "", 404, "there is nothing at this path"),
        ("GET /v2/organizations/acme/jwks/", "", 404, "there is nothing at this path"),
        ("PUT /v2/organizations/acme/jwks/a/b", "{}", 404, "there is nothing at this path"),
        ("PUT /v2/organizations/acme/jwks/%zz", "{}", 400, "the path is not percent-encoded UTF-8"),
        ("GET /v2/organizations/acme/jwks?limit=1", "", 400, "this call takes no query"),
        ("GET /v1/organizations/acme/databases?name=a", "", 400, "the parameter \"name\" is not known here"),
        ("GET /v2/organizations/acme/jwks", "{}", 400, "this call takes no body"),
        ("POST /v2/organizations/acme/jwks", "{}", 405, "POST is not known here"),
        ("GET /v2/organizations/acme/jwks/a", "", 405, "GET is not known here"),
        ("DELETE /v2/organizations/acme/jwks/a", "", 400, "this call needs a JSON body"),
        (put, "", 400, "this call needs a JSON body"),
        (put, "url", 400, "the body is not JSON"),
        (put, "[]", 400, "invalid type: sequence, expected a map"),
        (put, r#"{"jwks_url":"https://x"}"#, 400, "missing field `region`"),
        (put, r#"{"jwks_url":null,"region":""}"#, 400, "invalid type: null, expected a string"),
        (put, r#"{"url":"x","region":""}"#, 400, "unknown field `url`, expected `jwks_url` or `region`"),
    ] {
        let answer = Some((status, format!("turso-emulator: {reason}\n")));
        assert_eq!(send(&emulator, line, body), answer, "{line} {body}");
        let recorded = emulator.requests().pop().unwrap();
        assert_eq!((recorded.status, recorded.refused.as_deref()), (Some(status), Some(reason)));
    }
    assert_eq!(names(&emulator), [] as [&str; 0]);
}

#[test]
fn a_body_without_its_content_type_is_refused() {
    let emulator = emulator();
    for content_type in ["", "Content-Type: text/plain\r\n"] {
        let headers = format!("Authorization: Bearer secret\r\n{content_type}");
        let line = "PUT /v2/organizations/acme/jwks/a";
        let reply = send_with(&emulator, line, &headers, r#"{"jwks_url":"x","region":""}"#);
        assert_eq!(reply.unwrap().0, 415);
    }
    assert_eq!(names(&emulator), [] as [&str; 0]);
}

#[test]
fn a_list_lags_and_an_empty_one_may_be_null() {
    let emulator = emulator();
    emulator.change_behaviour(|behaviour| {
        behaviour.list_lag = 1;
        behaviour.empty_list = EmptyList::Null;
    });
    save(&emulator, "a");
    assert_eq!(list(&emulator), answered(200, json!({ "jwks": null })));
    assert_eq!(list(&emulator).unwrap().1.matches("jwks_name").count(), 1);
}

#[test]
fn a_request_is_recorded_to_the_byte() {
    let emulator = emulator();
    save(&emulator, "a");
    let recorded = emulator.requests().remove(0);
    assert_eq!(recorded.request.method, "PUT");
    assert_eq!(recorded.request.header("turscliversion"), None);
    assert_eq!(recorded.request.header("tursocliversion"), Some("v1.0.29"));
    assert_eq!(recorded.request.body, b"{\"jwks_url\":\"https://x/jwks.json\",\"region\":\"\"}\n");
    assert_eq!((recorded.status, recorded.refused), (Some(200), None));
    emulator.clear_requests();
    assert_eq!(emulator.requests(), []);
}

#[test]
fn each_fault_has_its_effect() {
    for (effect, reply, saved) in [
        (Effect::error(503, "busy"), error(503, "busy"), false),
        (Effect::Text { status: 502, body: "<html>".into() }, Some((502, "<html>".into())), false),
        (Effect::ProceedThenAnswer { status: 500, body: json!({}) }, answered(500, json!({})), true),
        (Effect::LoseAnswer, None, true),
        (Effect::CutAnswer, Some((200, "{".into())), true),
        (Effect::CloseConnection, None, false),
        (Effect::TooManyRequests { retry_after: "1".into() }, error(429, "too many requests"), false),
    ] {
        let emulator = emulator();
        emulator.inject(Fault::once(Call::Save, effect.clone()));
        assert_eq!(save(&emulator, "a"), reply, "{effect:?}");
        assert_eq!(names(&emulator).len(), usize::from(saved), "{effect:?}");
        assert_eq!(emulator.unused_faults(), []);
        assert_eq!(save(&emulator, "a").unwrap().0, 200);
    }
}

#[test]
fn a_delayed_call_proceeds_afterwards() {
    const PAUSE: Duration = Duration::from_millis(50);
    for effect in [Effect::Delay(PAUSE), Effect::SlowAnswer(PAUSE)] {
        let emulator = emulator();
        emulator.inject(Fault::once(Call::Any, effect));
        let started = Instant::now();
        assert_eq!(save(&emulator, "a"), answered(200, json!({})));
        assert!(started.elapsed() >= PAUSE);
    }
}

#[test]
fn a_template_can_be_replaced() {
    let emulator = emulator();
    emulator.inject(Fault::once(Call::Any, Effect::Template(json!({"perm": null}))));
    assert_eq!(list(&emulator).unwrap().0, 200);
    let reply = send(&emulator, &format!("POST {TEMPLATE}"), ASK);
    assert_eq!(reply, answered(200, json!({"template": {"perm": null}})));
}

#[test]
fn removal_fails_while_over_the_limit_as_it_does_at_turso() {
    let emulator = emulator();
    emulator.inject(Fault::always(Call::Remove, Effect::OverLimit));
    for name in ["a", "b", "c"] {
        emulator.put_endpoint("acme", name, "https://x").unwrap();
    }
    assert_eq!(remove(&emulator, "a"), error(500, "internal server error"));
    emulator.remove_endpoint("acme", "b").unwrap();
    assert_eq!(remove(&emulator, "a").unwrap().0, 200);
}

#[test]
fn a_fault_hides_no_wrong_request() {
    let emulator = emulator();
    emulator.inject(Fault::once(Call::Save, Effect::error(500, "x")));
    assert_eq!(send(&emulator, "PUT /v2/organizations/acme/jwks/a", "{}").unwrap().0, 400);
    assert_eq!(emulator.unused_faults().len(), 1);
}

#[test]
fn it_starts_and_stops_inside_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let address = runtime.block_on(async { emulator().base_url() });
    assert!(TcpStream::connect(address.trim_start_matches("http://")).is_err());
}
