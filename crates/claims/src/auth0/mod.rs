//! What Auth0 needs to issue tokens for Turso: the code of an Action that sets the claims, and the URL of its
//! keys.

mod action;
mod audience;

use thiserror::Error;

use super::host;

pub use action::{
    Action, ActionClaims, ActionClaimsError, CLAIMS_LIMIT, CODE_LIMIT, CodeTooLong, Organizations, Rule,
    Selector, Trigger, Unmatched, Who,
};
pub use audience::{Audience, AudienceError};

/// The URL of a tenant's JWKS document, from its domain (`acme.eu.auth0.com`) or its custom domain.
///
/// # Errors
/// Anything but the bare name of a host.
pub fn jwks_url(domain: &str) -> Result<String, DomainError> {
    let flaw = match host::checked(domain) {
        Ok(host) => return Ok(format!("https://{host}/.well-known/jwks.json")),
        Err(_) if domain.contains("://") => "is a URL",
        Err(_) if domain.trim() != domain => "has white space around it",
        Err(_) if domain.contains('/') => "has a path",
        Err(flaw) => flaw,
    };
    Err(DomainError { flaw })
}

/// Why a text is not a tenant's domain. The text itself is not told: it may be a secret that was meant for elsewhere.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("the domain {flaw}: write the bare host name of the tenant, such as `acme.eu.auth0.com`")]
pub struct DomainError {
    flaw: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_names_the_host_of_the_keys() {
        for (domain, url) in [
            ("acme.eu.auth0.com", "https://acme.eu.auth0.com/.well-known/jwks.json"),
            ("Login.Example.com", "https://login.example.com/.well-known/jwks.json"),
        ] {
            assert_eq!(jwks_url(domain).unwrap(), url);
        }
    }

    #[test]
    fn a_wrong_domain_is_refused_with_what_to_write_and_never_repeated() {
        for (domain, flaw) in [
            ("", "is not a host name"),
            ("hush", "has no dot"),
            ("https://hush.eu.auth0.com/", "is a URL"),
            ("hush.eu.auth0.com ", "has white space around it"),
            ("hush.eu.auth0.com/", "has a path"),
            ("hush.eu.auth0.com:8443", "is not a host name"),
            ("10.0.0.1", "is an address, not a host name"),
        ] {
            let error = jwks_url(domain).unwrap_err();
            let told = "write the bare host name of the tenant, such as `acme.eu.auth0.com`";
            assert_eq!(error.to_string(), format!("the domain {flaw}: {told}"));
            assert!(!format!("{error:?}").contains("hush"));
        }
    }
}
