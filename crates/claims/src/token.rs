//! What a token would open, told from the token alone. Nothing is verified: no signature, no time, no key.
//!
//! It fails open on paper, so that nobody relies on a limit that may not hold: whatever is not known to limit a token is
//! told as access to the whole organization. Nothing here repeats the token or quotes a claim that it could not judge.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use strict_json::JsonError;
use thiserror::Error;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{TargetId, Template, TemplateError};

/// A JWT (RFC 7519), decoded and judged.
#[derive(Debug)]
pub struct DecodedToken {
    /// What it would open.
    pub reach: Reach,
    /// Until when.
    pub expiry: Expiry,
    /// Its claim `iss`: who says to have issued it. None where that is no text that could be shown.
    pub issuer: Option<String>,
}

/// What a token would open, if Turso trusted its signature.
#[derive(Debug)]
pub enum Reach {
    /// A database or a group, within the limits of these claims.
    Limited(Template),
    /// Nothing: it has the claims of [`Template::no_access`].
    Nothing,
    /// Everything in the organization, as far as anybody knows.
    Organization(Unlimited),
}

/// Why claims are taken for no limit.
#[derive(Debug)]
pub enum Unlimited {
    /// The claims have a key twice.
    Ambiguous,
    /// The claims that limit are missing, malformed or contradict each other.
    Refused(TemplateError),
    /// The claim `id` or `gid` holds no UUID, or the one that stands for none.
    OddId {
        /// Which of the two.
        claim: &'static str,
    },
}

/// Until when a token is good.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Expiry {
    /// Until this time.
    At(OffsetDateTime),
    /// It has no claim `exp`.
    Never,
    /// The claim `exp` is no time.
    Unknown,
}

/// In bytes: several times what servers usually take in a header.
const LONGEST: usize = 64 * 1024;

/// Why a text is no JWT. The message says so of "it".
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum NotAToken {
    /// No text at all.
    #[error("it is empty")]
    Empty,
    /// The header of a request, or a file with its last line break.
    #[error("it has white space in it, which no token has")]
    WhiteSpace,
    /// A JWE.
    #[error("it has five parts, so it is encrypted (JWE), and only its reader sees the claims")]
    Encrypted,
    /// Something opaque.
    #[error("it has {found} where a JWT has three parts with dots between them", found = parts(*.0))]
    Parts(usize),
    /// Longer than what is decoded: what a token says goes into states and onto screens.
    #[error("it is longer than {LONGEST} bytes, and so long a text is not decoded")]
    TooLong,
    /// A part in another alphabet.
    #[error("its {0} is not base64url")]
    NotBase64(&'static str),
    /// A part that holds something else.
    #[error("its {0} is not a JSON object")]
    NotAnObject(&'static str),
}

impl DecodedToken {
    /// Decodes a JWT in its compact form.
    ///
    /// # Errors
    /// What is no JWT.
    pub fn of(jwt: &str) -> Result<Self, NotAToken> {
        if jwt.is_empty() {
            return Err(NotAToken::Empty);
        }
        if jwt.len() > LONGEST {
            return Err(NotAToken::TooLong);
        }
        if jwt.contains(char::is_whitespace) {
            return Err(NotAToken::WhiteSpace);
        }
        let (header, payload, signature) = match *jwt.split('.').collect::<Vec<_>>().as_slice() {
            [header, payload, signature] => (header, payload, signature),
            [_, _, _, _, _] => return Err(NotAToken::Encrypted),
            ref parts => return Err(NotAToken::Parts(parts.len())),
        };
        read_object(header, "header")?;
        decode(signature, "signature")?;
        Ok(match read_object(payload, "payload")? {
            Some(claims) => Self {
                expiry: Expiry::of(&claims),
                issuer: claims
                    .get("iss")
                    .and_then(Value::as_str)
                    .filter(|iss| excerpt::is_plain(iss, 1000))
                    .map(str::to_owned),
                reach: Reach::of(claims),
            },
            None => Self {
                reach: Reach::Organization(Unlimited::Ambiguous),
                expiry: Expiry::Unknown,
                issuer: None,
            },
        })
    }

    /// One line that a person can review: what it would open, and until when.
    pub fn summary(&self) -> String {
        format!("{}; {}", self.reach.summary(), self.expiry.summary())
    }
}

impl Reach {
    /// The word for it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Limited(template) => match template.target_id() {
                TargetId::Database(_) => "database",
                TargetId::Group(_) => "group",
            },
            Self::Nothing => "nothing",
            Self::Organization(_) => "organization",
        }
    }

    /// The claims that limit the token, where any do and it opens something.
    pub fn limits(&self) -> Option<&Template> {
        match self {
            Self::Limited(template) => Some(template),
            Self::Nothing | Self::Organization(_) => None,
        }
    }

    fn of(claims: Map<String, Value>) -> Self {
        let template = match Template::of_token(claims) {
            Ok(template) => template,
            Err(error) => return Self::Organization(Unlimited::Refused(error)),
        };
        let (claim, id) = match template.target_id() {
            TargetId::Database(id) => ("id", id),
            TargetId::Group(id) => ("gid", id),
        };
        if !is_telling_uuid(id) {
            return Self::Organization(Unlimited::OddId { claim });
        }
        if template.is_no_access() { Self::Nothing } else { Self::Limited(template) }
    }

    fn summary(&self) -> String {
        match self {
            Self::Limited(template) => template.summary(),
            Self::Nothing => "nothing".to_owned(),
            Self::Organization(why) => format!("every database of the organization: {}", why.text()),
        }
    }
}

impl Unlimited {
    /// Why, without a word of what the claims hold.
    fn text(&self) -> String {
        match self {
            Self::Ambiguous => {
                "a claim or a key in one is there twice, and which of the two counts depends on who reads it"
                    .to_owned()
            }
            Self::OddId { claim } => {
                format!("the claim `{claim}` holds no UUID of anything, which may be taken for none")
            }
            Self::Refused(TemplateError::Malformed { claim, expected, .. }) => {
                format!("the claim `{claim}` is not {expected}, and a limit that can't be read may be none")
            }
            Self::Refused(error) => error.to_string(),
        }
    }
}

impl Expiry {
    fn of(claims: &Map<String, Value>) -> Self {
        let Some(exp) = claims.get("exp") else { return Self::Never };
        #[expect(clippy::cast_possible_truncation, reason = "`as` saturates, and such a time is refused")]
        let seconds = exp.as_f64().map(|seconds| seconds.floor() as i64);
        let time = seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
        time.map_or(Self::Unknown, Self::At)
    }

    /// The time as RFC 3339 writes it, in UTC, where there is one.
    pub fn time(self) -> Option<String> {
        match self {
            Self::At(time) => time.format(&Rfc3339).ok(),
            Self::Never | Self::Unknown => None,
        }
    }

    fn summary(self) -> String {
        match (self, self.time()) {
            (_, Some(time)) => format!("until {time}"),
            (Self::Never, None) => "never expires".to_owned(),
            (_, None) => "it can't be told until when".to_owned(),
        }
    }
}

/// Whether an ID is a UUID that can be something's: the nil UUID may be read as none.
fn is_telling_uuid(id: &str) -> bool {
    let groups: Vec<_> = id.split('-').map(str::len).collect();
    let is_uuid =
        groups == [8, 4, 4, 4, 12] && id.chars().all(|letter| letter == '-' || letter.is_ascii_hexdigit());
    is_uuid && id.chars().any(|letter| letter != '-' && letter != '0')
}

/// The object that a part of a JWT holds; none where it holds a key twice.
fn read_object(part: &str, name: &'static str) -> Result<Option<Map<String, Value>>, NotAToken> {
    let text = decode(part, name)?;
    match (strict_json::parse(&text), serde_json::from_slice(&text)) {
        (Ok(Value::Object(object)), _) => Ok(Some(object)),
        (Err(JsonError::DuplicateKey { .. }), Ok(Value::Object(_))) => Ok(None),
        _ => Err(NotAToken::NotAnObject(name)),
    }
}

fn decode(part: &str, name: &'static str) -> Result<Vec<u8>, NotAToken> {
    BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| NotAToken::NotBase64(name))
}

fn parts(count: usize) -> String {
    if count == 1 { "one part".to_owned() } else { format!("{count} parts") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Rule;

    const ID: &str = "33057661-2f0c-4d3c-9f0b-0a1b2c3d4e5f";

    fn part(text: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(text)
    }

    fn token(payload: &str) -> String {
        format!("{}.{}.{}", part(r#"{"alg":"RS256","kid":"1"}"#), part(payload), part("signature"))
    }

    /// The word for the reach, and the summary.
    fn told(payload: &str) -> (&'static str, String) {
        let decoded = DecodedToken::of(&token(payload)).unwrap();
        (decoded.reach.as_str(), decoded.summary())
    }

    /// Claims with one of them another, or none.
    fn with(name: &str, value: Option<Value>) -> String {
        let mut claims = json!({"a": "rw", "id": ID, "perm": [{"t": ["comments"], "a": ["data_add"]}]});
        match value {
            Some(value) => claims[name] = value,
            None => drop(claims.as_object_mut().unwrap().remove(name)),
        }
        claims.to_string()
    }

    #[test]
    fn a_token_reaches_what_its_claims_name_and_no_further() {
        let exp = |claims: Value| {
            let mut claims = claims;
            claims["exp"] = json!(1_700_000_000);
            claims["iss"] = json!("https://clerk.example.com");
            claims["sub"] = json!("user_ann");
            claims.to_string()
        };
        for (claims, reach, summary) in [
            (
                exp(json!({"a": "rw", "id": ID, "perm": []})),
                "database",
                "database 33057661…: full access, no limits; until 2023-11-14T22:13:20Z",
            ),
            (
                exp(json!({"a": "ro", "gid": ID, "rid": ID, "perm": [{"t": null, "a": ["data_read"]}]})),
                "group",
                "every database of group 33057661…: read-only; every table: read; until 2023-11-14T22:13:20Z",
            ),
            (
                exp(serde_json::from_str(&Template::no_access().to_canonical_json()).unwrap()),
                "nothing",
                "nothing; until 2023-11-14T22:13:20Z",
            ),
            (
                exp(json!({})),
                "organization",
                "every database of the organization: the claim `id` is missing. Turso reads missing claims as access to \
                 everything: a token without `id` or `gid` opens every database of the organization; until \
                 2023-11-14T22:13:20Z",
            ),
        ] {
            assert_eq!(told(&claims), (reach, summary.to_owned()));
            let decoded = DecodedToken::of(&token(&claims)).unwrap();
            assert_eq!(decoded.issuer.as_deref(), Some("https://clerk.example.com"));
        }
    }

    #[test]
    fn what_is_not_known_to_limit_is_told_as_the_whole_organization() {
        let no_access = Template::no_access().to_canonical_json();
        assert_eq!(told(&with("perm", Some(json!([])))).0, "database");
        for payload in [
            with("p", Some(json!({}))),
            with("p", Some(Value::Null)),
            with("perm", None),
            with("perm", Some(Value::Null)),
            with("perm", Some(json!({}))),
            with("perm", Some(json!([{"t": [], "a": ["data_read"]}]))),
            with("perm", Some(json!([{"t": ["comments"], "a": []}]))),
            with("perm", Some(json!([{"t": ["comments"], "a": ["data_insert"]}]))),
            with("perm", Some(json!([{"t": ["comments"], "a": ["data_read"], "x": 1}]))),
            with("a", None),
            with("a", Some(Value::Null)),
            with("a", Some(json!("admin"))),
            with("a", Some(json!("ro"))),
            with("id", None),
            with("id", Some(Value::Null)),
            with("id", Some(json!("app"))),
            with("id", Some(json!("00000000-0000-0000-0000-000000000000"))),
            with("gid", Some(json!(ID))),
            with("gid", Some(Value::Null)),
            with("Perm", Some(json!([]))),
            format!(r#"{{"id":"{ID}","id":"{ID}","a":"ro","perm":[]}}"#),
            no_access.replace("perm", "prem"),
            no_access.replacen('{', r#"{"p":{},"#, 1),
            no_access.replacen('{', &format!(r#"{{"gid":"{ID}","#), 1),
        ] {
            let (reach, summary) = told(&payload);
            assert_eq!(reach, "organization", "{payload}");
            assert!(summary.starts_with("every database of the organization: "), "{summary}");
        }
    }

    #[test]
    fn nothing_is_told_of_our_own_claims_of_nothing_alone() {
        let no_access = Template::no_access().to_canonical_json();
        assert_eq!(told(&no_access).0, "nothing");
        for other in [
            no_access.replace("sqlite_no_access", "comments"),
            no_access.replace("c7645888", ID.split_once('-').unwrap().0),
            no_access.replace(r#"["data_read"]"#, r#"["data_read","data_add"]"#).replace("ro", "rw"),
            no_access.replacen('{', &format!(r#"{{"rid":"{ID}","#), 1),
        ] {
            assert_eq!(told(&other).0, "database", "{other}");
        }
    }

    #[test]
    fn what_is_no_jwt_is_told_with_its_reason() {
        for (text, why) in [
            (String::new(), "it is empty"),
            (format!("Bearer {}", token("{}")), "it has white space in it, which no token has"),
            (format!("{}\n", token("{}")), "it has white space in it, which no token has"),
            ("hush".to_owned(), "it has one part where a JWT has three parts with dots between them"),
            ("a.b".to_owned(), "it has 2 parts where a JWT has three parts with dots between them"),
            (
                "a.b.c.d.e".to_owned(),
                "it has five parts, so it is encrypted (JWE), and only its reader sees the claims",
            ),
            ("a=.e30.".to_owned(), "its header is not base64url"),
            ("e30.e30=.".to_owned(), "its payload is not base64url"),
            ("e30.e30.+".to_owned(), "its signature is not base64url"),
            (format!("{}.e30.", part("[]")), "its header is not a JSON object"),
            (token("hush"), "its payload is not a JSON object"),
            (token(r#"[{"a":1,"a":1}]"#), "its payload is not a JSON object"),
        ] {
            assert_eq!(DecodedToken::of(&text).unwrap_err().to_string(), why, "{text}");
        }
    }

    #[test]
    fn an_expiry_is_a_time_or_is_said_not_to_be_one() {
        for (exp, time, summary) in [
            ("1700000000.9", Some("2023-11-14T22:13:20Z"), "until 2023-11-14T22:13:20Z"),
            ("1e300", None, "it can't be told until when"),
            ("\"soon\"", None, "it can't be told until when"),
            ("null", None, "it can't be told until when"),
        ] {
            let decoded = DecodedToken::of(&token(&format!("{{\"exp\":{exp}}}"))).unwrap();
            assert_eq!(decoded.expiry.time().as_deref(), time, "{exp}");
            assert!(decoded.summary().ends_with(summary), "{exp}");
        }
        assert_eq!(DecodedToken::of(&token("{}")).unwrap().expiry, Expiry::Never);
    }

    #[test]
    fn no_claim_that_can_not_be_judged_is_quoted() {
        for name in ["a", "id", "gid", "perm", "p", "exp", "iss"] {
            let (_, summary) = told(&with(name, Some(json!("hush hush"))));
            assert!(!summary.contains("hush"), "{summary}");
        }
    }

    #[test]
    fn grants_are_one_permission_for_each_table() {
        let perm = json!([
            {"t": ["posts", "comments"], "a": ["data_add"]}, {"t": ["posts"], "a": ["data_read"]},
            {"t": null, "a": ["data_read"]},
        ]);
        let decoded = DecodedToken::of(&token(&with("perm", Some(perm)))).unwrap();
        let grants = decoded.reach.limits().unwrap().grants().unwrap();
        let grants: Vec<_> = grants.iter().map(Rule::to_string).collect();
        assert_eq!(grants, ["all:data_read", "comments:data_add", "posts:data_read,data_add"]);
        let unlimited = DecodedToken::of(&token(&with("perm", Some(json!([]))))).unwrap();
        assert_eq!(unlimited.reach.limits().unwrap().grants(), None);
    }

    #[test]
    fn what_is_told_of_a_token_is_bounded() {
        let part = |json: &str| BASE64_URL_SAFE_NO_PAD.encode(json);
        let token = |claims: &str| format!("{}.{}.c2ln", part("{}"), part(claims));
        assert_eq!(DecodedToken::of(&token(&" ".repeat(LONGEST))).unwrap_err(), NotAToken::TooLong);
        for (issuer, told) in [
            ("https://acme.example/".to_owned(), true),
            ("x".repeat(1001), false),
            ("a\u{202e}b".to_owned(), false),
        ] {
            let decoded = DecodedToken::of(&token(&serde_json::json!({"iss": issuer}).to_string())).unwrap();
            assert_eq!(decoded.issuer, told.then_some(issuer));
        }
    }
}
