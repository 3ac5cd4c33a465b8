//! Hrana over HTTP, in its JSON form: what clients send and what they get. No SQL is run here.

mod answer;
mod error;
mod question;
pub(super) mod value;

pub(crate) use answer::{
    PipelineAnswer, Reply, StatementResult, StepOutcome, columns, cursor_lines, description,
};
pub(crate) use error::HranaError;
pub(crate) use question::{
    Batch, Condition, CursorQuestion, PipelineQuestion, Question, Sql, Statement, Step,
};
