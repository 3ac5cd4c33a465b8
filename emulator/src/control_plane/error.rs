//! The errors that several calls answer. Documented by Turso for siblings of these calls.

use crate::answer::Answer;

pub(super) fn organization_missing() -> Answer {
    Answer::error(404, "organization not found")
}

pub(super) fn database_missing(name: &str) -> Answer {
    Answer::error(404, &format!("could not find database with name [{name}]: record not found"))
}

pub(super) fn group_missing() -> Answer {
    Answer::error(404, "group not found")
}

pub(super) fn unauthenticated() -> Answer {
    Answer::error(401, "Authentication required")
}
