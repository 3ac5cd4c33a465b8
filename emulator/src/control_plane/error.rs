//! Turso's errors. Some texts were seen at Turso or in its CLI and docs, as said at each; the others are ours.

use crate::answer::Answer;

/// No token, or one that is not known. Seen (2023).
pub(super) fn authentication_required() -> Answer {
    Answer::error(401, "Authentication required")
}

/// A database's or group's token where an API token belongs. Seen.
pub(super) fn not_an_api_token() -> Answer {
    Answer::error(401, "could not parse jwt id")
}

/// Documented for siblings, like the next two.
pub(super) fn organization_missing() -> Answer {
    Answer::error(404, "organization not found")
}

pub(super) fn database_missing(name: &str) -> Answer {
    Answer::error(404, &format!("could not find database with name [{name}]: record not found"))
}

pub(super) fn group_missing() -> Answer {
    Answer::error(404, "group not found")
}

/// Seen, but for the status.
pub(super) fn limit_exceeded(status: u16, limit: usize) -> Answer {
    Answer::error(status, &format!("jwks count limit({limit}) exceeded"))
}

pub(super) fn endpoint_missing() -> Answer {
    Answer::error(404, "jwks not found")
}

/// From Turso's docs on the CLI.
pub(super) fn neither_database_nor_group() -> Answer {
    Answer::error(400, "Either database or group must be specified")
}

pub(super) fn both_database_and_group() -> Answer {
    Answer::error(400, "Only one of database and group can be specified")
}

pub(super) fn bad_scope(scope: &str) -> Answer {
    Answer::error(400, &format!("invalid scope: {scope}"))
}

pub(super) fn bad_action(action: &str) -> Answer {
    Answer::error(400, &format!("invalid permission action: {action}"))
}

/// A permission with no table: `[]`, or an empty name.
pub(super) fn bad_tables() -> Answer {
    Answer::error(400, "invalid permission: no table")
}
