//! What clients send: pipelines of stream requests, and cursors over a batch. Strict: an unknown request, key or
//! type is an error, though the protocol would let a server pass over unknown keys.
//!
//! A request without fields is `Close {}`, since serde would ignore unknown keys of a plain `Close`.

use rusqlite::types::Value as SqlValue;
use serde::{Deserialize, Deserializer};

use super::value;
use crate::object::Object;

/// The body of `POST /v2/pipeline` and `/v3/pipeline`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PipelineQuestion {
    pub(crate) baton: Option<String>,
    pub(crate) requests: Vec<Object<Question>>,
}

/// The body of `POST /v3/cursor`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CursorQuestion {
    pub(crate) baton: Option<String>,
    pub(crate) batch: Object<Batch>,
}

/// One request on a stream.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Question {
    Close {},
    Execute { stmt: Object<Statement> },
    Batch { batch: Object<Batch> },
    Sequence(Sql),
    Describe(Sql),
    StoreSql { sql_id: i64, sql: String },
    CloseSql { sql_id: i64 },
    GetAutocommit {},
}

/// SQL text, sent or stored before.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "SqlFields")]
pub(crate) enum Sql {
    Text(String),
    Stored(i64),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SqlFields {
    sql: Option<String>,
    sql_id: Option<i64>,
}

impl TryFrom<SqlFields> for Sql {
    type Error = &'static str;

    fn try_from(fields: SqlFields) -> Result<Self, Self::Error> {
        match (fields.sql, fields.sql_id) {
            (Some(text), None) => Ok(Self::Text(text)),
            (None, Some(id)) => Ok(Self::Stored(id)),
            _ => Err("exactly one of `sql` and `sql_id` is needed"),
        }
    }
}

/// A statement with its arguments.
#[derive(Debug, Deserialize)]
#[serde(try_from = "StatementFields")]
pub(crate) struct Statement {
    pub(crate) sql: Sql,
    pub(crate) positional: Vec<SqlValue>,
    pub(crate) named: Vec<(String, SqlValue)>,
    pub(crate) want_rows: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StatementFields {
    sql: Option<String>,
    sql_id: Option<i64>,
    args: Option<Vec<Object<value::Argument>>>,
    named_args: Option<Vec<Object<NamedArgument>>>,
    want_rows: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedArgument {
    name: String,
    value: Object<value::Argument>,
}

impl TryFrom<StatementFields> for Statement {
    type Error = &'static str;

    fn try_from(fields: StatementFields) -> Result<Self, Self::Error> {
        let StatementFields { sql, sql_id, args, named_args, want_rows } = fields;
        let named = named_args.unwrap_or_default().into_iter();
        Ok(Self {
            sql: SqlFields { sql, sql_id }.try_into()?,
            positional: args.unwrap_or_default().into_iter().map(|argument| argument.0.0).collect(),
            named: named.map(|Object(argument)| (argument.name, argument.value.0.0)).collect(),
            want_rows: want_rows.unwrap_or(true),
        })
    }
}

/// Steps, each with the condition on which it runs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Batch {
    #[serde(deserialize_with = "steps")]
    pub(crate) steps: Vec<Object<Step>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) condition: Option<Object<Condition>>,
    pub(crate) stmt: Object<Statement>,
}

/// A condition over the steps before and the stream.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Condition {
    Ok { step: usize },
    Error { step: usize },
    Not { cond: Box<Object<Condition>> },
    And { conds: Vec<Object<Condition>> },
    Or { conds: Vec<Object<Condition>> },
    IsAutocommit {},
}

impl Condition {
    /// Whether it looks at steps before this one alone.
    fn looks_before(&self, index: usize) -> bool {
        match self {
            Self::Ok { step } | Self::Error { step } => *step < index,
            Self::Not { cond } => cond.0.looks_before(index),
            Self::And { conds } | Self::Or { conds } => conds.iter().all(|cond| cond.0.looks_before(index)),
            Self::IsAutocommit {} => true,
        }
    }
}

fn steps<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Object<Step>>, D::Error> {
    let steps = Vec::<Object<Step>>::deserialize(deserializer)?;
    let looks_before = |(index, step): (usize, &Object<Step>)| {
        step.0.condition.as_ref().is_none_or(|condition| condition.0.looks_before(index))
    };
    if steps.iter().enumerate().all(looks_before) {
        Ok(steps)
    } else {
        Err(serde::de::Error::custom("a condition looks at a step that is not before its own"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_read(body: &str) -> bool {
        serde_json::from_str::<Object<PipelineQuestion>>(body).is_ok()
    }

    /// Whether each line is read as one request.
    fn are_read(requests: &str, expected: bool) {
        for request in requests.lines().map(str::trim).filter(|line| !line.is_empty()) {
            assert_eq!(is_read(&format!(r#"{{"requests": [{request}]}}"#)), expected, "{request}");
        }
    }

    #[test]
    fn every_request_is_read_with_and_without_what_may_be_left_out() {
        are_read(
            r#"
            {"type": "close"}
            {"type": "get_autocommit"}
            {"type": "execute", "stmt": {"sql": "x"}}
            {"type": "execute", "stmt": {"sql": "x", "sql_id": null, "args": null, "named_args": null, "want_rows": null}}
            {"type": "execute", "stmt": {"sql_id": 1, "args": [], "named_args": [], "want_rows": false}}
            {"stmt": {"args": [{"value": 1.50, "type": "float"}, {"value": 3, "type": "float"}], "sql": "x"}, "type": "execute"}
            {"type": "execute", "stmt": {"sql": "x", "named_args": [{"name": "a", "value": {"type": "null"}}]}}
            {"type": "batch", "batch": {"steps": []}}
            {"type": "batch", "batch": {"steps": [{"stmt": {"sql": "x"}, "condition": null}]}}
            {"type": "sequence", "sql": "x"}
            {"type": "sequence", "sql_id": 1, "sql": null}
            {"type": "describe", "sql_id": -9223372036854775808}
            {"type": "store_sql", "sql_id": 1, "sql": "x"}
            {"type": "close_sql", "sql_id": 1}
            {"type": "close_sql", "sql_id": 1, "sql_id": 2}
            "#,
            true,
        );
    }

    #[test]
    fn a_request_with_a_key_too_many_too_few_or_of_another_type_is_refused() {
        are_read(
            r#"
            null
            []
            ["close"]
            "close"
            {}
            {"type": null}
            {"type": "drop"}
            {"type": "Close"}
            {"type": "close", "x": 1}
            {"type": "get_autocommit", "x": null}
            {"type": "execute"}
            {"type": "execute", "stmt": null}
            {"type": "execute", "stmt": ["x"]}
            {"type": "execute", "stmt": {"sql": "x"}, "x": 1}
            {"type": "execute", "stmt": {}}
            {"type": "execute", "stmt": {"sql": null}}
            {"type": "execute", "stmt": {"sql": 1}}
            {"type": "execute", "stmt": {"sql": "x", "sql_id": 1}}
            {"type": "execute", "stmt": {"sql_id": "1"}}
            {"type": "execute", "stmt": {"sql_id": 1.0}}
            {"type": "execute", "stmt": {"sql_id": 9223372036854775808}}
            {"type": "execute", "stmt": {"sql": "x", "x": 1}}
            {"type": "execute", "stmt": {"sql": "x", "args": {}}}
            {"type": "execute", "stmt": {"sql": "x", "args": [1]}}
            {"type": "execute", "stmt": {"sql": "x", "args": [["null"]]}}
            {"type": "execute", "stmt": {"sql": "x", "args": [{}]}}
            {"type": "execute", "stmt": {"sql": "x", "named_args": {"a": {"type": "null"}}}}
            {"type": "execute", "stmt": {"sql": "x", "named_args": [["a", {"type": "null"}]]}}
            {"type": "execute", "stmt": {"sql": "x", "named_args": [{"name": "a"}]}}
            {"type": "execute", "stmt": {"sql": "x", "named_args": [{"name": 1, "value": {"type": "null"}}]}}
            {"type": "execute", "stmt": {"sql": "x", "named_args": [{"name": "a", "value": null}]}}
            {"type": "execute", "stmt": {"sql": "x", "named_args": [{"name": "a", "value": {"type": "null"}, "x": 1}]}}
            {"type": "execute", "stmt": {"sql": "x", "want_rows": 1}}
            {"type": "batch"}
            {"type": "batch", "batch": {}}
            {"type": "batch", "batch": [[]]}
            {"type": "batch", "batch": {"steps": null}}
            {"type": "batch", "batch": {"steps": [], "x": 1}}
            {"type": "batch", "batch": {"steps": [{}]}}
            {"type": "batch", "batch": {"steps": [[null, {"sql": "x"}]]}}
            {"type": "batch", "batch": {"steps": [{"stmt": {"sql": "x"}, "x": 1}]}}
            {"type": "sequence"}
            {"type": "sequence", "sql": "x", "sql_id": 1}
            {"type": "sequence", "sql": "x", "x": 1}
            {"type": "describe", "sql": 1}
            {"type": "store_sql", "sql": "x"}
            {"type": "store_sql", "sql_id": 1}
            {"type": "store_sql", "sql_id": 1, "sql": null}
            {"type": "store_sql", "sql_id": 1, "sql": "x", "x": 1}
            {"type": "close_sql", "sql_id": null}
            {"type": "close_sql", "sql_id": 1, "sql": "x"}
            "#,
            false,
        );
    }

    #[test]
    fn a_condition_looks_at_earlier_steps_and_is_of_a_known_shape() {
        for (condition, expected) in [
            (r#"{"type": "is_autocommit"}"#, true),
            (r#"{"type": "ok", "step": 0}"#, true),
            (r#"{"type": "not", "cond": {"type": "error", "step": 0}}"#, true),
            (r#"{"type": "and", "conds": []}"#, true),
            (r#"{"type": "or", "conds": [{"type": "ok", "step": 0}, {"type": "is_autocommit"}]}"#, true),
            (r#"{"type": "ok", "step": 1}"#, false),
            (r#"{"type": "error", "step": -1}"#, false),
            (r#"{"type": "ok", "step": 0.0}"#, false),
            (r#"{"type": "ok", "step": "0"}"#, false),
            (r#"{"type": "ok"}"#, false),
            (r#"{"type": "ok", "step": 0, "x": 1}"#, false),
            (r#"{"type": "not", "cond": {"type": "error", "step": 1}}"#, false),
            (r#"{"type": "not", "cond": null}"#, false),
            (r#"{"type": "and", "conds": null}"#, false),
            (r#"{"type": "and", "conds": [{"type": "or", "conds": [{"type": "ok", "step": 2}]}]}"#, false),
            (r#"{"type": "is_autocommit", "x": 1}"#, false),
            (r#"{"type": "xor", "conds": []}"#, false),
            (r#"["is_autocommit"]"#, false),
        ] {
            let steps = format!(
                r#"{{"stmt": {{"sql": "x"}}}}, {{"stmt": {{"sql": "x"}}, "condition": {condition}}}"#
            );
            let request = format!(r#"{{"type": "batch", "batch": {{"steps": [{steps}]}}}}"#);
            are_read(&request, expected);
        }
    }

    #[test]
    fn a_body_is_an_object_with_its_own_keys() {
        for (body, pipeline, cursor) in [
            (r#"{"requests": []}"#, true, false),
            (r#"{"requests": [], "baton": null}"#, true, false),
            (r#"{"requests": [], "baton": "b"}"#, true, false),
            (r#"{"requests": [], "baton": 1}"#, false, false),
            (r#"{"requests": [], "x": 1}"#, false, false),
            (r#"{"requests": null}"#, false, false),
            (r#"{}"#, false, false),
            (r#"[null, []]"#, false, false),
            ("null", false, false),
            (r#"{"batch": {"steps": []}}"#, false, true),
            (r#"{"batch": {"steps": []}, "baton": null}"#, false, true),
            (r#"{"batch": {"steps": []}, "x": 1}"#, false, false),
            (r#"{"batch": [[]]}"#, false, false),
            (r#"{"batch": null}"#, false, false),
            (r#"[null, {"steps": []}]"#, false, false),
        ] {
            assert_eq!(is_read(body), pipeline, "{body}");
            assert_eq!(serde_json::from_str::<Object<CursorQuestion>>(body).is_ok(), cursor, "{body}");
        }
    }
}
