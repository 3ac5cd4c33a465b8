//! Attempts to get round the grants, those that once succeeded among them.

use super::{Database, judge};

#[test]
fn a_table_is_read_wherever_a_statement_names_it() {
    const DENIED: Option<&str> = Some("data_read on secret");
    for sql in [
        "SELECT * FROM main.secret",
        "SELECT * FROM \"SECRET\"",
        "SELECT 1 FROM secret",
        "SELECT rowid FROM secret",
        "SELECT t.a FROM t, secret",
        "SELECT * FROM t LEFT JOIN secret ON 1",
        "SELECT * FROM t WHERE a IN secret",
        "SELECT * FROM t WHERE (a) IN main.secret",
        "SELECT * FROM t ORDER BY (SELECT a FROM secret)",
        "SELECT * FROM t LIMIT (SELECT length(a) FROM secret)",
        "SELECT count(*) FROM t GROUP BY a HAVING (SELECT a FROM secret) > ''",
        "SELECT sum(a) FILTER (WHERE EXISTS (SELECT 1 FROM secret)) FROM t",
        "SELECT (SELECT group_concat(a) OVER () FROM secret)",
        "SELECT json_group_array(a) FROM secret",
        "VALUES ((SELECT a FROM secret))",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT a FROM secret) SELECT * FROM n",
        "INSERT INTO t SELECT 1, 2, (SELECT a FROM secret)",
        "INSERT INTO t (a) VALUES (1) RETURNING (SELECT a FROM secret)",
        "INSERT INTO u VALUES (1, 1) ON CONFLICT (x) DO UPDATE SET y = (SELECT a FROM secret)",
        "UPDATE t SET (a, b) = (SELECT a, a FROM secret)",
        "UPDATE t SET a = 1 FROM secret",
        "DELETE FROM t WHERE EXISTS (SELECT 1 FROM secret)",
        "EXPLAIN QUERY PLAN SELECT * FROM secret",
    ] {
        let mut database = Database::under(
            "t: data_read, data_add, data_update, data_delete; u: data_read, data_add, data_update",
        );
        assert_eq!(database.denied(sql).as_deref(), DENIED, "{sql}");
    }
}

#[test]
fn rows_that_are_copied_whole_are_read() {
    judge(
        r"
        seed CREATE TABLE mine (x PRIMARY KEY); CREATE TABLE theirs (x PRIMARY KEY)
        mine: data_add | INSERT INTO mine SELECT * FROM theirs | data_read on theirs
        mine: data_add; theirs: data_read | INSERT INTO mine SELECT * FROM theirs
    ",
    );
}

/// SQLite's authorizer is not told of it, so that a token could test values against a table that it may not read.
#[test]
fn a_column_that_is_only_joined_by_is_read() {
    const DENIED: Option<&str> = Some("data_read on secret");
    let guess = "(SELECT 's3cret' AS a)";
    for from in [
        format!("{guess} NATURAL JOIN secret"),
        format!("{guess} NATURAL LEFT JOIN secret"),
        format!("{guess} RIGHT JOIN secret USING (a)"),
        format!("{guess} JOIN (SELECT a FROM {guess} NATURAL JOIN secret) USING (a)"),
    ] {
        for sql in [
            format!("SELECT count(*) FROM {from}"),
            format!("DELETE FROM t WHERE EXISTS (SELECT 1 FROM {from})"),
            format!("INSERT INTO t (a) SELECT 1 FROM {from}"),
            format!("CREATE TABLE new AS SELECT 1 FROM {from}"),
        ] {
            let mut database = Database::under("t: data_read, data_add, data_delete; new: schema_add");
            assert_eq!(database.denied(&sql).as_deref(), DENIED, "{sql}");
        }
    }
    judge(
        r"
        t: data_read | SELECT * FROM (SELECT 'hello' AS body) NATURAL JOIN docs | data_read on docs_config
        t: data_read | SELECT * FROM (SELECT 1 AS id) NATURAL JOIN boxes | data_read on boxes
        t: data_add | INSERT INTO t (a) SELECT 1
        t: data_update | UPDATE t SET a = (SELECT 1) WHERE (SELECT 1)
        t: data_read | EXPLAIN SELECT 1 FROM (SELECT 1 AS a) NATURAL JOIN secret
        seed CREATE TABLE more (a, b); CREATE INDEX more_a ON more (a, b)
        t: data_read | SELECT t.a FROM t NATURAL JOIN more | data_read on more
        t: data_read; more: data_read | SELECT t.a FROM t NATURAL JOIN more
        seed CREATE TRIGGER log_r AFTER INSERT ON log BEGIN DELETE FROM w WHERE EXISTS (SELECT 1 FROM (SELECT 's3cret' AS a) NATURAL JOIN secret); END
        log: data_add; w: data_delete | INSERT INTO log VALUES (1) | data_read on secret
    ",
    );
}

/// The emulator reads the schema between statements, unchecked; a view that it read there would run unchecked, too.
#[test]
fn a_view_in_the_place_of_a_pragma_is_run_by_nobody() {
    let mut database = Database::under("all: schema_add");
    let oracle = "abs(iif((SELECT a FROM secret) = 's3cret', -9223372036854775807 - 1, 1))";
    for view in ["pragma_table_list", "pragma_module_list"] {
        let sql = format!("CREATE VIEW {view} AS SELECT 'x' AS name, {oracle} AS type");
        assert_eq!(database.denied(&sql), None);
        assert_eq!(database.denied("SELECT 1"), None);
    }
}

#[test]
fn a_temporary_table_does_not_open_its_namesake() {
    judge(
        r"
        secret: schema_add | CREATE TEMP TABLE secret AS SELECT * FROM main.secret | data_read on secret
        secret: schema_add | CREATE TEMP TABLE secret (a CHECK (a > 0))
        secret: schema_add | CREATE INDEX i ON secret (a)
    ",
    );
}

#[test]
fn shadow_tables_open_for_their_own_virtual_table_alone() {
    judge(
        r"
        docs: data_add | SELECT rtreecheck('boxes') | data_read on boxes_rowid
        docs: schema_update | ALTER TABLE docs RENAME TO papers
        boxes: schema_update | ALTER TABLE boxes RENAME TO crates
        t: schema_update | ALTER TABLE docs RENAME TO papers | schema_update on docs
        seed CREATE VIRTUAL TABLE mirror USING fts5 (c0, content = 'docs_content', content_rowid = 'id')
        docs: data_add; mirror: data_read | SELECT c0 FROM mirror | data_read on docs_content
        seed CREATE VIRTUAL TABLE terms USING fts5vocab (docs, row)
        docs: data_add; terms: data_read | SELECT * FROM terms | data_read on docs
        docs: data_read; terms: data_read | SELECT * FROM terms
    ",
    );
}

#[test]
fn names_that_are_no_tables_are_told_apart() {
    judge(
        r"
        t: data_read | SELECT count(*) FROM dbstat | data_read on dbstat
        t: data_read | SELECT count(*) FROM pragma_integrity_check | data_read on pragma_integrity_check
        t: data_read | SELECT name FROM PRAGMA_TABLE_INFO('u')
        t: data_read | SELECT count(*) FROM JSON_EACH('[1]')
        t: data_read | WITH x (a) AS (SELECT 1) SELECT * FROM x NATURAL FULL JOIN t
        t: data_read | SELECT * FROM (SELECT 1 AS a) NATURAL FULL JOIN t
    ",
    );
}

/// SQLite carries out some PRAGMAs when they are prepared.
#[test]
fn what_follows_a_statement_is_judged_before_it_is_refused() {
    let mut database = Database::unlimited();
    database.owner().execute_batch("CREATE TABLE positive (a CHECK (a > 0))").unwrap();
    assert!(database.denied("SELECT 1; PRAGMA ignore_check_constraints = ON").is_some());
    let error = database.denied("INSERT INTO positive VALUES (-1)").unwrap();
    assert!(error.contains("CHECK constraint failed"), "{error}");
}

#[test]
fn what_a_trigger_or_a_foreign_key_does_is_done_by_the_token_that_sets_it_off() {
    let mut database = Database::under("t: schema_add, data_add, data_read");
    let trigger = "CREATE TEMP TRIGGER r AFTER INSERT ON main.t BEGIN DELETE FROM secret; END";
    assert_eq!(database.denied(trigger), None);
    assert_eq!(database.denied("INSERT INTO t (a) VALUES (1)").as_deref(), Some("data_delete on secret"));

    for (rules, sql, denied) in [
        ("parent: schema_delete", "DROP TABLE parent", "data_read on child"),
        ("parent: data_add, data_delete", "REPLACE INTO parent VALUES (1)", "data_read on child"),
        ("parent: data_delete, data_read", "DELETE FROM parent", "data_read on child"),
        ("parent: data_update, data_read", "UPDATE parent SET id = 4", "data_read on child"),
        ("child: data_add", "INSERT INTO child VALUES (5)", "data_read on parent"),
    ] {
        let mut database = Database::under(rules);
        database.execute("PRAGMA foreign_keys = ON");
        assert_eq!(database.denied(sql).as_deref(), Some(denied), "{sql}");
    }
    judge(
        "
        seed CREATE TRIGGER v_log INSTEAD OF INSERT ON v BEGIN INSERT INTO log SELECT a FROM secret; END
        v: data_add; log: data_add | INSERT INTO v VALUES (1) | data_read on secret
    ",
    );
}

/// A limit that claims bring with them: they know tables only by name.
#[test]
fn a_renamed_table_goes_by_the_grants_of_its_new_name() {
    let mut database = Database::under("secret: schema_update; mine: data_read");
    assert_eq!(database.denied("ALTER TABLE secret RENAME TO mine"), None);
    assert_eq!(database.denied("SELECT a FROM mine"), None);
}
