//! What clients get: the answers of a pipeline, and the lines of a cursor.

use serde::Serialize;
use serde_json::{Value, json};

use super::error::HranaError;

/// The body that answers a pipeline.
#[derive(Debug, Serialize)]
pub(crate) struct PipelineAnswer {
    baton: Option<String>,
    /// Always null: streams stay where they are.
    base_url: Option<String>,
    results: Vec<StreamResult>,
}

impl PipelineAnswer {
    pub(crate) fn new(baton: Option<String>, replies: Vec<Result<Reply, HranaError>>) -> Self {
        let result = |reply| match reply {
            Ok(response) => StreamResult::Ok { response },
            Err(error) => StreamResult::Error { error },
        };
        Self { baton, base_url: None, results: replies.into_iter().map(result).collect() }
    }
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum StreamResult {
    Ok { response: Reply },
    Error { error: HranaError },
}

/// The answer to one request on a stream.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Reply {
    Close,
    Execute { result: StatementResult },
    Batch { result: BatchResult },
    Sequence,
    Describe { result: Value },
    StoreSql,
    CloseSql,
    GetAutocommit { is_autocommit: bool },
}

/// What became of each step of a batch. A step that was skipped has neither result nor error.
#[derive(Debug, Serialize)]
pub(crate) struct BatchResult {
    step_results: Vec<Option<StatementResult>>,
    step_errors: Vec<Option<HranaError>>,
}

impl From<Vec<StepOutcome>> for BatchResult {
    fn from(outcomes: Vec<StepOutcome>) -> Self {
        let parts = outcomes.into_iter().map(|outcome| match outcome {
            StepOutcome::Skipped => (None, None),
            StepOutcome::Done(result) => (Some(result), None),
            StepOutcome::Failed(error) => (None, Some(error)),
        });
        let (step_results, step_errors) = parts.unzip();
        Self { step_results, step_errors }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct StatementResult {
    pub(crate) cols: Vec<Value>,
    pub(crate) rows: Vec<Vec<Value>>,
    pub(crate) affected_row_count: u64,
    pub(crate) last_insert_rowid: Option<String>,
}

/// The columns of a prepared statement.
pub(crate) fn columns(statement: &rusqlite::Statement<'_>) -> Vec<Value> {
    let column =
        |column: rusqlite::Column<'_>| json!({ "name": column.name(), "decltype": column.decl_type() });
    statement.columns().map(column).collect()
}

/// What a prepared statement takes and gives. A parameter without a name has null for it.
pub(crate) fn description(statement: &rusqlite::Statement<'_>) -> Value {
    let parameter = |index| json!({ "name": statement.parameter_name(index) });
    json!({
        "params": (1..=statement.parameter_count()).map(parameter).collect::<Vec<_>>(),
        "cols": columns(statement),
        "is_explain": statement.is_explain() != 0,
        "is_readonly": statement.readonly(),
    })
}

/// What became of a step of a batch.
#[derive(Debug)]
pub(crate) enum StepOutcome {
    Skipped,
    Done(StatementResult),
    Failed(HranaError),
}

/// The lines that answer a cursor, each JSON.
pub(crate) fn cursor_lines(baton: &str, outcomes: Vec<StepOutcome>) -> String {
    let mut lines = vec![json!({ "baton": baton, "base_url": null })];
    for (step, outcome) in outcomes.into_iter().enumerate() {
        match outcome {
            StepOutcome::Skipped => {}
            StepOutcome::Failed(error) => {
                lines.push(json!({ "type": "step_error", "step": step, "error": error }));
            }
            StepOutcome::Done(StatementResult { cols, rows, affected_row_count, last_insert_rowid }) => {
                lines.push(json!({ "type": "step_begin", "step": step, "cols": cols }));
                lines.extend(rows.into_iter().map(|row| json!({ "type": "row", "row": row })));
                lines.push(json!({
                    "type": "step_end",
                    "affected_row_count": affected_row_count,
                    "last_insert_rowid": last_insert_rowid,
                }));
            }
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}
