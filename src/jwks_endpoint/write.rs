//! Creating, updating and deleting. Whatever may exist afterwards is kept in state.

use std::collections::BTreeSet;

use super::model::{self, Endpoint, INVALID_NAME, PlannedEndpoint};
use crate::session::Connection;
use crate::{advice, report};
use framework::{Applied, Diagnostic, Diagnostics, Field, path};
use turso_client::{
    CreateError, Error, JwksEndpoint, JwksEndpointName, OrganizationSlug, RefusalKind, Saved, Unconfirmed,
    UpdateError,
};

const NOT_SAVED: &str = "JWKS endpoint not saved";

/// Creates the endpoint, and takes none over that exists.
pub(super) async fn create(connection: &Connection, planned: PlannedEndpoint) -> Applied<Endpoint> {
    let desired = match Desired::resolve(connection, planned).await {
        Ok(desired) => desired,
        Err(errors) => return Applied::Failed { remains: None, errors },
    };
    let created =
        connection.client.create_endpoint(&desired.organization, &desired.endpoint(), desired.region()).await;
    match created {
        Ok(Saved::Confirmed) => Applied::done(desired.into_state()),
        Ok(Saved::Unconfirmed(unconfirmed)) => not_confirmed(desired.into_state(), None, &unconfirmed),
        Err(error) => {
            Applied::Failed { remains: None, errors: not_created(&error, &desired.organization).into() }
        }
    }
}

/// Points the endpoint to another URL. Turso is not asked where nothing changes that it knows of.
pub(super) async fn update(
    connection: &Connection,
    prior: Endpoint,
    planned: PlannedEndpoint,
) -> Applied<Endpoint> {
    let desired = match Desired::resolve(connection, planned).await {
        Ok(desired) => desired,
        Err(errors) => return Applied::Failed { remains: Some(prior), errors },
    };
    if desired.url == prior.url {
        return Applied::done(desired.into_state());
    }
    let updated =
        connection.client.update_endpoint(&desired.organization, &desired.endpoint(), desired.region()).await;
    match updated {
        Ok(Saved::Confirmed) => Applied::done(desired.into_state()),
        Ok(Saved::Unconfirmed(unconfirmed)) => not_confirmed(desired.into_state(), Some(prior), &unconfirmed),
        Err(error) => Applied::Failed { remains: Some(prior), errors: not_updated(&error).into() },
    }
}

/// Deletes the endpoint. One that is gone already is deleted.
pub(super) async fn delete(connection: &Connection, prior: &Endpoint) -> Result<(), Diagnostics> {
    let (organization, name) = prior.address()?;
    let region = prior.region.as_deref().unwrap_or_default();
    let deleted = connection.client.delete_endpoint(&organization, &name, region).await;
    deleted.map_err(|error| {
        Diagnostic::error(
            "JWKS endpoint not deleted",
            report::with_advice(&error, advice::of_deletion(&error)),
        )
        .into()
    })
}

/// What is to be saved, with nothing left unknown.
struct Desired {
    organization: OrganizationSlug,
    name: JwksEndpointName,
    url: String,
    region: Option<String>,
    preflight: Option<String>,
    only_databases: Option<BTreeSet<String>>,
}

impl Desired {
    async fn resolve(connection: &Connection, planned: PlannedEndpoint) -> Result<Self, Diagnostics> {
        let name = planned.name.settled("name")?;
        Ok(Self {
            organization: connection.organization(planned.organization).await?,
            name: report::parse(&name, INVALID_NAME)
                .map_err(|complaint| complaint.at(path!(Endpoint.name)))?,
            url: planned.url.settled("url")?,
            region: planned.region.known(),
            preflight: planned.preflight.known(),
            only_databases: (planned.only_databases.known())
                .map(|names| names.into_iter().filter_map(Field::known).collect()),
        })
    }

    fn endpoint(&self) -> JwksEndpoint {
        JwksEndpoint { name: self.name.clone(), url: self.url.clone() }
    }

    fn region(&self) -> &str {
        self.region.as_deref().unwrap_or_default()
    }

    fn into_state(self) -> Endpoint {
        let existing =
            Endpoint::existing(self.name.as_str().to_owned(), self.url, self.organization.as_str());
        let Self { region, preflight, only_databases, .. } = self;
        Endpoint { region, preflight, only_databases, ..existing }
    }
}

/// What Turso accepted is done, with a warning; what it may or may not have done is an error that keeps the object.
fn not_confirmed(state: Endpoint, prior: Option<Endpoint>, unconfirmed: &Unconfirmed) -> Applied<Endpoint> {
    let is_accepted = !matches!(unconfirmed, Unconfirmed::Unknown { .. } | Unconfirmed::Interrupted { .. });
    let said = report::sentences(unconfirmed);
    if is_accepted {
        let detail = format!("{said}\n\nThe next plan will show whether it is there.");
        let warnings = Diagnostic::warning("JWKS endpoint not confirmed", detail).into();
        return Applied::Done { state, warnings };
    }
    let detail = format!("{said}\n\nIt is kept in state, so that it can't be forgotten: run the plan again.");
    Applied::Failed {
        remains: Some(prior.unwrap_or(state)),
        errors: Diagnostic::error(NOT_SAVED, detail).into(),
    }
}

fn not_created(error: &CreateError, organization: &OrganizationSlug) -> Diagnostic {
    match error {
        CreateError::AlreadyExists { there, .. } | CreateError::Contested { there, .. } => {
            exists_with_advice(error, there, organization)
        }
        CreateError::Failed(cause @ (Error::OutOfTime { .. } | Error::WaitedTooLong { .. })) => {
            let failed = report::failed(NOT_SAVED, cause);
            at_fault(
                Diagnostic { detail: format!("{}\n\nNo endpoint was created.", failed.detail), ..failed },
                cause,
            )
        }
        CreateError::Failed(cause) => at_fault(report::failed(NOT_SAVED, cause), cause),
    }
}

fn not_updated(error: &UpdateError) -> Diagnostic {
    let diagnostic = Diagnostic::error(NOT_SAVED, report::with_advice(error, advice::of_update(error)));
    match error {
        UpdateError::Failed(cause) => at_fault(diagnostic, cause),
        UpdateError::Vanished { .. } => diagnostic,
    }
}

/// Places the diagnostic at the attribute that the API objects to, where that can be told.
pub(super) fn at_fault(diagnostic: Diagnostic, error: &Error) -> Diagnostic {
    match error {
        _ if error.refusal() == Some(&RefusalKind::OrganizationNotFound) => {
            diagnostic.at(path!(Endpoint.organization))
        }
        Error::Unaddressable { .. } => diagnostic.at(path!(Endpoint.name)),
        _ => diagnostic,
    }
}

/// An endpoint that nobody took over: what to do to manage it, or beside it.
pub(super) fn already_exists(organization: &OrganizationSlug, there: &JwksEndpoint) -> Diagnostic {
    let there = there.clone();
    let error = CreateError::AlreadyExists { organization: organization.clone(), there };
    not_created(&error, organization)
}

fn exists_with_advice(
    error: &CreateError,
    there: &JwksEndpoint,
    organization: &OrganizationSlug,
) -> Diagnostic {
    let id = model::id(organization.as_str(), &there.name.normalized());
    let detail = format!(
        "{said} It was left as it is. To manage it with this resource, import it:\n\n  terraform import \
         turso_jwks_endpoint.<label> {shell}\n\nor with a block:\n\n  import {{\n    to = \
         turso_jwks_endpoint.<label>\n    id = {hcl}\n  }}\n\nWhere it is in this state under another address, say \
         so with a `moved` block. Where this one is to replace it with create_before_destroy, take that out: there can't \
         be two of one name. To have another one beside it, choose another name.",
        said = report::sentences(error),
        shell = shell_word(&id),
        hcl = hcl_string(&id),
    );
    Diagnostic::error("JWKS endpoint already exists", detail).at(path!(Endpoint.name))
}

/// A string as one word of a POSIX shell.
fn shell_word(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./".contains(letter);
    if text.chars().all(is_plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// A string as HCL writes it, without interpolation.
fn hcl_string(text: &str) -> String {
    let quoted = text.replace('\\', r"\\").replace('"', "\\\"").replace("${", "$${").replace("%{", "%%{");
    format!("\"{quoted}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_id_can_be_pasted_into_a_shell_and_into_hcl() {
        for (id, shell, hcl) in [
            ("acme/clerk", "acme/clerk", r#""acme/clerk""#),
            ("acme/Clerk Production", "'acme/Clerk Production'", r#""acme/Clerk Production""#),
            ("acme/it's", r"'acme/it'\''s'", r#""acme/it's""#),
            (r#"acme/${a}"\"#, r#"'acme/${a}"\'"#, r#""acme/$${a}\"\\""#),
            ("acme/100%{", "'acme/100%{'", r#""acme/100%%{""#),
        ] {
            assert_eq!(shell_word(id), shell);
            assert_eq!(hcl_string(id), hcl);
        }
    }
}
