//! Node.js in the place of Auth0: events as its documentation of the two triggers has them, and the run of the code.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// Runs the code for each event, after an Action that set these claims on each token. The outcome is the claims by
/// token, or the denial.
pub(super) fn run(code: &str, events: &[(Value, Value)]) -> Vec<Value> {
    const HARNESS: &str = r"
        const { code, events } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
        const action = {};
        new Function('exports', code)(action);
        const run = action.onExecutePostLogin ?? action.onExecuteCredentialsExchange;
        const outcomeOf = async ([event, earlier]) => {
            const outcome = {};
            const token = (kind) => ({ setCustomClaim: (name, value) => {
                outcome[kind] ??= Object.assign(Object.create(null), earlier);
                outcome[kind][name] = value;
            } });
            const api = {
                access: { deny: (...reason) => { outcome.denied = reason; } },
                accessToken: token('access'),
                idToken: token('id'),
            };
            await run(event, api);
            return outcome;
        };
        Promise.all(events.map(outcomeOf)).then((outcomes) => console.log(JSON.stringify(outcomes)));
    ";
    let node =
        Command::new("node").args(["--eval", HARNESS]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut node = node.unwrap_or_else(|error| {
        panic!("the code of an Action is run in Node.js, and `node` can't be run ({error}): install it")
    });
    let input = json!({"code": code, "events": events}).to_string();
    node.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success(), "{code}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A login in the authorization code flow, with these parts in place of or beside its own.
pub(super) fn login_event(audience: Option<&str>, parts: &[Value]) -> Value {
    let mut event = json!({
        "client": {"client_id": "app", "name": "App", "metadata": {}},
        "connection": {"id": "con_1", "name": "Username-Password-Authentication", "strategy": "auth0", "metadata": {}},
        "request": {"hostname": "acme.eu.auth0.com", "method": "GET", "query": {}, "body": {}, "geoip": {}},
        "session": {"id": "s_1"},
        "stats": {"logins_count": 1},
        "tenant": {"id": "acme"},
        "transaction": {"protocol": "oidc-basic-profile", "requested_scopes": ["openid"], "locale": "en"},
        "user": {"user_id": "auth0|ann", "app_metadata": {}, "user_metadata": {}, "identities": []},
    });
    complete(&mut event, audience, parts);
    event
}

pub(super) fn machine_event(client: &str, audience: Option<&str>, parts: &[Value]) -> Value {
    let mut event = json!({
        "accessToken": {"customClaims": {}, "scope": []},
        "client": {"client_id": client, "name": client, "metadata": {}},
        "request": {"hostname": "acme.eu.auth0.com", "method": "POST", "query": {}, "body": {}, "geoip": {}},
        "tenant": {"id": "acme"},
        "transaction": {"requested_scopes": []},
    });
    complete(&mut event, audience, parts);
    event
}

fn complete(event: &mut Value, audience: Option<&str>, parts: &[Value]) {
    if let Some(audience) = audience {
        event["resource_server"] = json!({"identifier": audience});
    }
    for part in parts {
        for (name, value) in part.as_object().unwrap() {
            match (event[name].as_object_mut(), value) {
                (Some(object), Value::Object(members)) => object.extend(members.clone()),
                _ => event[name] = value.clone(),
            }
        }
    }
}
