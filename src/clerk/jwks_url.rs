//! `clerk_jwks_url`: where an instance of Clerk publishes its keys.

use crate::function::refused;
use claims::clerk;
use framework::{Function, FunctionError};

/// The function.
#[derive(Debug)]
pub(crate) struct ClerkJwksUrl;

framework::model! {
    /// Returns the URL of the JWKS document of a Clerk instance from its publishable key: the key holds the host name
    /// of the instance's Frontend API. No request is sent.
    ///
    /// The function takes no secret key, and does not repeat one in its error. Terraform itself prints the arguments of
    /// a call that failed, unless they are sensitive: where a secret key could get here by mistake, let it come from a
    /// variable with `sensitive = true`.
    pub struct Arguments {
        /// The instance's publishable key, which starts with `pk_test_` or `pk_live_`. Clerk's dashboard shows it
        /// under API keys; an application often has it as `NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY`.
        publishable_key: String = required(),
    }
}

impl Function for ClerkJwksUrl {
    type Arguments = Arguments;
    type Result = String;

    fn name(&self) -> &'static str {
        "clerk_jwks_url"
    }

    fn summary(&self) -> &'static str {
        "The JWKS URL of a Clerk instance"
    }

    fn call(&self, arguments: Arguments) -> Result<String, FunctionError> {
        clerk::jwks_url(&arguments.publishable_key).map_err(|error| refused(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publishable_key_tells_the_url() {
        // The base64 of `calm-owl-7.clerk.accounts.dev$`.
        let url = ClerkJwksUrl.call(Arguments {
            publishable_key: "pk_test_Y2FsbS1vd2wtNy5jbGVyay5hY2NvdW50cy5kZXYk".to_owned(),
        });
        assert_eq!(url, Ok("https://calm-owl-7.clerk.accounts.dev/.well-known/jwks.json".into()));
    }

    #[test]
    fn a_secret_key_is_refused_and_not_repeated() {
        let error =
            ClerkJwksUrl.call(Arguments { publishable_key: "sk_live_51f2c0ffee".to_owned() }).unwrap_err();
        assert_eq!(error.argument, Some(0));
        assert!(error.text.starts_with("this is a secret key of Clerk"), "{error}");
        assert!(!error.text.contains("51f2c0ffee"), "{error}");
    }
}
