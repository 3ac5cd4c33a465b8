//! URLs that every reader reads alike. The URL standard has parsers mend a text, `https:x` to `https://x/`, and parsers
//! of other languages mend it in other ways or not at all. What is judged here is sent elsewhere as text.

use std::cell::Cell;

use thiserror::Error;
use url::{SyntaxViolation, Url};

/// Parses a URL.
///
/// Differences that mean the same to everyone are fine: capitals in the scheme and the host, the scheme's own port
/// written out, and an absent path (`https://example.com`). A user name or password is for the caller to refuse.
///
/// # Errors
/// A text that is no URL, and one that is mended as it is read. No credentials and no query are told.
pub fn parse_url_as_written(text: &str) -> Result<Url, UrlError> {
    let is_encoded = Cell::new(true);
    let note = |violation| is_encoded.set(is_encoded.get() && violation != SyntaxViolation::PercentDecode);
    let url = Url::options().syntax_violation_callback(Some(&note)).parse(text).map_err(UrlError::NoUrl)?;
    if is_as_written(text, &url) {
        // Left as it is here; Go refuses it.
        return if is_encoded.get() { Ok(url) } else { Err(UrlError::StrayPercent) };
    }
    let mut read = url;
    // A URL that can't hold credentials has none to take away.
    let _ = read.set_username("");
    let _ = read.set_password(None);
    let is_tellable = read.query().is_none() && read.fragment().is_none();
    Err(UrlError::Mended { read: is_tellable.then(|| read.to_string()) })
}

/// Why a text is not taken for a URL.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum UrlError {
    /// It is no absolute URL.
    #[error("it is not a URL: {0}")]
    NoUrl(url::ParseError),
    /// It has a percent sign that begins no escape.
    #[error(
        "a percent sign in it is not followed by two hexadecimal digits; `%25` stands for the sign itself"
    )]
    StrayPercent,
    /// It is read as another text.
    #[error("programs differ in how they read it{}", written_right(.read))]
    Mended {
        /// That text, without credentials; none where it has a query or a fragment, which may be secret.
        read: Option<String>,
    },
}

fn written_right(read: &Option<String>) -> String {
    match read {
        Some(read) => format!(": here it is read as {}. Write that, if it is what is meant", excerpt::name(read)),
        None => ". Write two slashes, the host in small ASCII letters, a path without dot segments, and all other \
                 letters percent-encoded"
            .to_owned(),
    }
}

fn is_as_written(text: &str, url: &Url) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let default_port = match url.scheme() {
        "https" => ":443",
        "http" => ":80",
        _ => "",
    };
    let (credentials, host) = authority.rsplit_once('@').map_or(("", authority), |(user, host)| (user, host));
    let at = if authority.len() > host.len() { "@" } else { "" };
    let host = host.strip_suffix(default_port).unwrap_or(host).to_ascii_lowercase();
    let slash =
        if rest.starts_with('/') || url.cannot_be_a_base() || url.path().is_empty() { "" } else { "/" };
    url.as_str() == format!("{}://{credentials}{at}{host}{slash}{rest}", scheme.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_as_written_whatever_means_the_same_to_everyone() {
        for text in [
            "https://example.com",
            "https://example.com/",
            "https://example.com?tenant=1",
            "https://example.com#top",
            "HTTPS://Clerk.Example.com/.well-known/jwks.json",
            "https://example.com:443/jwks.json",
            "https://example.com.:8443",
            "http://127.0.0.1:80",
            "http://localhost:8080",
            "https://[2001:db8::1]:443/a%20b%2Fc?d=e%26f&g=h+i",
            "https://xn--spth-moa.example/a;b=c/@d:e!$&'()*+,",
            "https://example.com/a|b?c=${d}",
            "https://user:p4ss@example.com:443",
            "ftp://example.com/",
        ] {
            assert!(parse_url_as_written(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_url_that_is_mended_as_it_is_read_is_refused_with_what_is_read() {
        for (text, read) in [
            ("https:///example.com/x", "https://example.com/x"),
            ("https:example.com/x", "https://example.com/x"),
            ("https:/example.com", "https://example.com/"),
            ("https:\\\\example.com\\x", "https://example.com/x"),
            ("https://example.com\\@evil.example/", "https://example.com/@evil.example/"),
            ("https://example.com/a/../b", "https://example.com/b"),
            ("https://example.com/a/%2e%2E/b", "https://example.com/b"),
            ("https://example.com/./a", "https://example.com/a"),
            ("https://example.com/.", "https://example.com/"),
            ("https://ex%61mple.com/", "https://example.com/"),
            ("https://exa\u{ad}mple.com/", "https://example.com/"),
            ("https://späth.example/", "https://xn--spth-moa.example/"),
            ("https://example.com/späth", "https://example.com/sp%C3%A4th"),
            ("https:///example.com/?hush", "a query"),
            ("https:///example.com/#hush", "a fragment"),
            ("https://example.com/?q='hush'", "a query"),
            ("https://example.com:0443/", "https://example.com/"),
            ("https://example.com:/", "https://example.com/"),
            ("https://example.com:80443", ""),
            ("https://0x7f.1/", "https://127.0.0.1/"),
            ("http://127.1:8080", "http://127.0.0.1:8080/"),
            ("https://[2001:DB8:0::1]/", "https://[2001:db8::1]/"),
            (" https://example.com/", "https://example.com/"),
            ("https://example.com/\n", "https://example.com/"),
            ("https://exa\tmple.com/", "https://example.com/"),
            ("https:user:p4ss@example.com/", "https://example.com/"),
        ] {
            let expected = match read {
                "" => UrlError::NoUrl(url::ParseError::InvalidPort),
                "a query" | "a fragment" => UrlError::Mended { read: None },
                read => UrlError::Mended { read: Some(read.to_owned()) },
            };
            let error = parse_url_as_written(text).unwrap_err();
            assert_eq!(error, expected, "{text}");
            let told = format!("{error} {error:?}");
            assert!(!told.contains("p4ss") && !told.contains("hush"), "{told}");
        }
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for text in ["https://example.com/100%", "https://example.com/%zz?a", "https://example.com/?a=%"] {
            assert_eq!(parse_url_as_written(text), Err(UrlError::StrayPercent), "{text}");
        }
        for text in ["", "example.com", "//example.com", "https://", "https://:443/"] {
            assert!(matches!(parse_url_as_written(text), Err(UrlError::NoUrl(_))), "{text}");
        }
    }
}
