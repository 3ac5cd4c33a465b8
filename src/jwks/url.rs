//! The URL of a JWKS document, as far as it can be judged without asking it.

use url::Url;

use framework::Complaint;
use turso_client::{UrlError, parse_url_as_written};

use crate::report;

/// The URL, or what is wrong with it. Parts of it are told only where they can't be a password.
pub(crate) fn parse(text: &str) -> Result<Url, Complaint> {
    const EXAMPLE: &str = "such as https://clerk.example.com/.well-known/jwks.json";
    let invalid = |detail: String| Err(Complaint::new("Invalid JWKS URL", detail));
    if text.contains(|letter: char| letter.is_whitespace() || letter.is_control()) {
        return invalid("The URL contains white space or control characters. Remove them.".to_owned());
    }
    let url = match parse_url_as_written(text) {
        Ok(url) => url,
        Err(UrlError::NoUrl(error)) => {
            return invalid(format!("This is not a URL ({error}). Write a whole one, {EXAMPLE}."));
        }
        Err(error) => return invalid(report::sentences(&error)),
    };
    if url.scheme() != "https" {
        return invalid(format!(
            "The scheme is {:?}, and Turso needs https. Write a URL {EXAMPLE}.",
            url.scheme()
        ));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return invalid(format!("The URL has no host. Write a whole one, {EXAMPLE}."));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return invalid(
            "The URL holds a user name or password. A JWKS document is public: remove them.".to_owned(),
        );
    }
    if url.fragment().is_some() {
        return invalid("The URL has a fragment (#…), which no server ever sees. Remove it.".to_owned());
    }
    Ok(url)
}

/// Complains where a text can't be the URL of a JWKS document.
pub(crate) fn check(text: &str) -> Result<(), Complaint> {
    parse(text).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_turso_could_not_fetch_is_refused() {
        for (url, reason) in [
            ("http://clerk.example.com/jwks.json", "https"),
            ("clerk.example.com/jwks.json", "not a URL"),
            ("https://", "not a URL"),
            ("https://u:p4ss@example.com/", "user name or password"),
            ("https://example.com/#keys", "fragment"),
            (" https://example.com/", "white space"),
            ("https://example.com/\n", "white space"),
            ("https:///example.com/", "read as \"https://example.com/\". Write that"),
            ("https:example.com", "read as \"https://example.com/\". Write that"),
            ("https:u:p4ss@example.com", "read as \"https://example.com/\". Write that"),
            ("https://späth.example/", "read as \"https://xn--spth-moa.example/\". Write that"),
            ("https://example.com/a/../b", "read as \"https://example.com/b\". Write that"),
            ("https://example.com/100%", "not followed by two hexadecimal digits"),
            ("", "not a URL"),
        ] {
            let complaint = check(url).unwrap_err();
            assert!(complaint.detail.contains(reason), "{url}: {}", complaint.detail);
            assert!(!complaint.detail.contains("p4ss"));
        }
    }

    #[test]
    fn a_url_of_an_identity_provider_is_accepted() {
        for url in [
            "https://clerk.example.com/.well-known/jwks.json",
            "https://acme.eu.auth0.com:8443/jwks?tenant=a%20b",
            "https://[2001:db8::1]/jwks.json",
            "https://Clerk.Example.com:443",
        ] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
    }
}
