//! The bodies of requests and answers. Nothing of this leaves the client.
//!
//! Requests are written byte for byte as Turso's CLI (v1.0.29) writes them: fields in its order, null where a value
//! is not given, a line feed at the end.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::Value;

use claims::{Action, Rule, Tables, Target, TemplateRequest};
use strict_json::JsonError;

/// The body that saves a JWKS endpoint. `region` is a hidden flag of the CLI, sent always and empty by default.
pub(super) fn save(url: &str, region: &str) -> Vec<u8> {
    #[derive(Serialize)]
    struct Save<'a> {
        jwks_url: &'a str,
        region: &'a str,
    }
    line(&Save { jwks_url: url, region })
}

/// The body that deletes a JWKS endpoint.
pub(super) fn delete(region: &str) -> Vec<u8> {
    #[derive(Serialize)]
    struct Delete<'a> {
        region: &'a str,
    }
    line(&Delete { region })
}

/// The body that asks for a JWT template.
pub(super) fn template(request: &TemplateRequest) -> Vec<u8> {
    #[derive(Serialize)]
    struct Template<'a> {
        database: Option<&'a str>,
        group: Option<&'a str>,
        scope: &'a str,
        permissions: Vec<Permission<'a>>,
    }
    let (database, group) = match request.target() {
        Target::Database(name) => (Some(name.as_str()), None),
        Target::Group(name) => (None, Some(name.as_str())),
    };
    let permissions = request.permissions().iter().map(Permission::of).collect();
    line(&Template { database, group, scope: request.scope().as_str(), permissions })
}

#[derive(Serialize)]
struct Permission<'a> {
    t: Option<Vec<&'a str>>,
    a: Vec<&'a str>,
}

impl<'a> Permission<'a> {
    fn of(rule: &'a Rule) -> Self {
        let t = match rule.tables() {
            Tables::All => None,
            Tables::Named(names) => Some(names.iter().map(|name| name.as_str()).collect()),
        };
        Self { t, a: rule.actions().iter().copied().map(Action::as_str).collect() }
    }
}

/// The answer that lists JWKS endpoints.
#[derive(Deserialize)]
pub(super) struct Endpoints {
    #[serde(deserialize_with = "null_as_empty")]
    pub(super) jwks: Vec<Endpoint>,
}

/// One of them.
#[derive(Deserialize)]
pub(super) struct Endpoint {
    #[serde(deserialize_with = "bounded")]
    pub(super) jwks_name: String,
    #[serde(deserialize_with = "bounded")]
    pub(super) jwks_url: String,
}

/// The answer that lists organizations.
#[derive(Deserialize)]
pub(super) struct Organizations {
    pub(super) organizations: Vec<Organization>,
}

/// One of them.
#[derive(Deserialize)]
pub(super) struct Organization {
    #[serde(deserialize_with = "bounded")]
    pub(super) slug: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
}

/// The answer that holds a JWT template.
#[derive(Deserialize)]
pub(super) struct TemplateAnswer {
    pub(super) template: Value,
}

/// An answer that lists databases.
#[derive(Deserialize)]
pub(super) struct Databases {
    #[serde(deserialize_with = "null_as_empty")]
    pub(super) databases: Vec<Database>,
    pub(super) pagination: Option<Pagination>,
}

/// An answer about one database.
#[derive(Deserialize)]
pub(super) struct OneDatabase {
    pub(super) database: Database,
}

/// A database. The API writes its own fields with capitals.
#[derive(Deserialize)]
pub(super) struct Database {
    #[serde(rename = "Name", deserialize_with = "not_empty")]
    pub(super) name: String,
    #[serde(rename = "DbId", deserialize_with = "not_empty")]
    pub(super) id: String,
    #[serde(rename = "Hostname", deserialize_with = "not_empty")]
    pub(super) hostname: String,
    #[serde(deserialize_with = "bounded")]
    pub(super) group: String,
}

/// An answer that lists groups.
#[derive(Deserialize)]
pub(super) struct Groups {
    #[serde(deserialize_with = "null_as_empty")]
    pub(super) groups: Vec<Group>,
    pub(super) pagination: Option<Pagination>,
}

/// An answer about one group.
#[derive(Deserialize)]
pub(super) struct OneGroup {
    pub(super) group: Group,
}

/// A group.
#[derive(Deserialize)]
pub(super) struct Group {
    #[serde(deserialize_with = "not_empty")]
    pub(super) name: String,
    #[serde(rename = "uuid", deserialize_with = "not_empty")]
    pub(super) id: String,
}

/// What follows a page. Turso's CLI reads it; the description of the API has none.
#[derive(Deserialize)]
pub(super) struct Pagination {
    pub(super) next: Option<String>,
}

/// A page of a list.
pub(super) struct Page<T> {
    pub(super) entries: Vec<T>,
    /// The cursor of the next page; none where this is the last.
    pub(super) next: Option<String>,
}

impl<T> Page<T> {
    pub(super) fn new(entries: impl Iterator<Item = T>, pagination: Option<Pagination>) -> Self {
        let next = pagination.and_then(|pagination| pagination.next);
        Self { entries: entries.collect(), next: next.filter(|cursor| !cursor.is_empty()) }
    }
}

/// Reads an answer of success.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    // Two walks through the text, and no tree of values between: that would be many times as large as what is kept.
    strict_json::check(body).map_err(|error| match error {
        // What a gzip file begins with (RFC 1952, section 2.3.1).
        _ if body.starts_with(b"\x1f\x8b") => {
            "the answer is compressed, though nobody asked for that".to_owned()
        }
        JsonError::NotJson(error) => format!("the answer is not JSON: {error}"),
        error => format!("the answer can't be judged: {error}"),
    })?;
    // serde would also read an array as a struct, and `[null]` is no proof that a list is empty.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err("the answer is not a JSON object".to_owned());
    }
    serde_json::from_slice(body).map_err(|error| format!("the answer has an unknown form: {error}"))
}

/// What the server says in its own form of an error, `{"error": …}`: a string, or some other JSON as text.
pub(super) fn error_message(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    match value.get("error")? {
        Value::Null => None,
        Value::String(message) => Some(message.clone()),
        other => Some(other.to_string()),
    }
}

/// Go writes a list that was never filled as null, and reads null as an empty list. An absent list is neither.
fn null_as_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// In bytes. Nothing that Turso names is longer, and what names something goes into states and onto screens.
const LONGEST_NAME: usize = 4096;

/// A text of a length that a name or a URL may have.
fn bounded<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.len() > LONGEST_NAME {
        return Err(D::Error::custom(format_args!(
            "a name, an ID or a URL is longer than {LONGEST_NAME} bytes"
        )));
    }
    Ok(text)
}

/// A text that names something.
fn not_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = bounded(deserializer)?;
    if text.is_empty() { Err(D::Error::custom("a name or an ID is empty")) } else { Ok(text) }
}

fn line(body: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(body).expect("structs of strings always serialize");
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use claims::Scope;

    fn text(body: Vec<u8>) -> String {
        String::from_utf8(body).unwrap()
    }

    #[test]
    fn bodies_are_those_of_the_cli() {
        assert_eq!(
            text(save("https://a.example/jwks", "")),
            "{\"jwks_url\":\"https://a.example/jwks\",\"region\":\"\"}\n"
        );
        assert_eq!(text(delete("")), "{\"region\":\"\"}\n");

        let permissions =
            ["all:data_read", "comments:data_add,data_update"].map(|rule| rule.parse().unwrap());
        let database = Target::Database("app".parse().unwrap());
        let request = TemplateRequest::limited(database, Scope::FullAccess, permissions.to_vec()).unwrap();
        assert_eq!(
            text(template(&request)),
            "{\"database\":\"app\",\"group\":null,\"scope\":\"full-access\",\"permissions\":\
             [{\"t\":null,\"a\":[\"data_read\"]},{\"t\":[\"comments\"],\"a\":[\"data_add\",\"data_update\"]}]}\n"
        );

        let group = Target::Group("default".parse().unwrap());
        let request = TemplateRequest::unlimited(group, Scope::ReadOnly);
        assert_eq!(
            text(template(&request)),
            "{\"database\":null,\"group\":\"default\",\"scope\":\"read-only\",\"permissions\":[]}\n"
        );
    }

    #[test]
    fn a_list_is_empty_only_where_the_answer_says_so() {
        let length = |json: &str| parse::<Endpoints>(json.as_bytes()).map(|answer| answer.jwks.len()).ok();
        for (json, expected) in [
            (r#"{"jwks":[]}"#, Some(0)),
            (r#"{"jwks":null}"#, Some(0)),
            (r#"{"jwks":[{"jwks_name":"a","jwks_url":"u","new":1}],"more":{}}"#, Some(1)),
            ("{}", None),
            ("", None),
            ("null", None),
            ("[]", None),
            ("[null]", None),
            ("[[]]", None),
            (r#"{"jwks":{}}"#, None),
            (r#"{"jwks":[null]}"#, None),
            (r#"{"jwks":[{"jwks_name":"a"}]}"#, None),
            ("<html>", None),
            (r#"{"jwks":[],"jwks":[{"jwks_name":"a","jwks_url":"u"}]}"#, None),
        ] {
            assert_eq!(length(json), expected, "{json}");
        }
    }

    #[test]
    fn an_answer_that_is_compressed_is_called_so() {
        let problem = parse::<Endpoints>(b"\x1f\x8b\x08\0\0").err();
        assert_eq!(problem.as_deref(), Some("the answer is compressed, though nobody asked for that"));
    }

    #[test]
    fn a_name_of_no_length_that_a_name_has_is_refused() {
        let long = "x".repeat(LONGEST_NAME + 1);
        for answer in [
            parse::<Endpoints>(format!(r#"{{"jwks":[{{"jwks_name":"{long}","jwks_url":""}}]}}"#).as_bytes())
                .err(),
            parse::<Endpoints>(format!(r#"{{"jwks":[{{"jwks_name":"","jwks_url":"{long}"}}]}}"#).as_bytes())
                .err(),
            parse::<OneGroup>(format!(r#"{{"group":{{"name":"{long}","uuid":"u"}}}}"#).as_bytes()).err(),
        ] {
            let problem = answer.expect("it is refused");
            assert!(problem.contains("longer than 4096 bytes") && problem.len() < 200, "{problem}");
        }
    }

    #[test]
    fn the_message_of_an_error_is_found_in_any_json() {
        for (body, expected) in [
            (r#"{"error":"group not found"}"#, Some("group not found")),
            (r#"{"error":{"code":7},"code":"x"}"#, Some(r#"{"code":7}"#)),
            (r#"{"error":null}"#, None),
            (r#"{"message":"x"}"#, None),
            (r#""error""#, None),
            ("404 page not found", None),
        ] {
            assert_eq!(error_message(body.as_bytes()).as_deref(), expected, "{body}");
        }
    }
}
