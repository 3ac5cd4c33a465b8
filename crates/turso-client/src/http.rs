//! Requests over HTTP. The only file of this room that speaks to the network.

use std::time::{Duration, Instant, SystemTime};

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::redirect;
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use transport::SetupError;

pub(super) use reqwest::Method;

use super::answer::{Answer, Effect, Failure, parse_retry_after};
use super::credentials::{Access, Credentials};
use super::error::{Attempt, Error};
use super::path::Path;
use super::{Timing, wire};

/// More than the databases of a large organization need, and little enough to hold.
const LONGEST_ANSWER: usize = 16 * 1024 * 1024;

/// Sends requests. The HTTP client, the root certificates and the credentials are loaded with the first of them.
#[derive(Debug)]
pub(super) struct Http {
    credentials: Credentials,
    user_agent: String,
    interrupt: CancellationToken,
    timing: Timing,
    session: OnceCell<Session>,
}

#[derive(Debug)]
struct Session {
    client: reqwest::Client,
    access: Access,
}

/// A request, and what it is for.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: Path,
    /// The parameters of the query string, not encoded yet.
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    pub(super) attempt: Attempt,
}

impl Http {
    pub(super) fn new(
        credentials: Credentials,
        user_agent: &str,
        interrupt: CancellationToken,
        timing: Timing,
    ) -> Self {
        Self { credentials, user_agent: user_agent.to_owned(), interrupt, timing, session: OnceCell::new() }
    }

    pub(super) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    pub(super) fn timing(&self) -> &Timing {
        &self.timing
    }

    /// Asks what may be asked repeatedly, and reads the answer. Only a 200 is one: a 206 or a 203 may be a part of what
    /// there is, or someone else's version of it (RFC 9110, section 15.3), and what is not in it may exist.
    pub(super) async fn ask<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Error> {
        let answer = self.send(request).await?;
        if answer.status != 200 {
            return Err(Error::NotConclusive { attempt: request.attempt.clone(), status: answer.status });
        }
        wire::parse(&answer.body).map_err(|problem| self.malformed(&request.attempt, &problem))
    }

    /// Sends a request once. Any 2xx is a success.
    pub(super) async fn send_once(&self, request: &Request) -> Result<Answer, Failure> {
        let session = self.session(&request.attempt).await.map_err(Failure::refused)?;
        let started = Instant::now();
        let outcome = session.exchange(request).await;
        tracing::debug!(
            method = %request.method,
            path = request.path.as_str(),
            status = outcome.as_ref().ok().map(|answer| answer.status),
            duration_ms = started.elapsed().as_millis() as u64,
            "called Turso's API"
        );
        match outcome? {
            answer if answer.is_success() => Ok(answer),
            answer => Err(session.access.refusal(&request.attempt, &answer)),
        }
    }

    /// Sends the first try of a request that changes something, unless the client is interrupted already.
    pub(super) async fn send_write(&self, request: &Request) -> Result<Answer, Failure> {
        if self.is_interrupted() {
            return Err(Failure::refused(Error::Interrupted { attempt: request.attempt.clone() }));
        }
        self.send_once(request).await
    }

    /// Whether no try follows after this many.
    pub(super) fn is_final(&self, failure: &Failure, tries: u32) -> bool {
        failure.effect == Effect::Refused || tries >= self.timing.tries
    }

    /// Waits, then sends a request again that failed after so many tries. Fails without sending it where the client is
    /// interrupted in the meantime.
    pub(super) async fn send_again(
        &self,
        request: &Request,
        failure: &Failure,
        tries: u32,
    ) -> Result<Answer, Failure> {
        let pause = self.timing.pause(tries, failure.retry_after);
        tracing::debug!(tries, pause_ms = pause.as_millis() as u64, error = %failure.error, "will try again");
        if self.pause(pause).await {
            self.send_once(request).await
        } else {
            Err(Failure::refused(Error::InterruptedPause { last: Box::new(failure.error.clone()) }))
        }
    }

    /// Waits. False where the client is interrupted, which ends the wait.
    pub(super) async fn pause(&self, pause: Duration) -> bool {
        self.interrupt.run_until_cancelled(sleep(pause)).await.is_some()
    }

    /// What `work` comes to, which sends nothing that changes anything; an error where the client is interrupted before
    /// the end of it.
    pub(super) async fn unless_interrupted<T>(
        &self,
        attempt: &Attempt,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        tokio::select! {
            // Work that the interrupt itself brought to an end knows more.
            biased;
            result = work => result,
            () = self.interrupt.cancelled() => Err(Error::Interrupted { attempt: attempt.clone() }),
        }
    }

    /// Whether the client is interrupted.
    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupt.is_cancelled()
    }

    /// An answer of success that says something else.
    pub(super) fn malformed(&self, attempt: &Attempt, problem: &str) -> Error {
        let session = self.session.get().expect("there was an answer, so there is what asked for it");
        session.access.malformed(attempt, problem)
    }

    /// Sends again where the server is busy, failing or out of reach.
    async fn send(&self, request: &Request) -> Result<Answer, Error> {
        let mut tries = 1;
        let mut outcome = self.send_once(request).await;
        loop {
            match outcome {
                Ok(answer) => return Ok(answer),
                Err(failure) if self.is_final(&failure, tries) => return Err(failure.error),
                Err(failure) => outcome = self.send_again(request, &failure, tries).await,
            }
            tries += 1;
        }
    }

    async fn session(&self, attempt: &Attempt) -> Result<&Session, Error> {
        let start = async {
            let access = self.credentials.access().await?;
            let client = self.build_client(&access).map_err(|error| access.no_client(attempt, error))?;
            Ok(Session { client, access })
        };
        self.session.get_or_try_init(|| start).await
    }

    fn build_client(&self, access: &Access) -> Result<reqwest::Client, SetupError> {
        let json = HeaderValue::from_static("application/json");
        let headers = [(AUTHORIZATION, access.token.header()), (CONTENT_TYPE, json.clone()), (ACCEPT, json)];
        let builder = if access.base_url.is_https() { transport::https()? } else { transport::loopback() };
        let builder = builder
            .default_headers(HeaderMap::from_iter(headers))
            .user_agent(&self.user_agent)
            .connect_timeout(self.timing.connect)
            .timeout(self.timing.request)
            // The token is for one host only, and no answer of this API is a redirect.
            .redirect(redirect::Policy::none());
        Ok(builder.build()?)
    }
}

impl Session {
    async fn exchange(&self, request: &Request) -> Result<Answer, Failure> {
        let url = self.access.base_url.join(&request.path, &request.query);
        let mut builder = self.client.request(request.method.clone(), url);
        if !request.body.is_empty() {
            builder = builder.body(request.body.clone());
        }
        let response = builder.send().await.map_err(|error| self.lost(&request.attempt, error))?;
        let status = response.status().as_u16();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let retry_after = header(RETRY_AFTER).and_then(|value| parse_retry_after(value, SystemTime::now()));
        let location = header(LOCATION).map(str::to_owned);
        let body = self.read_body(response, &request.attempt).await?;
        Ok(Answer { status, body, retry_after, location })
    }

    async fn read_body(
        &self,
        mut response: reqwest::Response,
        attempt: &Attempt,
    ) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.lost(attempt, error))? {
            body.extend_from_slice(&chunk);
            if body.len() > LONGEST_ANSWER {
                let problem = format!("the answer is longer than {LONGEST_ANSWER} bytes");
                let error = Error::Malformed { attempt: attempt.clone(), problem };
                return Err(Failure { error, effect: Effect::Unclear, retry_after: None });
            }
        }
        Ok(body)
    }

    fn lost(&self, attempt: &Attempt, error: reqwest::Error) -> Failure {
        let effect = if error.is_builder() {
            Effect::Refused
        } else if error.is_connect() {
            Effect::NotTaken
        } else {
            Effect::Unclear
        };
        Failure { error: self.access.unreachable(attempt, error), effect, retry_after: None }
    }
}

#[cfg(test)]
mod tests;
