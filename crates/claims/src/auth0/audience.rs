//! The audiences that an Action may list: the identifiers of APIs whose tokens can carry claims.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The identifier of an API (`auth0_resource_server`), for which tokens are asked by the parameter `audience`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Audience(String);

impl Audience {
    /// The identifier, as Auth0 compares it: letter by letter.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Audience {
    type Err = AudienceError;

    fn from_str(text: &str) -> Result<Self, AudienceError> {
        if text.is_empty() {
            Err(AudienceError::Empty)
        } else if text.trim() != text {
            Err(AudienceError::SurroundingSpace)
        } else if is_of_auth0(&text.to_ascii_lowercase()) {
            Err(AudienceError::Auth0)
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why an audience can't be listed.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum AudienceError {
    /// No text.
    #[error("an audience is the identifier of an API, and this one is empty")]
    Empty,
    /// White space at either end, which no API's identifier has.
    #[error("the audience has white space around it")]
    SurroundingSpace,
    /// An API of Auth0 itself.
    #[error("this is the audience of an API of Auth0 itself, and Auth0 drops claims from tokens for those")]
    Auth0,
}

/// Auth0's own audiences (its documentation of the Management, My Account, My Organization and MFA APIs, and of session
/// transfer). A tenant has them on its domain and on its custom domains, so the host does not matter.
fn is_of_auth0(audience: &str) -> bool {
    const PATHS: [&str; 5] = ["api/v2", "me", "mfa", "my-org", "userinfo"];

    if let Some(name) = audience.strip_prefix("urn:") {
        return name.starts_with("auth0:") || name.ends_with(":session_transfer");
    }
    let url = audience.strip_prefix("https://").or_else(|| audience.strip_prefix("http://"));
    let Some((host, path)) = url.and_then(|url| url.split_once('/')) else { return false };
    let path = path.trim_matches('/');
    // Tenants from before have the Management API at `/api/`, which anywhere else is a common name of one's own.
    PATHS.contains(&path) || (path == "api" && host.ends_with(".auth0.com"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth0s_own_audiences_are_refused_on_any_host() {
        for audience in [
            "https://acme.eu.auth0.com/api/v2/",
            "https://login.example.com/api/v2/",
            "https://login.example.com/api/v2",
            "HTTPS://Login.Example.com/API/v2/",
            "https://acme.auth0.com/api/",
            "https://acme.auth0.com/userinfo",
            "https://login.example.com/me/",
            "https://login.example.com/my-org/",
            "https://localhost:8443/mfa/",
            "urn:auth0:express-configure",
            "urn:acme:session_transfer",
        ] {
            assert_eq!(audience.parse::<Audience>(), Err(AudienceError::Auth0), "{audience}");
        }
    }

    #[test]
    fn an_apis_identifier_is_accepted_as_it_is() {
        for audience in [
            "https://turso.tech/acme/app",
            "https://api.example.com/",
            "https://api.example.com/api",
            "https://api.example.com/v1/me",
            "https://me.example.com",
            "orders",
            "urn:acme:orders",
        ] {
            assert_eq!(audience.parse::<Audience>().unwrap().as_str(), audience);
        }
    }

    #[test]
    fn what_no_api_is_called_is_refused() {
        assert_eq!("".parse::<Audience>(), Err(AudienceError::Empty));
        assert_eq!("orders ".parse::<Audience>(), Err(AudienceError::SurroundingSpace));
    }
}
