//! What Turso's API answers, and what Turso's CLI stores.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use turso_client::ApiToken;
use turso_client::fuzzing::{read_answer, read_settings};
use url::form_urlencoded;

use super::{assert_readable, split};

/// With each character that a token may have and that has another form somewhere.
const TOKEN: &str = "hush/hush+hush-hush_hush.hush~h==";

/// A status and perhaps a URL, a line break, and a body, in which a word with `$` stands for a form of the API token.
/// Nothing that leaves the client holds the token, and each message is one readable line.
pub fn answer(bytes: &[u8]) {
    static API_TOKEN: LazyLock<ApiToken> = LazyLock::new(|| ApiToken::parse(TOKEN).expect("this is a token"));

    let Some((head, body)) = split(bytes, b"\n") else { return };
    let (status, location) = head.split_once(' ').map_or((head, None), |(status, url)| (status, Some(url)));
    let Some(status) = status.parse().ok().filter(|status| (100..1000).contains(status)) else { return };
    let location = location.map(|url| String::from_utf8_lossy(&with_token(url.as_bytes())).into_owned());
    let told = read_answer(&API_TOKEN, status, location, with_token(body));
    for text in told.names.iter().chain(&told.messages) {
        assert_without_token(text);
    }
    for message in &told.messages {
        assert_readable(message);
    }
}

/// The settings of Turso's CLI, in which `$RAW` stands for a token. What is wrong with them is told without their values,
/// and what was read is read again from JSON of it alone.
pub fn settings_file(bytes: &[u8]) {
    let settings = match read_settings(&with_token(bytes)) {
        Ok(settings) => settings,
        Err(problem) => {
            assert_readable(&problem);
            return assert_without_token(&problem);
        }
    };
    let (token, organization, base_url) = (&settings.token, &settings.organization, &settings.base_url);
    let json = serde_json::json!({ "TOKEN": token, "organization": organization, "baseurl": base_url });
    assert_eq!(read_settings(json.to_string().as_bytes()).as_ref(), Ok(&settings));
    if let Some(token) = token.as_deref().filter(|token| token.len() > 16) {
        let is_told_otherwise =
            [organization, base_url].into_iter().flatten().any(|told| told.contains(token));
        assert!(is_told_otherwise || !settings.shown.contains(token));
        if let Err(error) = ApiToken::parse(token) {
            assert!(!error.to_string().contains(token));
        }
    }
}

fn with_token(bytes: &[u8]) -> Vec<u8> {
    let each = |form: fn(u8) -> String| TOKEN.bytes().map(form).collect::<String>();
    let forms = [
        ("$RAW", TOKEN.to_owned()),
        ("$PERCENT", each(|byte| format!("%{byte:02x}"))),
        ("$ESCAPED", each(|byte| format!("\\u{byte:04x}"))),
        ("$HEX", each(|byte| format!("{byte:02x}"))),
        ("$BASE64", STANDARD.encode(TOKEN)),
        ("$BASE64URL", URL_SAFE_NO_PAD.encode(format!("Bearer {TOKEN}"))),
    ];
    let mut bytes = bytes.to_vec();
    for (word, form) in forms.iter().rev() {
        while let Some(start) = bytes.windows(word.len()).position(|window| window == word.as_bytes()) {
            bytes.splice(start..start + word.len(), form.bytes());
        }
    }
    bytes
}

/// As it is, with percent signs, in hexadecimal digits, and within base64.
#[track_caller]
fn assert_without_token(text: &str) {
    let plain = text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    let percent_decoded: String = form_urlencoded::parse(plain.as_bytes()).map(|(text, _)| text).collect();
    let is_raw = text.contains(TOKEN) || percent_decoded.contains(TOKEN);
    let hex: String = TOKEN.bytes().map(|byte| format!("{byte:02x}")).collect();
    let standard = text.replace('-', "+").replace('_', "/");
    let words = standard.split(|c: char| !c.is_ascii_alphanumeric() && c != '+' && c != '/');
    let mut words = words.filter(|word| word.len() >= TOKEN.len());
    let in_base64 = words.any(|word| (0..4).any(|start| holds_token(&word.as_bytes()[start..])));
    assert!(!is_raw && !text.contains(&hex) && !in_base64, "{text}");
}

fn holds_token(letters: &[u8]) -> bool {
    let whole = &letters[..letters.len() / 4 * 4];
    let decoded = STANDARD_NO_PAD.decode(whole).unwrap_or_default();
    decoded.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes())
}
