//! `turso_databases` as a data source: the databases and groups of an organization, all of them or of one group.

use std::sync::Arc;

use claims::GroupName;
use framework::{Complaint, DataSource, Diagnostic, Diagnostics, Field, path};
use turso_client::{Error, OrganizationSlug, RefusalKind};

use crate::block::check_organization;
use crate::report;
use crate::session::SessionSlot;

const SUMMARY: &str = "Databases not read";
const INVALID_GROUP: &str = "Invalid group name";

#[derive(Debug)]
pub(crate) struct DatabasesDataSource {
    session: Arc<SessionSlot>,
}

framework::model! {
    /// Reads the databases and groups of an organization, whoever created them: to state in a precondition or a `check`
    /// block that there are these and no others. What is read is all that there is: a list that does not end within
    /// 100 pages is an error.
    ///
    /// ~> **A token without claims opens all of them.** With `group` this data source says nothing of the rest, which
    /// such a token opens, too.
    pub struct Found, Config {
        /// Slug of the organization. Without it, the provider's.
        organization: String = optional_computed().check(check_organization),
        /// Name of a group, to read only that group and its databases. One that does not exist is an error.
        group: Option<String> = optional().check(check_group),
        /// The databases, in the order of their names.
        databases: Vec<Database> = computed(),
        /// The groups, in the order of their names.
        groups: Vec<Group> = computed(),
    }
}

framework::model! {
    /// A database.
    pub struct Database {
        /// Name of the database.
        name: String = computed(),
        /// UUID of the database, which is the claim `id` of tokens for it.
        id: String = computed(),
        /// Name of the group that it belongs to.
        group: String = computed(),
        /// Where clients reach it, such as `app-acme.turso.io`: put `libsql://` before it.
        hostname: String = computed(),
    }
}

framework::model! {
    /// A group of databases.
    pub struct Group {
        /// Name of the group.
        name: String = computed(),
        /// UUID of the group.
        id: String = computed(),
    }
}

impl DatabasesDataSource {
    pub(crate) fn new(session: Arc<SessionSlot>) -> Self {
        Self { session }
    }
}

impl DataSource for DatabasesDataSource {
    type State = Found;

    fn type_name(&self) -> &'static str {
        "turso_databases"
    }

    async fn read(&self, config: Config) -> Result<(Found, Diagnostics), Diagnostics> {
        let group = config.group()?;
        let connection = self.session.current().connection()?;
        let organization = connection.organization(config.organization).await?;
        let groups = connection.client.list_groups(&organization).await.map_err(|error| failed(&error))?;
        let is_in = |name: &str| group.as_ref().is_none_or(|group| group.as_str() == name);
        // A misspelt group would be empty, and whatever is stated about its databases true.
        if let Some(group) = &group
            && !groups.iter().any(|one| is_in(&one.name))
        {
            return Err(missing(group, &organization, groups.iter().map(|one| one.name.as_str())).into());
        }
        let databases = connection.client.list_databases(&organization, group.as_ref()).await;
        let databases = databases.map_err(|error| failed(&error))?;
        let mut databases: Vec<_> = databases.iter().cloned().map(Database::from).collect();
        let mut groups: Vec<_> =
            groups.iter().filter(|one| is_in(&one.name)).cloned().map(Group::from).collect();
        databases.sort();
        groups.sort();
        let found = Found {
            organization: organization.to_string(),
            group: group.map(|group| group.to_string()),
            databases,
            groups,
        };
        Ok((found, Diagnostics::none()))
    }
}

impl Config {
    fn group(&self) -> Result<Option<GroupName>, Diagnostic> {
        match &self.group {
            Field::Known(name) => report::parse(name, INVALID_GROUP)
                .map(Some)
                .map_err(|complaint| complaint.at(path!(Found.group))),
            // The host waits until the configuration is known.
            Field::Null | Field::Unknown => Ok(None),
        }
    }
}

impl From<turso_client::Database> for Database {
    fn from(database: turso_client::Database) -> Self {
        let turso_client::Database { name, id, group, hostname } = database;
        Self { name, id, group, hostname }
    }
}

impl From<turso_client::Group> for Group {
    fn from(group: turso_client::Group) -> Self {
        Self { name: group.name, id: group.id }
    }
}

fn failed(error: &Error) -> Diagnostic {
    let diagnostic = report::failed(SUMMARY, error);
    match error.refusal() {
        Some(RefusalKind::OrganizationNotFound) => diagnostic.at(path!(Found.organization)),
        Some(RefusalKind::TargetNotFound) => diagnostic.at(path!(Found.group)),
        _ => diagnostic,
    }
}

fn missing<'a>(
    group: &GroupName,
    organization: &OrganizationSlug,
    there: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    const LISTED: usize = 10;

    let mut names: Vec<_> = there.map(excerpt::name).collect();
    names.sort();
    let there = match names.as_slice() {
        [] => "It has none.".to_owned(),
        names => format!("It has: {}.", excerpt::list(names, LISTED)),
    };
    let (group, organization) = (group.as_str(), organization.as_str());
    let detail = format!("There is no group {group:?} in organization {organization:?}. {there}");
    Diagnostic::error(SUMMARY, detail).at(path!(Found.group))
}

fn check_group(name: &str) -> Result<(), Complaint> {
    report::check::<GroupName>(name, INVALID_GROUP)
}
