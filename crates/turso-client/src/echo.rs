//! A secret in a text from outside: a server may echo what it was sent, in whatever form.

use std::borrow::Cow;
use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memchr2;
use memchr::memmem::{self, Finder};
use percent_encoding::percent_decode_str;

/// What stands in the place of a secret wherever text is shown.
pub(super) const REDACTED: &str = "[redacted]";

/// What stands in the place of a text that holds the secret in another form, or a telling part of it.
const HIDDEN: &str = "[the answer holds the token, and is not shown]";

/// A secret of so many characters is no word that an answer has for another reason. Turso's are ten times as long.
pub(super) const LONGER_THAN_WORDS: usize = 16;

/// How many encodings within each other are looked through.
const LAYERS: usize = 4;

/// A secret, to be looked for in many texts. There is no `Debug`.
#[derive(Clone)]
pub(super) struct Echo {
    secret: String,
    /// All of its [`forms`]; none where it may be a word.
    forms: Vec<Finder<'static>>,
}

impl Echo {
    pub(super) fn of(secret: &str) -> Self {
        let forms = if secret.len() < LONGER_THAN_WORDS { BTreeSet::new() } else { forms(secret) };
        let forms = forms.iter().map(|form| Finder::new(form).into_owned()).collect();
        Self { secret: secret.to_owned(), forms }
    }

    /// The secret itself.
    pub(super) fn secret(&self) -> &str {
        &self.secret
    }

    /// The text with the secret taken out; nothing where it is not in it. A text that holds it in another form than its own
    /// is hidden as a whole: encoded, also twice, broken into lines, or the payload or signature of a JWT alone.
    pub(super) fn taken_out_of(&self, text: &str) -> Option<String> {
        let plain = match memmem::find(text.as_bytes(), self.secret.as_bytes()) {
            Some(_) => Cow::Owned(text.replace(&self.secret, REDACTED)),
            None => Cow::Borrowed(text),
        };
        let mut layer = Cow::Borrowed(&*plain);
        for _ in 0..LAYERS {
            if self.has_form_in(&layer) {
                return Some(HIDDEN.to_owned());
            }
            match decoded(&layer) {
                Some(within) => layer = Cow::Owned(within),
                None => break,
            }
        }
        match plain {
            Cow::Owned(text) => Some(text),
            Cow::Borrowed(_) => None,
        }
    }

    /// A list may be megabytes, and each answer is searched: for what was prepared once, by wide instructions.
    fn has_form_in(&self, text: &str) -> bool {
        let in_one_line = in_one_line(text);
        self.forms.iter().any(|form| form.find(in_one_line.as_bytes()).is_some())
    }
}

fn in_one_line(text: &str) -> Cow<'_, str> {
    let is_in_one_line =
        text.bytes().all(|byte| byte.is_ascii_graphic()) || !text.contains(char::is_whitespace);
    if is_in_one_line { Cow::Borrowed(text) } else { Cow::Owned(text.split_whitespace().collect()) }
}

/// What of a secret tells enough: the payload and the signature of a JWT, whose first part is the same in all that a server
/// makes, else all of it. Each as it is, in hexadecimal digits, and in each text in base64 that may hold it, at any place:
/// without the letters that depend on what is before and after it.
fn forms(secret: &str) -> BTreeSet<String> {
    let mut telling: Vec<_> =
        secret.split('.').skip(1).filter(|part| part.len() >= LONGER_THAN_WORDS).collect();
    if telling.is_empty() {
        telling.push(secret);
    }
    let mut forms = BTreeSet::new();
    for part in telling {
        let hex: String = part.bytes().map(|byte| format!("{byte:02x}")).collect();
        forms.extend([part.to_owned(), hex.to_uppercase(), hex]);
        for before in 0..3 {
            let text = format!("{}{part}", &"  "[..before]);
            let first = [0, 2, 3][before];
            for alphabet in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                let letters = alphabet.encode(&text);
                let last = letters.len() - usize::from(text.len() % 3 != 0);
                forms.insert(letters[first..last].to_owned());
            }
        }
    }
    forms
}

/// A text with one layer of escapes taken away; nothing where it has none.
fn decoded(text: &str) -> Option<String> {
    memchr2(b'\\', b'%', text.as_bytes())?;
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
        let left = Echo::of(SECRET).taken_out_of(&text);
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
            assert_eq!(Echo::of(JWT).taken_out_of(text).is_some(), is_hidden, "{text}");
        }
        // All of it is found by its parts.
        for before in ["", "x", "xy"] {
            let text = format!("{before}{JWT}{before}");
            let hex: String = text.bytes().map(|byte| format!("{byte:02X}")).collect();
            for form in [STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text), hex] {
                assert_eq!(Echo::of(JWT).taken_out_of(&form).as_deref(), Some(HIDDEN), "{form}");
            }
        }
    }

    #[test]
    fn what_is_not_the_secret_is_left_as_it_is() {
        for text in ["", "hush\\u002fhush %68ush", "a\\", "\\u00", "\\ud800", "100%", "%zz"] {
            assert_eq!(Echo::of(SECRET).taken_out_of(text), None, "{text}");
        }
        assert_eq!(Echo::of("hush").taken_out_of("a hush, %68ush"), Some("a [redacted], %68ush".to_owned()));
    }
}
