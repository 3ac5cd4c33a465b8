//! How far a token reaches: its database, its group, its organization, or everything.

use serde_json::json;
use turso_emulator::OrganizationKind;

use super::stage::{ClerkStage, kind, run};
use super::statements::Statement;
use crate::support::ORGANIZATION;

const READ: &str = "SELECT a FROM t";
const SEED: &str = "CREATE TABLE t (a); INSERT INTO t VALUES (1)";

fn stage() -> ClerkStage {
    let database = json!({"database": "app", "scope": "full-access"});
    let group = json!({"group": "default", "scope": "full-access"});
    ClerkStage::new(SEED, json!({"database": database, "group": group}))
}

#[test]
fn a_token_opens_its_database_or_every_database_of_its_group() {
    let staged = stage();
    let mut outcomes = Vec::new();
    for template in ["database", "group"] {
        let token = staged.token(template);
        let statements =
            ["app", "notes", "archive"].map(|database| staged.stage.statement(database, &token, READ));
        outcomes.push(run(&statements).iter().map(kind).collect::<Vec<_>>());
    }
    assert_eq!(outcomes, [["done", "unauthorized", "unauthorized"], ["done", "done", "unauthorized"]]);
    let reason = staged.stage.last_refusal();
    assert!(reason.contains("does not have the permissions to access the database"), "{reason}");
}

/// As Turso documents it: "access to all databases in all groups".
#[test]
fn a_token_without_claims_opens_everything() {
    let staged = stage();
    staged.put("bare", json!({}));
    let token = staged.token("bare");
    for database in ["app", "notes", "archive"] {
        let statement = |sql| staged.stage.statement(database, &token, sql);
        let statements = [READ, "CREATE TABLE made (a)", "INSERT INTO made SELECT a FROM t", "DROP TABLE t"];
        let outcomes = run(&statements.map(statement));
        assert!(outcomes.iter().all(|outcome| kind(outcome) == "done"), "{database}: {outcomes:?}");
    }
    let accesses = staged.stage.project.turso().accesses();
    assert!(accesses.iter().all(|access| access.org_wide()), "{accesses:#?}");
}

#[test]
fn a_token_with_the_claims_of_nothing_opens_nothing() {
    let staged = stage();
    staged.put("nothing", staged.no_access());
    let token = staged.token("nothing");
    for database in ["app", "notes", "archive"] {
        let statement = |sql| staged.stage.statement(database, &token, sql);
        let statements = ["SELECT 1", READ, "SELECT name FROM sqlite_schema", "CREATE TABLE made (a)"];
        let outcomes = run(&statements.map(statement));
        assert!(outcomes.iter().all(|outcome| kind(outcome) == "unauthorized"), "{database}: {outcomes:?}");
    }
    let reason = staged.stage.last_refusal();
    assert!(reason.contains("does not have the permissions to access the database"), "{reason}");
}

/// If a database had that ID after all, nothing of its content could be read or changed.
#[test]
fn the_claims_of_nothing_allow_nothing_in_a_database_that_exists() {
    let staged = stage();
    let mut claims = staged.no_access();
    claims["id"] = staged.stage.project.attribute("data.turso_jwt_template.each", "database_id");
    staged.put("nothing", claims);
    let token = staged.token("nothing");
    let statements = [READ, "INSERT INTO t VALUES (2)", "DELETE FROM t", "DROP TABLE t"];
    let outcomes = run(&statements.map(|sql| staged.stage.statement("app", &token, sql)));
    assert!(outcomes.iter().all(|outcome| kind(outcome) == "denied"), "{outcomes:?}");
    let created = staged.stage.run("app", &token, "CREATE TABLE sqlite_no_access (a)");
    assert!(matches!(kind(&created), "denied" | "failed"), "{created:?}");
}

#[test]
fn an_endpoint_is_trusted_by_its_own_organization_alone() {
    let staged = stage();
    staged.put("bare", json!({}));
    let turso = staged.stage.project.turso();
    turso.add_organization("globex", OrganizationKind::Team);
    let theirs = turso.add_database("globex", "app", "default").expect("the organization is new");
    turso.execute_sql("globex", "app", SEED).expect("the seed is SQL");
    let there = || {
        let statement = |template| Statement {
            database_url: theirs.url.clone(),
            token: staged.token(template),
            sql: READ.to_owned(),
        };
        run(&["database", "group", "bare"].map(statement)).iter().map(kind).collect::<Vec<_>>()
    };
    assert_eq!(there(), ["unauthorized"; 3]);

    // Once both trust the same identity provider, only the claims keep them apart; where there are none, nothing does.
    let url = turso.endpoints(ORGANIZATION).expect("the organization is there")[0].url.clone();
    turso.put_endpoint("globex", "clerk", &url).expect("the organization is there");
    assert_eq!(there(), ["unauthorized", "unauthorized", "done"]);
}
