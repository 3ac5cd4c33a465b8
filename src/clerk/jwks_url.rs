//! `clerk_jwks_url`: where an instance of Clerk publishes its keys.

use crate::function::{refused, text};
use claims::clerk;
use framework::{Function, FunctionError, Parameter, Signature, Type, Value};

/// The function.
#[derive(Debug)]
pub(crate) struct ClerkJwksUrl;

impl Function for ClerkJwksUrl {
    fn name(&self) -> &'static str {
        "clerk_jwks_url"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "The JWKS URL of a Clerk instance",
            description: "Returns the URL of the JWKS document of a Clerk instance from its publishable key: the key \
                          holds the host name of the instance's Frontend API. No request is sent.\n\n\
                          The function takes no secret key, and does not repeat one in its error.",
            parameters: vec![Parameter {
                name: "publishable_key",
                ty: Type::String,
                description: "The instance's publishable key, which starts with `pk_test_` or `pk_live_`. Clerk's \
                              dashboard shows it under API keys; an application often has it as \
                              `NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY`.",
            }],
            returns: Type::String,
        }
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        clerk::jwks_url(text(&arguments)?).map(Value::from).map_err(|error| refused(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publishable_key_tells_the_url() {
        // The base64 of `calm-owl-7.clerk.accounts.dev$`.
        let url = ClerkJwksUrl.call(vec!["pk_test_Y2FsbS1vd2wtNy5jbGVyay5hY2NvdW50cy5kZXYk".into()]);
        assert_eq!(url, Ok("https://calm-owl-7.clerk.accounts.dev/.well-known/jwks.json".into()));
    }

    #[test]
    fn a_secret_key_is_refused_and_not_repeated() {
        let error = ClerkJwksUrl.call(vec!["sk_live_51f2c0ffee".into()]).unwrap_err();
        assert_eq!(error.argument, Some(0));
        assert!(error.text.starts_with("this is a secret key of Clerk"), "{error}");
        assert!(!error.text.contains("51f2c0ffee"), "{error}");
    }
}
