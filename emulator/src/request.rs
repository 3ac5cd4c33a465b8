//! A request as it came over the wire, and the way from its raw path to decoded segments.

use std::fmt;

use serde::Deserialize as _;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::object::Object;

/// One HTTP request, exactly as received.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `PUT`, …
    pub method: String,
    /// The path with its percent-encoding kept.
    pub path: String,
    /// What follows `?`, where there is one, even if it is empty.
    pub query: Option<String>,
    /// Header names in lower case with their values, in the order of arrival.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

impl Request {
    /// The path's segments, each percent-decoded exactly once: `%2F` stays inside its segment.
    /// `None` where the path does not begin with `/`, an escape is malformed, or a segment is not UTF-8.
    pub fn segments(&self) -> Option<Vec<String>> {
        self.path.strip_prefix('/')?.split('/').map(percent_decoded).collect()
    }

    /// The first header of this lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The token of `Authorization: Bearer …`; `None` where the header is absent, of another scheme, or empty.
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
    }

    /// Reads the body, which must be a JSON object. The error is a status and what is wrong.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, (u16, String)> {
        let media_type = self.header("content-type").and_then(|value| value.split(';').next());
        if !media_type.is_some_and(|value| value.trim().eq_ignore_ascii_case("application/json")) {
            return Err((415, "a body needs Content-Type: application/json".to_owned()));
        }
        // By way of a `Value`, which keeps the last of several keys of one name; a derived reader refuses them.
        let body: Value =
            serde_json::from_slice(&self.body).map_err(|_| (400, "the body is not JSON".to_owned()))?;
        let Object(body) = Object::deserialize(body).map_err(|error| (400, error.to_string()))?;
        Ok(body)
    }
}

/// Prints everything but the credentials, so that a failed test shows the request and not its token.
impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, path, query, headers, body } = self;
        let shown = |(name, value)| (name, if name == "authorization" { "(redacted)" } else { value });
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| shown((name.as_str(), value.as_str()))).collect();
        let body = String::from_utf8_lossy(body);
        write!(formatter, "{method} {path}, query {query:?}, headers {headers:?}, body {body:?}")
    }
}

fn percent_decoded(segment: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(segment.len());
    let mut bytes = segment.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hexadecimal(bytes.next()?)? * 16 + hexadecimal(bytes.next()?)?,
            _ => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &str, headers: &[(&str, &str)]) -> Request {
        Request {
            method: "GET".to_owned(),
            path: path.to_owned(),
            query: None,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: Vec::new(),
        }
    }

    #[test]
    fn a_segment_is_decoded_exactly_once() {
        for (path, expected) in [
            ("/a/b", vec!["a", "b"]),
            ("/a%2Fb", vec!["a/b"]),
            ("/a%2fb", vec!["a/b"]),
            ("/100%25", vec!["100%"]),
            ("/%252F", vec!["%2F"]),
            ("/Clerk%20Production", vec!["Clerk Production"]),
            ("/a%3Fb%23c", vec!["a?b#c"]),
            ("/sp%C3%A4t", vec!["spät"]),
            ("/a+b/", vec!["a+b", ""]),
        ] {
            assert_eq!(request(path, &[]).segments().unwrap(), expected, "{path}");
        }
    }

    #[test]
    fn a_malformed_escape_has_no_segments() {
        for path in ["/%", "/%2", "/%zz", "/%+1", "/%ff", "a"] {
            assert_eq!(request(path, &[]).segments(), None, "{path}");
        }
    }

    #[test]
    fn only_a_bearer_header_with_a_token_counts() {
        for (value, expected) in [
            ("Bearer abc", Some("abc")),
            ("bearer abc", Some("abc")),
            ("Bearer ", None),
            ("Basic abc", None),
            ("abc", None),
        ] {
            assert_eq!(request("/", &[("authorization", value)]).bearer(), expected, "{value}");
        }
    }

    #[test]
    fn debug_does_not_show_the_token() {
        let shown = format!("{:?}", request("/v2/organizations", &[("authorization", "Bearer s3cret")]));
        assert!(shown.contains("/v2/organizations") && !shown.contains("s3cret"), "{shown}");
    }
}
