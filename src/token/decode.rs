//! `token_decode`: what a token would open, as an object for preconditions and for eyes.

use claims::{DecodedToken, NotAToken, Rule, TargetId};
use framework::{Function, FunctionError};

/// The function.
#[derive(Debug)]
pub(crate) struct TokenDecode;

framework::model! {
    /// Tells what a JWT would open in Turso, from its claims. Nothing is verified: neither the signature nor the time, and no
    /// request is sent. Whoever has a token can change its claims before this function sees them, so that its result is
    /// for tokens whose origin you know, such as one that your identity provider has just issued. Whether Turso takes a
    /// token is told by Turso alone.
    ///
    /// The result is an object:
    ///
    /// - `reach` is how far it reaches: `database`, `group`, `organization` or `nothing`; or `unreadable`, where the text is
    /// no JWT.
    /// - `database_id` and `group_id` are the UUID that it is limited to, one of them where `reach` is `database` or `group`.
    /// - `scope` is `full-access` or `read-only`, where `reach` is `database` or `group`.
    /// - `grants` are the permissions, as `turso_jwt_template` takes them, one for each table. Null means no limit within
    /// `scope`; look at `reach` first. An empty list is there where `reach` is `nothing`.
    /// - `expires_at` is the time until which it is good, in UTC as RFC 3339. Null where it has none.
    /// - `issuer` is its claim `iss`. Null where it has none, or one that can't be shown as it is.
    /// - `summary` says all of it in one line, with the reason for `organization` and `unreadable`.
    ///
    /// `reach` is `organization` wherever it is not known that the claims limit anything: where `a`, `perm` or the target is
    /// missing, null or malformed, where there are two targets, and where the claim `p` or one of Turso's in other letters
    /// (`Perm`) is there. It is `nothing` for the claims of `no_access_claims` alone.
    ///
    /// What is no JWT is no error, since Terraform prints the arguments of a call that failed. The result does not
    /// repeat the token. Where the token is sensitive, the result is, too: `nonsensitive()` around one of its parts shows it.
    pub struct Arguments {
        /// The token, as a client sends it.
        jwt: String = required(),
    }
}

framework::model! {
    /// What a token would open.
    pub struct Decoded {
        /// How far it reaches: `database`, `group`, `organization`, `nothing` or `unreadable`.
        reach: String = computed(),
        /// The UUID of the database.
        database_id: Option<String> = computed(),
        /// The UUID of the group.
        group_id: Option<String> = computed(),
        /// `full-access` or `read-only`.
        scope: Option<String> = computed(),
        /// The permissions, one for each table.
        grants: Option<Vec<String>> = computed(),
        /// The time until which it is good.
        expires_at: Option<String> = computed(),
        /// Who says to have issued it.
        issuer: Option<String> = computed(),
        /// All of it in one line.
        summary: String = computed(),
    }
}

impl Function for TokenDecode {
    type Arguments = Arguments;
    type Result = Decoded;

    fn name(&self) -> &'static str {
        "token_decode"
    }

    fn summary(&self) -> &'static str {
        "What a token would open"
    }

    fn call(&self, arguments: Arguments) -> Result<Decoded, FunctionError> {
        Ok(match DecodedToken::of(&arguments.jwt) {
            Ok(token) => Decoded::of(&token),
            Err(error) => Decoded::unreadable(&error),
        })
    }
}

impl Decoded {
    fn of(token: &DecodedToken) -> Self {
        let limits = token.reach.limits();
        let target = limits.map(|template| template.target_id().clone());
        let (database_id, group_id) = match target {
            Some(TargetId::Database(id)) => (Some(id), None),
            Some(TargetId::Group(id)) => (None, Some(id)),
            None => (None, None),
        };
        let grants = match &token.reach {
            claims::Reach::Limited(template) => template.grants(),
            claims::Reach::Nothing => Some(Vec::new()),
            claims::Reach::Organization(_) => None,
        };
        Self {
            reach: token.reach.as_str().to_owned(),
            database_id,
            group_id,
            scope: limits.map(|template| template.access().to_string()),
            grants: grants.map(|rules| rules.iter().map(Rule::to_string).collect()),
            expires_at: token.expiry.time(),
            issuer: token.issuer.clone(),
            summary: token.summary(),
        }
    }

    fn unreadable(error: &NotAToken) -> Self {
        Self {
            reach: "unreadable".to_owned(),
            database_id: None,
            group_id: None,
            scope: None,
            grants: None,
            expires_at: None,
            issuer: None,
            summary: format!("no JWT: {error}"),
        }
    }
}
