//! The endpoints that an organization has, for whoever looks for one or lists them all: imports, data sources and lists.

use std::collections::BTreeMap;

use super::model::Endpoint;
use crate::report;
use crate::session::Connection;
use framework::{Diagnostic, Diagnostics, Field, path};
use turso_client::{JwksEndpoint, JwksEndpointName, Listing, OrganizationSlug, RefusalKind};

/// All endpoints of one organization.
#[derive(Debug, Clone)]
pub(crate) struct Existing {
    organization: OrganizationSlug,
    listing: Listing,
}

/// How many names a message lists, and how much of each it shows, in characters.
const LISTED: usize = 10;
const READABLE: usize = 200;

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

    /// The endpoints, for whoever is to see all that there are. A failure comes under `summary`.
    ///
    /// Terraform normalizes strings, so that of two names which differ only in how Unicode spells them it sees one, and
    /// the other would be hidden from whoever looks for endpoints that should not be there.
    pub(crate) async fn told_apart(
        connection: &Connection,
        organization: Field<String>,
        summary: &str,
    ) -> Result<Self, Diagnostics> {
        let existing = Self::of(connection, organization, summary).await?;
        let mut seen = BTreeMap::new();
        for endpoint in existing.listing.endpoints() {
            if let Some(other) = seen.insert(endpoint.name.normalized(), endpoint) {
                let spelt = |endpoint: &JwksEndpoint| {
                    let name = endpoint.name.as_str().escape_default().to_string();
                    format!(
                        "\"{}\" ({})",
                        excerpt::line(&name, READABLE),
                        excerpt::line(&endpoint.url, READABLE)
                    )
                };
                let detail = format!(
                    "Organization {:?} has two JWKS endpoints whose names Terraform can't tell apart, {} and {}: they differ \
                     only in how Unicode spells them. Delete one of them with Turso's CLI or in the dashboard.",
                    existing.organization(),
                    spelt(other),
                    spelt(endpoint)
                );
                return Err(Diagnostic::error(summary, detail).into());
            }
        }
        Ok(existing)
    }

    /// Every endpoint, in the order of the names.
    pub(crate) fn by_name(&self) -> Vec<Endpoint> {
        let endpoints = self.listing.endpoints().iter();
        let by_name: BTreeMap<_, _> =
            endpoints.map(|endpoint| (endpoint.name.normalized(), endpoint.url.clone())).collect();
        by_name.into_iter().map(|(name, url)| self.state(name, url)).collect()
    }

    fn state(&self, name: String, url: String) -> Endpoint {
        Endpoint::existing(name, url, self.organization())
    }

    fn missing(&self, name: &JwksEndpointName) -> String {
        let there = match self.by_name().as_slice() {
            [] => "It has none.".to_owned(),
            there => {
                let names = there.iter().map(|state| excerpt::name(&state.name));
                format!("It has: {}.", excerpt::list(names, LISTED))
            }
        };
        let name = name.as_str();
        format!("There is no JWKS endpoint {name:?} in organization {:?}. {there}", self.organization())
    }
}
