//! Grants against real SQLite: each case is a statement, the rules it runs under, and what was denied.

mod ways_round;

use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Session, connect};
use crate::data_plane::grants::Grants;
use crate::data_plane::hrana::{PipelineAnswer, Question};
use crate::object::Object;

const SEED: &str = "
    CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a, b);
    CREATE TABLE u (x UNIQUE, y);
    CREATE VIEW v AS SELECT a FROM t;
    CREATE TABLE w (a);
    CREATE TABLE log (a);
    CREATE TRIGGER w_log AFTER INSERT ON w BEGIN INSERT INTO log VALUES (new.a); END;
    CREATE TABLE parent (id PRIMARY KEY);
    CREATE TABLE child (parent REFERENCES parent (id) ON DELETE CASCADE);
    CREATE VIRTUAL TABLE docs USING fts5 (body);
    CREATE VIRTUAL TABLE boxes USING rtree (id, low, high);
    CREATE TABLE secret (a);
    INSERT INTO t (a, b) VALUES (1, 2), (3, 4);
    INSERT INTO u VALUES (1, 2);
    INSERT INTO docs VALUES ('hello');
    INSERT INTO secret VALUES ('s3cret');
";

struct Database {
    files: TempDir,
    session: Session,
}

impl Database {
    /// A seeded database whose statements run under these rules.
    fn under(rules: &str) -> Self {
        Self::with(json!({ "a": "rw", "perm": perm(rules) }))
    }

    fn unlimited() -> Self {
        Self::with(json!({ "a": "rw", "perm": [] }))
    }

    fn with(claims: Value) -> Self {
        let files = tempfile::tempdir().unwrap();
        let file = files.path().join("db");
        connect(&file).unwrap().execute_batch(SEED).unwrap();
        let mut session = Session::open(&file).unwrap();
        session.judge_by(Grants::of(claims.as_object().unwrap()).unwrap());
        Self { files, session }
    }

    /// A connection past the guard.
    fn owner(&self) -> Connection {
        connect(&self.files.path().join("db")).unwrap()
    }

    /// Sends requests as a client would, and gives their results.
    fn ask(&mut self, requests: Value) -> Vec<Value> {
        let requests: Vec<Object<Question>> = serde_json::from_value(requests).unwrap();
        let replies = requests.into_iter().map(|Object(request)| self.session.answer(request)).collect();
        let answer = serde_json::to_value(PipelineAnswer::new(None, replies)).unwrap();
        answer["results"].as_array().unwrap().clone()
    }

    fn execute(&mut self, sql: &str) -> Value {
        self.ask(json!([{ "type": "execute", "stmt": { "sql": sql } }])).remove(0)
    }

    /// Runs a statement, and gives what was denied, or the error if it was another one.
    fn denied(&mut self, sql: &str) -> Option<String> {
        let result = self.execute(sql);
        let record = self.session.take_records().pop().unwrap();
        match record.denied {
            Some(denied) => {
                assert_eq!(result["type"], "error", "{sql}");
                assert_eq!(result["error"]["message"], "SQLite error: not authorized", "{sql}");
                Some(denied)
            }
            None => record.error,
        }
    }
}

/// `t: data_read, data_add; all: …` as claims.
fn perm(rules: &str) -> Value {
    let rule = |rule: &str| {
        let (table, actions) = rule.split_once(": ").unwrap();
        let tables = if table == "all" { Value::Null } else { json!([table]) };
        json!({ "t": tables, "a": actions.split(", ").collect::<Vec<_>>() })
    };
    rules.split("; ").map(rule).collect()
}

/// Tries each line of a table: `rules | statement | what is denied`, where nothing is denied without the last. A line
/// `seed …` has this SQL run in the databases of the lines below it.
fn judge(table: &str) {
    let (mut seed, mut cases) = ("", 0);
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")) {
        if let Some(sql) = line.strip_prefix("seed ") {
            seed = sql;
            continue;
        }
        let columns: Vec<&str> = line.split(" | ").collect();
        let mut database = Database::under(columns[0]);
        database.owner().execute_batch(seed).unwrap();
        assert_eq!(database.denied(columns[1]).as_deref(), columns.get(2).copied(), "{seed} | {line}");
        cases += 1;
    }
    assert!(cases > 0, "a table without a case shows nothing");
}

#[test]
fn a_statement_needs_what_it_does() {
    judge(
        r"
        // Reading.
        t: data_read | SELECT * FROM t
        t: data_read | SELECT * FROM T
        t: data_read | SELECT x FROM u | data_read on u
        t: data_read | SELECT count(*) FROM u | data_read on u
        t: data_read | SELECT 1 WHERE EXISTS (SELECT 1 FROM u) | data_read on u
        t: data_read | SELECT a FROM t UNION SELECT x FROM u | data_read on u
        t: data_add | SELECT 1 + 1
        t: data_add | SELECT name FROM sqlite_schema
        t: data_add | SELECT name FROM sqlite_master
        t: data_add | SELECT * FROM sqlite_sequence | data_read on sqlite_sequence
        t: data_add | SELECT value FROM json_each('[1, 2]')
        t: data_add | SELECT name FROM pragma_table_info('u')
        t: data_add | SELECT * FROM pragma_integrity_check | data_read on pragma_integrity_check
        t: data_read | SELECT * FROM dbstat | data_read on dbstat
        // Views and common table expressions show what is under them.
        t: data_read; v: data_read | SELECT a FROM v
        v: data_read | SELECT a FROM v | data_read on t
        t: data_read | SELECT a FROM v | data_read on v
        t: data_read | WITH q AS (SELECT a FROM t) SELECT * FROM q
        t: data_read | WITH q AS (SELECT a FROM t) SELECT count(*) FROM q
        t: data_read | WITH q AS (SELECT x FROM u) SELECT count(*) FROM q | data_read on u
        t: data_read | WITH t AS (SELECT x FROM u) SELECT * FROM t | data_read on u
        t: data_read | WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT * FROM n
        // Writing.
        t: data_add | INSERT INTO t (a) VALUES (1)
        t: data_add | INSERT INTO t (a) VALUES (1) RETURNING id | data_read on t
        t: data_add | INSERT INTO t (a) SELECT x FROM u | data_read on u
        t: data_add | INSERT INTO t (a) VALUES ((SELECT max(x) FROM u)) | data_read on u
        t: data_read, data_update | INSERT INTO t (a) VALUES (1) | data_add on t
        t: data_update | UPDATE t SET a = 1
        t: data_update | UPDATE t SET a = a + 1 | data_read on t
        t: data_update | UPDATE t SET a = 1 WHERE b = 2 | data_read on t
        t: data_update, data_read | UPDATE t SET a = u.y FROM u | data_read on u
        t: data_add, data_read | UPDATE t SET a = 1 | data_update on t
        t: data_delete | DELETE FROM t
        t: data_delete | DELETE FROM t WHERE a = 1 | data_read on t
        t: data_add, data_read, data_update | DELETE FROM t | data_delete on t
        t: data_add | EXPLAIN DELETE FROM t | data_delete on t
        // An upsert is an insert, a look and an update; a REPLACE is an insert and a deletion.
        u: data_add, data_read, data_update | INSERT INTO u VALUES (1, 2) ON CONFLICT (x) DO UPDATE SET y = 3
        u: data_add, data_read | INSERT INTO u VALUES (1, 2) ON CONFLICT (x) DO UPDATE SET y = 3 | data_update on u
        u: data_add | INSERT OR IGNORE INTO u VALUES (1, 2)
        u: data_add | INSERT OR REPLACE INTO u VALUES (1, 2) | data_delete on u
        u: data_add | REPLACE INTO u VALUES (1, 2) | data_delete on u
        u: data_add, data_delete | REPLACE INTO u VALUES (1, 2)
        u: data_update | UPDATE OR REPLACE u SET x = 1 | data_delete on u
        u: data_add | INSERT INTO u VALUES (replace('a', 'a', 'b'), 1)
        // What triggers and foreign keys do needs its own grant.
        w: data_add, data_read; log: data_add | INSERT INTO w VALUES (1)
        w: data_add, data_read | INSERT INTO w VALUES (1) | data_add on log
        parent: data_delete, data_read | DELETE FROM parent
    ",
    );
}

#[test]
fn a_schema_change_needs_its_action_and_nothing_else() {
    judge(
        r"
        new: schema_add | CREATE TABLE new (a PRIMARY KEY, b CHECK (b > 0)) WITHOUT ROWID
        t: schema_add | CREATE TABLE new (a) | schema_add on new
        new: schema_add | CREATE TEMP TABLE new (a)
        t: schema_add | CREATE TEMP TABLE new (a) | schema_add on new
        new: schema_add | CREATE TABLE new AS SELECT * FROM secret | data_read on secret
        new: schema_add; secret: data_read | CREATE TABLE new AS SELECT * FROM secret
        t: schema_add | CREATE INDEX i ON t (a)
        u: schema_add | CREATE INDEX i ON t (a) | schema_add on t
        new: schema_add | CREATE VIEW new AS SELECT * FROM secret
        t: schema_add | CREATE TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM u; END
        t: schema_add | CREATE TRIGGER r AFTER INSERT ON t BEGIN REPLACE INTO u VALUES (1, 1); END | data_delete on every table
        t: schema_update | ALTER TABLE t ADD COLUMN c
        t: schema_update | ALTER TABLE t ADD COLUMN c INTEGER NOT NULL DEFAULT 3 CHECK (c > 0)
        w: schema_update | ALTER TABLE w RENAME COLUMN a TO aa
        t: schema_update | ALTER TABLE t DROP COLUMN b
        u: schema_update | ALTER TABLE u RENAME TO uu
        t: schema_add, schema_delete | ALTER TABLE t ADD COLUMN c | schema_update on t
        t: schema_delete | DROP TABLE t
        t: data_delete, schema_add | DROP TABLE t | schema_delete on t
        v: schema_delete | DROP VIEW v
        w: schema_delete | DROP TRIGGER w_log
        log: schema_delete | DROP TRIGGER w_log | schema_delete on w
        all: schema_update | REINDEX
        u: schema_update | REINDEX u | schema_update on every table
    ",
    );
}

#[test]
fn full_text_and_r_tree_tables_carry_their_shadow_tables() {
    judge(
        r"
        docs: data_read | SELECT * FROM docs WHERE docs MATCH 'hello'
        t: data_read | SELECT * FROM docs | data_read on docs
        docs: data_add | INSERT INTO docs VALUES ('x')
        docs: data_read | INSERT INTO docs VALUES ('x') | data_add on docs
        docs: data_delete, data_read | DELETE FROM docs WHERE rowid = 1
        docs: data_read | SELECT * FROM docs_content
        docs: data_add | SELECT * FROM docs_content | data_read on docs_content
        t: data_read | SELECT * FROM docs_content | data_read on docs_content
        docs: schema_delete | DROP TABLE docs
        t: schema_delete | DROP TABLE docs | schema_delete on docs
        new: schema_add | CREATE VIRTUAL TABLE new USING fts5 (a)
        t: schema_add | CREATE VIRTUAL TABLE new USING fts5 (a) | schema_add on new
        new: schema_add | CREATE VIRTUAL TABLE new USING fts5vocab (docs, row) | schema_add on new
        boxes: data_read | SELECT * FROM boxes
        boxes: data_add | INSERT INTO boxes VALUES (1, 1, 2)
        t: data_add | INSERT INTO boxes VALUES (1, 1, 2) | data_add on boxes
        // A table does not become readable because its name could be that of a shadow table.
        seed CREATE TABLE new_content (a)
        new: schema_add, data_read, data_add | CREATE VIRTUAL TABLE new USING fts5 (a, content = 'new_content') | schema_add on new
    ",
    );
}

#[test]
fn a_full_text_table_over_another_table_needs_that_table() {
    let mut database = Database::under("new: schema_add, data_read, data_add");
    let sql = "CREATE VIRTUAL TABLE new USING fts5 (a, content = 'secret')";
    assert_eq!(database.denied(sql), None);
    let denied = database.denied("INSERT INTO new (new) VALUES ('rebuild')");
    assert_eq!(denied.as_deref(), Some("data_read on secret"));
}

#[test]
fn no_token_leaves_its_database_or_rewrites_the_rules() {
    for sql in [
        "ATTACH ':memory:' AS other",
        "DETACH main",
        "VACUUM",
        "VACUUM INTO 'copy.db'",
        "SELECT load_extension('x')",
        "SELECT fts3_tokenizer('simple')",
        "PRAGMA writable_schema = ON",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA temp_store_directory = '/'",
        "PRAGMA trusted_schema = ON",
        "PRAGMA query_only = OFF",
        "PRAGMA wal_checkpoint",
    ] {
        assert!(Database::unlimited().denied(sql).is_some(), "{sql}");
    }
    for sql in ["UPDATE sqlite_master SET sql = ''", "DELETE FROM docs_content"] {
        let error = Database::unlimited().denied(sql).unwrap();
        assert!(error.contains("may not be modified"), "{error}");
    }
}

#[test]
fn pragmas_follow_the_list() {
    judge(
        r"
        t: data_read | PRAGMA table_info(u)
        t: data_read | PRAGMA foreign_keys = ON
        t: data_read | PRAGMA user_version
        t: schema_update | PRAGMA user_version = 1 | schema_update on every table
        all: schema_update | PRAGMA user_version = 1
        t: data_read | PRAGMA integrity_check | data_read on every table
        all: data_read | PRAGMA integrity_check
    ",
    );
}

#[test]
fn read_only_claims_write_nothing() {
    for sql in [
        "INSERT INTO t (a) VALUES (1)",
        "UPDATE t SET a = 1",
        "DELETE FROM t",
        "CREATE TABLE new (a)",
        "CREATE TEMP TABLE new (a)",
        "DROP TABLE t",
        "ALTER TABLE t ADD COLUMN c",
        "PRAGMA user_version = 1",
        "REINDEX",
        "ANALYZE",
    ] {
        assert!(Database::with(json!({"a": "ro", "perm": []})).denied(sql).is_some(), "{sql}");
    }
    assert_eq!(Database::with(json!({"a": "ro", "perm": []})).denied("SELECT * FROM t, docs, boxes"), None);
}

#[test]
fn claims_without_limits_do_everything_that_tools_do() {
    let mut database = Database::unlimited();
    for sql in [
        "CREATE TABLE new (id INTEGER PRIMARY KEY, a TEXT)",
        "CREATE INDEX new_a ON new (a)",
        "REPLACE INTO new VALUES (1, 'a')",
        "ALTER TABLE new RENAME TO newer",
        "ANALYZE",
        "CREATE VIRTUAL TABLE terms USING fts5vocab (docs, row)",
        "SELECT * FROM terms",
        "DROP TABLE newer",
        "DROP TABLE t",
    ] {
        assert_eq!(database.denied(sql), None, "{sql}");
    }
}

#[test]
fn a_sequence_stops_at_what_is_denied() {
    let mut database = Database::under("u: data_add; t: data_read");
    let sql = "INSERT INTO u VALUES (8, 8); DELETE FROM t; INSERT INTO u VALUES (9, 9)";
    let result = database.ask(json!([{ "type": "sequence", "sql": sql }])).remove(0);
    assert_eq!(result["error"]["message"], "SQLite error: not authorized");
    let count: i64 = database.owner().query_row("SELECT count(*) FROM u", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 2);
}

#[test]
fn a_replace_elsewhere_in_a_sequence_is_not_held_against_an_insert() {
    let mut database = Database::under("u: data_add; log: data_add, data_delete");
    let sql = "INSERT INTO u VALUES (8, 8); REPLACE INTO log VALUES (1)";
    assert_eq!(database.ask(json!([{ "type": "sequence", "sql": sql }])).remove(0)["type"], "ok");
}

#[test]
fn statements_give_their_columns_rows_and_counts() {
    let mut database = Database::unlimited();
    let result = database.execute("SELECT id, a + 0.5 AS half FROM t WHERE id = 1");
    assert_eq!(
        result["response"]["result"],
        json!({
            "cols": [{"name": "id", "decltype": "INTEGER"}, {"name": "half", "decltype": null}],
            "rows": [[{"type": "integer", "value": "1"}, {"type": "float", "value": 1.5}]],
            "affected_row_count": 0,
            "last_insert_rowid": "0",
        })
    );
    for (sql, affected) in [
        ("INSERT INTO t (a) VALUES (5), (6)", 2),
        ("CREATE TABLE new (a)", 0),
        ("UPDATE t SET a = 0 WHERE id > 2", 2),
        ("SELECT 1", 0),
    ] {
        let result = database.execute(sql)["response"]["result"].take();
        let counts = (&result["affected_row_count"], &result["last_insert_rowid"]);
        assert_eq!(counts, (&json!(affected), &json!("4")), "{sql}");
    }
}

#[test]
fn arguments_are_bound_by_place_and_by_name() {
    let mut database = Database::unlimited();
    let integer = |value: &&str| json!({"type": "integer", "value": value});
    let none: &[&str] = &[];
    for (sql, args, named, expected) in [
        ("SELECT ?", &["1"] as &[&str], None, Ok("1")),
        ("SELECT ?2", &["1", "2"], None, Ok("2")),
        ("SELECT :a", none, Some("a"), Ok("7")),
        ("SELECT @a", none, Some("@a"), Ok("7")),
        ("SELECT $a", &["0"], Some("a"), Ok("7")),
        ("SELECT ?", none, None, Err("parameter 1 has no value")),
        ("SELECT 1", &["1"], None, Err("1 arguments for 0 parameters")),
        ("SELECT :a", none, Some("b"), Err("no parameter is named \"b\"")),
    ] {
        let args: Vec<Value> = args.iter().map(integer).collect();
        let named: Vec<Value> =
            named.iter().map(|name| json!({"name": name, "value": integer(&"7")})).collect();
        let statement = json!({"sql": sql, "args": args, "named_args": named});
        let result = database.ask(json!([{"type": "execute", "stmt": statement}])).remove(0);
        match expected {
            Ok(value) => assert_eq!(result["response"]["result"]["rows"][0][0]["value"], value, "{sql}"),
            Err(message) => assert_eq!(result["error"]["message"], message, "{sql}"),
        }
    }
}

#[test]
fn a_batch_runs_its_steps_by_their_conditions() {
    let mut database = Database::unlimited();
    let step = |sql: &str, condition: Value| json!({"stmt": {"sql": sql}, "condition": condition});
    let result = database
        .ask(json!([{"type": "batch", "batch": {"steps": [
            step("BEGIN", Value::Null),
            step("INSERT INTO nowhere VALUES (1)", json!({"type": "ok", "step": 0})),
            step("COMMIT", json!({"type": "ok", "step": 1})),
            step("ROLLBACK", json!({"type": "and", "conds": [
                {"type": "not", "cond": {"type": "is_autocommit"}},
                {"type": "or", "conds": [{"type": "error", "step": 1}, {"type": "error", "step": 0}]},
            ]})),
        ]}}]))
        .remove(0);
    let result = &result["response"]["result"];
    let ran =
        |index: usize| (!result["step_results"][index].is_null(), !result["step_errors"][index].is_null());
    assert_eq!(
        [ran(0), ran(1), ran(2), ran(3)],
        [(true, false), (false, true), (false, false), (true, false)]
    );
}

#[test]
fn stored_sql_described_and_closed() {
    let mut database = Database::unlimited();
    let results = database.ask(json!([
        {"type": "store_sql", "sql_id": 1, "sql": "SELECT a FROM t WHERE id = :id AND a = ?"},
        {"type": "describe", "sql_id": 1},
        {"type": "close_sql", "sql_id": 1},
        {"type": "execute", "stmt": {"sql_id": 1}},
        {"type": "get_autocommit"},
        {"type": "execute", "stmt": {"sql": "SELECT 1; SELECT 2"}},
        {"type": "execute", "stmt": {"sql": "-- nothing"}},
    ]));
    assert_eq!(
        results[1]["response"]["result"],
        json!({
            "params": [{"name": ":id"}, {"name": null}],
            "cols": [{"name": "a", "decltype": null}],
            "is_explain": false,
            "is_readonly": true,
        })
    );
    assert_eq!(results[3]["error"]["code"], "SQL_STORE_MISSING");
    assert_eq!(results[4]["response"]["is_autocommit"], true);
    assert_eq!(results[5]["error"]["code"], "SQL_MANY_STATEMENTS");
    assert_eq!(results[6]["error"]["code"], "SQL_NO_STATEMENT");
}
