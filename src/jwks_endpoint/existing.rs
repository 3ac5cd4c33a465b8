//! The endpoints that an organization has, for whoever looks for one or lists them all: imports, data sources and lists.

use std::collections::BTreeMap;

use super::model::Endpoint;
use crate::report;
use crate::session::Connection;
use framework::{Diagnostics, Field, path};
use turso_client::{JwksEndpointName, Listing, OrganizationSlug, RefusalKind};

/// All endpoints of one organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Existing {
    organization: OrganizationSlug,
    listing: Listing,
}

impl Existing {
    /// The endpoints of the organization that is named, else of the provider's. A failure comes under `summary`.
    pub(crate) async fn of(
        connection: &Connection,
        organization: Field<String>,
        summary: &str,
    ) -> Result<Self, Diagnostics> {
        let organization = connection.organization(organization).await?;
        match connection.client.list_endpoints(&organization).await {
            Ok(listing) => Ok(Self { organization, listing }),
            Err(error) => {
                let diagnostic = report::failed(summary, &error);
                Err(match error.refusal() {
                    Some(RefusalKind::OrganizationNotFound) => diagnostic.at(path!(Endpoint.organization)),
                    _ => diagnostic,
                }
                .into())
            }
        }
    }

    /// The slug of the organization.
    pub(crate) fn organization(&self) -> &str {
        self.organization.as_str()
    }

    /// The endpoint of this name. Where there is none, a sentence that says so and names those that there are.
    pub(crate) fn find(&self, name: &JwksEndpointName) -> Result<Endpoint, String> {
        match self.listing.find(name) {
            Some(there) => Ok(self.state(there.name.normalized(), there.url.clone())),
            None => Err(self.missing(name)),
        }
    }

    /// Every endpoint, in the order of the names.
    ///
    /// Terraform can't tell two spellings of one name apart (it normalizes strings), so of two the one stands that
    /// [`Existing::find`] gives.
    pub(crate) fn by_name(&self) -> Vec<Endpoint> {
        let mut urls = BTreeMap::new();
        for endpoint in self.listing.endpoints() {
            let name = endpoint.name.normalized();
            if endpoint.name.as_str() == name || !urls.contains_key(&name) {
                urls.insert(name, endpoint.url.clone());
            }
        }
        urls.into_iter().map(|(name, url)| self.state(name, url)).collect()
    }

    fn state(&self, name: String, url: String) -> Endpoint {
        Endpoint::existing(name, url, self.organization())
    }

    fn missing(&self, name: &JwksEndpointName) -> String {
        let names: Vec<_> = self.by_name().iter().map(|state| format!("{:?}", state.name)).collect();
        let there = match names.as_slice() {
            [] => "It has none.".to_owned(),
            names => format!("It has: {}.", names.join(", ")),
        };
        let name = name.as_str();
        format!("There is no JWKS endpoint {name:?} in organization {:?}. {there}", self.organization())
    }
}
