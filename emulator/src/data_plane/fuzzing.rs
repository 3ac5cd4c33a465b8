//! What fuzz targets call: Hrana to a database in memory, without a network. Built with the feature `fuzzing` alone, and
//! no part of what the crate offers.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::grants::Grants;
use super::hrana::{CursorQuestion, PipelineAnswer, PipelineQuestion, Question, Sql, cursor_lines};
use super::sql::Session;
use crate::object::Object;
use crate::request::Request;

/// A database in memory that Hrana is spoken with.
#[derive(Debug)]
pub struct Database(Session);

impl Database {
    /// The database after these statements of its owner. What is asked of it is bounded, in time and in bytes.
    ///
    /// # Errors
    /// What SQLite refused.
    pub fn of(sql: &str) -> Result<Self, String> {
        let mut session = Session::open(Path::new(":memory:")).map_err(|error| error.to_string())?;
        session.bound().map_err(|error| error.to_string())?;
        let created = session.answer(Question::Sequence(Sql::Text(sql.to_owned())));
        created.map(|_| Self(session)).map_err(|error| error.message)
    }

    /// What is answered to a body by whoever has these claims, as a pipeline or else as a cursor.
    ///
    /// # Errors
    /// Claims without known limits, and a body that is neither.
    pub fn ask(&mut self, claims: &Map<String, Value>, body: &[u8]) -> Result<String, String> {
        self.0.judge_by(Grants::of(claims).map_err(|why| format!("{why:?}"))?);
        let request = Request {
            method: "POST".to_owned(),
            path: "/v3/pipeline".to_owned(),
            query: None,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.to_vec(),
        };
        if let Ok(PipelineQuestion { requests, .. }) = request.read() {
            let replies = requests.into_iter().map(|Object(question)| self.0.answer(question)).collect();
            return Ok(json!(PipelineAnswer::new(None, replies)).to_string());
        }
        let CursorQuestion { batch, .. } = request.read().map_err(|(_, reason)| reason)?;
        Ok(cursor_lines("", self.0.batch(batch.0)))
    }

    /// What the owner is answered to a query.
    ///
    /// # Errors
    /// A body that can't be read.
    pub fn look(&mut self, sql: &str) -> Result<String, String> {
        let owner = Map::from_iter([("a".to_owned(), json!("rw")), ("perm".to_owned(), json!([]))]);
        let body = json!({ "requests": [{ "type": "execute", "stmt": { "sql": sql } }] });
        self.ask(&owner, body.to_string().as_bytes())
    }
}
