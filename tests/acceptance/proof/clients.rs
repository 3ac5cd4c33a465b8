//! The clients: what they are told is the same, whichever of them asks.

use std::path::Path;

use serde_json::json;

use super::stage::{ClerkStage, javascript, kind};
use super::statements::{Client, JavaScript, Outcome};

const SEED: &str = "CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)";

#[test]
fn every_client_is_told_the_same() {
    let staged =
        ClerkStage::new(SEED, json!({"reader": {"database": "app", "permissions": ["all:data_read"]}}));
    let (reader, expired) = (staged.token("reader"), staged.token_in("reader", -86_400));
    let deeds = [
        (&*reader, "SELECT a FROM t", "done"),
        (&reader, "SELECT a FROM t WHERE a > 5", "done"),
        (&reader, "DELETE FROM t", "denied"),
        (&reader, "SELECT a FROM nowhere", "failed"),
        (&expired, "SELECT a FROM t", "unauthorized"),
        ("no-token", "SELECT a FROM t", "unauthorized"),
    ];
    let statements = deeds.map(|(token, sql, _)| staged.stage.statement("app", token, sql));
    for client in [javascript(), &Client::rust(), &libsql()] {
        let outcomes = client.run(&statements).unwrap_or_else(|error| panic!("{client}: {error:#}"));
        assert_eq!(outcomes[..2], [2, 0].map(|rows| Outcome::Done { rows, affected: 0 }), "{client}");
        for ((_, sql, expected), outcome) in deeds.iter().zip(&outcomes) {
            assert_eq!(kind(outcome), *expected, "{client}: {sql}: {outcome:?}");
        }
    }
}

/// The client that came before Turso's own, and that many applications still use.
fn libsql() -> Client {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/acceptance/proof/libsql");
    Client::JavaScript(JavaScript::install(&project).unwrap_or_else(|error| panic!("{error:#}")))
}
