//! `clerk_claims` and `clerk_session_claims`: the claims in tokens of Clerk.

use super::own_claims::own_claims;
use crate::function::{refused_at, template};
use claims::clerk::{self, ClaimsError};
use framework::{DynamicValue, Function, FunctionError};

/// The function for JWT templates.
#[derive(Debug)]
pub(crate) struct ClerkClaims;

/// The function for session tokens.
#[derive(Debug)]
pub(crate) struct ClerkSessionClaims;

framework::model! {
    /// Returns the claims for a JWT template of Clerk as JSON, which is the form that `clerk_jwt_template` takes them
    /// in, from the `json` of a `turso_jwt_template`. Every JWT template of the instance needs such claims, also one that
    /// is for something else than Turso: those of `no_access_claims` open nothing.
    ///
    /// It refuses whatever could make a token reach further than the template says: a claim that is missing or
    /// malformed, a claim that Clerk sets itself or does not allow, a claim of your own that Turso reads (`a`, `id`,
    /// `gid`, `rid`, `perm`, `p`), and a shortcode (`{{…}}`) within a claim of Turso's. Clerk puts null in place of a
    /// shortcode that it can't resolve, and Turso may take a limit that is null for no limit. Fallbacks are no way out:
    /// they replace null and false, but no empty text, and can't be lists.
    ///
    /// So Turso's claims are the same for every user of the instance. Templates are not roles: whoever is signed in may
    /// ask Clerk for a token of any template. Give away in a template no more than every user may have.
    pub struct Arguments {
        /// The `json` of a `turso_jwt_template`, or `no_access_claims`.
        template_json: DynamicValue = required(),
        /// Objects of the claims that your application wants in these tokens besides, shortcodes among them.
        own_claims: Vec<DynamicValue> = required().variadic(),
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
        clerk::claims(&template, &own_claims(arguments.own_claims)?).map_err(at_fault)
    }
}

framework::model! {
    /// Returns the claims for Clerk's session tokens as JSON. Clerk signs those with the key that Turso trusts, and every
    /// user has one, so they need claims as much as the tokens of a JWT template: those of a template that every user
    /// may have, or those of `no_access_claims`, where session tokens are to open nothing.
    ///
    /// An instance has one set of session claims. So give those that your application has there already as objects:
    /// they would be lost otherwise. Refused is what `clerk_claims` refuses, and what Clerk sets in session tokens
    /// itself (`fva`, `sts`, `o` and others). The whole must not be longer than 1,200 bytes, because the session token is
    /// a cookie; what shortcodes grow to can't be known here.
    ///
    /// The claims are set by `clerk_instance_config`, by Clerk's command `config patch`, or by hand: the
    /// [guide](../guides/clerk.md) shows each.
    pub struct SessionArguments {
        /// The `json` of a `turso_jwt_template`, or `no_access_claims`.
        template_json: DynamicValue = required(),
        /// Objects of the claims that your application wants in session tokens besides, shortcodes among them.
        own_claims: Vec<DynamicValue> = required().variadic(),
    }
}

impl Function for ClerkSessionClaims {
    type Arguments = SessionArguments;
    type Result = String;

    fn name(&self) -> &'static str {
        "clerk_session_claims"
    }

    fn summary(&self) -> &'static str {
        "The claims for Clerk's session tokens"
    }

    fn call(&self, arguments: SessionArguments) -> Result<String, FunctionError> {
        let template = template(&arguments.template_json)?;
        clerk::session_claims(&template, &own_claims(arguments.own_claims)?).map_err(at_fault)
    }
}

/// Why there are no claims, at the argument that is at fault.
fn at_fault(error: ClaimsError) -> FunctionError {
    match error {
        ClaimsError::Own { position, .. } => refused_at(position + 1, &error),
        ClaimsError::Template(_) | ClaimsError::TooLong { .. } => refused_at(0, &error),
    }
}

#[cfg(test)]
mod tests {
    use claims::Template;
    use framework::{Object, Type};

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
            (
                "",
                "the template is not JSON: EOF while parsing a value at line 1 column 0; pass the attribute `json` of a \
                 `turso_jwt_template`, and no other of its attributes"
                    .to_owned(),
            ),
            (
                r#"{"a":"rw","perm":[]}"#,
                "the claim `id` is missing. Turso reads missing claims as access to everything: a token without \
                 `id` or `gid` opens every database of the organization"
                    .to_owned(),
            ),
            (
                &format!(r#"{{"a":"rw","id":"{ID}","perm":[],"sub":"x"}}"#),
                "the template has the claim `sub` that is none of Turso's, which are `a`, `gid`, `id`, `perm` and `rid`: \
                 take it out. If Turso itself put it there, this version of the provider does not know it yet"
                    .to_owned(),
            ),
        ] {
            assert_eq!(call(json), Err(FunctionError::argument(0, reason)));
        }
    }

    #[test]
    fn own_claims_are_refused_at_their_own_argument() {
        let own_claims = ["email", "perm"].map(|name| DynamicValue {
            ty: Type::object([(name, Type::String)]),
            value: Object::new().with(name, "x").into(),
        });
        let template_json = text(&Template::no_access().to_canonical_json());
        let arguments = SessionArguments { template_json, own_claims: own_claims.into() };
        let error = ClerkSessionClaims.call(arguments).unwrap_err();
        assert_eq!(error.argument, Some(2));
        assert!(error.text.starts_with("Turso reads the claim `perm`"), "{error}");
    }

    fn call(json: &str) -> Result<String, FunctionError> {
        ClerkClaims.call(Arguments { template_json: text(json), own_claims: vec![] })
    }

    fn text(json: &str) -> DynamicValue {
        DynamicValue { ty: Type::String, value: json.into() }
    }
}
