//! Requests over HTTP. The only file of this room that speaks to the network.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use reqwest::redirect;
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;
use transport::SetupError;

pub(super) use reqwest::Method;

use super::Timing;
use super::answer::{Answer, Effect, Failure, LONGEST_ANSWER};
use super::credentials::{Access, Credentials};
use super::error::{Attempt, Error};
use super::path::Path;
use super::retry::Budget;

/// How much is read of an answer other than success: it is for people, and its status says what to do.
const LONGEST_REFUSAL: usize = 64 * 1024;

/// Sends requests, within the time of one call of the client. The HTTP client, the root certificates and the credentials
/// are loaded with the first of them, and shared by all calls.
#[derive(Clone, Debug)]
pub(super) struct Http {
    sender: Arc<Sender>,
    budget: Budget,
}

#[derive(Debug)]
struct Sender {
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

/// What may follow a request that failed.
#[derive(Debug)]
pub(super) enum Next {
    /// Another try, after this pause.
    Again(Duration),
    /// Nothing, for this reason.
    GiveUp(Error),
}

impl Http {
    pub(super) fn new(
        credentials: Credentials,
        user_agent: &str,
        interrupt: CancellationToken,
        timing: Timing,
    ) -> Self {
        let budget = Budget::starting_now(timing.call);
        let user_agent = user_agent.to_owned();
        let session = OnceCell::new();
        Self { sender: Arc::new(Sender { credentials, user_agent, interrupt, timing, session }), budget }
    }

    /// The same, with the time of a call that begins now.
    pub(super) fn begin_call(&self) -> Self {
        Self { sender: Arc::clone(&self.sender), budget: Budget::starting_now(self.timing().call) }
    }

    pub(super) fn credentials(&self) -> &Credentials {
        &self.sender.credentials
    }

    pub(super) fn timing(&self) -> &Timing {
        &self.sender.timing
    }

    /// Asks what may be asked repeatedly, and reads the answer.
    pub(super) async fn ask<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Error> {
        self.retry(Duration::ZERO, || self.ask_once(request)).await
    }

    /// Asks once, and reads the answer.
    pub(super) async fn ask_once<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Failure> {
        let answer = self.send_once(request).await?;
        answer.read(&request.attempt).map_err(Failure::refused)
    }

    /// Does something again and again while it fails in a way that may pass, and while another try would leave so much
    /// of the time of this call.
    pub(super) async fn retry<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        leave: Duration,
        mut once: impl FnMut() -> F,
    ) -> Result<T, Error> {
        let mut tries = 1;
        loop {
            let failure = match Box::pin(once()).await {
                Ok(done) => return Ok(done),
                Err(failure) => failure,
            };
            match self.next(&failure, tries, leave) {
                Next::GiveUp(error) => return Err(error),
                Next::Again(pause) => self.wait_to_try_again(pause, &failure, tries).await?,
            }
            tries += 1;
        }
    }

    /// Sends a request once. Any 2xx is a success.
    pub(super) async fn send_once(&self, request: &Request) -> Result<Answer, Failure> {
        let session = self.sender.session(&request.attempt).await.map_err(Failure::refused)?;
        let started = Instant::now();
        // Boxed, or each future around it would be as large again, on a stack of 2 MiB.
        let outcome = Box::pin(session.exchange(request)).await;
        // Neither the query, which may hold a cursor, nor headers or bodies.
        tracing::debug!(
            api = %session.access.base_url,
            method = %request.method,
            path = request.path.as_str(),
            status = outcome.as_ref().ok().map(|answer| answer.status),
            bytes = outcome.as_ref().ok().map(|answer| answer.body.len()),
            no_answer = outcome.as_ref().err().map(|failure| failure.error.cause()),
            duration_ms = started.elapsed().as_millis() as u64,
            "called Turso's API"
        );
        match outcome? {
            answer if answer.is_success() => Ok(answer),
            answer => Err(session.access.refusal(&request.attempt, &answer)),
        }
    }

    /// What may follow the failure of so many tries, where another would have to leave so much of the time of this call.
    pub(super) fn next(&self, failure: &Failure, tries: u32, leave: Duration) -> Next {
        let timing = self.timing();
        let is_last = tries >= timing.tries && !failure.error.is_rate_limit();
        if failure.effect == Effect::Refused || is_last {
            return Next::GiveUp(failure.error.clone());
        }
        let pause = timing.pause(tries, failure.retry_after, failure.lot);
        if self.budget.fits(pause + timing.request, leave) {
            Next::Again(pause)
        } else {
            Next::GiveUp(self.out_of_time(&failure.error, tries))
        }
    }

    /// Waits for the next try.
    ///
    /// # Errors
    /// Where the client is interrupted in the meantime.
    pub(super) async fn wait_to_try_again(
        &self,
        pause: Duration,
        failure: &Failure,
        tries: u32,
    ) -> Result<(), Error> {
        tracing::debug!(tries, pause_ms = pause.as_millis() as u64, "will try again");
        if self.pause(pause).await {
            Ok(())
        } else {
            Err(Error::InterruptedPause { last: Box::new(failure.error.clone()) })
        }
    }

    /// Waits. False where the client is interrupted, which ends the wait.
    pub(super) async fn pause(&self, pause: Duration) -> bool {
        self.sender.interrupt.run_until_cancelled(sleep(pause)).await.is_some()
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
            () = self.sender.interrupt.cancelled() => Err(Error::Interrupted { attempt: attempt.clone() }),
        }
    }

    /// What `work` comes to, where that leaves so much of the time of this call. Each request in it keeps to that by
    /// itself; this is for what waits for the work of others.
    pub(super) async fn in_time<T>(
        &self,
        attempt: &Attempt,
        leave: Duration,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        match timeout_at(self.budget.end_less(leave), work).await {
            Ok(result) => result,
            Err(_) => Err(Error::WaitedTooLong { attempt: attempt.clone(), waited: self.budget.used() }),
        }
    }

    /// Whether something that takes so long still ends within the time of this call, and leaves so much of it.
    pub(super) fn has_time_for(&self, takes: Duration, leave: Duration) -> bool {
        self.budget.fits(takes, leave)
    }

    /// The error of a call whose time is used up after so many tries.
    pub(super) fn out_of_time(&self, last: &Error, tries: u32) -> Error {
        Error::OutOfTime {
            last: Box::new(last.clone()),
            tries,
            used: self.budget.used(),
            whole: self.budget.whole(),
        }
    }

    /// Whether the client is interrupted.
    pub(super) fn is_interrupted(&self) -> bool {
        self.sender.interrupt.is_cancelled()
    }
}

impl Sender {
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
        let retry_after = transport::retry_after(response.headers());
        let location = response.headers().get(LOCATION);
        let location = location.map(|location| String::from_utf8_lossy(location.as_bytes()).into_owned());
        let (body, is_cut) = self.read_body(response, &request.attempt).await?;
        let mut answer = Answer { status, body, is_cut, echoes_token: false, retry_after, location };
        self.access.token.take_out_of(&mut answer);
        Ok(answer)
    }

    /// The body, and whether there is more of it. The status of a refusal counts, whatever becomes of its body.
    async fn read_body(
        &self,
        mut response: reqwest::Response,
        attempt: &Attempt,
    ) -> Result<(Vec<u8>, bool), Failure> {
        let is_success = response.status().is_success();
        let longest = if is_success { LONGEST_ANSWER } else { LONGEST_REFUSAL };
        let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
        let mut body = Vec::with_capacity(announced.unwrap_or_default().min(longest));
        loop {
            match response.chunk().await {
                Ok(None) => return Ok((body, false)),
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Err(_) if !is_success => return Ok((body, true)),
                Err(error) => return Err(self.lost(attempt, error)),
            }
            if body.len() > longest {
                body.truncate(longest);
                return Ok((body, true));
            }
        }
    }

    fn lost(&self, attempt: &Attempt, error: reqwest::Error) -> Failure {
        let effect = if error.is_builder() {
            Effect::Refused
        } else if error.is_connect() {
            Effect::NotTaken
        } else {
            Effect::Unclear
        };
        Failure::without_answer(self.access.unreachable(attempt, error), effect)
    }
}

#[cfg(test)]
mod tests;
