//! Errors as Hrana writes them: a message and a code.

use rusqlite::ErrorCode;
use serde::Serialize;

/// An error of a statement or a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct HranaError {
    pub(crate) message: String,
    pub(crate) code: &'static str,
}

impl HranaError {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { message: message.into(), code }
    }

    /// A statement that the token may not run. Of Turso's message it is known that it contains `not authorized`.
    pub(crate) fn not_authorized() -> Self {
        Self::new("SQLITE_AUTH", "SQLite error: not authorized")
    }

    /// An argument too many, or one that is missing.
    pub(crate) fn arguments(message: impl Into<String>) -> Self {
        Self::new("ARGS_INVALID", message)
    }
}

impl From<rusqlite::Error> for HranaError {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::SqlInputError { msg, offset, .. } => {
                Self::new("SQL_INPUT_ERROR", format!("SQL input error: {msg} (at offset {offset})"))
            }
            rusqlite::Error::SqliteFailure(error, message) => {
                let message = message.unwrap_or_else(|| error.to_string());
                Self::new(code(error.code), format!("SQLite error: {message}"))
            }
            other => Self::new("SQLITE_UNKNOWN", other.to_string()),
        }
    }
}

fn code(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::AuthorizationForStatementDenied => "SQLITE_AUTH",
        ErrorCode::ConstraintViolation => "SQLITE_CONSTRAINT",
        ErrorCode::DatabaseBusy => "SQLITE_BUSY",
        ErrorCode::DatabaseLocked => "SQLITE_LOCKED",
        ErrorCode::ReadOnly => "SQLITE_READONLY",
        ErrorCode::TypeMismatch => "SQLITE_MISMATCH",
        ErrorCode::TooBig => "SQLITE_TOOBIG",
        ErrorCode::DiskFull => "SQLITE_FULL",
        ErrorCode::DatabaseCorrupt => "SQLITE_CORRUPT",
        ErrorCode::SchemaChanged => "SQLITE_SCHEMA",
        _ => "SQLITE_ERROR",
    }
}
