//! Which endpoints there are: one call an organization for a whole refresh.

use std::sync::Arc;
use std::time::Duration;

use crate::OrganizationSlug;
use crate::answer::Failure;
use crate::error::{Attempt, Error};
use crate::http::{Method, Request};
use crate::{Client, path, wire};

use super::{JwksEndpoint, JwksEndpointName};

/// All endpoints of an organization, in the order of the API.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listing(Arc<[JwksEndpoint]>);

impl Listing {
    /// The endpoints.
    pub fn endpoints(&self) -> &[JwksEndpoint] {
        &self.0
    }

    /// The endpoint of this name; `None` is proof that the organization has none. Where two spellings of one name are
    /// listed, the one that is spelt like `name`.
    pub fn find(&self, name: &JwksEndpointName) -> Option<&JwksEndpoint> {
        let exact = self.0.iter().find(|endpoint| endpoint.name == *name);
        exact.or_else(|| self.0.iter().find(|endpoint| endpoint.name.is_same_as(name)))
    }
}

impl Client {
    /// All endpoints of an organization. The answer is shared by all who ask until the next end of a write of this client,
    /// and with its looks.
    ///
    /// # Errors
    /// Whatever kept the organization from answering with a list; no error means that something is absent but
    /// [`RefusalKind::OrganizationNotFound`](crate::RefusalKind), and that one says nothing about endpoints.
    pub async fn list_endpoints(&self, organization: &OrganizationSlug) -> Result<Listing, Error> {
        let list = self.memory.listings.of(organization);
        let request = listing(organization);
        let timing = self.http.timing();
        let listed = self.http.retry(Duration::ZERO, || list.current(timing, self.list_once(&request)));
        self.http.in_time(&request.attempt, Duration::ZERO, listed).await
    }

    /// The endpoints as this client saw them last, however long ago, else as [`Client::list_endpoints`]. Good for advice,
    /// and no ground for refusing anything.
    ///
    /// # Errors
    /// As [`Client::list_endpoints`].
    pub async fn recent_endpoints(&self, organization: &OrganizationSlug) -> Result<Listing, Error> {
        match self.memory.listings.of(organization).newest() {
            Some(listing) => Ok(listing),
            None => self.list_endpoints(organization).await,
        }
    }

    /// The endpoint of this name, from the shared list of its organization, as [`Listing::find`] finds it.
    ///
    /// # Errors
    /// As [`Client::list_endpoints`].
    pub async fn find_endpoint(
        &self,
        organization: &OrganizationSlug,
        name: &JwksEndpointName,
    ) -> Result<Option<JwksEndpoint>, Error> {
        Ok(self.list_endpoints(organization).await?.find(name).cloned())
    }

    /// All endpoints of an organization in a list that begins after this call. It is tried again where that leaves so
    /// much of the time of the call.
    pub(super) async fn list_afresh(
        &self,
        organization: &OrganizationSlug,
        leave: Duration,
    ) -> Result<Listing, Error> {
        let list = self.memory.listings.of(organization);
        let request = listing(organization);
        let timing = self.http.timing();
        let wait = timing.look() - timing.request;
        self.http.retry(leave + wait, || list.fresh(timing, self.list_once(&request))).await
    }

    async fn list_once(&self, request: &Request) -> Result<Listing, Failure> {
        let answer: wire::Endpoints = self.http.ask_once(request).await?;
        Ok(Listing(answer.jwks.into_iter().map(JwksEndpoint::from).collect()))
    }
}

fn listing(organization: &OrganizationSlug) -> Request {
    let attempt = Attempt::to("list the JWKS endpoints").within(organization).naming_nothing_else();
    Request { method: Method::GET, path: path::endpoints(organization), query: vec![], body: vec![], attempt }
}

impl From<wire::Endpoint> for JwksEndpoint {
    fn from(endpoint: wire::Endpoint) -> Self {
        Self { name: JwksEndpointName::listed(endpoint.jwks_name), url: endpoint.jwks_url }
    }
}

#[cfg(test)]
mod tests;
