//! Has claims composed, and finds out whether they are for the database or group that the name stands for: Turso is
//! asked for it by its name, and the UUIDs must agree.

use claims::{Target, Template, TemplateError, TemplateRequest};
use framework::Diagnostic;
use turso_client::{Client, Error, OrganizationSlug};

use crate::{advice, report};

/// Claims, and what is known of their target.
pub(super) struct Generated {
    pub(super) template: Template,
    seen: Result<Option<Seen>, Error>,
}

/// A database or group as Turso shows it.
struct Seen {
    id: String,
    /// None for a group, which has no address of its own.
    hostname: Option<String>,
}

/// Has the claims composed that are asked for.
///
/// # Errors
/// Those of [`Client::jwt_template`]; claims for another target than the one of that name among them.
pub(super) async fn generate(
    client: &Client,
    organization: &OrganizationSlug,
    request: TemplateRequest,
) -> Result<Generated, Error> {
    let target = request.target().clone();
    let seen = look(client, organization, &target).await;
    match compose(client, organization, &request, &seen).await {
        Ok(template) => Ok(Generated { template, seen }),
        // One that was looked at before may have been replaced since.
        Err(error) if is_for_another(&error) && matches!(seen, Ok(Some(_))) => {
            let seen = look_again(client, organization, &target).await;
            let template = compose(client, organization, &request, &seen).await?;
            Ok(Generated { template, seen })
        }
        Err(error) => Err(error),
    }
}

impl Generated {
    /// Where clients reach the database.
    pub(super) fn hostname(&self) -> Option<String> {
        self.seen.as_ref().ok()?.as_ref()?.hostname.clone()
    }

    /// Where it could not be found out whether the claims are for the target, a warning that says why.
    pub(super) fn warning(&self, target: &Target, organization: &OrganizationSlug) -> Option<Diagnostic> {
        let reason = match &self.seen {
            Ok(Some(_)) => return None,
            Ok(None) => format!(
                "Turso says that organization {:?} has no {target}, and composed claims for it all the same. If it was \
                 created just now, the next plan may confirm it.",
                organization.as_str()
            ),
            Err(error) => report::with_advice(error, advice::of(error)),
        };
        let detail = format!(
            "Turso composed claims for {}. Whether that is {target} could not be found out, so `hostname` is null.\n\n\
             {reason}",
            self.template.target_id()
        );
        Some(Diagnostic::warning("Target of the JWT template not confirmed", detail))
    }
}

/// Whether Turso answered with claims for something else.
pub(super) fn is_for_another(error: &Error) -> bool {
    matches!(error, Error::BadTemplate { source, .. } if matches!(**source, TemplateError::OtherTarget { .. }))
}

async fn compose(
    client: &Client,
    organization: &OrganizationSlug,
    request: &TemplateRequest,
    seen: &Result<Option<Seen>, Error>,
) -> Result<Template, Error> {
    let request = match seen {
        Ok(Some(seen)) => request.clone().with_target_id(&*seen.id),
        Ok(None) | Err(_) => request.clone(),
    };
    client.jwt_template(organization, &request).await
}

async fn look(
    client: &Client,
    organization: &OrganizationSlug,
    target: &Target,
) -> Result<Option<Seen>, Error> {
    Ok(match target {
        Target::Database(name) => client.find_database(organization, name).await?.map(Seen::from),
        Target::Group(name) => client.find_group(organization, name).await?.map(Seen::from),
    })
}

async fn look_again(
    client: &Client,
    organization: &OrganizationSlug,
    target: &Target,
) -> Result<Option<Seen>, Error> {
    Ok(match target {
        Target::Database(name) => client.find_database_afresh(organization, name).await?.map(Seen::from),
        Target::Group(name) => client.find_group_afresh(organization, name).await?.map(Seen::from),
    })
}

impl From<turso_client::Database> for Seen {
    fn from(database: turso_client::Database) -> Self {
        Self { id: database.id, hostname: Some(database.hostname) }
    }
}

impl From<turso_client::Group> for Seen {
    fn from(group: turso_client::Group) -> Self {
        Self { id: group.id, hostname: None }
    }
}
