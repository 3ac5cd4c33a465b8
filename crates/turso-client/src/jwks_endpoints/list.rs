//! Which endpoints there are: one call an organization for a whole refresh.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::OrganizationSlug;
use crate::answer::Failure;
use crate::error::{Attempt, Error};
use crate::http::{Method, Request};
use crate::{Client, path, wire};

use super::{JwksEndpoint, JwksEndpointName};

/// All endpoints of an organization, in the order of the API.
#[derive(Clone, Debug)]
pub struct Listing(Arc<Listed>);

#[derive(Debug)]
struct Listed {
    endpoints: Vec<JwksEndpoint>,
    index: OnceLock<Index>,
}

/// The hash of each name in normal form C and its place, in order. A refresh looks for each of many names in one list, and
/// a walk through all of it for each would grow with the square.
#[derive(Debug)]
struct Index(Vec<(u64, usize)>);

impl Index {
    fn of(endpoints: &[JwksEndpoint]) -> Self {
        let hashes = endpoints.iter().map(|endpoint| hash(&endpoint.name));
        let mut index: Vec<_> = hashes.enumerate().map(|(place, hash)| (hash, place)).collect();
        index.sort_unstable();
        Self(index)
    }

    /// The places of the names that may be this one, each to be compared with it.
    fn candidates(&self, name: &JwksEndpointName) -> impl Iterator<Item = usize> {
        let wanted = hash(name);
        let first = self.0.partition_point(|(hash, _)| *hash < wanted);
        let hits = self.0[first..].iter().take_while(move |(hash, _)| *hash == wanted);
        hits.map(|(_, place)| *place)
    }
}

impl Listing {
    /// The endpoints.
    pub fn endpoints(&self) -> &[JwksEndpoint] {
        &self.0.endpoints
    }

    /// The endpoint of this name; `None` is proof that the organization has none. Where two spellings of one name are
    /// listed, the one that is spelt like `name`.
    pub fn find(&self, name: &JwksEndpointName) -> Option<&JwksEndpoint> {
        let Listed { endpoints, index } = &*self.0;
        let index = index.get_or_init(|| Index::of(endpoints));
        let candidates = || index.candidates(name).map(|place| &endpoints[place]);
        let exact = candidates().find(|endpoint| endpoint.name == *name);
        exact.or_else(|| candidates().find(|endpoint| endpoint.name.is_same_as(name)))
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
        let endpoints = answer.jwks.into_iter().map(JwksEndpoint::from).collect();
        Ok(Listing(Arc::new(Listed { endpoints, index: OnceLock::new() })))
    }
}

/// The same for all spellings of a name.
fn hash(name: &JwksEndpointName) -> u64 {
    let mut hasher = DefaultHasher::new();
    // ASCII has one spelling, which is its normal form.
    match name.as_str().is_ascii() {
        true => name.as_str().hash(&mut hasher),
        false => name.normalized().hash(&mut hasher),
    }
    hasher.finish()
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
