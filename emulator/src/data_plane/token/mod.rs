//! Tokens of the data plane: reads a JWT (RFC 7519), and decides which database it opens, and for what.

mod jwt;
mod keys;
mod repeats;

pub(crate) use jwt::Jwt;
pub(crate) use keys::FetchedKeys;
pub use keys::JwksFetch;

use serde_json::{Map, Value};
use uuid::Uuid;

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

/// Whether claims are good at a time, in seconds since 1970. Without `exp`, or with one that is no number, they are good
/// for ever.
pub(crate) fn check_time(claims: &Map<String, Value>, now: f64) -> Result<(), TokenRefused> {
    let time = |name| claims.get(name).and_then(Value::as_f64);
    if time("exp").is_some_and(|exp| exp <= now) {
        return Err(TokenRefused::Expired);
    }
    if time("nbf").is_some_and(|nbf| nbf > now) {
        return Err(TokenRefused::NotYet);
    }
    Ok(())
}

/// What claims allow in a database, and why that is everything where it is. They limit a token as a whole, to what
/// their `id` or `gid` names, or not at all.
pub(crate) fn admit(
    claims: &Map<String, Value>,
    database: &Database,
    group: Option<&Group>,
) -> Result<(Grants, Option<FailOpen>), TokenRefused> {
    let limits = Subject::of(claims).and_then(|subject| Ok((subject, Grants::of(claims)?)));
    let (subject, grants) = match limits {
        Ok(limits) => limits,
        Err(why) => return Ok((Grants::UNLIMITED, Some(why))),
    };
    let is_reached = match subject {
        Subject::Database(id) => id == database.id,
        Subject::Group(id) => group.is_some_and(|group| id == group.id),
    };
    if is_reached { Ok((grants, None)) } else { Err(TokenRefused::OtherDatabase) }
}

/// What a token is for.
enum Subject {
    Database(Uuid),
    Group(Uuid),
}

impl Subject {
    fn of(claims: &Map<String, Value>) -> Result<Self, FailOpen> {
        const READ: [&str; 5] = ["a", "gid", "id", "p", "perm"];
        let overrides = |name: &String| {
            name == "p" || READ.iter().any(|read| name != read && name.eq_ignore_ascii_case(read))
        };
        if claims.keys().any(overrides) {
            return Err(FailOpen::Override);
        }
        match (claims.get("id"), claims.get("gid")) {
            (Some(id), None) => uuid(id).map(Self::Database),
            (None, Some(gid)) => uuid(gid).map(Self::Group),
            (None, None) => return Err(FailOpen::NoSubject),
            (Some(_), Some(_)) => None,
        }
        .ok_or(FailOpen::OddSubject)
    }
}

/// A UUID with its hyphens, but for the nil one, which a server may take for none.
fn uuid(id: &Value) -> Option<Uuid> {
    const HYPHENATED: usize = 36;
    let text = id.as_str().filter(|text| text.len() == HYPHENATED)?;
    Uuid::try_parse(text).ok().filter(|uuid| !uuid.is_nil())
}
