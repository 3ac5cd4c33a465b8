//! `turso_jwks_endpoint`: the JWKS endpoint of an identity provider, registered with an organization.

mod existing;
mod import;
mod model;
mod plan;
mod write;

use std::sync::Arc;

use super::super::block::check_organization;
use super::super::preflight::{self, Preflight};
use super::super::session::{Connection, Session, SessionSlot};
use super::super::{jwks_url, report};
use crate::claims::OrganizationSlug;
use crate::framework::{
    Applied, Attribute, AttributePath, Check, Complaint, Diagnostic, Diagnostics, Field, IdentityAttribute,
    IdentitySchema, ImportPresence, ImportTarget, Lookup, Object, Resource, Schema, Type, bug,
};
use crate::turso::{self, JwksEndpointName};
pub(in crate::provider) use existing::Existing;
use model::Planned;
pub(in crate::provider) use model::State;

/// The resource.
#[derive(Debug)]
pub(in crate::provider) struct JwksEndpoint {
    session: Arc<SessionSlot>,
    preflight: Arc<Preflight>,
}

impl JwksEndpoint {
    /// The resource, on the provider's session and preflight.
    pub(in crate::provider) fn new(session: Arc<SessionSlot>, preflight: Arc<Preflight>) -> Self {
        Self { session, preflight }
    }
}

impl Resource for JwksEndpoint {
    type Plan = Planned;
    type State = State;

    fn type_name(&self) -> &'static str {
        "turso_jwks_endpoint"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "Registers the JWKS endpoint of an identity provider (Clerk, Auth0) with a Turso organization. From then on \
             Turso accepts JWTs that this provider signs as database tokens.\n\n\
             ~> **A token without claims opens everything.** Turso reads a token that carries no `id` or `gid` claim as \
             access to *all databases in all groups* of the organization. Give the identity provider the claims of a \
             `turso_jwt_template` before you register its endpoint, and make sure that it signs no token without them.",
            vec![
                Attribute::required(
                    "name",
                    Type::String,
                    "Name of the endpoint, unique in its organization. Another name means another endpoint.",
                )
                .replaces()
                .check(Check::String(check_name)),
                Attribute::required(
                    "url",
                    Type::String,
                    "URL of the JWKS document, such as `https://clerk.example.com/.well-known/jwks.json`: https, without \
                     credentials and fragment.",
                )
                .check(Check::String(jwks_url::check)),
                Attribute::optional_computed(
                    "organization",
                    Type::String,
                    "Slug of the organization. Without it, the provider's. Another organization means another endpoint.",
                )
                .replaces()
                .keeps_prior()
                .check(Check::String(check_organization)),
                Attribute::optional(
                    "preflight",
                    Type::String,
                    "What a plan does where Turso can't use the document at a `url` that is new or changed: `warn`, \
                     `error`, or `off` for no look at it. Without it, the provider block's. Terraform plans once more \
                     right before it applies, and the document is looked at then too. An endpoint whose `url` stays is \
                     never looked at: that is what the data source `turso_jwks` and a `check` block are for.",
                )
                .check(Check::String(preflight::check_mode)),
                Attribute::optional(
                    "region",
                    Type::String,
                    "Region that is sent along when the endpoint is saved or deleted, as the hidden flag `--region` of \
                     Turso's CLI does. Turso does not document it: leave it out unless Turso's support says otherwise. \
                     Another region means another endpoint.",
                )
                .replaces(),
                Attribute::computed("id", Type::String, "`organization/name`, which is also the import ID.")
                    .keeps_prior(),
            ],
        )
    }

    fn identity_schema(&self) -> IdentitySchema {
        IdentitySchema {
            version: 0,
            attributes: vec![
                IdentityAttribute {
                    name: "organization",
                    description: "Slug of the organization. Without it, the provider's.",
                    import: ImportPresence::Optional,
                },
                IdentityAttribute {
                    name: "name",
                    description: "Name of the endpoint.",
                    import: ImportPresence::Required,
                },
            ],
        }
    }

    async fn plan(&self, prior: Option<&State>, config: &Planned, planned: &mut Planned) -> Diagnostics {
        plan::settle(self.session.current(), &self.preflight, prior, config, planned).await
    }

    async fn create(&self, planned: Planned) -> Applied<State> {
        match self.session.current().connection() {
            Ok(connection) => write::create(&connection, planned).await,
            Err(errors) => Applied::Failed { remains: None, errors },
        }
    }

    async fn update(&self, prior: State, planned: Planned) -> Applied<State> {
        match self.session.current().connection() {
            Ok(connection) => write::update(&connection, prior, planned).await,
            Err(errors) => Applied::Failed { remains: Some(prior), errors },
        }
    }

    async fn delete(&self, prior: State) -> Result<(), Diagnostics> {
        write::delete(&self.session.current().connection()?, &prior).await
    }

    async fn read(&self, state: State) -> Result<Lookup<State>, Diagnostics> {
        let Session::Ready(connection) = self.session.current() else {
            return Ok(Lookup::Postponed(postponed(&state).into()));
        };
        let (organization, name) = state.address()?;
        match find(&connection, &organization, &name).await? {
            Some(there) => Ok(Lookup::Found(State { url: there.url, ..state })),
            None => Ok(Lookup::Missing),
        }
    }

    async fn import(&self, target: ImportTarget) -> Result<State, Diagnostics> {
        import::find(&self.session.current().connection()?, target).await
    }

    async fn configuration(&self, state: State) -> Object {
        // What the provider block says already need not be said again.
        let is_default = match self.session.current() {
            Session::Ready(connection) => {
                let provider_organization = connection.organization(Field::Null).await;
                provider_organization.is_ok_and(|slug| slug.as_str() == state.organization)
            }
            Session::Unconfigured | Session::AwaitsConfiguration => false,
        };
        state.configuration(is_default)
    }
}

async fn find(
    connection: &Connection,
    organization: &OrganizationSlug,
    name: &JwksEndpointName,
) -> Result<Option<turso::JwksEndpoint>, Diagnostics> {
    let found = connection.client.find_endpoint(organization, name).await;
    found.map_err(|error| report::failed("JWKS endpoint not read", &error).into())
}

/// A state stays as it was recorded while nobody can be asked.
fn postponed(state: &State) -> Diagnostic {
    Diagnostic::warning(
        "JWKS endpoint not refreshed",
        format!(
            "The provider block holds values that are known only after an apply, so {:?} in organization {:?} was not \
             looked at. Its state stays as it was recorded.",
            state.name, state.organization
        ),
    )
}

impl State {
    /// The organization and the name, parsed. Both were parsed before they came into the state.
    fn address(&self) -> Result<(OrganizationSlug, JwksEndpointName), Diagnostics> {
        let unusable = |error: &dyn std::fmt::Display| {
            Diagnostics::from(bug(format!("The state holds what can't be: {error}")))
        };
        Ok((
            self.organization.parse().map_err(|error| unusable(&error))?,
            self.name.parse().map_err(|error| unusable(&error))?,
        ))
    }
}

/// Complains where a string can't be the name of an endpoint.
pub(in crate::provider) fn check_name(name: &str) -> Result<(), Complaint> {
    let parsed = name.parse::<JwksEndpointName>();
    parsed
        .map(|_| ())
        .map_err(|error| Complaint::new("Invalid JWKS endpoint name", report::sentences(&error)))
}

fn name_path() -> AttributePath {
    AttributePath::root("name")
}
