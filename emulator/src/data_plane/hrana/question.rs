//! What clients send: pipelines of stream requests, and cursors over a batch. Strict: an unknown request, key or
//! type is an error, though the protocol would let a server pass over unknown keys.

use rusqlite::types::Value as SqlValue;
use serde_json::Value;

use super::value;
use crate::fields::Fields;

/// The body of `POST /v2/pipeline` and `/v3/pipeline`.
#[derive(Debug)]
pub(crate) struct PipelineQuestion {
    pub(crate) baton: Option<String>,
    pub(crate) questions: Vec<Question>,
}

/// The body of `POST /v3/cursor`.
#[derive(Debug)]
pub(crate) struct CursorQuestion {
    pub(crate) baton: Option<String>,
    pub(crate) batch: Batch,
}

/// One request on a stream.
#[derive(Debug)]
pub(crate) enum Question {
    Close,
    Execute(Statement),
    Batch(Batch),
    Sequence(Sql),
    Describe(Sql),
    StoreSql { id: i64, sql: String },
    CloseSql { id: i64 },
    GetAutocommit,
}

/// SQL text, sent or stored before.
#[derive(Debug, Clone)]
pub(crate) enum Sql {
    Text(String),
    Stored(i64),
}

/// A statement with its arguments.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) sql: Sql,
    pub(crate) positional: Vec<SqlValue>,
    pub(crate) named: Vec<(String, SqlValue)>,
    pub(crate) want_rows: bool,
}

/// Steps, each with the condition on which it runs.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) steps: Vec<(Option<Condition>, Statement)>,
}

/// A condition over the steps before and the stream.
#[derive(Debug)]
pub(crate) enum Condition {
    Ok(usize),
    Error(usize),
    Not(Box<Condition>),
    And(Vec<Condition>),
    Or(Vec<Condition>),
    IsAutocommit,
}

impl PipelineQuestion {
    pub(crate) fn read(body: Value) -> Result<Self, String> {
        let mut fields = Fields::of(body, "the body")?;
        let baton = fields.optional_string("baton")?;
        let questions = fields.array("requests")?.into_iter().map(question).collect::<Result<_, _>>()?;
        fields.finish()?;
        Ok(Self { baton, questions })
    }
}

impl CursorQuestion {
    pub(crate) fn read(body: Value) -> Result<Self, String> {
        let mut fields = Fields::of(body, "the body")?;
        let baton = fields.optional_string("baton")?;
        let batch = batch(fields.value("batch")?)?;
        fields.finish()?;
        Ok(Self { baton, batch })
    }
}

fn question(body: Value) -> Result<Question, String> {
    let mut fields = Fields::of(body, "a request")?;
    let question = match fields.string("type")?.as_str() {
        "close" => Question::Close,
        "execute" => Question::Execute(statement(fields.value("stmt")?)?),
        "batch" => Question::Batch(batch(fields.value("batch")?)?),
        "sequence" => Question::Sequence(sql(&mut fields)?),
        "describe" => Question::Describe(sql(&mut fields)?),
        "store_sql" => Question::StoreSql { id: fields.integer("sql_id")?, sql: fields.string("sql")? },
        "close_sql" => Question::CloseSql { id: fields.integer("sql_id")? },
        "get_autocommit" => Question::GetAutocommit,
        other => return Err(format!("a request has an unknown type \"{other}\"")),
    };
    fields.finish()?;
    Ok(question)
}

fn batch(body: Value) -> Result<Batch, String> {
    let mut fields = Fields::of(body, "a batch")?;
    let steps = fields.array("steps")?;
    fields.finish()?;
    let steps = steps.into_iter().enumerate().map(|(index, body)| step(body, index));
    Ok(Batch { steps: steps.collect::<Result<_, _>>()? })
}

fn step(body: Value, index: usize) -> Result<(Option<Condition>, Statement), String> {
    let mut fields = Fields::of(body, "a step")?;
    let condition = fields.optional("condition").map(|body| condition(body, index)).transpose()?;
    let statement = statement(fields.value("stmt")?)?;
    fields.finish()?;
    Ok((condition, statement))
}

/// `index` is that of the step on which the condition stands: it can look at earlier ones alone.
fn condition(body: Value, index: usize) -> Result<Condition, String> {
    let mut fields = Fields::of(body, "a condition")?;
    let earlier = |fields: &mut Fields| {
        let step = usize::try_from(fields.integer("step")?).ok().filter(|step| *step < index);
        step.ok_or_else(|| "a condition looks at a step that is not before its own".to_owned())
    };
    let all = |fields: &mut Fields| {
        fields.array("conds")?.into_iter().map(|body| condition(body, index)).collect::<Result<Vec<_>, _>>()
    };
    let condition = match fields.string("type")?.as_str() {
        "ok" => Condition::Ok(earlier(&mut fields)?),
        "error" => Condition::Error(earlier(&mut fields)?),
        "not" => Condition::Not(Box::new(condition(fields.value("cond")?, index)?)),
        "and" => Condition::And(all(&mut fields)?),
        "or" => Condition::Or(all(&mut fields)?),
        "is_autocommit" => Condition::IsAutocommit,
        other => return Err(format!("a condition has an unknown type \"{other}\"")),
    };
    fields.finish()?;
    Ok(condition)
}

fn statement(body: Value) -> Result<Statement, String> {
    let mut fields = Fields::of(body, "a statement")?;
    let statement = Statement {
        sql: sql(&mut fields)?,
        positional: fields.optional_array("args")?.into_iter().map(value::read).collect::<Result<_, _>>()?,
        named: fields.optional_array("named_args")?.into_iter().map(named).collect::<Result<_, _>>()?,
        want_rows: fields.optional_boolean("want_rows")?.unwrap_or(true),
    };
    fields.finish()?;
    Ok(statement)
}

fn named(body: Value) -> Result<(String, SqlValue), String> {
    let mut fields = Fields::of(body, "a named argument")?;
    let argument = (fields.string("name")?, value::read(fields.value("value")?)?);
    fields.finish()?;
    Ok(argument)
}

fn sql(fields: &mut Fields) -> Result<Sql, String> {
    match (fields.optional_string("sql")?, fields.optional("sql_id")) {
        (Some(text), None) => Ok(Sql::Text(text)),
        (None, Some(id)) => {
            id.as_i64().map(Sql::Stored).ok_or_else(|| "\"sql_id\" must be an integer".to_owned())
        }
        _ => Err("exactly one of \"sql\" and \"sql_id\" is needed".to_owned()),
    }
}
