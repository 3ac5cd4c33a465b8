//! The settings file that Turso's own CLI keeps, as far as it matters here: who is logged in, and where.
//! Pure: it takes the text of the file.

use std::fmt;

use serde_json::{Map, Value};
use strict_json::JsonError;

/// The name of the file in the folder of the settings.
pub(super) const FILE_NAME: &str = "settings.json";

/// What the file says. An empty string means the same as none, except for the organization.
#[derive(Clone, Eq, PartialEq)]
pub(super) struct CliSettings {
    /// The token of the login, not checked yet.
    pub(super) token: Option<String>,
    /// The organization that was switched to; `""` is the personal one.
    pub(super) organization: Option<String>,
    /// The address of the API.
    pub(super) base_url: Option<String>,
}

impl CliSettings {
    /// Reads the JSON of the file. The CLI's library writes keys in lower case and reads them in any, so any is
    /// read here.
    ///
    /// # Errors
    /// What is wrong with the file, in words that repeat no value of it.
    pub(super) fn parse(json: &[u8]) -> Result<Self, String> {
        if json.starts_with(UTF_16_LITTLE) || json.starts_with(UTF_16_BIG) {
            return Err(
                "it is in UTF-16, as some editors and shells of Windows write: store it as UTF-8".to_owned()
            );
        }
        // Into an untyped value first: an error about a wrong type would quote the value, which may be the token.
        let json = json.strip_prefix(UTF_8_MARK).unwrap_or(json);
        let value = strict_json::parse(json).map_err(|error| match error {
            JsonError::NotJson(error) => error.to_string(),
            error => error.to_string(),
        })?;
        let Value::Object(settings) = value else {
            return Err("it holds no JSON object".to_owned());
        };
        let not_empty = |text: &String| !text.is_empty();
        Ok(Self {
            token: text(&settings, "token")?.filter(not_empty),
            organization: text(&settings, "organization")?,
            base_url: text(&settings, "baseURL")?.filter(not_empty),
        })
    }
}

impl fmt::Debug for CliSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CliSettings")
            .field("token", &self.token.as_ref().map(|_| "[redacted]"))
            .field("organization", &self.organization)
            .field("base_url", &self.base_url)
            .finish()
    }
}

/// Byte order marks, which editors on Windows put before a text.
const UTF_8_MARK: &[u8] = b"\xef\xbb\xbf";
const UTF_16_LITTLE: &[u8] = b"\xff\xfe";
const UTF_16_BIG: &[u8] = b"\xfe\xff";

fn text(settings: &Map<String, Value>, key: &str) -> Result<Option<String>, String> {
    let mut spelt = settings.iter().filter(|(name, _)| name.eq_ignore_ascii_case(key));
    let (first, second) = (spelt.next(), spelt.next());
    if let (Some((first, _)), Some((second, _))) = (first, second) {
        return Err(format!(
            "{first:?} and {second:?} in it are one key to Turso's CLI: take one of them out"
        ));
    }
    match first {
        None | Some((_, Value::Null)) => Ok(None),
        Some((_, Value::String(text))) => Ok(Some(text.clone())),
        Some((name, _)) => Err(format!("{name:?} in it is not a string")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_in_any_case() {
        for json in [
            r#"{"token":"t","organization":"acme","baseurl":"https://x","username":"ann","cache":{}}"#,
            r#"{"Token":"t","ORGANIZATION":"acme","baseURL":"https://x"}"#,
        ] {
            let settings = CliSettings::parse(json.as_bytes()).unwrap();
            assert_eq!(settings.token.as_deref(), Some("t"));
            assert_eq!(settings.organization.as_deref(), Some("acme"));
            assert_eq!(settings.base_url.as_deref(), Some("https://x"));
        }
    }

    #[test]
    fn an_empty_string_is_no_value_but_the_personal_organization() {
        let settings = CliSettings::parse(br#"{"token":"","organization":"","baseurl":""}"#).unwrap();
        let expected = CliSettings { token: None, organization: Some(String::new()), base_url: None };
        assert_eq!(settings, expected);
    }

    #[test]
    fn a_broken_file_is_an_error_that_repeats_nothing_of_it() {
        for (json, words) in [
            (r#"{"token":["hush"]}"#, r#""token" in it is not a string"#),
            (r#"{"token":"hush"#, "EOF"),
            (r#"["hush"]"#, "it holds no JSON object"),
            (r#""hush""#, "it holds no JSON object"),
            (r#"{"token":"hush","Token":"hush2"}"#, r#""Token" and "token" in it are one key"#),
            (r#"{"baseurl":"a","baseURL":null}"#, r#""baseURL" and "baseurl" in it are one key"#),
            (r#"{"token":"hush","token":"hush"}"#, "has the same key twice"),
            ("hush", "expected value"),
            ("", "EOF"),
        ] {
            let error = CliSettings::parse(json.as_bytes()).unwrap_err();
            assert!(error.contains(words) && !error.contains("hush"), "{json}: {error}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        let settings = CliSettings::parse(b"\xef\xbb\xbf{\"token\":\"t\"}").unwrap();
        assert_eq!(settings.token.as_deref(), Some("t"));
        for text in [b"\xff\xfe{\0}\0", b"\xfe\xff\0{\0}"] {
            assert!(CliSettings::parse(text).unwrap_err().contains("UTF-16"));
        }
    }

    #[test]
    fn debug_output_shows_no_token() {
        let shown = format!("{:?}", CliSettings::parse(br#"{"token":"hush"}"#).unwrap());
        assert!(!shown.contains("hush"), "{shown}");
    }
}
