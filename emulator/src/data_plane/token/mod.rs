//! Tokens of the data plane: reads a JWT (RFC 7519), and decides which database it opens, and for what.

mod jwt;
mod keys;

pub(crate) use jwt::Jwt;
pub(crate) use keys::FetchedKeys;
pub use keys::JwksFetch;

use serde_json::{Map, Value};

use super::grants::{FailOpen, Grants};
use crate::answer::Answer;
use crate::world::{Database, Group};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenRefused {
    #[error("JWT error: {0}")]
    Unreadable(String),
    #[error("Unauthorized: `unauthorized access attempt on database: empty JWT token`")]
    Empty,
    #[error(
        "Unauthorized: `unauthorized access attempt on database: invalid JWT token: \
         can't be decoded with any of the existing keys`"
    )]
    UnknownKey,
    // The wording of this and the next is ours: Turso's is not known.
    #[error(
        "Unauthorized: `unauthorized access attempt on database: invalid JWT token: the token has expired`"
    )]
    Expired,
    #[error(
        "Unauthorized: `unauthorized access attempt on database: invalid JWT token: the token is not valid yet`"
    )]
    NotYet,
    #[error(
        "Unauthorized: `unauthorized access attempt on database: \
         token does not have the permissions to access the database`"
    )]
    OtherDatabase,
}

impl TokenRefused {
    pub(crate) fn answer(&self) -> Answer {
        let status = if matches!(self, Self::Unreadable(_)) { 400 } else { 401 };
        Answer::error(status, &self.to_string())
    }
}

/// Whether claims are good at a time, in seconds since 1970. Without `exp` they are good for ever.
pub(crate) fn check_time(claims: &Map<String, Value>, now: f64) -> Result<(), TokenRefused> {
    let time = |name| match claims.get(name) {
        None => Ok(None),
        Some(value) => {
            value.as_f64().map(Some).ok_or_else(|| TokenRefused::Unreadable("InvalidToken".to_owned()))
        }
    };
    if time("exp")?.is_some_and(|exp| exp <= now) {
        return Err(TokenRefused::Expired);
    }
    if time("nbf")?.is_some_and(|nbf| nbf > now) {
        return Err(TokenRefused::NotYet);
    }
    Ok(())
}

/// What claims allow in a database, and in what way they are open. `id` names a database, `gid` a group; where
/// both are null or absent, every database is reached.
pub(crate) fn admit(
    claims: &Map<String, Value>,
    database: &Database,
    group: Option<&Group>,
) -> Result<(Grants, Vec<FailOpen>), TokenRefused> {
    let named = |name| claims.get(name).filter(|value| !value.is_null());
    let is = |value: &Value, id: String| value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(&id));
    let reached = match (named("id"), named("gid")) {
        (Some(id), _) => is(id, database.id.to_string()),
        (None, Some(gid)) => group.is_some_and(|group| is(gid, group.id.to_string())),
        (None, None) => true,
    };
    if !reached {
        return Err(TokenRefused::OtherDatabase);
    }
    let (grants, mut open) = Grants::of(claims);
    if named("id").is_none() && named("gid").is_none() {
        open.push(FailOpen::NoSubject);
    }
    open.sort_unstable();
    Ok((grants, open))
}
