//! What the provider block comes to: a client, or the wait for one.

use std::sync::{PoisonError, RwLock};

use crate::block::parse_organization;
use crate::report;
use framework::{AttributePath, Diagnostic, Diagnostics, Field, Readiness};
use tokio_util::sync::CancellationToken;
use turso_client::{Client, Credentials, OrganizationSlug, RequestTimeout};

/// What resources and data sources work with.
#[derive(Debug, Clone, Default)]
pub(crate) enum Session {
    /// No host has configured the provider.
    #[default]
    Unconfigured,
    /// The token or the base URL is known only after an apply.
    AwaitsConfiguration,
    /// There is a client.
    Ready(Connection),
}

/// A client, and the organization to work in where a resource names none.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    pub(crate) client: Client,
    /// Interrupts the client.
    interrupt: CancellationToken,
    /// The block names an organization that is known only after an apply.
    awaits_organization: bool,
}

/// The session of a provider, shared by all that it offers. A host that configures anew replaces it.
#[derive(Debug, Default)]
pub(crate) struct SessionSlot(RwLock<Session>);

impl Session {
    /// A session with a client of these credentials, which calls itself `user_agent`.
    pub(crate) fn ready(
        credentials: Credentials,
        user_agent: &str,
        request_timeout: RequestTimeout,
        awaits_organization: bool,
    ) -> Self {
        let interrupt = CancellationToken::new();
        let client = Client::new(credentials, user_agent, interrupt.clone(), request_timeout);
        Self::Ready(Connection { client, interrupt, awaits_organization })
    }

    /// Settles an attribute `organization` that the configuration leaves out, as far as a plan can know it: the
    /// provider's. What exists (`is_recorded`) stays where it is, whatever the provider block lacks today.
    pub(crate) async fn settle_organization(
        &self,
        config: &Field<String>,
        planned: &mut Field<String>,
        is_recorded: bool,
    ) -> Diagnostics {
        let Self::Ready(connection) = self else { return Diagnostics::none() };
        if !config.is_null() || connection.awaits_organization {
            return Diagnostics::none();
        }
        match connection.organization(Field::Null).await {
            Ok(slug) => *planned = Field::Known(slug.to_string()),
            Err(errors) if !is_recorded => return errors,
            Err(_) => {}
        }
        Diagnostics::none()
    }

    /// The client, or why there is none.
    pub(crate) fn connection(self) -> Result<Connection, Diagnostics> {
        match self {
            Self::Ready(connection) => Ok(connection),
            Self::AwaitsConfiguration => Err(awaits("The provider block's api_token or base_url")),
            Self::Unconfigured => Err(Diagnostic::error(
                "Provider not configured",
                "The host asked for work before it configured the provider.",
            )
            .into()),
        }
    }
}

impl Connection {
    /// The organization that a resource names, else the provider's.
    pub(crate) async fn organization(&self, named: Field<String>) -> Result<OrganizationSlug, Diagnostics> {
        match named {
            Field::Known(slug) => parse_organization(&slug)
                .map_err(|complaint| complaint.at(AttributePath::root("organization")).into()),
            Field::Null | Field::Unknown if self.awaits_organization => {
                Err(awaits("The provider block's organization"))
            }
            Field::Null | Field::Unknown => self
                .client
                .organization()
                .await
                .map_err(|error| report::failed("Organization not known", &error).into()),
        }
    }
}

impl SessionSlot {
    /// Replaces the session.
    pub(crate) fn set(&self, session: Session) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = session;
    }

    /// Ends the pauses of what is under way. A session that replaces this one is not touched by it.
    pub(crate) fn interrupt(&self) {
        if let Session::Ready(connection) = self.current() {
            connection.interrupt.cancel();
        }
    }

    /// The session as it is now, for one call of the host: the time that this may take at Turso begins.
    pub(crate) fn current(&self) -> Session {
        match &*self.0.read().unwrap_or_else(PoisonError::into_inner) {
            Session::Ready(connection) => {
                Session::Ready(Connection { client: connection.client.begin_call(), ..connection.clone() })
            }
            other => other.clone(),
        }
    }

    /// Whether resources can be worked on.
    pub(crate) fn readiness(&self) -> Readiness {
        match self.current() {
            Session::AwaitsConfiguration => Readiness::AwaitsConfiguration,
            Session::Ready(connection) if connection.awaits_organization => Readiness::AwaitsConfiguration,
            Session::Ready(_) | Session::Unconfigured => Readiness::Ready,
        }
    }
}

fn awaits(what: &str) -> Diagnostics {
    Diagnostic::error(
        "Provider configuration not known yet",
        format!(
            "{what} comes from something that is known only after an apply. Apply that first (terraform apply \
             -target=…), or give the value in another way: a variable, the environment, or the login of Turso's CLI."
        ),
    )
    .into()
}
