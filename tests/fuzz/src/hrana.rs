//! The emulator's databases, as clients speak to them.

use serde_json::{Value, json};
use turso_emulator::fuzzing::Database;

const OWNED: &str = "CREATE TABLE comments (id INTEGER PRIMARY KEY, body TEXT);
     INSERT INTO comments VALUES (1, 'hello'), (2, 'world');
     CREATE TABLE secrets (id INTEGER PRIMARY KEY, body TEXT);
     INSERT INTO secrets VALUES (1, 'hush-hush-4711');";

/// A pipeline or a cursor, by a token that may read `comments`. It sees nothing of other tables, and changes nothing.
pub fn hrana(bytes: &[u8]) {
    let claims = json!({ "a": "ro", "perm": [{ "t": ["comments"], "a": ["data_read"] }] });
    let Value::Object(claims) = claims else { return };
    let mut database = Database::of(OWNED).expect("the owner may do that");
    let before = contents(&mut database);
    let Ok(answer) = database.ask(&claims, bytes) else { return };
    let knows_it = String::from_utf8_lossy(bytes).contains("4711");
    assert!(knows_it || !answer.contains("hush-hush-4711"), "{answer}");
    for line in answer.lines() {
        let is_json = serde_json::from_str::<Value>(line).is_ok();
        assert!(is_json, "{line}");
    }
    assert_eq!(contents(&mut database), before);
}

fn contents(database: &mut Database) -> [String; 3] {
    ["SELECT * FROM main.comments", "SELECT * FROM main.secrets", "SELECT * FROM main.sqlite_schema"]
        .map(|query| database.look(query).expect("the owner may look"))
}
