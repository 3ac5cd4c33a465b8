//! A database as clients reach it: Hrana over HTTP at an address of its own, a token check, and SQL under guard.

mod access;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod grants;
mod hrana;
mod planes;
mod sql;
mod streams;
mod token;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use rusqlite::types::ValueRef;
use serde_json::Value;

pub use access::Access;
pub use grants::FailOpen;
pub(crate) use planes::DataPlanes;
pub use sql::StatementRecord;
pub use token::JwksFetch;

use crate::answer::Answer;
use crate::lock::lock;
use crate::object::Object;
use crate::request::Request;
use crate::server::Service;
use crate::world::World;
use grants::Grants;
use hrana::{CursorQuestion, HranaError, PipelineAnswer, PipelineQuestion, Question, cursor_lines};
use sql::{Session, connect};
use streams::Streams;
use token::{FetchedKeys, Jwt, TokenRefused};

#[derive(Debug)]
pub(crate) struct DataPlane {
    organization: String,
    database: String,
    file: PathBuf,
    world: Arc<Mutex<World>>,
    keys: Arc<FetchedKeys>,
    accesses: Arc<Mutex<Vec<Access>>>,
    streams: Streams,
}

impl Service for DataPlane {
    async fn answer(self: Arc<Self>, request: Request) -> Option<Answer> {
        let answer = match (request.method.as_str(), request.path.as_str()) {
            ("OPTIONS", _) => preflight(),
            ("GET", "/v2" | "/v3") => Answer::text(200, "Hrana over HTTP is spoken here\n"),
            ("POST", "/v2/pipeline" | "/v3/pipeline") => {
                self.admit_and_run(&request, |request| request.read().map(Asked::Pipeline)).await
            }
            ("POST", "/v3/cursor") => {
                self.admit_and_run(&request, |request| request.read().map(Asked::Cursor)).await
            }
            (method, path) => {
                Answer::text(404, &format!("turso-emulator: {method} {path} is not known here\n"))
            }
        };
        // Turso's 401 answers lack this header, so that a browser reports a CORS error in place of the cause.
        let readable = answer.status != 401;
        Some(if readable { answer.header("access-control-allow-origin", "*") } else { answer })
    }
}

impl DataPlane {
    /// A connection for the test that holds the emulator, to which nothing is denied.
    pub(crate) fn owner_connection(&self) -> rusqlite::Result<rusqlite::Connection> {
        self.streams.expire();
        connect(&self.file)
    }

    /// The rows of such a connection's query.
    pub(crate) fn owner_rows(&self, sql: &str) -> anyhow::Result<Vec<Vec<Value>>> {
        let connection = self.owner_connection()?;
        let mut statement = connection.prepare(sql)?;
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            (0..columns).map(|index| row.get_ref(index).map(plain)).collect::<rusqlite::Result<Vec<_>>>()
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    async fn admit_and_run(self: &Arc<Self>, request: &Request, read: Reader) -> Answer {
        let mut access = Access {
            organization: self.organization.clone(),
            database: self.database.clone(),
            ..Access::default()
        };
        let answer = match self.admit(request.bearer(), &mut access).await {
            Ok(grants) => match read(request) {
                Ok(asked) => self.run(asked, grants, &mut access).await,
                Err((status, reason)) => Answer::error(status, &format!("turso-emulator: {reason}")),
            },
            Err(refused) => {
                access.refused = Some(refused.to_string());
                refused.answer()
            }
        };
        lock(&self.accesses).push(access);
        answer
    }

    /// Checks the token's form, signature, time and database, in this order, and reads its grants.
    async fn admit(&self, token: Option<&str>, access: &mut Access) -> Result<Grants, TokenRefused> {
        let jwt = Jwt::read(token.ok_or(TokenRefused::Empty)?)?;
        if !self.keys.verifies(&self.jwks_urls(), &jwt).await {
            return Err(TokenRefused::UnknownKey);
        }
        token::check_time(&jwt.claims, now())?;
        let (grants, fail_open) = {
            let world = lock(&self.world);
            let organization =
                world.organizations.get(&self.organization).ok_or(TokenRefused::OtherDatabase)?;
            let database = organization.database(&self.database).ok_or(TokenRefused::OtherDatabase)?;
            token::admit(&jwt.claims, database, organization.group(&database.group))?
        };
        access.claims = Some(jwt.claims);
        access.fail_open = fail_open;
        Ok(grants)
    }

    fn jwks_urls(&self) -> Vec<String> {
        let world = lock(&self.world);
        let organization = world.organizations.get(&self.organization);
        organization.map_or_else(Vec::new, |organization| {
            organization.endpoints().iter().map(|endpoint| endpoint.url.clone()).collect()
        })
    }

    async fn run(self: &Arc<Self>, asked: Asked, grants: Grants, access: &mut Access) -> Answer {
        let plane = Arc::clone(self);
        match tokio::task::spawn_blocking(move || plane.run_blocking(asked, grants)).await {
            Ok((answer, statements)) => {
                access.statements = statements;
                answer
            }
            Err(_) => Answer::error(500, "turso-emulator: a bug: running the statement panicked"),
        }
    }

    fn run_blocking(&self, asked: Asked, grants: Grants) -> (Answer, Vec<StatementRecord>) {
        let session = match asked.baton() {
            Some(baton) => self.streams.take(baton).ok_or_else(expired),
            None => self.new_stream(),
        };
        let mut session = match session {
            Ok(session) => session,
            Err(error) => return (Answer::json(400, &error), Vec::new()),
        };
        session.judge_by(grants);
        match asked {
            Asked::Pipeline(asked) => self.run_pipeline(asked.requests, session),
            Asked::Cursor(asked) => {
                let outcomes = session.batch(asked.batch.0);
                let records = session.take_records();
                let baton = self.streams.keep(session);
                (Answer::text(200, &cursor_lines(&baton, outcomes)), records)
            }
        }
    }

    fn run_pipeline(
        &self,
        questions: Vec<Object<Question>>,
        mut session: Session,
    ) -> (Answer, Vec<StatementRecord>) {
        let mut closed = false;
        let mut replies = Vec::with_capacity(questions.len());
        for Object(question) in questions {
            if closed {
                replies
                    .push(Err(HranaError::new("STREAM_CLOSED", "the stream was closed by a request before")));
                continue;
            }
            closed = matches!(question, Question::Close {});
            replies.push(session.answer(question));
        }
        let records = session.take_records();
        let baton = (!closed).then(|| self.streams.keep(session));
        (Answer::json(200, &PipelineAnswer::new(baton, replies)), records)
    }

    fn new_stream(&self) -> Result<Session, HranaError> {
        self.streams.expire();
        Ok(Session::open(&self.file)?)
    }
}

#[derive(Debug)]
enum Asked {
    Pipeline(PipelineQuestion),
    Cursor(CursorQuestion),
}

/// Reads a body. The error is a status and what is wrong.
type Reader = fn(&Request) -> Result<Asked, (u16, String)>;

impl Asked {
    fn baton(&self) -> Option<&str> {
        match self {
            Self::Pipeline(asked) => asked.baton.as_deref(),
            Self::Cursor(asked) => asked.baton.as_deref(),
        }
    }
}

/// A value of a row as plain JSON.
fn plain(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(integer) => integer.into(),
        ValueRef::Real(float) => float.into(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
        ValueRef::Blob(bytes) => bytes.into(),
    }
}

fn expired() -> HranaError {
    HranaError::new("STREAM_EXPIRED", "The stream has expired due to inactivity")
}

fn preflight() -> Answer {
    Answer::text(200, "")
        .header("access-control-allow-methods", "GET, POST, OPTIONS")
        .header("access-control-allow-headers", "authorization, content-type, x-turso-encryption-key")
}

fn now() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
