//! The client: what it remembers between calls. Its methods are beside the nouns that they are about.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio_util::sync::CancellationToken;

use crate::OrganizationSlug;

use super::credentials::Credentials;
use super::http::Http;
use super::jwks_endpoints::{Listing, NameLocks, SharedList};
use super::per_key::PerKey;
use super::single_flight::SingleFlight;
use super::targets::Targets;
use super::{RequestTimeout, Timing};

/// A client of the Platform API. Made without reading or sending anything; made to be shared by many callers.
///
/// A call has 180 s from [`Client::begin_call`] on, in which all tries, pauses and looks of its methods have to end:
/// [`Error::OutOfTime`](super::Error::OutOfTime). A write begins no try that would leave no time for a look after it.
///
/// Dropping the future of a call cancels it. A write that is cancelled may still happen, as any that was sent; so a
/// caller that wants to stop in good order *interrupts* the client instead. From then on
///
/// - every pause between two tries is over, and no further try is made;
/// - a request that is under way is seen to its end, but for a read before a write, which is given up with the write;
/// - no write begins;
/// - what became of a write is looked for once.
///
/// Each call then says what is known: [`Error::Interrupted`](super::Error::Interrupted) and its like.
#[derive(Clone, Debug)]
pub struct Client {
    pub(super) http: Http,
    pub(super) memory: Arc<Memory>,
}

/// What all calls of a client know.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The lists of endpoints of each organization.
    pub(super) listings: PerKey<OrganizationSlug, SharedList<Listing>>,
    /// Databases and groups that were looked at.
    pub(super) targets: Targets,
    /// The slug of the token's personal organization.
    pub(super) personal: SingleFlight<(), OrganizationSlug>,
    /// Which endpoints are being written.
    pub(super) writes: NameLocks,
    /// Whether the server has shown that it knows templates by GET only.
    pub(super) template_by_get: AtomicBool,
}

impl Client {
    /// A client with these credentials, which calls itself `user_agent`, until `interrupt` is cancelled.
    pub fn new(
        credentials: Credentials,
        user_agent: &str,
        interrupt: CancellationToken,
        RequestTimeout(request): RequestTimeout,
    ) -> Self {
        Self::with_timing(credentials, user_agent, interrupt, Timing { request, ..Timing::default() })
    }

    /// The same client for another call, whose time begins now.
    pub fn begin_call(&self) -> Self {
        Self { http: self.http.begin_call(), memory: Arc::clone(&self.memory) }
    }

    /// A client with other timeouts and pauses than those for the real API.
    pub(crate) fn with_timing(
        credentials: Credentials,
        user_agent: &str,
        interrupt: CancellationToken,
        timing: Timing,
    ) -> Self {
        Self { http: Http::new(credentials, user_agent, interrupt, timing), memory: Arc::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::JwksEndpoint;
    use claims::{DatabaseName, GroupName, TemplateRequest};

    /// A server of calls runs each on whatever thread is free.
    #[test]
    fn calls_can_move_between_threads() {
        fn is_send(_: impl Send) {}
        fn all(
            client: &Client,
            organization: &OrganizationSlug,
            endpoint: &JwksEndpoint,
            template: &TemplateRequest,
            database: &DatabaseName,
            group: &GroupName,
        ) {
            is_send(client.organization());
            is_send(client.find_endpoint(organization, &endpoint.name));
            is_send(client.create_endpoint(organization, endpoint, ""));
            is_send(client.update_endpoint(organization, endpoint, ""));
            is_send(client.delete_endpoint(organization, &endpoint.name, ""));
            is_send(client.jwt_template(organization, template));
            is_send(client.list_databases(organization, None));
            is_send(client.list_groups(organization));
            is_send(client.find_database(organization, database));
            is_send(client.find_group_afresh(organization, group));
        }
        let _ = all;
    }
}
