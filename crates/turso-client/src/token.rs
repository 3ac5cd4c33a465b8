//! The token of the Platform API: a secret that can be sent, and never shown.

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memmem;
use percent_encoding::percent_decode_str;
use reqwest::header::HeaderValue;
use serde_json::{Map, Value};
use thiserror::Error;

use super::answer::Answer;
use crate::RefusedToken;

/// What stands in the place of a token wherever text is shown.
const REDACTED: &str = "[redacted]";

/// What stands in the place of a text that holds the token in another form.
const HIDDEN: &str = "[the answer holds the API token, and is not shown]";

/// A token of so many characters is no word that an answer has for another reason. Turso's are ten times as long.
const LONGER_THAN_WORDS: usize = 16;

/// A token of the Platform API, in the syntax of a bearer token (RFC 6750, section 2.1).
///
/// `Debug` redacts it and there is no `Display`; only the `Authorization` header holds it, marked sensitive.
#[derive(Clone, Eq, PartialEq)]
pub struct ApiToken(String);

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
            None => Ok(Self(token.to_owned())),
        }
    }

    /// The value of the header `Authorization`.
    pub(super) fn header(&self) -> HeaderValue {
        let mut header = HeaderValue::from_str(&format!("Bearer {}", self.0))
            .expect("the characters of a bearer token are visible ASCII, checked by parse");
        header.set_sensitive(true);
        header
    }

    /// Takes the token out of an answer, and notes that it was in it: a server may echo what it was sent. This is the one
    /// way from the network into the client, and so into messages, logs, plans and state.
    pub(super) fn take_out_of(&self, answer: &mut Answer) {
        if let Some(location) = answer.location.as_ref().and_then(|location| self.hidden_in(location)) {
            answer.location = Some(location);
        }
        // A short one may be a word of any answer, and has to be left in what is read by machine.
        if (self.0.len() >= LONGER_THAN_WORDS || !answer.is_success())
            && let Some(hidden) = self.hidden_in(&String::from_utf8_lossy(&answer.body))
        {
            answer.echoes_token = true;
            answer.body = hidden.into_bytes();
        }
    }

    /// The text with the token taken out; nothing where it is not in it. A text that holds it in another form than its
    /// own is hidden as a whole.
    fn hidden_in(&self, text: &str) -> Option<String> {
        let plain = match holds(text, &self.0) {
            true => Cow::Owned(text.replace(&self.0, REDACTED)),
            false => Cow::Borrowed(text),
        };
        let changed = |plain| match plain {
            Cow::Owned(text) => Some(text),
            Cow::Borrowed(_) => None,
        };
        if self.0.len() < LONGER_THAN_WORDS {
            return changed(plain);
        }
        let forms = self.forms();
        let holds_form = |text: &str| forms.iter().any(|form| holds(text, form));
        let unescaped = json_unescaped(&plain);
        let decoded = [percent_decoded(&plain), percent_decoded(&unescaped), Cow::Borrowed(&*unescaped)];
        // What is borrowed has nothing to decode, and was looked at.
        let mut decoded = decoded.iter().filter(|decoded| **decoded != plain);
        if holds_form(&plain) || decoded.any(|text| holds(text, &self.0) || holds_form(text)) {
            return Some(HIDDEN.to_owned());
        }
        changed(plain)
    }

    /// The token in hexadecimal digits, and in each text in base64 that may hold it, at any place: without the letters
    /// that depend on what is before and after it.
    fn forms(&self) -> Vec<String> {
        let hex: String = self.0.bytes().map(|byte| format!("{byte:02x}")).collect();
        let mut forms = vec![hex.to_uppercase(), hex];
        for before in 0..3 {
            let text = format!("{}{}", &"  "[..before], self.0);
            let first = [0, 2, 3][before];
            for alphabet in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                let letters = alphabet.encode(&text);
                let last = letters.len() - usize::from(text.len() % 3 != 0);
                forms.push(letters[first..last].to_owned());
            }
        }
        forms
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
        let payload = URL_SAFE_NO_PAD.decode(self.0.split('.').nth(1)?).ok()?;
        serde_json::from_slice(&payload).ok()
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

/// Whether a text has another in it, found by wide instructions: each answer is searched for each form of the token, and
/// a list may be megabytes.
fn holds(text: &str, part: &str) -> bool {
    memmem::find(text.as_bytes(), part.as_bytes()).is_some()
}

/// A text as a reader of JSON has it: with no escape left.
fn json_unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut unescaped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        unescaped.push_str(before);
        let code = after.strip_prefix('u').and_then(|digits| digits.get(..4));
        let letter = code.and_then(|code| char::from_u32(u32::from_str_radix(code, 16).ok()?));
        unescaped.extend(letter);
        rest = if letter.is_some() { &after[5..] } else { after };
    }
    unescaped.push_str(rest);
    Cow::Owned(unescaped)
}

fn percent_decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

fn is_token_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~+/".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_around_a_token_is_not_part_of_it() {
        assert_eq!(ApiToken::parse(" abc.def-_~+/==\r\n").unwrap().0, "abc.def-_~+/==");
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
    fn a_token_is_found_in_every_form_that_a_server_may_give_it() {
        const TOKEN: &str = "hush/hush+hush-hush_hush.hush~h==";
        let escaped = |letter: char| format!("\\u{:04X}", u32::from(letter));
        let percent = |letter: char| format!("%{:02x}", u32::from(letter));
        let hex = |letter: char| format!("{:02X}", u32::from(letter));
        let mut forms = vec![
            TOKEN.to_owned(),
            TOKEN.replace('/', "\\/"),
            TOKEN.chars().map(escaped).collect(),
            TOKEN.chars().map(percent).collect(),
            TOKEN.replace('/', "%2F").replace('+', "%2B").replace('=', "%3D"),
            TOKEN.replace('/', "%2f").replace('+', "%2b").replace('=', "%3d"),
            TOKEN.chars().map(percent).collect::<String>().replace('%', "\\u0025"),
            TOKEN.chars().map(hex).collect(),
        ];
        for before in ["", "x", "xy", "Bearer ", "user:"] {
            for after in ["", "x", "xy"] {
                let text = format!("{before}{TOKEN}{after}");
                forms.push(base64::engine::general_purpose::STANDARD.encode(&text));
                forms.push(base64::engine::general_purpose::STANDARD.encode(&text).replace('/', "\\/"));
                forms.push(URL_SAFE_NO_PAD.encode(&text));
            }
        }
        for form in forms {
            for status in [200, 403] {
                let (left, was_in_it) = told(TOKEN, status, &format!(r#"{{"error":"no {form}"}}"#));
                assert!(was_in_it && !left.contains(&form), "{form}: {left}");
            }
        }
        assert!(!told(TOKEN, 200, r#"{"a":"hush\u002fhush %68ush"}"#).1);
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
