//! The client: what it remembers between calls. Its methods are beside the nouns that they are about.

use std::sync::atomic::AtomicBool;

use crate::claims::OrganizationSlug;

use super::Timing;
use super::credentials::Credentials;
use super::http::Http;
use super::jwks_endpoints::{Listing, NameLocks};
use super::single_flight::SingleFlight;

/// A client of the Platform API. Made without reading or sending anything; made to be shared by many callers.
///
/// Dropping the future of a call cancels it. A write that is cancelled may still happen, as any that was sent.
#[derive(Debug)]
pub struct Client {
    pub(super) http: Http,
    /// The list of endpoints of each organization, until a write of ours.
    pub(super) listings: SingleFlight<OrganizationSlug, Listing>,
    /// The slug of the token's personal organization.
    pub(super) personal: SingleFlight<(), OrganizationSlug>,
    /// Which endpoints are being written.
    pub(super) writes: NameLocks,
    /// Whether the server has shown that it knows templates by GET only.
    pub(super) template_by_get: AtomicBool,
}

impl Client {
    /// A client with these credentials.
    pub fn new(credentials: Credentials) -> Self {
        Self::with_timing(credentials, Timing::default())
    }

    /// A client with other timeouts and pauses than those for the real API.
    pub fn with_timing(credentials: Credentials, timing: Timing) -> Self {
        Self {
            http: Http::new(credentials, timing),
            listings: SingleFlight::default(),
            personal: SingleFlight::default(),
            writes: NameLocks::default(),
            template_by_get: AtomicBool::new(false),
        }
    }
}
