//! `auth0_jwks_url`: where a tenant of Auth0 publishes its keys.

use crate::function::refused;
use claims::auth0;
use framework::{Function, FunctionError};

/// The function.
#[derive(Debug)]
pub(crate) struct Auth0JwksUrl;

framework::model! {
    /// Returns the URL of the JWKS document of an Auth0 tenant from its domain. No request is sent.
    pub struct Arguments {
        /// The tenant's domain, such as `acme.eu.auth0.com`, or its custom domain: the bare host name, without
        /// `https://` and without a path.
        domain: String = required(),
    }
}

impl Function for Auth0JwksUrl {
    type Arguments = Arguments;
    type Result = String;

    fn name(&self) -> &'static str {
        "auth0_jwks_url"
    }

    fn summary(&self) -> &'static str {
        "The JWKS URL of an Auth0 tenant"
    }

    fn call(&self, arguments: Arguments) -> Result<String, FunctionError> {
        auth0::jwks_url(&arguments.domain).map_err(|error| refused(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_tells_the_url() {
        let url = Auth0JwksUrl.call(Arguments { domain: "acme.eu.auth0.com".to_owned() });
        assert_eq!(url, Ok("https://acme.eu.auth0.com/.well-known/jwks.json".into()));
    }

    #[test]
    fn a_url_is_refused_at_the_argument() {
        let error =
            Auth0JwksUrl.call(Arguments { domain: "https://acme.eu.auth0.com/".to_owned() }).unwrap_err();
        assert_eq!(error.argument, Some(0));
        assert!(error.text.starts_with("the domain is a URL: write the bare host name"), "{error}");
    }
}
