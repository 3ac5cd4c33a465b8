//! Every action, granted on its table, on all tables or not at all, by templates of both scopes, for a database and
//! for a group.

use serde_json::{Map, Value, json};

use super::stage::{ClerkStage, Stage, run};
use super::statements::Outcome;
use crate::support::{ORGANIZATION, Project};

/// An action, and a statement that needs it and no other. `{t}` stands for the case's own table.
struct Deed {
    action: &'static str,
    sql: &'static str,
    rows: usize,
    affected: u64,
    /// A query of the owner's that shows whether it was done, with its answers before and after.
    look: &'static str,
    before: i64,
    after: i64,
}

const COUNT: &str = "SELECT count(*) FROM {t}";
const EXISTS: &str = "SELECT count(*) FROM sqlite_schema WHERE name = '{t}'";
const COLUMNS: &str = "SELECT count(*) FROM pragma_table_info('{t}')";

#[rustfmt::skip]
const DEEDS: [Deed; 7] = [
    Deed { action: "data_read",     sql: "SELECT a FROM {t}",              rows: 1, affected: 0, look: COUNT,               before: 1, after: 1 },
    Deed { action: "data_add",      sql: "INSERT INTO {t} VALUES (2)",     rows: 0, affected: 1, look: COUNT,               before: 1, after: 2 },
    Deed { action: "data_update",   sql: "UPDATE {t} SET a = 3",           rows: 0, affected: 1, look: "SELECT a FROM {t}", before: 1, after: 3 },
    Deed { action: "data_delete",   sql: "DELETE FROM {t}",                rows: 0, affected: 1, look: COUNT,               before: 1, after: 0 },
    Deed { action: "schema_add",    sql: "CREATE TABLE {t} (a)",           rows: 0, affected: 0, look: EXISTS,              before: 0, after: 1 },
    Deed { action: "schema_update", sql: "ALTER TABLE {t} ADD COLUMN b",   rows: 0, affected: 0, look: COLUMNS,             before: 1, after: 2 },
    Deed { action: "schema_delete", sql: "DROP TABLE {t}",                 rows: 0, affected: 0, look: EXISTS,              before: 1, after: 0 },
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Grant {
    OnTable,
    OnAll,
    /// Whatever else the scope allows, on this table or another.
    Not,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Target {
    Database,
    Group,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Scope {
    FullAccess,
    ReadOnly,
}

/// What a statement should meet.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Expected {
    Done,
    Denied,
    /// There should be no such template.
    NoTemplate,
}

/// The whole of the expectation.
fn expected(action: &str, grant: Grant, scope: Scope) -> Expected {
    match (grant, scope, action) {
        (Grant::Not, _, _) => Expected::Denied,
        (_, Scope::FullAccess, _) | (_, Scope::ReadOnly, "data_read") => Expected::Done,
        (_, Scope::ReadOnly, _) => Expected::NoTemplate,
    }
}

#[test]
fn each_action_is_allowed_where_it_is_granted_and_nowhere_else() {
    let cases: Vec<Case> = cases().filter(|case| case.expected() != Expected::NoTemplate).collect();
    assert_eq!(cases.len(), 60);
    let staged = ClerkStage::new(&seed(&cases), templates(&cases).into());
    let statement =
        |case: &Case| staged.stage.statement("app", &staged.token(&case.name()), &case.about(case.deed.sql));
    let outcomes = run(&cases.iter().map(statement).collect::<Vec<_>>());

    let judged = cases.iter().zip(&outcomes).map(|(case, outcome)| case.complaint(outcome, &staged.stage));
    let complaints: Vec<String> = judged.flatten().collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn a_writing_action_in_a_read_only_template_is_refused_when_it_is_planned() {
    let cases: Vec<Case> = cases().filter(|case| case.expected() == Expected::NoTemplate).collect();
    assert_eq!(cases.len(), 24);
    // A block each, because not every engine goes on to the next instance of `for_each` after a refused one.
    let project = Project::new("");
    let blocks = json!({"data": {"turso_jwt_template": templates(&cases)}});
    project.write("cases.tf.json", &blocks.to_string());
    let plan = project.plan();
    plan.fails();
    for case in &cases {
        plan.says(&format!("with data.turso_jwt_template.{},", case.name()));
    }
    assert_eq!(plan.text().matches("Error: Writing action in a read-only template").count(), cases.len());
    assert_eq!(project.calls(), [] as [&str; 0], "Turso is not asked for a template that makes no sense");
}

/// One combination. Each has a table of its own, so that none sees what another did.
struct Case {
    deed: &'static Deed,
    grant: Grant,
    target: Target,
    scope: Scope,
}

fn cases() -> impl Iterator<Item = Case> {
    let scopes = [Scope::FullAccess, Scope::ReadOnly];
    let targets =
        [Target::Database, Target::Group].map(|target| scopes.map(|scope| (target, scope))).concat();
    let grants = [Grant::OnTable, Grant::OnAll, Grant::Not];
    let combined = move |deed| {
        let targets = targets.clone();
        grants.into_iter().flat_map(move |grant| {
            targets.clone().into_iter().map(move |(target, scope)| Case { deed, grant, target, scope })
        })
    };
    DEEDS.iter().flat_map(combined)
}

impl Case {
    /// The name of the case, of its table and of its template.
    fn name(&self) -> String {
        let Self { deed, grant, target, scope } = self;
        format!("{}_{grant:?}_{target:?}_{scope:?}", deed.action).to_lowercase()
    }

    fn about(&self, text: &str) -> String {
        text.replace("{t}", &self.name())
    }

    fn expected(&self) -> Expected {
        expected(self.deed.action, self.grant, self.scope)
    }

    fn template(&self) -> Value {
        let (table, action) = (self.name(), self.deed.action);
        let permissions = match (self.grant, self.scope) {
            (Grant::OnTable, _) => vec![format!("{table}:{action}")],
            (Grant::OnAll, _) => vec![format!("all:{action}")],
            (Grant::Not, Scope::FullAccess) => {
                vec![format!("{table}:{}", others(action)), format!("other:{action}")]
            }
            (Grant::Not, Scope::ReadOnly) if action == "data_read" => vec!["other:data_read".to_owned()],
            (Grant::Not, Scope::ReadOnly) => vec!["all:data_read".to_owned()],
        };
        let scope = match self.scope {
            Scope::FullAccess => "full-access",
            Scope::ReadOnly => "read-only",
        };
        match self.target {
            Target::Database => json!({"database": "app", "scope": scope, "permissions": permissions}),
            Target::Group => json!({"group": "default", "scope": scope, "permissions": permissions}),
        }
    }

    /// What is wrong with an outcome, or with what became of the table.
    fn complaint(&self, outcome: &Outcome, stage: &Stage) -> Option<String> {
        let Deed { rows, affected, before, after, .. } = *self.deed;
        let look = self.about(self.deed.look);
        let found = stage.project.turso().query_sql(ORGANIZATION, "app", &look);
        let found = found.ok().and_then(|rows| rows.first()?.first()?.as_i64());
        let is_right = match self.expected() {
            Expected::Done => *outcome == Outcome::Done { rows, affected } && found == Some(after),
            Expected::Denied => matches!(outcome, Outcome::Denied(_)) && found == Some(before),
            Expected::NoTemplate => false,
        };
        let expected = self.expected();
        (!is_right).then(|| {
            format!("{}: {expected:?} expected, and got {outcome:?}; {look}: {found:?}", self.name())
        })
    }
}

fn others(action: &str) -> String {
    DEEDS.iter().map(|deed| deed.action).filter(|other| *other != action).collect::<Vec<_>>().join(",")
}

fn templates(cases: &[Case]) -> Map<String, Value> {
    cases.iter().map(|case| (case.name(), case.template())).collect()
}

/// A table with a row for each case whose statement does not create it.
fn seed(cases: &[Case]) -> String {
    let existing = cases.iter().filter(|case| case.deed.action != "schema_add");
    existing.map(|case| case.about("CREATE TABLE {t} (a); INSERT INTO {t} VALUES (1);")).collect()
}
