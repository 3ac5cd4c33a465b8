//! What Clerk needs to issue tokens for Turso: the claims of its JWT templates and session tokens, and the URL of its
//! keys.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};
use thiserror::Error;

use super::{Template, host};

/// The claims for a JWT template of Clerk, as compact JSON with sorted keys: those of the template, and the
/// application's own.
///
/// # Errors
/// A claim that Clerk sets itself or forbids; a Clerk shortcode within one of Turso's own claims; a claim of the
/// application that Turso reads, or that is given twice.
pub fn claims(template: &Template, own: &[Map<String, Value>]) -> Result<String, ClaimsError> {
    merged(template, own, &FORBIDDEN, ClaimError::Forbidden)
}

/// The claims for Clerk's session tokens, which the application needs its own in, too: there is one set of them.
///
/// # Errors
/// As [`claims`], and claims that are longer than [`SESSION_LIMIT`].
pub fn session_claims(template: &Template, own: &[Map<String, Value>]) -> Result<String, ClaimsError> {
    let json = merged(template, own, &AUTOMATIC_IN_SESSIONS, ClaimError::Automatic)?;
    if json.len() > SESSION_LIMIT { Err(ClaimsError::TooLong { bytes: json.len() }) } else { Ok(json) }
}

/// The bytes of custom claims that a session token has room for: it is a cookie, which browsers cut off at 4 kB
/// (Clerk's documentation of session tokens: "up to 1.2KB").
pub const SESSION_LIMIT: usize = 1_200;

/// The URL of an instance's JWKS document, from its publishable key: `pk_test_` or `pk_live_` and the base64
/// of the host of the instance's Frontend API and a `$`.
///
/// # Errors
/// Anything but a publishable key. The key is never repeated in the error, since it may be a secret one.
pub fn jwks_url(publishable_key: &str) -> Result<String, KeyError> {
    if publishable_key.trim() != publishable_key {
        return Err(KeyError::SurroundingSpace);
    }
    if publishable_key.starts_with("sk_") {
        return Err(KeyError::Secret);
    }
    let encoded =
        ["pk_test_", "pk_live_"].into_iter().find_map(|prefix| publishable_key.strip_prefix(prefix));
    let decoded = LENIENT_BASE64.decode(encoded.ok_or(KeyError::NotPublishable)?);
    let text = decoded.ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(KeyError::NotBase64)?;
    let host =
        text.strip_suffix('$').ok_or(KeyError::NoHost("ends without a `$`: it may have been cut off"))?;
    let host = host::checked(host).map_err(KeyError::NoHost)?;
    Ok(format!("https://{host}/.well-known/jwks.json"))
}

/// Why claims can't be those of a token of Clerk. Of the claims no more is told than well-known names.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum ClaimsError {
    /// A claim of the template.
    #[error("the template can't be used: {0}")]
    Template(ClaimError),
    /// A claim of the application's own.
    #[error("{error}")]
    Own {
        /// Which of the objects of claims, counted from 0.
        position: usize,
        /// What is wrong with the claim.
        error: ClaimError,
    },
    /// More than a session token has room for.
    #[error(
        "the claims of session tokens would be {bytes} bytes long, and Clerk's cookie has room for {SESSION_LIMIT}: \
         use claims with fewer rules, such as those that open nothing, or fewer of your own"
    )]
    TooLong {
        /// Their length as compact JSON.
        bytes: usize,
    },
}

/// Why a claim can't be in a token of Clerk.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum ClaimError {
    /// A claim that Clerk adds to every token of the kind.
    #[error("Clerk sets the claim `{0}` itself, and it can't be overridden: take it out")]
    Automatic(&'static str),
    /// A claim that Clerk refuses in a template.
    #[error("Clerk does not allow the claim `{0}` in a JWT template: take it out")]
    Forbidden(&'static str),
    /// A shortcode, or a table whose name looks like one.
    #[error(
        "the claim `{0}` contains double braces. Clerk replaces what stands in them, by null where it finds no value, \
         and Turso may read a limit that became null as no limit: write the limit itself"
    )]
    Shortcode(&'static str),
    /// A claim of the application's that Turso reads, or that it may take for one that it reads.
    #[error("Turso reads the claim `{0}`, and nothing but a template may set it: take it out")]
    Turso(&'static str),
    /// A claim of the application's whose name Clerk could turn into another.
    #[error(
        "the name of a claim contains double braces, and Clerk might make any other name of it: take it out"
    )]
    ShortcodeInName,
    /// A claim that is there already.
    #[error(
        "a claim in it stands in an earlier argument, too, and only one of the two could be set: take one out"
    )]
    Repeated,
}

/// Why a text is no publishable key.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum KeyError {
    /// Clerk's secret key.
    #[error(
        "this is a secret key of Clerk, and it must not be used here: use the publishable key, which starts with \
         `pk_test_` or `pk_live_`, and rotate the secret key if it was stored anywhere on its way here"
    )]
    Secret,
    /// Some other text.
    #[error("a publishable key of Clerk starts with `pk_test_` or `pk_live_`")]
    NotPublishable,
    /// White space at either end.
    #[error("the publishable key has white space around it")]
    SurroundingSpace,
    /// What follows the prefix is not base64 of text.
    #[error("the publishable key is damaged: what follows its prefix is not base64")]
    NotBase64,
    /// The decoded text is no host and `$`.
    #[error("the publishable key is damaged: the host in it {0}")]
    NoHost(&'static str),
}

/// Added to every token by Clerk (its documentation of JWT templates).
const AUTOMATIC: [&str; 7] = ["azp", "exp", "iat", "iss", "jti", "nbf", "sub"];

/// Refused by Clerk in a template, for they belong to its session tokens.
const FORBIDDEN: [&str; 4] = ["fea", "pla", "sid", "v"];

/// Added to session tokens by Clerk besides (its documentation of session tokens, version 2).
const AUTOMATIC_IN_SESSIONS: [&str; 8] = ["act", "fea", "fva", "o", "pla", "sid", "sts", "v"];

/// The claims that Turso reads. A shortcode in any other is the user's own business.
const TURSO: [&str; 6] = ["a", "gid", "id", "p", "perm", "rid"];

/// Clerk's keys come without padding or with it.
const LENIENT_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The claims of the template and the application's own, which are told from where they clash.
fn merged(
    template: &Template,
    own: &[Map<String, Value>],
    further: &[&'static str],
    refused_further: fn(&'static str) -> ClaimError,
) -> Result<String, ClaimsError> {
    let refused_by_clerk = |name: &str| {
        let automatic = named(&AUTOMATIC, name).map(ClaimError::Automatic);
        automatic.or_else(|| named(further, name).map(refused_further))
    };
    let mut claims = template.claims().clone();
    for (name, value) in &claims {
        let shortcode = || named(&TURSO, name).filter(|_| has_shortcode(value)).map(ClaimError::Shortcode);
        refused_by_clerk(name)
            .or_else(shortcode)
            .map_or(Ok(()), |error| Err(ClaimsError::Template(error)))?;
    }
    for (position, (name, value)) in own
        .iter()
        .enumerate()
        .flat_map(|(position, claims)| claims.iter().map(move |claim| (position, claim)))
    {
        let error = refused_by_clerk(name)
            .or_else(|| refused_as_own(name))
            .or_else(|| claims.insert(name.clone(), value.clone()).map(|_| ClaimError::Repeated));
        error.map_or(Ok(()), |error| Err(ClaimsError::Own { position, error }))?;
    }
    let mut claims = Value::Object(claims);
    claims.sort_all_objects();
    Ok(claims.to_string())
}

/// The same name, out of a list of well-known ones.
fn named(names: &[&'static str], name: &str) -> Option<&'static str> {
    names.iter().copied().find(|known| *known == name)
}

/// Why a claim can't be the application's. A decoder that ignores case, as Go's does, takes `Perm` for `perm`.
fn refused_as_own(name: &str) -> Option<ClaimError> {
    let turso = TURSO.into_iter().find(|known| known.eq_ignore_ascii_case(name)).map(ClaimError::Turso);
    turso.or_else(|| name.contains("{{").then_some(ClaimError::ShortcodeInName))
}

fn has_shortcode(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("{{"),
        Value::Array(items) => items.iter().any(has_shortcode),
        Value::Object(members) => {
            members.iter().any(|(name, value)| name.contains("{{") || has_shortcode(value))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::golden;

    const ID: &str = "33057661-2f0c-4d3c-9f0b-0a1b2c3d4e5f";

    #[test]
    fn the_claims_are_those_of_the_template() {
        let template = json!({
            "rid": "b2043790-6a5e-4a0e-8f8e-1d7f5a6b7c8d",
            "perm": [{"t": null, "a": ["data_read"]}, {"t": ["comments"], "a": ["data_update", "data_add"]}],
            "id": ID,
            "a": "rw",
        });
        golden::assert_matches("clerk_claims.json", &claims(&template_of(template), &[]).unwrap());
    }

    #[test]
    fn the_applications_own_claims_stand_beside_those_of_the_template() {
        let own = [own(json!({"role": "{{org.role}}", "theme": {"dark": true}})), own(json!({"x": null}))];
        let expected = format!(
            r#"{{"a":"ro","id":"{ID}","perm":[],"role":"{{{{org.role}}}}","theme":{{"dark":true}},"x":null}}"#
        );
        assert_eq!(claims(&reader(), &own).unwrap(), expected);
        assert_eq!(session_claims(&reader(), &own).unwrap(), expected);
    }

    #[test]
    fn claims_that_clerk_sets_or_forbids_are_refused() {
        for (name, in_template, in_session) in [
            ("sub", Some(ClaimError::Automatic("sub")), Some(ClaimError::Automatic("sub"))),
            ("azp", Some(ClaimError::Automatic("azp")), Some(ClaimError::Automatic("azp"))),
            ("sid", Some(ClaimError::Forbidden("sid")), Some(ClaimError::Automatic("sid"))),
            ("v", Some(ClaimError::Forbidden("v")), Some(ClaimError::Automatic("v"))),
            ("sts", None, Some(ClaimError::Automatic("sts"))),
            ("o", None, Some(ClaimError::Automatic("o"))),
        ] {
            let of_own = |error| ClaimsError::Own { position: 1, error };
            let own = [own(json!({"x": 1})), own(json!({name: "x"}))];
            assert_eq!(claims(&reader(), &own).err(), in_template.map(of_own), "{name}");
            assert_eq!(session_claims(&reader(), &own).err(), in_session.map(of_own), "{name}");

            let template = template_of(json!({"a": "ro", "id": ID, "perm": [], name: "x"}));
            assert_eq!(claims(&template, &[]).err(), in_template.map(ClaimsError::Template), "{name}");
            assert_eq!(session_claims(&template, &[]).err(), in_session.map(ClaimsError::Template), "{name}");
        }
    }

    #[test]
    fn what_turso_reads_is_refused_in_own_claims_whether_the_template_has_it_or_not() {
        for (name, known) in [
            ("a", "a"),
            ("id", "id"),
            ("gid", "gid"),
            ("rid", "rid"),
            ("perm", "perm"),
            ("p", "p"),
            ("Perm", "perm"),
            ("GID", "gid"),
        ] {
            let error = ClaimsError::Own { position: 0, error: ClaimError::Turso(known) };
            let own = [own(json!({name: "x"}))];
            assert_eq!(claims(&reader(), &own), Err(error.clone()));
            assert_eq!(session_claims(&reader(), &own), Err(error));
        }
    }

    #[test]
    fn a_claim_that_is_given_twice_or_has_a_name_of_shortcodes_is_refused() {
        let twice = [own(json!({"email": 1})), own(json!({"x": 1, "email": 2}))];
        let repeated = ClaimsError::Own { position: 1, error: ClaimError::Repeated };
        assert_eq!(claims(&reader(), &twice), Err(repeated));
        let shortcode = ClaimsError::Own { position: 0, error: ClaimError::ShortcodeInName };
        assert_eq!(claims(&reader(), &[own(json!({"{{user.first_name}}": 1}))]), Err(shortcode));
    }

    #[test]
    fn session_claims_are_measured_to_the_byte() {
        let frame = session_claims(&reader(), &[own(json!({"x": ""}))]).unwrap().len();
        let of_length = |length: usize| [own(json!({"x": "y".repeat(length - frame)}))];
        assert_eq!(session_claims(&reader(), &of_length(SESSION_LIMIT)).unwrap().len(), SESSION_LIMIT);
        let too_long = ClaimsError::TooLong { bytes: SESSION_LIMIT + 1 };
        assert_eq!(session_claims(&reader(), &of_length(SESSION_LIMIT + 1)), Err(too_long));
        assert!(claims(&reader(), &of_length(SESSION_LIMIT + 1)).is_ok());
    }

    #[test]
    fn the_claims_of_nothing_leave_a_session_token_most_of_its_room() {
        assert!(session_claims(&Template::no_access(), &[]).unwrap().len() < SESSION_LIMIT / 8);
    }

    #[test]
    fn a_shortcode_in_what_turso_reads_is_refused() {
        for (template, claim) in [
            (
                json!({"a": "ro", "id": ID, "perm": [{"t": ["{{user.public_metadata.table}}"], "a": ["data_read"]}]}),
                "perm",
            ),
            (json!({"a": "ro", "id": ID, "perm": [], "rid": {"deep": [{"{{user.id}}": 1}]}}), "rid"),
        ] {
            let error = ClaimsError::Template(ClaimError::Shortcode(claim));
            assert_eq!(claims(&template_of(template.clone()), &[]), Err(error.clone()));
            assert_eq!(session_claims(&template_of(template), &[]), Err(error));
        }
    }

    #[test]
    fn a_publishable_key_names_the_host_of_the_keys() {
        for (key, url) in [
            (key("pk_test_", "calm-owl-7.clerk.accounts.dev$"), "https://calm-owl-7.clerk.accounts.dev"),
            (key("pk_live_", "clerk.example.com$"), "https://clerk.example.com"),
            (key("pk_live_", "clerk.example.com$").replace('=', ""), "https://clerk.example.com"),
            (key("pk_live_", "Clerk.Example.com$"), "https://clerk.example.com"),
        ] {
            assert_eq!(jwks_url(&key), Ok(format!("{url}/.well-known/jwks.json")));
        }
    }

    #[test]
    fn a_wrong_key_is_refused_with_the_reason() {
        for (key, error) in [
            (String::new(), KeyError::NotPublishable),
            ("clerk.example.com".to_owned(), KeyError::NotPublishable),
            (key("pk_prod_", "clerk.example.com$"), KeyError::NotPublishable),
            (format!("{}\n", key("pk_live_", "clerk.example.com$")), KeyError::SurroundingSpace),
            ("pk_live_!".to_owned(), KeyError::NotBase64),
            (key("pk_live_", "clerk.exam"), KeyError::NoHost("ends without a `$`: it may have been cut off")),
            (key("pk_live_", "$"), KeyError::NoHost("is not a host name")),
            (key("pk_live_", "localhost$"), KeyError::NoHost("has no dot")),
            (key("pk_live_", "10.0.0.1$"), KeyError::NoHost("is an address, not a host name")),
            (key("pk_live_", "evil.example/x?$"), KeyError::NoHost("is not a host name")),
            (key("pk_live_", "user@evil.example$"), KeyError::NoHost("is not a host name")),
            (
                key("pk_live_", "späth.example$"),
                KeyError::NoHost("has letters outside ASCII: write it in its `xn--` form"),
            ),
        ] {
            assert_eq!(jwks_url(&key), Err(error), "{key}");
        }
    }

    #[test]
    fn a_secret_key_is_recognised_and_never_repeated() {
        let error = jwks_url("sk_live_51f2c0ffee").unwrap_err();
        assert_eq!(error, KeyError::Secret);
        assert!(!format!("{error} {error:?}").contains("51f2c0ffee"));
    }

    fn reader() -> Template {
        template_of(json!({"a": "ro", "id": ID, "perm": []}))
    }

    fn own(claims: Value) -> Map<String, Value> {
        serde_json::from_value(claims).unwrap()
    }

    fn template_of(claims: Value) -> Template {
        Template::with_any_claims(claims)
    }

    fn key(prefix: &str, host: &str) -> String {
        format!("{prefix}{}", LENIENT_BASE64.encode(host))
    }
}
