//! Finding an endpoint that exists, by ID or by identity.

use super::model::State;
use super::name_path;
use crate::claims::OrganizationSlug;
use crate::framework::{Diagnostic, Diagnostics, Field, ImportTarget, Object, bug};
use crate::provider::report;
use crate::provider::session::Connection;
use crate::turso::{JwksEndpointName, Listing, Lookup};

const SUMMARY: &str = "JWKS endpoint not imported";

/// The endpoint that an ID or identity names. One that does not exist is an error that lists those that do.
pub(super) async fn find(connection: &Connection, target: ImportTarget) -> Result<State, Diagnostics> {
    let address = Address::of(target)?;
    let name: JwksEndpointName = address.name.parse().map_err(|error| {
        Diagnostic::error(
            SUMMARY,
            format!("{} Import IDs are organization/name, or name.", report::sentences(&error)),
        )
    })?;
    let organization = connection.organization(address.organization.clone().into()).await?;
    let listing = connection.client.list_endpoints(&organization).await;
    let listing = listing.map_err(|error| Diagnostics::from(report::failed(SUMMARY, &error)))?;
    match listing.find(&name) {
        Lookup::Found(there) => Ok(State {
            name: there.name.normalized(),
            url: there.url,
            organization: organization.as_str().to_owned(),
            region: None,
            preflight: None,
        }),
        Lookup::Missing => Err(missing(&organization, &name, &listing).into()),
    }
}

/// What an import names, before it is parsed.
struct Address {
    organization: Option<String>,
    name: String,
}

impl Address {
    fn of(target: ImportTarget) -> Result<Self, Diagnostics> {
        match target {
            // A slug holds no slash and a name may, so the first slash ends the organization.
            ImportTarget::Id(id) => Ok(match id.split_once('/') {
                Some((organization, name)) => {
                    Self { organization: Some(organization.to_owned()), name: name.to_owned() }
                }
                None => Self { organization: None, name: id },
            }),
            ImportTarget::Identity(identity) => Self::of_identity(&identity),
        }
    }

    fn of_identity(identity: &Object) -> Result<Self, Diagnostics> {
        let read = |name: &str| identity.string(name).map_err(|error| Diagnostics::from(bug(error)));
        match read("name")? {
            Field::Known(name) => Ok(Self { organization: read("organization")?.known(), name }),
            Field::Null | Field::Unknown => {
                let detail = "The identity has no name. Give the name of the endpoint.";
                Err(Diagnostic::error(SUMMARY, detail).at(name_path()).into())
            }
        }
    }
}

fn missing(organization: &OrganizationSlug, name: &JwksEndpointName, listing: &Listing) -> Diagnostic {
    let names = names(listing);
    let there = match names.as_slice() {
        [] => "It has none.".to_owned(),
        names => format!("It has: {}.", names.join(", ")),
    };
    let detail = format!(
        "There is no JWKS endpoint {:?} in organization {:?}. {there}\n\nThe import ID is name, or organization/name; a \
         name that holds a slash needs the organization before it.",
        name.as_str(),
        organization.as_str(),
    );
    Diagnostic::error(SUMMARY, detail)
}

fn names(listing: &Listing) -> Vec<String> {
    let mut names: Vec<_> =
        listing.endpoints().iter().map(|endpoint| format!("{:?}", endpoint.name.normalized())).collect();
    names.sort();
    names
}
