//! What can go wrong between here and the Platform API. The variants are what the caller does next.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use claims::{DatabaseName, GroupName, Target, TemplateError};

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
            _ => None,
        }
    }

    /// Whether the answer had this HTTP status.
    pub(super) fn has_status(&self, status: u16) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.reply.status == status)
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
        /// Whether its own `exp` claim is in the past.
        expired: bool,
    },
    /// The token is good, but not for this.
    Forbidden,
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
    /// Ask which databases an organization has.
    ListDatabases {
        /// The organization.
        organization: OrganizationSlug,
        /// The group whose databases are meant; none for those of all groups.
        group: Option<GroupName>,
    },
    /// Ask which groups an organization has.
    ListGroups {
        /// The organization.
        organization: OrganizationSlug,
    },
    /// Ask for one database.
    FindDatabase {
        /// The organization.
        organization: OrganizationSlug,
        /// The name of the database.
        name: DatabaseName,
    },
    /// Ask for one group.
    FindGroup {
        /// The organization.
        organization: OrganizationSlug,
        /// The name of the group.
        name: GroupName,
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
    /// The organization that it was done in.
    pub fn organization(&self) -> Option<&OrganizationSlug> {
        match self {
            Self::ListOrganizations => None,
            Self::ListEndpoints { organization }
            | Self::SaveEndpoint { organization, .. }
            | Self::DeleteEndpoint { organization, .. }
            | Self::ListDatabases { organization, .. }
            | Self::ListGroups { organization }
            | Self::FindDatabase { organization, .. }
            | Self::FindGroup { organization, .. }
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
            Self::ListDatabases { group: None, .. } => f.write_str("list the databases")?,
            Self::ListDatabases { group: Some(group), .. } => {
                write!(f, "list the databases of group {:?}", group.as_str())?;
            }
            Self::ListGroups { .. } => f.write_str("list the groups")?,
            Self::FindDatabase { name, .. } => write!(f, "look at database {:?}", name.as_str())?,
            Self::FindGroup { name, .. } => write!(f, "look at group {:?}", name.as_str())?,
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
                Attempt::ListDatabases { organization: acme(), group: None },
                r#"list the databases in organization "acme""#,
            ),
            (
                Attempt::ListDatabases { organization: acme(), group: Some("eu".parse().unwrap()) },
                r#"list the databases of group "eu" in organization "acme""#,
            ),
            (Attempt::ListGroups { organization: acme() }, r#"list the groups in organization "acme""#),
            (
                Attempt::FindDatabase { organization: acme(), name: "app".parse().unwrap() },
                r#"look at database "app" in organization "acme""#,
            ),
            (
                Attempt::FindGroup { organization: acme(), name: "eu".parse().unwrap() },
                r#"look at group "eu" in organization "acme""#,
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
    fn a_reply_without_a_reason_says_so() {
        let reply = Reply { status: 502, message: String::new(), structured: false };
        assert_eq!(reply.to_string(), "Turso answered 502 without a reason");
    }
}
