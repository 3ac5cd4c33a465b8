//! What an answer of the API means. Pure: it takes the answer as a value.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::de::DeserializeOwned;
use transport::{Obstacle, SetupError};

use super::credentials::Access;
use super::error::{Attempt, Error, Refusal, RefusalKind, Reply};
use super::retry::draw_lot;
use super::wire;

/// How many characters of an error's text are shown.
const LONGEST_MESSAGE: usize = 300;

/// More than the databases of a large organization need, and little enough to hold.
pub(super) const LONGEST_ANSWER: usize = 16 * 1024 * 1024;

/// An answer. The API token is in none of its parts: see [`ApiToken::take_out_of`](super::ApiToken).
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    /// Whether there is more of the body.
    pub(super) is_cut: bool,
    /// Whether the API token was in it.
    pub(super) echoes_token: bool,
    /// How long the server asks to wait.
    pub(super) retry_after: Option<Duration>,
    /// Where it redirects to.
    pub(super) location: Option<String>,
}

impl Answer {
    /// Any 2xx: Turso's CLI takes only 200 for a success, but what the server sends is not documented. Whoever asked
    /// for something, and did not only have something done, needs a 200.
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Reads an answer of success. Only a 200 is one: a 206 or a 203 may be a part of what there is, or someone else's
    /// version of it (RFC 9110, section 15.3), and what is not in it may exist.
    pub(super) fn read<T: DeserializeOwned>(&self, attempt: &Attempt) -> Result<T, Error> {
        if self.status != 200 {
            return Err(Error::NotConclusive { attempt: attempt.clone(), status: self.status });
        }
        if self.echoes_token {
            return Err(Error::TokenInAnswer { attempt: attempt.clone() });
        }
        if self.is_cut {
            return Err(Error::malformed(
                attempt,
                &format!("the answer is longer than {LONGEST_ANSWER} bytes"),
            ));
        }
        wire::parse(&self.body).map_err(|problem| Error::malformed(attempt, &problem))
    }
}

impl Error {
    /// An answer of success that says something else.
    pub(super) fn malformed(attempt: &Attempt, problem: &str) -> Self {
        Self::Malformed { attempt: attempt.clone(), problem: excerpt::line(problem, LONGEST_MESSAGE) }
    }
}

/// A request that did not succeed.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) error: Error,
    pub(super) effect: Effect,
    /// How long the server asks to wait.
    pub(super) retry_after: Option<Duration>,
    /// Chance in the length of the pause after it: those who share a failure come back together, and share again.
    pub(super) lot: u8,
}

/// What a request that did not succeed may have done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Effect {
    /// Nothing, and another attempt would do no more.
    Refused,
    /// Nothing, and another attempt may succeed: it was not sent, or turned away unread.
    NotTaken,
    /// Anything: the answer is lost, or is that of a server in trouble.
    Unclear,
}

impl Failure {
    /// A request that was never made.
    pub(super) fn refused(error: Error) -> Self {
        Self::without_answer(error, Effect::Refused)
    }

    /// A request that has no answer, or none that says when to come back.
    pub(super) fn without_answer(error: Error, effect: Effect) -> Self {
        Self { error, effect, retry_after: None, lot: draw_lot() }
    }
}

impl Access {
    /// No answer. The cause names no URL, since the error does.
    pub(super) fn unreachable(&self, attempt: &Attempt, source: reqwest::Error) -> Error {
        let obstacle = Obstacle::of(&source, self.base_url.as_url());
        Error::Unreachable {
            attempt: attempt.clone(),
            address: self.base_url.to_string(),
            lasting: source.is_builder() || obstacle.is_lasting(),
            obstacle,
            source: Arc::new(source.without_url()),
        }
    }

    /// Nothing to ask with.
    pub(super) fn no_client(&self, attempt: &Attempt, source: SetupError) -> Error {
        Error::Unreachable {
            attempt: attempt.clone(),
            address: self.base_url.to_string(),
            lasting: true,
            obstacle: Obstacle::from(&source),
            source: Arc::new(source),
        }
    }

    /// An answer other than success.
    pub(super) fn refusal(&self, attempt: &Attempt, answer: &Answer) -> Failure {
        let reply = self.reply(answer);
        let kind = self.judge(attempt, &reply, answer.retry_after);
        let effect = match kind {
            RefusalKind::RateLimited { .. } => Effect::NotTaken,
            RefusalKind::ServerFault => Effect::Unclear,
            _ => Effect::Refused,
        };
        let error = Refusal { attempt: attempt.clone(), reply, kind }.into();
        Failure { retry_after: answer.retry_after, ..Failure::without_answer(error, effect) }
    }

    fn judge(&self, attempt: &Attempt, reply: &Reply, retry_after: Option<Duration>) -> RefusalKind {
        match reply.status {
            _ if is_limit(reply) => RefusalKind::LimitReached { limit: parse_limit(&reply.message) },
            400 if is_without_permissions(reply) => RefusalKind::PermissionsUnsupported,
            401 => RefusalKind::Unauthorized {
                origin: self.origin,
                token: self.token.at_refusal(SystemTime::now()),
            },
            402 => RefusalKind::PaymentRequired,
            403 => RefusalKind::Forbidden,
            429 => RefusalKind::RateLimited { retry_after },
            408 | 500.. => RefusalKind::ServerFault,
            _ => missing(attempt, reply).unwrap_or(RefusalKind::Other),
        }
    }

    fn reply(&self, answer: &Answer) -> Reply {
        let said = wire::error_message(&answer.body);
        let structured = said.is_some();
        let said = match (said, &answer.location) {
            (Some(said), _) => said,
            (None, Some(location)) => {
                format!("a redirect to {}, which is not followed", transport::redirect_target(location))
            }
            (None, None) => String::from_utf8_lossy(&answer.body).into_owned(),
        };
        let message = excerpt::line(&said, LONGEST_MESSAGE);
        Reply { status: answer.status, message, structured }
    }
}

/// What an answer says does not exist. Which status says so is not documented for templates; the nearest siblings
/// answer 404 or 400. Only the API's own form counts: a proxy's 404 says nothing about an organization.
fn missing(attempt: &Attempt, reply: &Reply) -> Option<RefusalKind> {
    let says_missing = match reply.status {
        404 => true,
        400 => reply.message.contains("not found") || reply.message.contains("could not find"),
        _ => false,
    };
    if !says_missing || !reply.structured {
        return None;
    }
    // A name is quoted in brackets, and may hold any of these words.
    let message = reply.message.split('[').next().unwrap_or_default().to_lowercase();
    match (attempt.organization()?, attempt.target()) {
        _ if message.contains("organization") => Some(RefusalKind::OrganizationNotFound),
        (_, None) if attempt.is_nothing_else_named() && reply.status == 404 => {
            Some(RefusalKind::OrganizationNotFound)
        }
        (_, Some(_))
            if attempt.is_nothing_else_named()
                || message.contains("database")
                || message.contains("group") =>
        {
            Some(RefusalKind::TargetNotFound)
        }
        _ => None,
    }
}

/// The free plan's `jwks count limit(2) exceeded`; its status is not known.
fn is_limit(reply: &Reply) -> bool {
    reply.message.contains("count limit")
}

/// `Permissions are not supported for db-api controlled databases`, seen at databases that were created with
/// `use_tursodb` (tursodatabase/turso-api-client-ts#30).
fn is_without_permissions(reply: &Reply) -> bool {
    reply.message.to_lowercase().contains("permissions are not supported")
}

fn parse_limit(message: &str) -> Option<u32> {
    let (_, after) = message.split_once("count limit(")?;
    after.split_once(')')?.0.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_read_where_it_is_told() {
        assert_eq!(parse_limit("jwks count limit(2) exceeded"), Some(2));
        assert_eq!(parse_limit("jwks count limit exceeded"), None);
        assert_eq!(parse_limit("jwks count limit(two) exceeded"), None);
    }

    #[test]
    fn text_for_people_is_one_short_line() {
        assert_eq!(
            excerpt::line(" <html>\r\n\t<b>\u{1b}[31mno</b> ", LONGEST_MESSAGE),
            "<html> <b> [31mno</b>"
        );
        let long = excerpt::line(&"ä".repeat(1000), LONGEST_MESSAGE);
        assert_eq!(long.chars().count(), LONGEST_MESSAGE + 1);
    }
}
