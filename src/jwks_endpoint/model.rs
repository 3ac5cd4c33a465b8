//! The attributes of a `turso_jwks_endpoint`, as planned and as stored.

use std::collections::BTreeSet;

use framework::{Complaint, Diagnostic, Diagnostics, bug, path};
use turso_client::{JwksEndpointName, OrganizationSlug};

use super::reach;
use crate::block::check_organization;
use crate::jwks::{preflight, url};
use crate::report;

framework::model! {
    /// Registers the JWKS endpoint of an identity provider (Clerk, Auth0) with a Turso organization. From then on Turso
    /// accepts JWTs that this provider signs as database tokens.
    ///
    /// ~> **A token without claims opens everything.** Turso reads a token that carries no `id` or `gid` claim as access
    /// to *all databases in all groups* of the organization. Give the identity provider the claims of a
    /// `turso_jwt_template` before you register its endpoint, and make sure that it signs no token without them. What always
    /// holds is an organization that holds nothing else: `only_databases` checks it.
    pub struct Endpoint, PlannedEndpoint {
        /// Name of the endpoint, unique in its organization. Another name means another endpoint. White space at an edge is a
        /// part of it, and gets a warning in the plan.
        name: String = required().replaces().check(check_name).identity("Name of the endpoint."),
        /// URL of the JWKS document, such as `https://clerk.example.com/.well-known/jwks.json`: https, without
        /// credentials and fragment, and written as it is read: one that a parser would mend, such as `https:/example.com` or
        /// `https://example.com/a/../b`, is refused, and so are letters outside ASCII that are not encoded. The plan of a new or
        /// changed one refuses hosts whose keys sign for everyone, such as those of Google, Microsoft Entra and GitHub Actions.
        url: String = required().check(url::check),
        /// Slug of the organization. Without it, the provider's. Another organization means another endpoint.
        organization: String = optional_computed().replaces().keeps_prior().check(check_organization)
            .optional_identity("Slug of the organization. Without it, the provider's."),
        /// What a plan does where Turso can't use the document at a `url` that is new or changed: `warn`, `error`, or
        /// `off` for no look at it. Without it, the provider block's. Terraform plans once more right before it applies,
        /// and the document is looked at then too. An endpoint whose `url` stays is never looked at: that is what the
        /// data source `turso_jwks` and a `check` block are for.
        preflight: Option<String> = optional().check(preflight::check_word),
        /// Region that is sent along when the endpoint is saved or deleted, as the hidden flag `--region` of Turso's CLI
        /// does. Turso does not document it: leave it out unless Turso's support says otherwise. A changed region replaces
        /// nothing: it is stored without a call, and sent with the next save or deletion.
        region: Option<String> = optional(),
        /// Names of the databases that the organization may hold, and no others, since a token without claims opens all that it
        /// holds. Every plan is an error where it holds others, and where that can't be seen; names that are known only after an
        /// apply are checked right before the endpoint is saved. An empty set says that there may be none. Without it, the plan
        /// of an endpoint that is new to its organization warns of what such a token would open. It changes nothing at Turso.
        only_databases: Option<BTreeSet<String>> = optional().check_each(reach::check_name),
        /// `organization/name`, which is also the import ID.
        id: String = computed().keeps_prior(),
        /// What is registered, as `organization/name url`. It is not known in a plan that creates or replaces the endpoint or
        /// changes its `url`, and in no other: what refers to it waits until Turso has been told, as a
        /// `turso_access_probe` does.
        registration: String = computed().keeps_prior(),
    }
}

framework::model! {
    /// An endpoint that exists, in a list of them.
    pub struct Listed {
        /// Name of the endpoint.
        name: String = computed(),
        /// URL of the JWKS document.
        url: String = computed(),
        /// `organization/name`, which is the import ID of a `turso_jwks_endpoint`.
        id: String = computed(),
    }
}

impl Endpoint {
    /// An endpoint that exists, with nothing of what only a configuration says.
    pub(super) fn existing(name: String, url: String, organization: &str) -> Self {
        let id = id(organization, &name);
        let registration = registration(organization, &name, &url);
        let organization = organization.to_owned();
        Self {
            name,
            url,
            organization,
            preflight: None,
            region: None,
            only_databases: None,
            id,
            registration,
        }
    }

    /// The same endpoint with the URL that it has now.
    pub(super) fn with_url(self, url: String) -> Self {
        let registration = registration(&self.organization, &self.name, &url);
        Self { url, registration, ..self }
    }

    /// Whether it has this name in this organization, whatever the spelling.
    pub(super) fn is_at(&self, organization: &OrganizationSlug, name: &JwksEndpointName) -> bool {
        self.organization == organization.as_str() && self.name == name.normalized()
    }

    /// The organization and the name, parsed. Both were parsed before they came into the state.
    pub(super) fn address(&self) -> Result<(OrganizationSlug, JwksEndpointName), Diagnostics> {
        let unusable = |error: &dyn std::fmt::Display| {
            Diagnostics::from(bug(format!("The state holds what can't be: {error}")))
        };
        Ok((
            self.organization.parse().map_err(|error| unusable(&error))?,
            self.name.parse().map_err(|error| unusable(&error))?,
        ))
    }
}

/// The `id` of an endpoint, which is also its import ID.
pub(super) fn id(organization: &str, name: &str) -> String {
    format!("{organization}/{name}")
}

/// The `registration` of an endpoint. No slug holds a slash and no URL a space, so that two are never the same text.
pub(super) fn registration(organization: &str, name: &str, url: &str) -> String {
    format!("{} {url}", id(organization, name))
}

/// A warning for a name with white space at an edge, which nobody sees in a list.
pub(super) fn doubt_name(name: &str) -> Option<Diagnostic> {
    let meant = name.trim();
    (meant != name).then(|| {
        let detail = format!(
            "The name {name:?} has white space at an edge, which is a part of it: lists show the endpoint like {meant:?}, and \
             whoever looks for that name does not find it. Write {meant:?} unless an endpoint of the other name is meant."
        );
        Diagnostic::warning("JWKS endpoint name with white space at an edge", detail).at(path!(Endpoint.name))
    })
}

/// Complains where a string can't be the name of an endpoint.
pub(super) fn check_name(name: &str) -> Result<(), Complaint> {
    report::check::<JwksEndpointName>(name, INVALID_NAME)
}

pub(super) const INVALID_NAME: &str = "Invalid JWKS endpoint name";
