//! Where the Platform API is.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use url::{Host, Url};

use super::path::Path;
use super::written_url::{UrlError, parse_url_as_written};

/// The origin that requests go to: https, or http to this machine only, since every request carries a token.
///
/// Only scheme, host and port count. Turso's CLI resolves absolute paths against its base URL, which discards any
/// path in it, so a value that works there works here and means the same.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// The address of `path` with these parameters in its query string, encoded as a form (URL standard,
    /// "application/x-www-form-urlencoded"), which is what Go's servers decode.
    pub(super) fn join(&self, path: &Path, query: &[(&str, String)]) -> Url {
        let mut url = self.0.clone();
        url.set_path(path.as_str());
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// The origin.
    pub(super) fn as_url(&self) -> &Url {
        &self.0
    }

    /// Whether requests go over TLS.
    pub(super) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }
}

/// Turso's own address.
impl Default for BaseUrl {
    fn default() -> Self {
        "https://api.turso.tech".parse().expect("the constant is an https URL with a host")
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<Self, BaseUrlError> {
        let mut url = parse_url_as_written(text)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::Credentials);
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => {
                return Err(BaseUrlError::PlainHttp { host: url.host_str().unwrap_or_default().to_owned() });
            }
            other => return Err(BaseUrlError::Scheme { scheme: other.to_owned() }),
        }
        url.set_path("");
        url.set_query(None);
        url.set_fragment(None);
        Ok(Self(url))
    }
}

/// The origin, without a slash at its end.
impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

/// Why a text is no base URL. Holds no credentials that were in it.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum BaseUrlError {
    /// It is no URL, or not written as it is read.
    #[error(transparent)]
    NoUrl(#[from] UrlError),
    /// It holds a user name or a password.
    #[error("it holds a user name or a password; a token is the only credential of the API")]
    Credentials,
    /// It is http to another machine.
    #[error(
        "plain http would send the token in the clear to {}: use https (http is for this machine only)",
        excerpt::name(.host)
    )]
    PlainHttp {
        /// The host that was asked for.
        host: String,
    },
    /// It is neither https nor http.
    #[error("its scheme is {}: use https", excerpt::name(.scheme))]
    Scheme {
        /// The scheme that was asked for.
        scheme: String,
    },
}

/// Whether a URL is of this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path;

    #[test]
    fn only_scheme_host_and_port_of_a_base_url_count() {
        for (text, origin) in [
            ("https://api.turso.tech", "https://api.turso.tech"),
            ("https://api.turso.tech/", "https://api.turso.tech"),
            ("https://api.turso.tech/v1/x?y#z", "https://api.turso.tech"),
            ("HTTPS://API.example:8443", "https://api.example:8443"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("http://127.9.9.9", "http://127.9.9.9"),
            ("http://[::1]:1", "http://[::1]:1"),
            ("http://localhost:1", "http://localhost:1"),
        ] {
            assert_eq!(text.parse::<BaseUrl>().unwrap().to_string(), origin, "{text}");
        }
    }

    #[test]
    fn a_base_url_that_would_leak_the_token_is_refused() {
        let scheme = |scheme: &str| BaseUrlError::Scheme { scheme: scheme.into() };
        let plain = |host: &str| BaseUrlError::PlainHttp { host: host.into() };
        let no_url = |error| BaseUrlError::NoUrl(UrlError::NoUrl(error));
        let mended = |read: &str| BaseUrlError::NoUrl(UrlError::Mended { read: Some(read.into()) });
        for (text, expected) in [
            ("http://api.turso.tech", plain("api.turso.tech")),
            ("http://localhost.example", plain("localhost.example")),
            ("http://10.0.0.1", plain("10.0.0.1")),
            ("http://[::2]", plain("[::2]")),
            ("ftp://api.turso.tech", scheme("ftp")),
            ("file:///etc", scheme("file")),
            ("https://me:hush@api.turso.tech", BaseUrlError::Credentials),
            ("https://me@api.turso.tech", BaseUrlError::Credentials),
            ("api.turso.tech", no_url(url::ParseError::RelativeUrlWithoutBase)),
            ("https://", no_url(url::ParseError::EmptyHost)),
            ("", no_url(url::ParseError::RelativeUrlWithoutBase)),
            ("https:api.turso.tech", mended("https://api.turso.tech/")),
            ("https:///api.turso.tech", mended("https://api.turso.tech/")),
            ("https://api.turso.tech ", mended("https://api.turso.tech/")),
            ("https:me:hush@api.turso.tech", mended("https://api.turso.tech/")),
        ] {
            let error = text.parse::<BaseUrl>().unwrap_err();
            assert_eq!(error, expected, "{text}");
            assert!(!format!("{error} {error:?}").contains("hush"));
        }
    }

    #[test]
    fn an_encoded_path_is_joined_as_it_is() {
        let base: BaseUrl = "https://api.example/ignored".parse().unwrap();
        let path = path::endpoints(&"a%b?c".parse().unwrap());
        assert_eq!(base.join(&path, &[]).as_str(), "https://api.example/v2/organizations/a%25b%3Fc/jwks");
    }

    #[test]
    fn parameters_go_into_the_query_string_each_encoded_once() {
        let base = BaseUrl::default();
        for (query, expected) in [
            (vec![("expiration", "never".to_owned())], "?expiration=never"),
            (vec![("a", "1".to_owned()), ("b", String::new()), ("a", "2".to_owned())], "?a=1&b=&a=2"),
            (vec![("q", "a b&c=d#e?f+g%h/ä".to_owned())], "?q=a+b%26c%3Dd%23e%3Ff%2Bg%25h%2F%C3%A4"),
        ] {
            let url = base.join(&path::organizations(), &query);
            assert_eq!(url.as_str(), format!("https://api.turso.tech/v2/organizations{expected}"));
            let decoded: Vec<_> = url.query_pairs().map(|(_, value)| value.into_owned()).collect();
            assert!(decoded.iter().eq(query.iter().map(|(_, value)| value)), "{decoded:?}");
        }
    }
}
