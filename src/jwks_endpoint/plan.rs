//! What a plan can know ahead of the apply: the organization, the ID, and what is likely to go wrong with either side.

use super::model::{self, Endpoint, PlannedEndpoint};
use super::names::Names;
use super::reach;
use super::write::{already_exists, at_fault};
use crate::jwks::preflight::Preflight;
use crate::jwks::shared_keys;
use crate::report;
use crate::session::{Connection, Session};
use framework::{Diagnostic, Diagnostics, Field, Plan, path};
use turso_client::{Error, JwksEndpoint, JwksEndpointName, Listing, OrganizationSlug, Origin};

/// How many endpoints Turso's free plan allows, as people report it (`jwks count limit(2) exceeded`).
const FREE_PLAN_LIMIT: usize = 2;

/// Fills in the organization and the ID, and looks at an organization that is to get another endpoint, and at a JWKS
/// document that Turso is to rely on from now on.
pub(super) async fn settle(
    session: Session,
    preflight: &Preflight,
    names: &Names,
    plan: &mut Plan<Endpoint>,
) -> Diagnostics {
    let Plan { prior, config, planned, private } = plan;
    let prior = prior.as_ref();
    let organization = &mut planned.organization;
    let mut diagnostics =
        session.settle_organization(&config.organization, organization, prior.is_some()).await;
    let connection = match session {
        Session::Ready(connection) => Some(connection),
        Session::Unconfigured | Session::AwaitsConfiguration => None,
    };
    planned.id = match (&planned.organization, &planned.name) {
        (Field::Known(organization), Field::Known(name)) => Field::Known(model::id(organization, name)),
        _ => Field::Unknown,
    };
    if is_registered_anew(prior, planned) {
        planned.registration = Field::Unknown;
    }
    let stage = match prior {
        Some(prior) => {
            names.record(&prior.organization, &prior.name);
            private.set(HAD_PRIOR, "");
            Stage::Change(prior)
        }
        None if private.get(HAD_PRIOR).is_some() => Stage::Replacement,
        None => Stage::Create,
    };
    if let Some(connection) = &connection {
        diagnostics.extend(moved_elsewhere(connection, config, &stage, planned).await);
    }
    let (ahead, document) = tokio::join!(
        async {
            match &connection {
                Some(connection) => look_ahead(connection, names, &stage, planned).await,
                None => Diagnostics::none(),
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
    // A replacement is planned in two calls, and Terraform shows the warnings of the first, which has the prior state.
    if let Field::Known(name) = &planned.name
        && prior.is_none_or(|prior| prior.name != *name)
    {
        diagnostics.extend(model::doubt_name(name));
    }
    diagnostics.extend(ahead);
    diagnostics.extend(document);
    let mut diagnostics = match diagnostics.or_errors() {
        Ok(warnings) => warnings,
        Err(errors) => return errors,
    };
    diagnostics.extend(reach::check(connection.as_ref(), &stage, planned).await);
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

/// Which call of a plan this is. A replacement is planned in two: with the prior state, and then without.
pub(super) enum Stage<'a> {
    /// The first or only call for an object that exists.
    Change(&'a Endpoint),
    /// The second call for an object that another replaces.
    Replacement,
    /// An object is created; or one that is tainted is, which no note tells.
    Create,
}

/// The note that a call with a prior state leaves for the one without. An apply takes it away.
pub(super) const HAD_PRIOR: &str = "had_prior";

/// Another organization than the prior one, that nobody wrote down in the configuration.
async fn moved_elsewhere(
    connection: &Connection,
    config: &PlannedEndpoint,
    stage: &Stage<'_>,
    planned: &PlannedEndpoint,
) -> Option<Diagnostic> {
    let (Stage::Change(prior), Field::Known(organization)) = (stage, &planned.organization) else {
        return None;
    };
    if !config.organization.is_null() || *organization == prior.organization {
        return None;
    }
    let origin = connection.client.organization_origin().await?;
    if origin == Origin::Given {
        return None;
    }
    let detail = format!(
        "Endpoint {:?} is in organization {:?}, and {origin} names {organization:?} now: the endpoint would be deleted \
         there and created here. If that is not meant, set `organization` in the resource or in the provider block.",
        prior.name, prior.organization
    );
    Some(Diagnostic::warning("Another organization", detail).at(path!(Endpoint.organization)))
}

/// What an apply would run into: a token that won't do, an organization that is not there, a name that is taken, a limit
/// that is reached.
async fn look_ahead(
    connection: &Connection,
    names: &Names,
    stage: &Stage<'_>,
    planned: &PlannedEndpoint,
) -> Diagnostics {
    let Some((organization, name)) = address(planned) else { return Diagnostics::none() };
    let prior = match stage {
        Stage::Change(prior) if prior.is_at(&organization, &name) => return Diagnostics::none(),
        Stage::Change(prior) => Some(*prior),
        Stage::Replacement | Stage::Create => None,
    };
    names.plan(&organization, &name, prior);
    let taken = |listing: &Listing| taken(stage, names, &organization, listing.find(&name)?);
    let client = &connection.client;
    let listed = match client.recent_endpoints(&organization).await {
        // An apply plans each object once more, between the writes of others, and what it has seen last is good enough.
        // But what is in the way there may be gone by now.
        Ok(listing) if taken(&listing).is_some() => client.list_endpoints(&organization).await,
        listed => listed,
    };
    let listing = match listed {
        Ok(listing) => listing,
        Err(error) => return not_looked_at(&error).into(),
    };
    let limit = (listing.find(&name).is_none()).then(|| limit_warning(&organization, names, &listing));
    taken(&listing).into_iter().chain(limit.flatten()).collect()
}

fn address(planned: &PlannedEndpoint) -> Option<(OrganizationSlug, JwksEndpointName)> {
    let organization = planned.organization.as_ref().known()?.parse().ok()?;
    Some((organization, planned.name.as_ref().known()?.parse().ok()?))
}

/// What is said of a name that an endpoint has already. Nothing where that one is in the state, too: it may be about to
/// give its name up, or be the very object, tainted.
fn taken(
    stage: &Stage<'_>,
    names: &Names,
    organization: &OrganizationSlug,
    there: &JwksEndpoint,
) -> Option<Diagnostic> {
    match stage {
        Stage::Replacement => None,
        _ if names.is_recorded(organization, &there.name) => None,
        Stage::Create => Some(already_exists(organization, there)),
        Stage::Change(_) => {
            let detail = format!(
                "Organization {:?} has a JWKS endpoint {} already, with the URL {}. The apply will fail unless it \
                 deletes or renames that one first.",
                organization.as_str(),
                excerpt::name(there.name.as_str()),
                excerpt::name(&there.url)
            );
            Some(Diagnostic::warning("JWKS endpoint name is taken", detail).at(path!(Endpoint.name)))
        }
    }
}

/// The look failed. Whatever passes by itself may have passed by the time of the apply.
fn not_looked_at(error: &Error) -> Diagnostic {
    if error.is_lasting() {
        return at_fault(report::failed("JWKS endpoint can't be created", error), error);
    }
    let failed = report::failed("Organization not looked at", error);
    Diagnostic::warning(
        failed.summary,
        format!("{}\n\nSo it is not known whether the name is free. The apply asks again.", failed.detail),
    )
}

fn limit_warning(organization: &OrganizationSlug, names: &Names, listing: &Listing) -> Option<Diagnostic> {
    let listed = listing.endpoints().len();
    // More than the limit shows that the organization has another plan.
    if listed > FREE_PLAN_LIMIT || !names.will_exceed(FREE_PLAN_LIMIT, organization, listing) {
        return None;
    }
    let has = if listed == FREE_PLAN_LIMIT { "has" } else { "will have, with others of this plan," };
    let detail = format!(
        "Organization {:?} {has} {FREE_PLAN_LIMIT} JWKS endpoints, as many as Turso's free plan allows. On that plan Turso \
         will refuse this one, unless the same apply removes another first.",
        organization.as_str()
    );
    Some(Diagnostic::warning("JWKS endpoint limit of the free plan", detail))
}
