//! `no_access_claims`: the claims for tokens that must open nothing.

use claims::Template;
use framework::{Function, FunctionError};

/// The function.
#[derive(Debug)]
pub(crate) struct NoAccessClaims;

framework::model! {
    /// Returns claims that open nothing, as JSON like that of a `turso_jwt_template`. They are always the same: of a
    /// database that does not exist, to be read only, in a table that can't exist.
    ///
    /// They are for tokens that an identity provider signs with the keys that Turso trusts, and that are not meant for
    /// Turso: a token without claims opens everything. `clerk_claims`, `clerk_session_claims` and the rules of
    /// `turso_auth0_action` take them.
    pub struct Arguments {}
}

impl Function for NoAccessClaims {
    type Arguments = Arguments;
    type Result = String;

    fn name(&self) -> &'static str {
        "no_access_claims"
    }

    fn summary(&self) -> &'static str {
        "Claims that open nothing"
    }

    fn call(&self, _: Arguments) -> Result<String, FunctionError> {
        Ok(Template::no_access().to_canonical_json())
    }
}
