//! Which tables a statement opens to read them, by the program that SQLite makes of it.
//!
//! SQLite tells its authorizer of each column that a statement names, and of each table of which it names
//! none. It does not tell of a column that is only joined by (`NATURAL JOIN`, `USING`): without this look, a
//! token could test values against a table that it may not read.

use rusqlite::Connection;

/// The tables, temporary ones too, in the order in which they are opened. Virtual tables are not among them:
/// the authorizer is asked about their shadow tables.
///
/// # Errors
/// Where SQLite can't prepare the statement.
pub(super) fn opened_tables(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    let mut program = connection.prepare(&format!("EXPLAIN {sql}"))?;
    let steps = program.query_map([], |step| {
        Ok((step.get::<_, String>("opcode")?, step.get::<_, i64>("p2")?, step.get::<_, i64>("p3")?))
    })?;
    let mut tables = Vec::new();
    for step in steps {
        let (opcode, root_page, database) = step?;
        if matches!(&*opcode, "OpenRead" | "ReopenIdx") {
            tables.extend(table_at(connection, root_page, database)?);
        }
    }
    Ok(tables)
}

/// The table that a page is the root of, or the root of an index of. None for the schema's own, which everyone reads.
fn table_at(connection: &Connection, root_page: i64, database: i64) -> rusqlite::Result<Option<String>> {
    const TEMPORARY: i64 = 1;

    let sql = match database {
        TEMPORARY => "SELECT tbl_name FROM temp.sqlite_schema WHERE rootpage = ?1",
        _ => "SELECT tbl_name FROM main.sqlite_schema WHERE rootpage = ?1",
    };
    let mut found = connection.prepare_cached(sql)?;
    let mut rows = found.query([root_page])?;
    rows.next()?.map(|row| row.get(0)).transpose()
}
