//! What a token without claims opens: every database of the organization. `only_databases` says which may be there, and
//! without it the plan of a new endpoint tells which are.

use std::collections::BTreeSet;

use claims::DatabaseName;
use framework::{Complaint, Diagnostic, Field, path};
use turso_client::{Error, OrganizationSlug};

use super::model::{Endpoint, PlannedEndpoint};
use super::plan::Stage;
use crate::report;
use crate::session::Connection;

/// How many databases are named in a message. The others are counted.
const MOST_NAMES: usize = 10;

/// An error where the organization holds databases that `only_databases` does not name. Where that is not set, a warning
/// for an endpoint that is new to its organization.
pub(super) async fn check(
    connection: Option<&Connection>,
    stage: &Stage<'_>,
    planned: &PlannedEndpoint,
) -> Option<Diagnostic> {
    match &planned.only_databases {
        Field::Known(names) => {
            // The apply plans again, and knows then what is not known now: the names, and whom to ask.
            let allowed: Option<BTreeSet<&str>> =
                names.iter().map(|name| name.as_ref().known().map(String::as_str)).collect();
            let (allowed, (organization, seen)) = (allowed?, look(connection, planned).await?);
            match seen {
                Ok(there) => {
                    let others: Vec<_> =
                        there.into_iter().filter(|name| !allowed.contains(name.as_str())).collect();
                    (!others.is_empty()).then(|| refused(holds_others(&organization, &others), stage))
                }
                Err(error) => Some(refused(report::failed("Databases not checked", &error), stage)),
            }
        }
        Field::Unknown => None,
        Field::Null if is_new(stage, planned) => match look(connection, planned).await {
            Some((organization, Ok(there))) => (!there.is_empty()).then(|| would_open(&organization, &there)),
            Some((organization, Err(error))) => {
                let failed = report::failed(OPENS, &error).detail;
                Some(not_seen(&format!("organization {:?}", organization.as_str()), &failed))
            }
            None => Some(not_seen(
                "the organization",
                "The organization, or how to ask Turso, is known only after an apply.",
            )),
        },
        Field::Null => None,
    }
}

/// Complains where a string can't be the name of a database.
pub(super) fn check_name(name: &str) -> Result<(), Complaint> {
    report::check::<DatabaseName>(name, "Invalid database name")
}

/// Whether the organization gets an endpoint that it did not have, under whatever name.
fn is_new(stage: &Stage<'_>, planned: &PlannedEndpoint) -> bool {
    match stage {
        Stage::Create => true,
        Stage::Change(prior) => planned.organization != Field::Known(prior.organization.clone()),
        Stage::Replacement => false,
    }
}

/// The names of all databases, in order, and of the organization. `None` where it is not known yet whom to ask.
async fn look(
    connection: Option<&Connection>,
    planned: &PlannedEndpoint,
) -> Option<(OrganizationSlug, Result<Vec<String>, Error>)> {
    let organization: OrganizationSlug = planned.organization.as_ref().known()?.parse().ok()?;
    let listed = connection?.client.list_databases(&organization, None).await;
    let names = listed.map(|databases| {
        let mut names: Vec<_> = databases.iter().map(|database| database.name.clone()).collect();
        names.sort();
        names
    });
    Some((organization, names))
}

fn holds_others(organization: &OrganizationSlug, others: &[String]) -> Diagnostic {
    let detail = format!(
        "Organization {:?} holds {} that `only_databases` does not name: {}. A token without claims that is signed with a \
         key of this endpoint would open the whole organization, and so what is not named.\n\nRegister the endpoint with \
         an organization that holds nothing else, or add to `only_databases` what such a token may open.",
        organization.as_str(),
        count(others),
        list(others)
    );
    Diagnostic::error("Organization holds other databases", detail)
}

/// The error at its attribute. Before a host plans to destroy what exists, it plans it as it is configured, and no request
/// tells the two apart.
fn refused(error: Diagnostic, stage: &Stage<'_>) -> Diagnostic {
    let way_out = match stage {
        Stage::Change(_) => {
            "\n\nA destroy begins with a plan like this one. To destroy the endpoint all the same: `terraform destroy \
             -refresh=false`."
        }
        Stage::Replacement | Stage::Create => "",
    };
    Diagnostic { detail: error.detail + way_out, ..error }.at(path!(Endpoint.only_databases))
}

const OPENS: &str = "What a token without claims would open";

fn would_open(organization: &OrganizationSlug, there: &[String]) -> Diagnostic {
    let detail = format!(
        "Organization {:?} holds {}: {}. Any token without claims that is signed with a key of this endpoint would open \
         all that it holds.\n\n{WAY_OUT}",
        organization.as_str(),
        count(there),
        list(there)
    );
    Diagnostic::warning(OPENS, detail)
}

fn not_seen(organization: &str, reason: &str) -> Diagnostic {
    let detail = format!(
        "Which databases {organization} holds could not be seen. Any token without claims that is signed with a key of \
         this endpoint would open all of them.\n\n{reason}\n\n{WAY_OUT}"
    );
    Diagnostic::warning(OPENS, detail)
}

const WAY_OUT: &str =
    "List in `only_databases` which ones may be there, and each plan checks it in place of this warning.";

fn count(names: &[String]) -> String {
    let noun = if names.len() == 1 { "database" } else { "databases" };
    format!("{} {noun}", names.len())
}

/// The names as a list that stays readable, and that no name can break out of.
fn list(names: &[String]) -> String {
    const READABLE: usize = 100;

    excerpt::list(names.iter().map(|name| excerpt::line(name, READABLE)), MOST_NAMES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_ends_with_how_many_more_there_are() {
        let names = |count: usize| (0..count).map(|number| format!("n{number}")).collect::<Vec<_>>();
        assert_eq!(list(&names(2)), "n0, n1");
        assert!(list(&names(10)).ends_with("n8, n9"));
        assert!(list(&names(12)).ends_with("n8, n9, and 2 more"));
        assert_eq!(count(&names(1)), "1 database");
        assert_eq!(count(&names(12)), "12 databases");
    }

    #[test]
    fn a_name_stays_within_its_line() {
        assert_eq!(list(&["a\n\u{1b}[2J".to_owned(), "späť".to_owned()]), "a [2J, späť");
    }
}
