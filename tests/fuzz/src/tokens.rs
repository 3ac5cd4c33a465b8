//! What a token may do: permissions, templates, tokens, and where Clerk's keys are.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use claims::{
    DecodedToken, Reach, Rule, Scope, Tables, Target, Template, TemplateError, TemplateRequest, clerk,
};
use serde_json::{Map, Value};
use url::Url;

use super::{assert_readable, split};

/// A permission. What is accepted is written as it is read, and what is suggested is accepted.
pub fn permission(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match text.parse::<Rule>() {
        Ok(rule) => assert_eq!(rule.to_string().parse(), Ok(rule)),
        Err(error) => {
            assert_readable(&error.to_string());
            for suggestion in error.suggestions {
                let rule: Rule = suggestion.parse().expect("a suggestion is a permission");
                assert_eq!(rule.to_string(), suggestion);
            }
        }
    }
}

/// A scope, permissions, each on a line of its own, an empty line, and what was answered. Claims that are accepted allow
/// no more than was asked for.
pub fn template(bytes: &[u8]) {
    let Some((asked, answer)) = split(bytes, b"\n\n") else { return };
    let mut asked = asked.lines();
    let Some(scope) = asked.next().and_then(|word| word.parse::<Scope>().ok()) else { return };
    let Ok(rules) = asked.map(str::parse).collect::<Result<Vec<Rule>, _>>() else { return };
    let target = Target::Database("app".parse().expect("this is a name"));
    let request = match rules.as_slice() {
        [] => TemplateRequest::unlimited(target, scope),
        rules => match TemplateRequest::limited(target, scope, rules.to_vec()) {
            Ok(request) => request,
            Err(error) => return assert_readable(&error.to_string()),
        },
    };
    if let Ok(text) = std::str::from_utf8(answer) {
        match Template::parse(text) {
            Ok(template) => assert_parses_to_itself(&template),
            Err(error) => assert_readable(&error.to_string()),
        }
    }
    let Ok(answer) = strict_json::parse(answer) else { return };
    match Template::check(&request, answer) {
        Ok(template) => {
            assert_limited(template.claims(), scope, &rules);
            assert_parses_to_itself(&template);
        }
        Err(error) => assert_readable(&error.to_string()),
    }
}

/// A JWT, or the JSON of its header and its claims with a line break between them. What is told of a token does not
/// repeat it, and no limit is told that its claims don't have.
pub fn jwt(bytes: &[u8]) {
    let encoded = split(bytes, b"\n").map(|(header, claims)| {
        [header.as_bytes(), claims, b"signature"].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part)).join(".")
    });
    let Some(jwt) = encoded.or_else(|| String::from_utf8(bytes.to_vec()).ok()) else { return };
    let token = match DecodedToken::of(&jwt) {
        Ok(token) => token,
        Err(error) => return assert_readable(&error.to_string()),
    };
    let summary = token.summary();
    assert!(excerpt::is_plain(&summary, 20_000), "{summary:?}");
    let payload = jwt.split('.').nth(1).expect("a JWT has claims");
    assert!(payload.len() < 20 || !summary.contains(payload), "{summary}");
    if let Reach::Limited(template) = &token.reach {
        let claims = BASE64_URL_SAFE_NO_PAD.decode(payload).expect("it was read");
        let claims: Map<String, Value> = serde_json::from_slice(&claims).expect("it was read");
        assert_limited(&claims, template.access(), template.rules());
        assert_eq!(in_order(&template.claims()["perm"]), in_order(&claims["perm"]));
        assert_parses_to_itself(template);
    }
}

/// Permissions with their tables and actions in one order: both are sets.
fn in_order(permissions: &Value) -> Value {
    match permissions {
        Value::Array(values) => {
            let mut values: Vec<_> = values.iter().map(in_order).collect();
            values.sort_by_key(Value::to_string);
            values.dedup();
            Value::Array(values)
        }
        Value::Object(claims) => claims.iter().map(|(name, value)| (name.clone(), in_order(value))).collect(),
        other => other.clone(),
    }
}

/// A publishable key of Clerk. What comes of it is a URL of its host alone, and an error does not repeat it.
pub fn publishable_key(bytes: &[u8]) {
    let Ok(key) = std::str::from_utf8(bytes) else { return };
    match clerk::jwks_url(key) {
        Ok(text) => {
            let url = Url::parse(&text).expect("it is a URL");
            let host = url.host_str().expect("it has a host");
            assert_eq!(text, format!("https://{host}/.well-known/jwks.json"));
        }
        Err(error) => {
            let message = error.to_string();
            assert_readable(&message);
            let is_of_a_form_that_keys_have = key.len() > 12
                && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_=".contains(&byte));
            assert!(!is_of_a_form_that_keys_have || !message.contains(key), "{message}");
        }
    }
}

/// By another reading than that of the crate.
#[track_caller]
fn assert_limited(claims: &Map<String, Value>, scope: Scope, rules: &[Rule]) {
    assert_eq!(claims["a"], scope.claim());
    assert!(claims.contains_key("id") != claims.contains_key("gid"));
    for name in claims.keys() {
        let known = ["a", "gid", "id", "perm"].contains(&name.as_str());
        assert!(known || !["a", "gid", "id", "p", "perm"].contains(&&*name.to_ascii_lowercase()), "{name:?}");
    }
    let limits = claims["perm"].as_array().expect("an array");
    assert_eq!(limits.is_empty(), rules.is_empty());
    for limit in limits {
        assert_eq!(
            limit.as_object().expect("an object").keys().find(|name| !["a", "t"].contains(&name.as_str())),
            None
        );
        let actions = limit["a"].as_array().expect("an array");
        let tables = match limit.get("t") {
            None | Some(Value::Null) => vec![None],
            Some(tables) => tables.as_array().expect("an array").iter().map(Value::as_str).collect(),
        };
        assert!(!actions.is_empty() && !tables.is_empty());
        for action in actions {
            assert!(scope == Scope::FullAccess || action == "data_read");
            for table in &tables {
                assert!(rules.iter().any(|rule| allows(rule, *table, action)), "{table:?} {action}");
            }
        }
    }
}

/// Whether a rule is about a table, or about all of them, and has the action.
fn allows(rule: &Rule, table: Option<&str>, action: &Value) -> bool {
    let is_about = match (rule.tables(), table) {
        (Tables::All, _) => true,
        (Tables::Named(names), Some(table)) => names.iter().any(|name| name.as_str() == table),
        (Tables::Named(_), None) => false,
    };
    is_about && rule.actions().iter().any(|allowed| action == allowed.as_str())
}

#[track_caller]
fn assert_parses_to_itself(template: &Template) {
    match Template::parse(&template.to_canonical_json()) {
        Ok(again) => assert_eq!(&again, template),
        Err(TemplateError::Foreign { claim }) => assert!(template.claims().contains_key(&claim)),
        Err(error) => panic!("claims that were accepted are refused: {error}"),
    }
    assert!(excerpt::is_plain(&template.summary(), 20_000), "{:?}", template.summary());
    if let Ok(claims) = clerk::claims(template, &[]) {
        assert_eq!(claims, template.to_canonical_json());
    }
}
