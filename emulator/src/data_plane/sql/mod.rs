//! Statements on real SQLite, each judged by the grants of the token that sends it.

mod catalogue;
mod demand;
mod guard;
mod opened;
mod replacing;
mod session;

#[cfg(test)]
mod tests;

pub(crate) use session::Session;
pub use session::StatementRecord;

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

/// Opens a connection to a database's file, which the first one creates. SQLite takes no name for a URI,
/// which could carry options.
pub(crate) fn connect(file: &Path) -> rusqlite::Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    // Foreign keys are off unless asked for, as in SQLite and at Turso; the bundled build has them on.
    // Nothing here has to outlive a power cut.
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;")?;
    // So that no SQL writes to shadow tables or to sqlite_schema.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    Ok(connection)
}
