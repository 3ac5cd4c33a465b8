//! A secret in a text from outside: a server may echo what it was sent, in whatever form.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memmem;
use percent_encoding::percent_decode_str;

/// What stands in the place of a secret wherever text is shown.
pub(super) const REDACTED: &str = "[redacted]";

/// What stands in the place of a text that holds the secret in another form, or a telling part of it.
const HIDDEN: &str = "[the answer holds the token, and is not shown]";

/// A secret of so many characters is no word that an answer has for another reason. Turso's are ten times as long.
pub(super) const LONGER_THAN_WORDS: usize = 16;

/// How many encodings within each other are looked through.
const LAYERS: usize = 4;

/// The text with the secret taken out; nothing where it is not in it. A text that holds it in another form than its own is
/// hidden as a whole: encoded, also twice, broken into lines, or the payload or signature of a JWT alone.
pub(super) fn taken_out(secret: &str, text: &str) -> Option<String> {
    let plain =
        if holds(text, secret) { Cow::Owned(text.replace(secret, REDACTED)) } else { Cow::Borrowed(text) };
    if secret.len() >= LONGER_THAN_WORDS {
        let forms = forms(secret);
        let mut layer = Cow::Borrowed(&*plain);
        for _ in 0..LAYERS {
            if holds_any(&forms, &layer) {
                return Some(HIDDEN.to_owned());
            }
            match decoded(&layer) {
                Some(within) => layer = Cow::Owned(within),
                None => break,
            }
        }
    }
    match plain {
        Cow::Owned(text) => Some(text),
        Cow::Borrowed(_) => None,
    }
}

fn holds_any(forms: &[String], text: &str) -> bool {
    let in_one_line = match text.contains(char::is_whitespace) {
        true => Cow::Owned(text.split_whitespace().collect()),
        false => Cow::Borrowed(text),
    };
    forms.iter().any(|form| holds(&in_one_line, form))
}

/// Whether a text has another in it, found by wide instructions: each answer is searched for each form of the token, and
/// a list may be megabytes.
fn holds(text: &str, part: &str) -> bool {
    memmem::find(text.as_bytes(), part.as_bytes()).is_some()
}

/// The secret and its telling parts, each as it is, in hexadecimal digits, and in each text in base64 that may hold it, at
/// any place: without the letters that depend on what is before and after it.
fn forms(secret: &str) -> Vec<String> {
    // The first part of a JWT is the same in all that a server makes.
    let parts = secret.split('.').skip(1).filter(|part| part.len() >= LONGER_THAN_WORDS);
    let mut forms = Vec::new();
    for secret in [secret].into_iter().chain(parts) {
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        forms.extend([secret.to_owned(), hex.to_uppercase(), hex]);
        for before in 0..3 {
            let text = format!("{}{secret}", &"  "[..before]);
            let first = [0, 2, 3][before];
            for alphabet in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                let letters = alphabet.encode(&text);
                let last = letters.len() - usize::from(text.len() % 3 != 0);
                forms.push(letters[first..last].to_owned());
            }
        }
    }
    forms
}

/// A text with one layer of escapes taken away; nothing where it has none.
fn decoded(text: &str) -> Option<String> {
    let unescaped = json_unescaped(text);
    let decoded = percent_decode_str(&unescaped).decode_utf8_lossy();
    (decoded != text).then(|| decoded.into_owned())
}

/// A text as a reader of JSON has it. An escape that is none loses its backslash.
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
        let (letter, length) = match letter {
            Some(letter) => (Some(letter), 5),
            None if after.starts_with(['b', 'f', 'n', 'r', 't']) => (Some(' '), 1),
            None => (None, 0),
        };
        unescaped.extend(letter);
        rest = &after[length..];
        // The second of two is no escape of its own.
        if length == 0 && rest.starts_with('\\') {
            unescaped.push('\\');
            rest = &rest[1..];
        }
    }
    unescaped.push_str(rest);
    Cow::Owned(unescaped)
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    const SECRET: &str = "hush/hush+hush-hush_hush.hush~h==";

    fn each(form: fn(u8) -> String) -> String {
        SECRET.bytes().map(form).collect()
    }

    #[track_caller]
    fn check_hidden(form: &str) {
        let text = format!(r#"{{"error":"no {form}"}}"#);
        let left = taken_out(SECRET, &text);
        assert!(left.as_ref().is_some_and(|left| !left.contains(form)), "{text}: {left:?}");
    }

    #[test]
    fn a_secret_is_found_in_every_form_that_a_server_may_give_it() {
        let percent = each(|byte| format!("%{byte:02x}"));
        for form in [
            SECRET.to_owned(),
            SECRET.replace('/', "\\/"),
            SECRET.replace('/', "%2F").replace('+', "%2B").replace('=', "%3D"),
            SECRET.replace('/', "%2f").replace('+', "%2b").replace('=', "%3d"),
            each(|byte| format!("\\u{byte:04X}")),
            each(|byte| format!("\\\\u{byte:04x}")),
            percent.replace('%', "\\u0025"),
            percent.replace('%', "%25"),
            percent.replace('%', "%2525"),
            percent,
            each(|byte| format!("{byte:02X}")),
            each(|byte| format!("{byte:02x}")),
        ] {
            check_hidden(&form);
        }
        for before in ["", "x", "xy", "Bearer ", "user:"] {
            for after in ["", "x", "xy"] {
                let text = format!("{before}{SECRET}{after}");
                check_hidden(&STANDARD.encode(&text));
                check_hidden(&STANDARD.encode(&text).replace('/', "\\/"));
                check_hidden(&URL_SAFE_NO_PAD.encode(&text));
            }
        }
    }

    #[test]
    fn a_secret_that_is_broken_into_lines_is_found_too() {
        for broken in ["\n", "\r\n", " ", "\\n", "\\r\\n\\t", "%0A", "\\u000a", "\u{2028}"] {
            for form in [SECRET.to_owned(), STANDARD.encode(SECRET)] {
                let (start, end) = form.split_at(10);
                check_hidden(&format!("{start}{broken}{end}"));
            }
        }
    }

    #[test]
    fn the_payload_or_the_signature_of_a_jwt_is_as_secret_as_all_of_it() {
        const JWT: &str = "eyJhbGciOiJFZERTQSJ9.cGF5bG9hZCBvZiBpdA.c2lnbmF0dXJlIG9mIGl0";
        for (text, is_hidden) in [
            ("cGF5bG9hZCBvZiBpdA", true),
            ("c2lnbmF0dXJlIG9mIGl0", true),
            ("eyJhbGciOiJFZERTQSJ9", false),
            ("c2lnbmF0", false),
        ] {
            assert_eq!(taken_out(JWT, text).is_some(), is_hidden, "{text}");
        }
    }

    #[test]
    fn what_is_not_the_secret_is_left_as_it_is() {
        for text in ["", "hush\\u002fhush %68ush", "a\\", "\\u00", "\\ud800", "100%", "%zz"] {
            assert_eq!(taken_out(SECRET, text), None, "{text}");
        }
        assert_eq!(taken_out("hush", "a hush, %68ush"), Some("a [redacted], %68ush".to_owned()));
    }
}
