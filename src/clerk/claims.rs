//! `clerk_claims`: the claims of a JWT template at Clerk.

use crate::function::{refused, template};
use claims::clerk;
use framework::{Function, FunctionError};

/// The function.
#[derive(Debug)]
pub(crate) struct ClerkClaims;

framework::model! {
    /// Returns the claims for a JWT template of Clerk as JSON, which is the form that `clerk_jwt_template` takes them
    /// in, from the `json` of a `turso_jwt_template`.
    ///
    /// It refuses whatever could make a token reach further than the template says: a claim that is missing or
    /// malformed, a claim that Clerk sets itself or does not allow, and a shortcode (`{{…}}`) within a claim that
    /// Turso reads. Clerk puts null in place of a shortcode that it can't resolve, and Turso may take a limit that is
    /// null for no limit.
    ///
    /// So the claims are the same for every user of the instance. Templates are not roles: whoever is signed in may
    /// ask Clerk for a token of any template. Give away in a template no more than every user may have.
    pub struct Arguments {
        /// The `json` of a `turso_jwt_template`.
        template_json: String = required(),
    }
}

impl Function for ClerkClaims {
    type Arguments = Arguments;
    type Result = String;

    fn name(&self) -> &'static str {
        "clerk_claims"
    }

    fn summary(&self) -> &'static str {
        "The claims for a JWT template of Clerk"
    }

    fn call(&self, arguments: Arguments) -> Result<String, FunctionError> {
        let template = template(&arguments.template_json)?;
        clerk::claims(&template).map_err(|error| refused(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "33057661-2f0c-4d3c-9f0b-0a1b2c3d4e5f";

    #[test]
    fn the_claims_are_those_of_the_template_with_sorted_keys() {
        let claims = call(&format!(r#"{{"perm": [], "id": "{ID}", "a": "ro"}}"#));
        assert_eq!(claims, Ok(format!(r#"{{"a":"ro","id":"{ID}","perm":[]}}"#)));
    }

    #[test]
    fn what_is_refused_is_refused_with_its_reason_at_the_argument() {
        for (json, reason) in [
            ("", "the template is not JSON: EOF while parsing a value at line 1 column 0".to_owned()),
            (
                r#"{"a":"rw","perm":[]}"#,
                "the claim `id` is missing. Turso reads missing claims as access to everything: a token without \
                 `id` or `gid` opens every database of the organization"
                    .to_owned(),
            ),
            (
                &format!(r#"{{"a":"rw","id":"{ID}","perm":[],"sub":"x"}}"#),
                "Clerk sets the claim `sub` itself, and a template can't override it: take it out".to_owned(),
            ),
        ] {
            assert_eq!(call(json), Err(FunctionError::argument(0, reason)));
        }
    }

    fn call(json: &str) -> Result<String, FunctionError> {
        ClerkClaims.call(Arguments { template_json: json.to_owned() })
    }
}
