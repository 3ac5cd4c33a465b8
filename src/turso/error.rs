//! What can go wrong between here and the Platform API. The variants are what the caller does next.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use crate::claims::{OrganizationSlug, Target, TemplateError};

use super::credentials::{CredentialsError, Origin};

/// Why a call did not do what it was for. The message says what was being done, to which object, and what the API
/// said; [`Error::advice`] says what a person can do about it. No part of a token is in either.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
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
    /// The token was refused.
    #[error("could not {attempt}: {reply}")]
    Unauthorized {
        /// What was being done.
        attempt: Attempt,
        /// The answer.
        reply: Reply,
        /// Where the token came from.
        origin: Origin,
        /// Whether its own `exp` claim is in the past.
        expired: bool,
    },
    /// The token is good, but not for this.
    #[error("could not {attempt}: {reply}")]
    Forbidden {
        /// What was being done.
        attempt: Attempt,
        /// The answer.
        reply: Reply,
    },
    /// There is no such organization, or none that the token can see.
    #[error("could not {attempt}: {reply}")]
    OrganizationNotFound {
        /// What was being done.
        attempt: Attempt,
        /// The answer.
        reply: Reply,
    },
    /// There is no such database or group.
    #[error("could not {attempt}: {reply}")]
    TargetNotFound {
        /// What was being done.
        attempt: Attempt,
        /// The answer.
        reply: Reply,
    },
    /// The organization has as many JWKS endpoints as its plan allows.
    #[error("could not {attempt}: {reply}")]
    LimitReached {
        /// What was being done.
        attempt: Attempt,
        /// The answer.
        reply: Reply,
        /// How many are allowed, where the answer says so.
        limit: Option<u32>,
    },
    /// Too many calls, also after waiting.
    #[error("could not {attempt}: {reply}")]
    RateLimited {
        /// What was being done.
        attempt: Attempt,
        /// The answer.
        reply: Reply,
        /// How long Turso asked to wait.
        retry_after: Option<Duration>,
    },
    /// Turso refused for a reason that only the answer tells.
    #[error("could not {attempt}: {reply}")]
    Refused {
        /// What was being done.
        attempt: Attempt,
        /// The answer.
        reply: Reply,
    },
    /// Turso failed, also when it was asked again.
    #[error("could not {attempt}: {reply}")]
    ServerFault {
        /// What was being done.
        attempt: Attempt,
        /// The answer.
        reply: Reply,
    },
    /// No answer: no connection, a connection that was lost, or too long a wait.
    #[error("could not {attempt}: no answer from {address}")]
    Unreachable {
        /// What was being done.
        attempt: Attempt,
        /// The origin that was called.
        address: String,
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
    /// What a person can do about it, in whole sentences, where that is known.
    pub fn advice(&self) -> Option<String> {
        match self {
            Self::Credentials(error) => error.advice(),
            Self::NoPersonalOrganization => Some("Set `organization` to the slug of one.".to_owned()),
            Self::Unaddressable { .. } => Some("Use another name.".to_owned()),
            Self::Unauthorized { reply, origin, expired, .. } => Some(unauthorized(reply, *origin, *expired)),
            Self::Forbidden { attempt, .. } => Some(forbidden(attempt)),
            Self::OrganizationNotFound { .. } => Some(
                "Check the slug: `turso org list` shows the organizations of a login. A token may also be made for \
                 another organization, and then does not see this one."
                    .to_owned(),
            ),
            Self::TargetNotFound { attempt, .. } => Some(format!(
                "Check its name, and that it is in this organization: {} shows what there is.",
                match attempt {
                    Attempt::ComposeTemplate { target: Target::Group(_), .. } => "`turso group list`",
                    _ => "`turso db list`",
                }
            )),
            Self::LimitReached { limit, .. } => Some(limit_reached(*limit)),
            Self::RateLimited { .. } => Some("Wait, then try again; `-parallelism=1` makes fewer calls.".to_owned()),
            Self::Refused { reply, .. } => misdirected(reply),
            Self::ServerFault { .. } => Some("The fault is on Turso's side. Try again later.".to_owned()),
            Self::Unreachable { .. } => Some(
                "Check the network, a proxy (HTTPS_PROXY), and `base_url` or TURSO_API_BASEURL where they are set."
                    .to_owned(),
            ),
            Self::BadTemplate { .. } => Some(
                "The claims were thrown away. A proxy that drops the bodies of requests can be the cause; otherwise \
                 Turso's API has changed: please report it to the provider."
                    .to_owned(),
            ),
            Self::Interrupted { .. } => Some("Nothing was changed. Run it again.".to_owned()),
            Self::InterruptedPause { last } => last.advice(),
            Self::NotConclusive { .. } => Some(
                "Nothing was concluded from that answer. A proxy or gateway on the way can be the cause: check HTTPS_PROXY, \
                 and `base_url` or TURSO_API_BASEURL where they are set. Otherwise Turso's API has changed: please report \
                 it to the provider."
                    .to_owned(),
            ),
            Self::Malformed { .. } => Some(
                "Check `base_url` or TURSO_API_BASEURL where they are set. Otherwise Turso's API has changed: please \
                 report it to the provider."
                    .to_owned(),
            ),
        }
    }

    /// The answer, where there was one that refused.
    pub fn reply(&self) -> Option<&Reply> {
        match self {
            Self::Unauthorized { reply, .. }
            | Self::Forbidden { reply, .. }
            | Self::OrganizationNotFound { reply, .. }
            | Self::TargetNotFound { reply, .. }
            | Self::LimitReached { reply, .. }
            | Self::RateLimited { reply, .. }
            | Self::Refused { reply, .. }
            | Self::ServerFault { reply, .. } => Some(reply),
            _ => None,
        }
    }

    /// Whether the answer had this HTTP status.
    pub(super) fn has_status(&self, status: u16) -> bool {
        self.reply().is_some_and(|reply| reply.status == status)
    }
}

/// What was being done, to which object. Reads on after "could not".
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Attempt {
    /// Ask which organizations the token has.
    ListOrganizations,
    /// Ask which JWKS endpoints an organization has.
    ListEndpoints {
        /// The organization.
        organization: OrganizationSlug,
    },
    /// Save a JWKS endpoint.
    SaveEndpoint {
        /// The organization.
        organization: OrganizationSlug,
        /// The name of the endpoint.
        name: String,
    },
    /// Delete a JWKS endpoint.
    DeleteEndpoint {
        /// The organization.
        organization: OrganizationSlug,
        /// The name of the endpoint.
        name: String,
    },
    /// Have the claims of a JWT template composed.
    ComposeTemplate {
        /// The organization.
        organization: OrganizationSlug,
        /// What the template is for.
        target: Target,
    },
}

impl Attempt {
    fn organization(&self) -> Option<&OrganizationSlug> {
        match self {
            Self::ListOrganizations => None,
            Self::ListEndpoints { organization }
            | Self::SaveEndpoint { organization, .. }
            | Self::DeleteEndpoint { organization, .. }
            | Self::ComposeTemplate { organization, .. } => Some(organization),
        }
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ListOrganizations => f.write_str("list the organizations of the token")?,
            Self::ListEndpoints { .. } => f.write_str("list the JWKS endpoints")?,
            Self::SaveEndpoint { name, .. } => write!(f, "save JWKS endpoint {name:?}")?,
            Self::DeleteEndpoint { name, .. } => write!(f, "delete JWKS endpoint {name:?}")?,
            Self::ComposeTemplate { target, .. } => write!(f, "compose the JWT template of {target}")?,
        }
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

fn unauthorized(reply: &Reply, origin: Origin, expired: bool) -> String {
    // Seen where people took a database's token for the API's: both are JWTs, one page of the documentation apart.
    if reply.message.contains("could not parse jwt id") {
        return format!(
            "The token in {origin} looks like one of a database or a group. The API needs an API token: make one with \
             `turso auth api-tokens mint <name>`."
        );
    }
    match (origin, expired) {
        (Origin::CliSettings, true) => {
            "The login of Turso's CLI has expired, as it does after about a week. Run `turso auth login`."
                .to_owned()
        }
        (Origin::CliSettings, false) => {
            "The token is the one of Turso's CLI. Run `turso auth login`, or give an API token of your own."
                .to_owned()
        }
        (_, true) => format!(
            "The token in {origin} has expired. Make another with `turso auth api-tokens mint <name>`."
        ),
        (_, false) => format!(
            "Check the API token in {origin}: it may be revoked, or incomplete. `turso auth api-tokens mint <name>` \
             makes another."
        ),
    }
}

fn forbidden(attempt: &Attempt) -> String {
    match attempt.organization() {
        Some(organization) => format!(
            "Use a token of an owner or an admin of {:?}; a token that is limited to a group does not do.",
            organization.as_str()
        ),
        None => "Use a token that is not limited to a group.".to_owned(),
    }
}

fn limit_reached(limit: Option<u32>) -> String {
    let allowed = match limit {
        Some(limit) => format!("The plan of the organization allows {limit} JWKS endpoints."),
        None => "The plan of the organization allows no more JWKS endpoints.".to_owned(),
    };
    format!("{allowed} Delete one that is not needed, or upgrade the plan.")
}

/// Only the API itself answers in its own form: anything else came from somewhere else.
fn misdirected(reply: &Reply) -> Option<String> {
    let elsewhere = !reply.structured && matches!(reply.status, 300..400 | 404 | 405);
    elsewhere.then(|| {
        "This does not look like an answer of Turso's API: check `base_url` or TURSO_API_BASEURL where they are set."
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acme() -> OrganizationSlug {
        "acme".parse().unwrap()
    }

    #[test]
    fn an_attempt_names_its_object() {
        let name = "Clerk Production".to_owned();
        let target = Target::Database("app".parse().unwrap());
        for (attempt, words) in [
            (Attempt::ListOrganizations, "list the organizations of the token"),
            (
                Attempt::ListEndpoints { organization: acme() },
                r#"list the JWKS endpoints in organization "acme""#,
            ),
            (
                Attempt::SaveEndpoint { organization: acme(), name: name.clone() },
                r#"save JWKS endpoint "Clerk Production" in organization "acme""#,
            ),
            (
                Attempt::DeleteEndpoint { organization: acme(), name },
                r#"delete JWKS endpoint "Clerk Production" in organization "acme""#,
            ),
            (
                Attempt::ComposeTemplate { organization: acme(), target },
                r#"compose the JWT template of database "app" in organization "acme""#,
            ),
        ] {
            assert_eq!(attempt.to_string(), words);
        }
    }

    #[test]
    fn a_refused_token_comes_with_the_way_to_a_good_one() {
        let variable = Origin::Environment("TURSO_API_TOKEN");
        for (message, origin, expired, words) in [
            ("could not parse jwt id", variable, false, "looks like one of a database or a group"),
            ("no", Origin::CliSettings, true, "Run `turso auth login`."),
            ("no", Origin::CliSettings, false, "Run `turso auth login`, or"),
            ("no", Origin::Block, true, "in the provider block has expired"),
            ("no", variable, false, "in the environment variable TURSO_API_TOKEN: it may be revoked"),
        ] {
            let reply = Reply { status: 401, message: message.to_owned(), structured: true };
            let error = Error::Unauthorized { attempt: Attempt::ListOrganizations, reply, origin, expired };
            let advice = error.advice().unwrap();
            assert!(advice.contains(words), "{advice}");
        }
    }

    #[test]
    fn a_reply_without_a_reason_says_so() {
        let reply = Reply { status: 502, message: String::new(), structured: false };
        assert_eq!(reply.to_string(), "Turso answered 502 without a reason");
    }
}
