//! Finding an endpoint that exists, by ID or by identity.

use super::existing::Existing;
use super::model::Endpoint;
use crate::report;
use crate::session::Connection;
use framework::{Diagnostic, Diagnostics, Field, ImportTarget, path};
use turso_client::JwksEndpointName;

const SUMMARY: &str = "JWKS endpoint not imported";
const IDENTITIES: &str = "An identity is the name, and the organization where it is not the provider's.";
const IDS: &str = "The import ID is name, or organization/name; a name that holds a slash needs the organization before it.";

/// The endpoint that an ID or identity names. One that does not exist is an error that lists those that do.
pub(super) async fn find(
    connection: &Connection,
    target: ImportTarget<Endpoint>,
) -> Result<Endpoint, Diagnostics> {
    let address = Address::of(target)?;
    let name: JwksEndpointName = address.name.parse().map_err(|error| {
        Diagnostic::error(SUMMARY, format!("{} {}", report::sentences(&error), address.way))
    })?;
    let existing = match Existing::of(connection, address.organization.into(), SUMMARY).await {
        Ok(existing) => existing,
        // The organization may be the first half of a name.
        Err(errors) if address.is_split => return Err(errors.into_iter().map(with_ids).collect()),
        Err(errors) => return Err(errors),
    };
    existing
        .find(&name)
        .map_err(|missing| Diagnostic::error(SUMMARY, format!("{missing}\n\n{}", address.way)).into())
}

/// What an import names, before it is parsed.
struct Address {
    organization: Option<String>,
    name: String,
    /// It is an ID that holds a slash.
    is_split: bool,
    /// How such an address is written.
    way: &'static str,
}

impl Address {
    fn of(target: ImportTarget<Endpoint>) -> Result<Self, Diagnostics> {
        match target {
            // A slug holds no slash and a name may, so the first slash ends the organization.
            ImportTarget::Id(id) => Ok(match id.split_once('/') {
                Some((organization, name)) => Self {
                    organization: Some(organization.to_owned()),
                    name: name.to_owned(),
                    is_split: true,
                    way: IDS,
                },
                None => Self { organization: None, name: id, is_split: false, way: IDS },
            }),
            ImportTarget::Identity(identity) => match identity.name {
                Field::Known(name) => {
                    let organization = identity.organization.known();
                    Ok(Self { organization, name, is_split: false, way: IDENTITIES })
                }
                Field::Null | Field::Unknown => {
                    let detail = "The identity has no name. Give the name of the endpoint.";
                    Err(Diagnostic::error(SUMMARY, detail).at(path!(Endpoint.name)).into())
                }
            },
        }
    }
}

fn with_ids(diagnostic: Diagnostic) -> Diagnostic {
    Diagnostic { detail: format!("{}\n\n{IDS}", diagnostic.detail), ..diagnostic }
}
