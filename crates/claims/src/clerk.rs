//! What Clerk needs to issue tokens for Turso: the claims of its JWT template, and the URL of its keys.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;
use thiserror::Error;

use super::{Template, host};

/// The claims for a JWT template of Clerk, as compact JSON: the form in which they are handed
/// to Clerk.
///
/// # Errors
/// A claim that Clerk sets itself or forbids; a Clerk shortcode within one of Turso's own claims.
pub fn claims(template: &Template) -> Result<String, ClaimsError> {
    for (name, value) in template.claims() {
        if AUTOMATIC.contains(&name.as_str()) {
            return Err(ClaimsError::Automatic(name.clone()));
        }
        if FORBIDDEN.contains(&name.as_str()) {
            return Err(ClaimsError::Forbidden(name.clone()));
        }
        if TURSO.contains(&name.as_str()) && has_shortcode(value) {
            return Err(ClaimsError::Shortcode(name.clone()));
        }
    }
    Ok(template.to_canonical_json())
}

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

/// Why claims can't be those of a JWT template of Clerk. Of the claims no more is told than well-known names.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum ClaimsError {
    /// A claim that Clerk adds to every token.
    #[error("Clerk sets the claim `{0}` itself, and a template can't override it: take it out")]
    Automatic(String),
    /// A claim that Clerk refuses in a template.
    #[error("Clerk does not allow the claim `{0}` in a JWT template: take it out")]
    Forbidden(String),
    /// A shortcode, or a table whose name looks like one.
    #[error(
        "the claim `{0}` contains double braces. Clerk replaces what stands in them, by null where it finds no value, \
         and Turso may read a limit that became null as no limit: write the limit itself"
    )]
    Shortcode(String),
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

/// The claims that Turso reads. A shortcode in any other is the user's own business.
const TURSO: [&str; 5] = ["a", "gid", "id", "perm", "rid"];

/// Clerk's keys come without padding or with it.
const LENIENT_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

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
        golden::assert_matches("clerk_claims.json", &claims(&template_of(template)).unwrap());
    }

    #[test]
    fn claims_that_clerk_sets_or_forbids_are_refused() {
        for (name, error) in [
            ("sub", ClaimsError::Automatic("sub".to_owned())),
            ("azp", ClaimsError::Automatic("azp".to_owned())),
            ("sid", ClaimsError::Forbidden("sid".to_owned())),
            ("v", ClaimsError::Forbidden("v".to_owned())),
        ] {
            let template = template_of(json!({"a": "ro", "id": ID, "perm": [], name: "x"}));
            assert_eq!(claims(&template), Err(error));
        }
    }

    #[test]
    fn a_shortcode_in_what_turso_reads_is_refused() {
        for template in [
            json!({"a": "ro", "id": ID, "perm": [{"t": ["{{user.public_metadata.table}}"], "a": ["data_read"]}]}),
            json!({"a": "ro", "id": ID, "perm": [], "rid": {"deep": [{"{{user.id}}": 1}]}}),
        ] {
            assert!(matches!(claims(&template_of(template)), Err(ClaimsError::Shortcode(_))));
        }
    }

    #[test]
    fn a_shortcode_in_a_claim_of_the_users_own_is_kept() {
        let template = json!({"a": "ro", "id": ID, "perm": [], "email": "{{user.primary_email_address}}"});
        assert!(
            claims(&template_of(template)).unwrap().contains(r#""email":"{{user.primary_email_address}}""#)
        );
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

    fn template_of(claims: Value) -> Template {
        Template::parse(&claims.to_string()).unwrap()
    }

    fn key(prefix: &str, host: &str) -> String {
        format!("{prefix}{}", LENIENT_BASE64.encode(host))
    }
}
