//! The settings file that Turso's own CLI keeps, as far as it matters here: who is logged in, and where.
//! Pure: it takes the text of the file.

use std::fmt;

use serde_json::{Map, Value};

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
        // Into an untyped value first: an error about a wrong type would quote the value, which may be the token.
        let value: Value = serde_json::from_slice(json).map_err(|error| error.to_string())?;
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

fn text(settings: &Map<String, Value>, key: &str) -> Result<Option<String>, String> {
    match settings.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)) {
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
            ("hush", "expected value"),
            ("", "EOF"),
        ] {
            let error = CliSettings::parse(json.as_bytes()).unwrap_err();
            assert!(error.contains(words) && !error.contains("hush"), "{json}: {error}");
        }
    }

    #[test]
    fn debug_output_shows_no_token() {
        let shown = format!("{:?}", CliSettings::parse(br#"{"token":"hush"}"#).unwrap());
        assert!(!shown.contains("hush"), "{shown}");
    }
}
