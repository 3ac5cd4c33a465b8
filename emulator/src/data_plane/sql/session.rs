//! A stream's SQLite connection: it runs what clients ask, under guard.

use std::collections::HashMap;
use std::path::Path;

use rusqlite::Batch as Statements;
use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, Statement as Prepared};
use serde_json::Value;

use super::catalogue::Catalogue;
use super::connect;
use super::guard::SharedGuard;
use super::opened::opened_tables;
use crate::data_plane::grants::Grants;
use crate::data_plane::hrana::{
    Batch, Condition, HranaError, Question, Reply, Sql, Statement, StatementResult, Step, StepOutcome,
    columns, description, value,
};
use crate::object::Object;

/// A statement that a token ran, or tried to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRecord {
    /// Its text; of a sequence, the whole sequence.
    pub sql: String,
    /// What was denied, such as `data_add on comments`.
    pub denied: Option<String>,
    /// The error that the client was told.
    pub error: Option<String>,
}

/// A connection with its guard and its stored SQL.
#[derive(Debug)]
pub(crate) struct Session {
    connection: Connection,
    guard: SharedGuard,
    stored: HashMap<i64, String>,
    records: Vec<StatementRecord>,
}

impl Session {
    /// Opens a connection whose statements are judged from the first on.
    pub(crate) fn open(file: &Path) -> rusqlite::Result<Self> {
        let mut connection = connect(file)?;
        let guard = SharedGuard::default();
        let judge = guard.clone();
        connection.authorizer(Some(move |context: rusqlite::hooks::AuthContext<'_>| {
            judge.with(|guard| guard.authorize(&context))
        }))?;
        Ok(Self { connection, guard, stored: HashMap::new(), records: Vec::new() })
    }

    /// Ends each statement after so many steps of SQLite's machine, and keeps texts and values short: a fuzzer also
    /// writes queries without end.
    #[cfg(feature = "fuzzing")]
    pub(crate) fn bound(&mut self) -> rusqlite::Result<()> {
        const STEPS: i32 = 10_000;
        const BYTES: i32 = 100_000;

        self.connection.progress_handler(STEPS, Some(|| true))?;
        self.connection.set_limit(rusqlite::limits::Limit::SQLITE_LIMIT_LENGTH, BYTES)?;
        Ok(())
    }

    /// Judges what follows by these grants: each request on a stream brings its own token.
    pub(crate) fn judge_by(&mut self, grants: Grants) {
        self.guard.with(|guard| guard.judge_by(grants));
    }

    /// What ran since the last time this was asked.
    pub(crate) fn take_records(&mut self) -> Vec<StatementRecord> {
        std::mem::take(&mut self.records)
    }

    /// Answers one request. After `Close` the caller has to drop the session.
    pub(crate) fn answer(&mut self, question: Question) -> Result<Reply, HranaError> {
        match question {
            Question::Close {} => Ok(Reply::Close),
            Question::Execute { stmt } => self.execute(&stmt.0).map(|result| Reply::Execute { result }),
            Question::Batch { batch } => Ok(Reply::Batch { result: self.batch(batch.0).into() }),
            Question::Sequence(sql) => self.sequence(&sql).map(|()| Reply::Sequence),
            Question::Describe(sql) => self.describe(&sql).map(|result| Reply::Describe { result }),
            Question::StoreSql { sql_id, sql } => self.store(sql_id, sql),
            Question::CloseSql { sql_id } => {
                self.stored.remove(&sql_id);
                Ok(Reply::CloseSql)
            }
            Question::GetAutocommit {} => {
                Ok(Reply::GetAutocommit { is_autocommit: self.connection.is_autocommit() })
            }
        }
    }

    /// Runs the steps of a batch in order, each if its condition holds.
    pub(crate) fn batch(&mut self, batch: Batch) -> Vec<StepOutcome> {
        let mut outcomes = Vec::with_capacity(batch.steps.len());
        for Object(Step { condition, stmt }) in batch.steps {
            let holds = condition.is_none_or(|condition| self.holds(&condition.0, &outcomes));
            outcomes.push(match holds.then(|| self.execute(&stmt.0)) {
                None => StepOutcome::Skipped,
                Some(Ok(result)) => StepOutcome::Done(result),
                Some(Err(error)) => StepOutcome::Failed(error),
            });
        }
        outcomes
    }

    fn holds(&self, condition: &Condition, outcomes: &[StepOutcome]) -> bool {
        match condition {
            Condition::Ok { step } => matches!(outcomes.get(*step), Some(StepOutcome::Done(_))),
            Condition::Error { step } => matches!(outcomes.get(*step), Some(StepOutcome::Failed(_))),
            Condition::Not { cond } => !self.holds(&cond.0, outcomes),
            Condition::And { conds } => conds.iter().all(|cond| self.holds(&cond.0, outcomes)),
            Condition::Or { conds } => conds.iter().any(|cond| self.holds(&cond.0, outcomes)),
            Condition::IsAutocommit {} => self.connection.is_autocommit(),
        }
    }

    fn execute(&mut self, statement: &Statement) -> Result<StatementResult, HranaError> {
        let sql = self.text(&statement.sql)?;
        let result = self.only(&sql).and_then(|mut prepared| {
            bind(&mut prepared, statement)?;
            self.allow_to_run(&prepared)?;
            self.step(prepared, statement.want_rows)
        });
        self.conclude(sql, result)
    }

    fn sequence(&mut self, sql: &Sql) -> Result<(), HranaError> {
        let sql = self.text(sql)?;
        let result = self.run_all(&sql);
        self.conclude(sql, result)
    }

    fn describe(&mut self, sql: &Sql) -> Result<Value, HranaError> {
        let sql = self.text(sql)?;
        let result = self.only(&sql).map(|prepared| description(&prepared));
        self.conclude(sql, result)
    }

    fn store(&mut self, id: i64, sql: String) -> Result<Reply, HranaError> {
        if self.stored.contains_key(&id) {
            return Err(HranaError::new("SQL_STORE_EXISTS", format!("SQL text {id} is already stored")));
        }
        self.stored.insert(id, sql);
        Ok(Reply::StoreSql)
    }

    fn text(&self, sql: &Sql) -> Result<String, HranaError> {
        match sql {
            Sql::Text(text) => Ok(text.clone()),
            Sql::Stored(id) => {
                let missing = || HranaError::new("SQL_STORE_MISSING", format!("no SQL text {id} is stored"));
                self.stored.get(id).cloned().ok_or_else(missing)
            }
        }
    }

    /// Prepares a text that holds exactly one statement.
    fn only<'a>(&'a self, sql: &'a str) -> Result<Prepared<'a>, HranaError> {
        let mut statements = Statements::new(&self.connection, sql);
        let Some(prepared) = self.prepare_next(&mut statements)? else {
            return Err(HranaError::new("SQL_NO_STATEMENT", "the SQL text holds no statement"));
        };
        // What follows is judged too: some PRAGMAs act when they are prepared.
        match statements.next() {
            Ok(None) => Ok(prepared),
            _ => Err(HranaError::new("SQL_MANY_STATEMENTS", "the SQL text holds more than one statement")),
        }
    }

    fn run_all(&self, sql: &str) -> Result<(), HranaError> {
        let mut statements = Statements::new(&self.connection, sql);
        while let Some(prepared) = self.prepare_next(&mut statements)? {
            self.allow_to_run(&prepared)?;
            self.step(prepared, false)?;
        }
        Ok(())
    }

    fn prepare_next<'a>(
        &self,
        statements: &mut Statements<'a, '_>,
    ) -> Result<Option<Prepared<'a>>, HranaError> {
        self.guard.with(|guard| guard.trust());
        let catalogue = Catalogue::read(&self.connection)?;
        self.guard.with(|guard| guard.begin(catalogue));
        statements.next().map_err(HranaError::from)
    }

    /// Judges what SQLite does not ask about, by the text of this one statement and by the program that
    /// SQLite makes of it.
    fn allow_to_run(&self, prepared: &Prepared<'_>) -> Result<(), HranaError> {
        let too_long = || HranaError::new("SQLITE_TOOBIG", "the statement is too long");
        let sql = prepared.expanded_sql().ok_or_else(too_long)?;
        let queries = prepared.is_explain() == 0 && self.guard.with(|guard| guard.selects());
        self.guard.with(|guard| guard.trust());
        let opened = if queries { opened_tables(&self.connection, &sql)? } else { Vec::new() };
        let allowed = self.guard.with(|guard| guard.run(&sql, &opened));
        if allowed { Ok(()) } else { Err(HranaError::not_authorized()) }
    }

    fn step(&self, mut prepared: Prepared<'_>, want_rows: bool) -> Result<StatementResult, HranaError> {
        let changes_before = self.connection.total_changes();
        let cols = columns(&prepared);
        let mut rows = Vec::new();
        let mut found = prepared.raw_query();
        while let Some(row) = found.next()? {
            if want_rows {
                let values = (0..cols.len()).map(|index| row.get_ref(index).map(value::write));
                rows.push(values.collect::<rusqlite::Result<Vec<_>>>()?);
            }
        }
        // SQLite keeps the count of the last statement that changed rows, whatever ran since.
        let changed = self.connection.total_changes() != changes_before;
        Ok(StatementResult {
            cols,
            rows,
            affected_row_count: if changed { self.connection.changes() } else { 0 },
            last_insert_rowid: Some(self.connection.last_insert_rowid().to_string()),
        })
    }

    /// Notes what became of a statement. Where anything was denied, that is the error: SQLite words it in several
    /// ways, depending on where it happened.
    fn conclude<T>(&mut self, sql: String, result: Result<T, HranaError>) -> Result<T, HranaError> {
        let denied = self.guard.with(|guard| guard.denied().map(str::to_owned));
        let result = match denied {
            Some(_) => result.map_err(|_| HranaError::not_authorized()),
            None => result,
        };
        let error = result.as_ref().err().map(|error| error.message.clone());
        self.records.push(StatementRecord { sql, denied, error });
        self.guard.with(|guard| guard.trust());
        result
    }
}

fn bind(prepared: &mut Prepared<'_>, statement: &Statement) -> Result<(), HranaError> {
    let expected = prepared.parameter_count();
    let mut values: Vec<Option<&SqlValue>> = vec![None; expected];
    if statement.positional.len() > expected {
        let message = format!("{} arguments for {expected} parameters", statement.positional.len());
        return Err(HranaError::arguments(message));
    }
    for (place, value) in values.iter_mut().zip(&statement.positional) {
        *place = Some(value);
    }
    for (name, value) in &statement.named {
        let index = named_parameter(prepared, name)?;
        let unknown = || HranaError::arguments(format!("no parameter is named \"{name}\""));
        *index.and_then(|index| values.get_mut(index - 1)).ok_or_else(unknown)? = Some(value);
    }
    for (index, value) in (1..).zip(values) {
        let value = value.ok_or_else(|| HranaError::arguments(format!("parameter {index} has no value")))?;
        prepared.raw_bind_parameter(index, value)?;
    }
    Ok(())
}

/// A parameter's number from 1, by its name with or without the prefix.
fn named_parameter(prepared: &Prepared<'_>, name: &str) -> rusqlite::Result<Option<usize>> {
    for prefix in ["", ":", "@", "$"] {
        if let Some(index) = prepared.parameter_index(&format!("{prefix}{name}"))? {
            return Ok(Some(index));
        }
    }
    Ok(None)
}
