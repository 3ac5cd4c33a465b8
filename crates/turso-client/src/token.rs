//! The token of the Platform API: a secret that can be sent, and never shown.

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::HeaderValue;
use serde_json::{Map, Value};
use thiserror::Error;

use super::answer::Answer;
use super::echo::{Echo, LONGER_THAN_WORDS, REDACTED};
use crate::RefusedToken;

/// A token of the Platform API, in the syntax of a bearer token (RFC 6750, section 2.1).
///
/// `Debug` redacts it and there is no `Display`; only the `Authorization` header holds it, marked sensitive.
#[derive(Clone)]
pub struct ApiToken(Echo);

impl ApiToken {
    /// The token in `text`, without the white space around it: a file with a token usually ends in a newline.
    ///
    /// # Errors
    /// Text that can't be a bearer token. The error tells where it goes wrong, and repeats nothing of it.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let token = text.trim();
        if token.is_empty() {
            return Err(TokenError::Empty);
        }
        let without_padding = token.trim_end_matches('=');
        match without_padding.chars().position(|c| !is_token_character(c)) {
            Some(position) => Err(TokenError::Character { position: position + 1 }),
            None if without_padding.is_empty() => Err(TokenError::Character { position: 1 }),
            None => Ok(Self(Echo::of(token))),
        }
    }

    /// The value of the header `Authorization`.
    pub(super) fn header(&self) -> HeaderValue {
        let mut header = HeaderValue::from_str(&format!("Bearer {}", self.0.secret()))
            .expect("the characters of a bearer token are visible ASCII, checked by parse");
        header.set_sensitive(true);
        header
    }

    /// Takes the token out of an answer, and notes that it was in it: a server may echo what it was sent. This is the one
    /// way from the network into the client, and so into messages, logs, plans and state.
    pub(super) fn take_out_of(&self, answer: &mut Answer) {
        if let Some(location) = answer.location.as_ref().and_then(|text| self.0.taken_out_of(text)) {
            answer.location = Some(location);
        }
        // A short one may be a word of any answer, and has to be left in what is read by machine.
        if (self.0.secret().len() >= LONGER_THAN_WORDS || !answer.is_success())
            && let Some(hidden) = self.0.taken_out_of(&text_of(&answer.body))
        {
            answer.echoes_token = true;
            answer.body = hidden.into_bytes();
        }
    }

    /// Why it may have been refused, by its own claims. The signature is not checked.
    pub(super) fn at_refusal(&self, now: SystemTime) -> RefusedToken {
        let claims = self.claims().unwrap_or_default();
        let end = claims.get("exp").and_then(Value::as_u64);
        let end = end.and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
        if ["a", "gid", "id", "p", "perm"].iter().any(|claim| claims.contains_key(*claim)) {
            RefusedToken::OfADatabase
        } else if end.is_some_and(|end| end <= now) {
            RefusedToken::Expired
        } else {
            RefusedToken::Unexplained
        }
    }

    /// The claims, where it is a JWT.
    fn claims(&self) -> Option<Map<String, Value>> {
        let payload = URL_SAFE_NO_PAD.decode(self.0.secret().split('.').nth(1)?).ok()?;
        serde_json::from_slice(&payload).ok()
    }
}

impl Eq for ApiToken {}

impl PartialEq for ApiToken {
    fn eq(&self, other: &Self) -> bool {
        self.0.secret() == other.0.secret()
    }
}

impl fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiToken({REDACTED})")
    }
}

/// Why a text is no token. Holds no part of it.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum TokenError {
    /// There is nothing but white space.
    #[error("the token is empty")]
    Empty,
    /// A character that no bearer token has, such as a line break, a space or a quotation mark.
    #[error(
        "character {position} of the token is one that no token has (a space, a line break, a quotation mark?); \
         it is not shown here because a token is a secret"
    )]
    Character {
        /// The position of the first such character, from 1.
        position: usize,
    },
}

/// The text of a body. To see that all of it is UTF-8, as of nearly all bodies, takes less than to look for what is not.
fn text_of(body: &[u8]) -> Cow<'_, str> {
    str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed)
}

fn is_token_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~+/".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_around_a_token_is_not_part_of_it() {
        assert_eq!(ApiToken::parse(" abc.def-_~+/==\r\n").unwrap().0.secret(), "abc.def-_~+/==");
    }

    #[test]
    fn text_that_cannot_be_a_token_is_refused_without_an_echo() {
        for (text, expected) in [
            ("", TokenError::Empty),
            (" \n", TokenError::Empty),
            ("hush\nhush", TokenError::Character { position: 5 }),
            ("hush hush", TokenError::Character { position: 5 }),
            ("\"hush\"", TokenError::Character { position: 1 }),
            ("hu\u{0}sh", TokenError::Character { position: 3 }),
            ("hüsh", TokenError::Character { position: 2 }),
            ("hu=sh", TokenError::Character { position: 3 }),
            ("==", TokenError::Character { position: 1 }),
        ] {
            let error = ApiToken::parse(text).unwrap_err();
            assert_eq!(error, expected, "{text:?}");
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("hu") && !shown.contains("sh\""), "{shown}");
        }
    }

    #[test]
    fn debug_output_shows_nothing_of_the_token_or_its_header() {
        let token = ApiToken::parse("hush-hush").unwrap();
        let shown = format!("{token:?} {:?}", token.header());
        assert!(!shown.contains("hush"), "{shown}");
    }

    fn answer(status: u16, body: &str) -> Answer {
        let body = body.as_bytes().to_vec();
        Answer { status, body, is_cut: false, echoes_token: false, retry_after: None, location: None }
    }

    /// What is left of an answer, and whether the token was in it.
    fn told(token: &str, status: u16, body: &str) -> (String, bool) {
        let mut answer = answer(status, body);
        ApiToken::parse(token).unwrap().take_out_of(&mut answer);
        (String::from_utf8(answer.body).unwrap(), answer.echoes_token)
    }

    #[test]
    fn an_echoed_token_is_taken_out_of_what_is_said() {
        let said = told("hush", 401, "bad token: Bearer hush!");
        assert_eq!(said, ("bad token: Bearer [redacted]!".to_owned(), true));
        assert!(!told("hush", 200, r#"{"hush":1}"#).1, "a word may be in any answer");
    }

    #[test]
    fn a_token_is_taken_out_of_any_answer_and_of_where_it_redirects_to() {
        const TOKEN: &str = "hush/hush+hush-hush_hush.hush~h==";
        for status in [200, 403] {
            for form in [TOKEN.to_owned(), TOKEN.replace('/', "%2F"), URL_SAFE_NO_PAD.encode(TOKEN)] {
                let (left, was_in_it) = told(TOKEN, status, &format!(r#"{{"error":"no {form}"}}"#));
                assert!(was_in_it && !left.contains(&form), "{form}: {left}");
            }
        }
        let mut redirect =
            Answer { location: Some(format!("/?{}", TOKEN.replace('/', "%252F"))), ..answer(302, "") };
        ApiToken::parse(TOKEN).unwrap().take_out_of(&mut redirect);
        assert!(redirect.location.is_some_and(|location| !location.contains("hush")));
    }

    #[test]
    fn why_a_token_was_refused_is_read_from_a_jwt_only() {
        let jwt = |claims: &str| format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
        let now = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        for (token, expected) in [
            (jwt(r#"{"exp":1700000000}"#), RefusedToken::Expired),
            (jwt(r#"{"exp":1700000001}"#), RefusedToken::Unexplained),
            (jwt(r#"{"exp":-1}"#), RefusedToken::Unexplained),
            (jwt(r#"{"jti":"x"}"#), RefusedToken::Unexplained),
            (jwt(r#"{"a":"rw","exp":1,"gid":"x"}"#), RefusedToken::OfADatabase),
            (jwt(r#"{"p":{}}"#), RefusedToken::OfADatabase),
            (jwt("[]"), RefusedToken::Unexplained),
            ("a.b.c".to_owned(), RefusedToken::Unexplained),
            ("opaque".to_owned(), RefusedToken::Unexplained),
        ] {
            assert_eq!(ApiToken::parse(&token).unwrap().at_refusal(now), expected, "{token}");
        }
    }
}
