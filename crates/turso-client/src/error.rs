//! What can go wrong between here and the Platform API. The variants are what the caller does next.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use claims::{Target, TemplateError};
use transport::Obstacle;

use crate::OrganizationSlug;

use super::credentials::{CredentialsError, Origin};

/// Why a call did not do what it was for. The message says what was being done, to which object, and what the API
/// said; what a person can do about it is for the caller to say. No part of a token is in it.
#[derive(Clone, Debug, Error)]
pub enum Error {
    /// There is nothing to call with.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The personal organization is meant, and the token has none.
    #[error("no organization is given, and the token has no personal one to fall back on")]
    NoPersonalOrganization,
    /// The name can't be part of a URL.
    #[error("could not {attempt}: no URL can hold a name that is empty or only one or two dots")]
    Unaddressable {
        /// What was being done.
        attempt: Attempt,
    },
    /// Turso answered, and not with success.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No answer: no connection, a connection that was lost, or too long a wait.
    #[error("could not {attempt}: no answer from {address}")]
    Unreachable {
        /// What was being done.
        attempt: Attempt,
        /// The origin that was called.
        address: String,
        /// Whether asking again is of no use: TLS or a proxy's 407 refused the connection, or none can be set up at all.
        lasting: bool,
        /// What stands in the way, for advice.
        obstacle: Obstacle,
        /// What happened to the connection.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// The client was interrupted before anything was sent that changes anything.
    #[error("could not {attempt}: interrupted before it was sent")]
    Interrupted {
        /// What was to be done.
        attempt: Attempt,
    },
    /// The client was interrupted between two tries.
    #[error("{last}. Interrupted while waiting for the next try, which was not sent")]
    InterruptedPause {
        /// How the last try ended.
        last: Box<Error>,
    },
    /// The time of the call is used up.
    #[error(
        "{last}. Tried {} within {} s; another try would not end within the {} s that a call may take",
        times(*tries), .used.as_secs(), .whole.as_secs()
    )]
    OutOfTime {
        /// How the last try ended.
        last: Box<Error>,
        /// How many there were.
        tries: u32,
        /// How long they took.
        used: Duration,
        /// How long a call may take.
        whole: Duration,
    },
    /// The time of the call is used up by the wait for others, such as a write of the same endpoint.
    #[error("could not {attempt}: {} s passed while it waited for other calls of this run", .waited.as_secs())]
    WaitedTooLong {
        /// What was to be done.
        attempt: Attempt,
        /// How long it waited.
        waited: Duration,
    },
    /// An answer that holds the API token, in whatever form. Nothing of it is used or shown.
    #[error("could not {attempt}: the answer holds the API token, so nothing of it is used or shown")]
    TokenInAnswer {
        /// What was being done.
        attempt: Attempt,
    },
    /// An answer of success that proves nothing: only a 200 is a whole answer to a question.
    #[error("could not {attempt}: Turso answered {status}, and only a 200 says what there is")]
    NotConclusive {
        /// What was being done.
        attempt: Attempt,
        /// The HTTP status.
        status: u16,
    },
    /// An answer of success that is not what such an answer is.
    #[error("could not {attempt}: {problem}")]
    Malformed {
        /// What was being done.
        attempt: Attempt,
        /// What is wrong with the answer.
        problem: String,
    },
    /// A list with more pages than are read. What is on the others is not known.
    #[error("could not {attempt}: the list goes on after {pages} pages, and no more of them are read")]
    TooLong {
        /// What was being done.
        attempt: Attempt,
        /// How many were read.
        pages: u32,
    },
    /// A JWT template that is not what was asked for.
    #[error("could not {attempt}: Turso's answer is not what was asked for")]
    BadTemplate {
        /// What was being done.
        attempt: Attempt,
        /// How it differs.
        source: Arc<TemplateError>,
    },
}

impl Error {
    /// What an answer means, where there was one other than success.
    pub fn refusal(&self) -> Option<&RefusalKind> {
        match self {
            Self::Refused(refusal) => Some(&refusal.kind),
            Self::OutOfTime { last, .. } => last.refusal(),
            _ => None,
        }
    }

    /// Whether the same call would end the same way later on, for all that can be told: someone has to change something
    /// first. What may pass by itself is a server in trouble, too many calls, or a network that is down.
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::Credentials(_)
            | Self::NoPersonalOrganization
            | Self::Unaddressable { .. }
            | Self::Malformed { .. }
            | Self::TokenInAnswer { .. }
            | Self::TooLong { .. }
            | Self::BadTemplate { .. } => true,
            Self::Interrupted { .. }
            | Self::InterruptedPause { .. }
            | Self::OutOfTime { .. }
            | Self::WaitedTooLong { .. }
            | Self::NotConclusive { .. } => false,
            Self::Unreachable { lasting, .. } => *lasting,
            Self::Refused(refusal) => match refusal.kind {
                RefusalKind::RateLimited { .. } | RefusalKind::ServerFault => false,
                RefusalKind::Other => matches!(refusal.reply.status, 300..=405 | 407 | 410 | 426),
                _ => true,
            },
        }
    }

    /// Whether the time of a call is used up.
    pub(super) fn is_out_of_time(&self) -> bool {
        matches!(self, Self::OutOfTime { .. } | Self::WaitedTooLong { .. })
    }

    /// Whether the server asked to come back later.
    pub(super) fn is_rate_limit(&self) -> bool {
        matches!(self.refusal(), Some(RefusalKind::RateLimited { .. }))
    }

    /// Whether something else than the API may have refused, by the form of it: a gateway that passed the request on and
    /// keeps the answer back.
    pub(super) fn is_refusal_by_another(&self) -> bool {
        matches!(self, Self::Refused(refusal) if !refusal.reply.structured) && !self.is_rate_limit()
    }

    /// The first cause, in words.
    pub(super) fn cause(&self) -> String {
        transport::innermost(self).to_string()
    }

    /// Whether the answer had this HTTP status.
    pub(super) fn has_status(&self, status: u16) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.reply.status == status)
    }
}

fn times(tries: u32) -> String {
    match tries {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        tries => format!("{tries} times"),
    }
}

/// An answer other than success, and what it means.
#[derive(Clone, Debug, Error)]
#[error("could not {attempt}: {reply}")]
pub struct Refusal {
    /// What was being done.
    pub attempt: Attempt,
    /// The answer.
    pub reply: Reply,
    /// What it means.
    pub kind: RefusalKind,
}

/// What an answer other than success means.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RefusalKind {
    /// The token was refused.
    Unauthorized {
        /// Where the token came from.
        origin: Origin,
        /// What the token says of itself.
        token: RefusedToken,
    },
    /// The token is good, but not for this.
    Forbidden,
    /// Something is to be paid first: status 402, which Turso documents without a reason.
    PaymentRequired,
    /// The database knows no limits by table and action.
    PermissionsUnsupported,
    /// There is no such organization, or none that the token can see.
    OrganizationNotFound,
    /// There is no such database or group.
    TargetNotFound,
    /// The organization has as many JWKS endpoints as its plan allows.
    LimitReached {
        /// How many are allowed, where the answer says so.
        limit: Option<u32>,
    },
    /// Too many calls, also after waiting.
    RateLimited {
        /// How long Turso asked to wait.
        retry_after: Option<Duration>,
    },
    /// Turso failed, also when it was asked again.
    ServerFault,
    /// A reason that only the answer tells.
    Other,
}

/// What a token that was refused says of itself. Its signature proves nothing here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RefusedToken {
    /// Its `exp` claim is in the past.
    Expired,
    /// It has claims that only the tokens of databases and groups have.
    OfADatabase,
    /// Nothing that explains the refusal.
    Unexplained,
}

/// What was being done, to which object. Reads on after "could not".
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attempt(Box<Parts>);

/// Boxed, since every error has one.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Parts {
    doing: String,
    organization: Option<OrganizationSlug>,
    target: Option<Target>,
    nothing_else_named: bool,
}

impl Attempt {
    /// What was being done, such as `list the groups`.
    pub fn to(doing: impl Into<String>) -> Self {
        let doing = doing.into();
        Self(Box::new(Parts { doing, organization: None, target: None, nothing_else_named: false }))
    }

    /// It was done in this organization, whose slug is in the path.
    pub(super) fn within(mut self, organization: &OrganizationSlug) -> Self {
        self.0.organization = Some(organization.clone());
        self
    }

    /// It was about this database or group: an answer that something is missing may mean that one.
    pub(super) fn about(mut self, target: Target) -> Self {
        self.0.target = Some(target);
        self
    }

    /// The path names nothing but the organization, or the database or group in it: whatever is missing is that.
    pub(super) fn naming_nothing_else(mut self) -> Self {
        self.0.nothing_else_named = true;
        self
    }

    /// See [`Attempt::naming_nothing_else`].
    pub(super) fn is_nothing_else_named(&self) -> bool {
        self.0.nothing_else_named
    }

    /// The organization that it was done in.
    pub fn organization(&self) -> Option<&OrganizationSlug> {
        self.0.organization.as_ref()
    }

    /// The database or group that it was about.
    pub fn target(&self) -> Option<&Target> {
        self.0.target.as_ref()
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.doing)?;
        match self.organization() {
            Some(organization) => write!(f, " in organization {:?}", organization.as_str()),
            None => Ok(()),
        }
    }
}

/// An answer of the API other than success.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// What the API said, shortened, without the token; empty where it said nothing.
    pub message: String,
    /// Whether it was said in the API's own form, `{"error": …}`: other forms come from something in between, or
    /// from a path that the server does not have.
    pub structured: bool,
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message.as_str() {
            "" => write!(f, "Turso answered {} without a reason", self.status),
            message => write!(f, "Turso answered {}: {message}", self.status),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_says_in_which_organization() {
        assert_eq!(Attempt::to("list the groups").to_string(), "list the groups");
        let attempt = Attempt::to("look at group \"eu\"").within(&"acme".parse().unwrap());
        assert_eq!(attempt.to_string(), r#"look at group "eu" in organization "acme""#);
    }

    #[test]
    fn a_reply_without_a_reason_says_so() {
        let reply = Reply { status: 502, message: String::new(), structured: false };
        assert_eq!(reply.to_string(), "Turso answered 502 without a reason");
    }
}
