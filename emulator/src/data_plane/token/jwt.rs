//! A JWT in its compact form (RFC 7519, RFC 7515), taken apart. Nothing is verified here.
//!
//! By hand: the `jsonwebtoken` crate can't represent `alg: none`, and would refuse such a token with another
//! status and text than one whose key is unknown.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::TokenRefused;
use super::repeats::RepeatsAKey;

#[derive(Debug)]
pub(crate) struct Jwt {
    pub(crate) algorithm: String,
    pub(crate) key_id: Option<String>,
    /// None at all where an object in them has a key twice, since which of the two counts depends on who reads them.
    pub(crate) claims: Map<String, Value>,
    /// What is signed: header and claims as they were sent.
    pub(crate) signed: String,
    pub(crate) signature: Vec<u8>,
}

impl Jwt {
    pub(crate) fn read(token: &str) -> Result<Self, TokenRefused> {
        let [header, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else {
            return Err(invalid());
        };
        let signed = format!("{header}.{claims}");
        let header = object(header)?;
        let text = |name: &str| header.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            algorithm: text("alg").ok_or_else(invalid)?,
            key_id: text("kid"),
            claims: unambiguous(claims)?,
            signed,
            signature: decoded(signature)?,
        })
    }
}

fn object(part: &str) -> Result<Map<String, Value>, TokenRefused> {
    serde_json::from_slice(&decoded(part)?).map_err(|_| invalid())
}

fn unambiguous(part: &str) -> Result<Map<String, Value>, TokenRefused> {
    let claims = object(part)?;
    let RepeatsAKey(is_ambiguous) = serde_json::from_slice(&decoded(part)?).map_err(|_| invalid())?;
    Ok(if is_ambiguous { Map::new() } else { claims })
}

fn decoded(part: &str) -> Result<Vec<u8>, TokenRefused> {
    BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenRefused::Unreadable(base64_error(part)))
}

/// As seen at Turso: `Base64 error: Invalid symbol 61, offset 0` for a stray `=`.
fn base64_error(part: &str) -> String {
    let is_symbol = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    match part.bytes().enumerate().find(|(_, byte)| !is_symbol(*byte)) {
        Some((offset, byte)) => format!("Base64 error: Invalid symbol {byte}, offset {offset}"),
        None => "InvalidToken".to_owned(),
    }
}

fn invalid() -> TokenRefused {
    TokenRefused::Unreadable("InvalidToken".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_is_none_is_unreadable() {
        for (token, text) in [
            ("x", "JWT error: InvalidToken"),
            ("a.b", "JWT error: InvalidToken"),
            ("e30.e30.e30.e30", "JWT error: InvalidToken"),
            ("=.e30.e30", "JWT error: Base64 error: Invalid symbol 61, offset 0"),
            ("eyJhbGciOiJSUzI1NiJ9.e3+.e30", "JWT error: Base64 error: Invalid symbol 43, offset 2"),
            ("eyJhbGciOiJSUzI1NiJ9.W10.e30", "JWT error: InvalidToken"),
            ("eyJhbGciOiJSUzI1NiJ9.eA.e30", "JWT error: InvalidToken"),
            ("W10.e30.e30", "JWT error: InvalidToken"),
        ] {
            let refused = Jwt::read(token).unwrap_err();
            assert_eq!(refused.to_string(), text, "{token}");
            assert_eq!(refused.answer().status, 400);
        }
    }
}
