//! `auth0_jwks_url`: where a tenant of Auth0 publishes its keys.

use crate::function::{refused, text};
use claims::auth0;
use framework::{Function, FunctionError, Parameter, Signature, Type, Value};

/// The function.
#[derive(Debug)]
pub(crate) struct Auth0JwksUrl;

impl Function for Auth0JwksUrl {
    fn name(&self) -> &'static str {
        "auth0_jwks_url"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "The JWKS URL of an Auth0 tenant",
            description: "Returns the URL of the JWKS document of an Auth0 tenant from its domain. No request is sent.",
            parameters: vec![Parameter {
                name: "domain",
                ty: Type::String,
                description: "The tenant's domain, such as `acme.eu.auth0.com`, or its custom domain: the bare host \
                              name, without `https://` and without a path.",
            }],
            returns: Type::String,
        }
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        auth0::jwks_url(text(&arguments)?).map(Value::from).map_err(|error| refused(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_tells_the_url() {
        let url = Auth0JwksUrl.call(vec!["acme.eu.auth0.com".into()]);
        assert_eq!(url, Ok("https://acme.eu.auth0.com/.well-known/jwks.json".into()));
    }

    #[test]
    fn a_url_is_refused_with_the_domain_in_it() {
        let error = Auth0JwksUrl.call(vec!["https://acme.eu.auth0.com/".into()]).unwrap_err();
        assert_eq!(error.argument, Some(0));
        assert!(error.text.ends_with(r#"write "acme.eu.auth0.com" instead"#), "{error}");
    }
}
