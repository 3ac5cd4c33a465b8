//! What a plan can know ahead of the apply: the organization, the ID, and what is likely to go wrong with either side.

use super::model::{self, Endpoint, PlannedEndpoint};
use super::write::at_fault;
use crate::jwks::preflight::Preflight;
use crate::jwks::shared_keys;
use crate::report;
use crate::session::{Connection, Session};
use framework::{Diagnostic, Diagnostics, Field, Plan, path};
use turso_client::{Error, JwksEndpointName, OrganizationSlug, RefusalKind};

/// How many endpoints Turso's free plan allows, as people report it (`jwks count limit(2) exceeded`).
const FREE_PLAN_LIMIT: usize = 2;

/// Fills in the organization and the ID, and looks at an organization that is to get another endpoint, and at a JWKS
/// document that Turso is to rely on from now on.
pub(super) async fn settle(
    session: Session,
    preflight: &Preflight,
    plan: &mut Plan<Endpoint>,
) -> Diagnostics {
    let Plan { prior, config, planned, .. } = plan;
    let prior = prior.as_ref();
    let connection = match session {
        Session::Ready(connection) => Some(connection),
        Session::Unconfigured | Session::AwaitsConfiguration => None,
    };
    let mut diagnostics = Diagnostics::none();
    if config.organization.is_null() {
        match provider_organization(connection.as_ref()).await {
            Ok(Field::Known(slug)) => planned.organization = Field::Known(slug.as_str().to_owned()),
            Ok(_) => {}
            // An object that exists stays where it is, whatever the provider block lacks today.
            Err(_) if prior.is_some() => {}
            Err(errors) => diagnostics.extend(errors),
        }
    }
    planned.id = match (&planned.organization, &planned.name) {
        (Field::Known(organization), Field::Known(name)) => Field::Known(model::id(organization, name)),
        _ => Field::Unknown,
    };
    let connection = connection.filter(|_| prior.is_none());
    let (ahead, document) = tokio::join!(
        async {
            match connection {
                Some(connection) => look_ahead(&connection, planned).await,
                None => None,
            }
        },
        async {
            match &planned.url {
                Field::Known(url) if is_registered_anew(prior, planned) => match shared_keys::check(url) {
                    Ok(()) => preflight.look(&planned.preflight, url).await,
                    Err(complaint) => complaint.at(path!(Endpoint.url)).into(),
                },
                _ => Diagnostics::none(),
            }
        }
    );
    diagnostics.extend(ahead);
    diagnostics.extend(document);
    diagnostics
}

/// Whether Turso gets to know a URL that it did not have under that name, in that organization.
fn is_registered_anew(prior: Option<&Endpoint>, planned: &PlannedEndpoint) -> bool {
    let changes =
        |planned: &Field<String>, prior: &str| !matches!(planned, Field::Known(text) if text == prior);
    prior.is_none_or(|prior| {
        changes(&planned.url, &prior.url)
            || changes(&planned.name, &prior.name)
            || changes(&planned.organization, &prior.organization)
    })
}

async fn provider_organization(
    connection: Option<&Connection>,
) -> Result<Field<OrganizationSlug>, Diagnostics> {
    match connection {
        Some(connection) if !connection.awaits_organization() => {
            connection.organization(Field::Null).await.map(Field::Known)
        }
        _ => Ok(Field::Unknown),
    }
}

/// What an apply would run into: a token that won't do, an organization that is not there, a limit that is reached.
///
/// A name that is taken is left to the apply: in a replacement the name is still taken while it is planned.
async fn look_ahead(connection: &Connection, planned: &PlannedEndpoint) -> Option<Diagnostic> {
    let organization: OrganizationSlug = planned.organization.as_ref().known()?.parse().ok()?;
    let name: JwksEndpointName = planned.name.as_ref().known()?.parse().ok()?;
    match connection.client.list_endpoints(&organization).await {
        Ok(listing) => {
            let at_limit = listing.endpoints().len() == FREE_PLAN_LIMIT && listing.find(&name).is_none();
            at_limit.then(|| limit_warning(&organization))
        }
        Err(error) if lasts(&error) => {
            Some(at_fault(report::failed("JWKS endpoint can't be created", &error), &error))
        }
        Err(_) => None,
    }
}

/// Whether an apply would run into the same error. Whatever passes by itself may have passed by then.
fn lasts(error: &Error) -> bool {
    match error {
        Error::Credentials(_) => true,
        _ => matches!(
            error.refusal(),
            Some(
                RefusalKind::Unauthorized { .. } | RefusalKind::Forbidden | RefusalKind::OrganizationNotFound
            )
        ),
    }
}

fn limit_warning(organization: &OrganizationSlug) -> Diagnostic {
    Diagnostic::warning(
        "JWKS endpoint limit of the free plan",
        format!(
            "Organization {:?} has {FREE_PLAN_LIMIT} JWKS endpoints, as many as Turso's free plan allows. On that plan \
             Turso will refuse this one, unless the same apply removes another first.",
            organization.as_str()
        ),
    )
}
