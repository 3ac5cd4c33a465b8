//! The client: what it remembers between calls. Its methods are beside the nouns that they are about.

use std::sync::atomic::AtomicBool;

use tokio_util::sync::CancellationToken;

use crate::OrganizationSlug;

use super::Timing;
use super::credentials::Credentials;
use super::http::Http;
use super::jwks_endpoints::{Listing, NameLocks};
use super::single_flight::SingleFlight;
use super::targets::Targets;

/// A client of the Platform API. Made without reading or sending anything; made to be shared by many callers.
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
#[derive(Debug)]
pub struct Client {
    pub(super) http: Http,
    /// The list of endpoints of each organization, until a write of ours.
    pub(super) listings: SingleFlight<OrganizationSlug, Listing>,
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
    pub fn new(credentials: Credentials, user_agent: &str, interrupt: CancellationToken) -> Self {
        Self::with_timing(credentials, user_agent, interrupt, Timing::default())
    }

    /// A client with other timeouts and pauses than those for the real API.
    pub(crate) fn with_timing(
        credentials: Credentials,
        user_agent: &str,
        interrupt: CancellationToken,
        timing: Timing,
    ) -> Self {
        Self {
            http: Http::new(credentials, user_agent, interrupt, timing),
            listings: SingleFlight::default(),
            targets: Targets::default(),
            personal: SingleFlight::default(),
            writes: NameLocks::default(),
            template_by_get: AtomicBool::new(false),
        }
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
