//! Which endpoints there are: one call an organization for a whole refresh.

use std::sync::Arc;

use crate::OrganizationSlug;
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
    /// All endpoints of an organization. The answer is shared by all who ask until a write of this client.
    ///
    /// # Errors
    /// Whatever kept the organization from answering with a list; no error means that something is absent but
    /// [`RefusalKind::OrganizationNotFound`](crate::RefusalKind), and that one says nothing about endpoints.
    pub async fn list_endpoints(&self, organization: &OrganizationSlug) -> Result<Listing, Error> {
        self.listings.share(organization, self.list_afresh(organization)).await
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

    /// All endpoints of an organization at this moment.
    pub(super) async fn list_afresh(&self, organization: &OrganizationSlug) -> Result<Listing, Error> {
        let attempt = Attempt::to("list the JWKS endpoints").within(organization).naming_nothing_else();
        let path = path::endpoints(organization);
        let request = Request { method: Method::GET, path, query: vec![], body: vec![], attempt };
        let answer: wire::Endpoints = self.http.ask(&request).await?;
        Ok(Listing(answer.jwks.into_iter().map(JwksEndpoint::from).collect()))
    }
}

impl From<wire::Endpoint> for JwksEndpoint {
    fn from(endpoint: wire::Endpoint) -> Self {
        Self { name: JwksEndpointName::listed(endpoint.jwks_name), url: endpoint.jwks_url }
    }
}

#[cfg(test)]
mod tests;
