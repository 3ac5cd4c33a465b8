//! Databases and groups of an organization: what a JWT template can be for, and what a token can reach. They are only
//! read, and an answer serves all who ask for as long as the client lives.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::de::DeserializeOwned;

use claims::{DatabaseName, GroupName, Target};

use crate::error::{Attempt, Error, RefusalKind};
use crate::http::{Method, Request};
use crate::path::{self, Path};
use crate::single_flight::SingleFlight;
use crate::{Client, OrganizationSlug, wire};

/// How many names an organization is asked about one by one. From the next one on its list is asked, which answers
/// about all of them.
const FEW: usize = 3;

/// How many pages of a list are read. How much Turso puts on a page is not known.
const MOST_PAGES: u32 = 100;

/// A database of an organization.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Database {
    /// Its name, unique in its organization.
    pub name: String,
    /// Its UUID, which is the claim `id` of tokens for it.
    pub id: String,
    /// The name of the group that it belongs to.
    pub group: String,
    /// Where clients reach it, such as `app-acme.turso.io`: they put `libsql://` before it.
    pub hostname: String,
}

/// A group of databases.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Group {
    /// Its name, unique in its organization.
    pub name: String,
    /// Its UUID. That the claim `gid` of tokens for it is the same is inferred: Turso documents neither.
    pub id: String,
}

impl Client {
    /// All databases of an organization, or all of one group of it, in the order of the API.
    ///
    /// # Errors
    /// [`Error::TooLong`] where the list does not end within a bound: what is answered is all there is.
    /// [`RefusalKind::OrganizationNotFound`], [`RefusalKind::TargetNotFound`] where the API says that there is no such
    /// group, and those of any call.
    pub async fn list_databases(
        &self,
        organization: &OrganizationSlug,
        group: Option<&GroupName>,
    ) -> Result<Arc<[Database]>, Error> {
        self.list_all(organization, group).await
    }

    /// All groups of an organization, in the order of the API.
    ///
    /// # Errors
    /// As [`Client::list_databases`].
    pub async fn list_groups(&self, organization: &OrganizationSlug) -> Result<Arc<[Group]>, Error> {
        self.list_all(organization, None).await
    }

    /// The database of this name; `None` where the API says that the organization has none. One that is there may have
    /// been looked at before, by its name or in the list: see [`Client::find_database_afresh`].
    ///
    /// # Errors
    /// [`RefusalKind::OrganizationNotFound`], and those of any call.
    pub async fn find_database(
        &self,
        organization: &OrganizationSlug,
        name: &DatabaseName,
    ) -> Result<Option<Database>, Error> {
        self.find(organization, &Target::Database(name.clone())).await
    }

    /// The database of this name as it is now, also for all who ask from now on.
    ///
    /// # Errors
    /// As [`Client::find_database`].
    pub async fn find_database_afresh(
        &self,
        organization: &OrganizationSlug,
        name: &DatabaseName,
    ) -> Result<Option<Database>, Error> {
        self.find_afresh(organization, &Target::Database(name.clone())).await
    }

    /// The group of this name, as [`Client::find_database`] finds a database.
    ///
    /// # Errors
    /// As [`Client::find_database`].
    pub async fn find_group(
        &self,
        organization: &OrganizationSlug,
        name: &GroupName,
    ) -> Result<Option<Group>, Error> {
        self.find(organization, &Target::Group(name.clone())).await
    }

    /// The group of this name as it is now, also for all who ask from now on.
    ///
    /// # Errors
    /// As [`Client::find_database`].
    pub async fn find_group_afresh(
        &self,
        organization: &OrganizationSlug,
        name: &GroupName,
    ) -> Result<Option<Group>, Error> {
        self.find_afresh(organization, &Target::Group(name.clone())).await
    }

    async fn list_all<T: Kind>(
        &self,
        organization: &OrganizationSlug,
        group: Option<&GroupName>,
    ) -> Result<Arc<[T]>, Error> {
        match self.list(organization, group).await? {
            Listed::All(all) => Ok(all),
            Listed::TooMany => {
                Err(Error::TooLong { attempt: T::listing(organization, group), pages: MOST_PAGES })
            }
        }
    }

    async fn list<T: Kind>(
        &self,
        organization: &OrganizationSlug,
        group: Option<&GroupName>,
    ) -> Result<Listed<T>, Error> {
        let key = (organization.clone(), group.cloned());
        let shared = T::known(self).lists.share(&key, self.read_pages(organization, group));
        self.http.in_time(&T::listing(organization, group), Duration::ZERO, shared).await
    }

    async fn read_pages<T: Kind>(
        &self,
        organization: &OrganizationSlug,
        group: Option<&GroupName>,
    ) -> Result<Listed<T>, Error> {
        let mut request = Request {
            method: Method::GET,
            path: T::path(organization),
            query: group.map(|group| ("group", group.as_str().to_owned())).into_iter().collect(),
            body: vec![],
            attempt: T::listing(organization, group),
        };
        let mut all = Vec::new();
        for _ in 0..MOST_PAGES {
            let page: wire::Page<T> = self.http.ask::<T::Page>(&request).await?.into();
            // Whatever a server makes of the parameter, the answer is about that group.
            all.extend(page.entries.into_iter().filter(|one| group.is_none_or(|group| one.is_in(group))));
            let Some(cursor) = page.next else {
                return Ok(Listed::All(all.into()));
            };
            request.query.retain(|(name, _)| *name != "cursor");
            request.query.push(("cursor", cursor));
        }
        Ok(Listed::TooMany)
    }

    async fn find<T: Kind>(
        &self,
        organization: &OrganizationSlug,
        target: &Target,
    ) -> Result<Option<T>, Error> {
        if !T::known(self).goes_by_name(organization, target)
            && let Listed::All(all) = self.list::<T>(organization, None).await?
            && let Some(found) = all.iter().find(|one| one.name() == target.name())
        {
            return Ok(Some(found.clone()));
        }
        // The list may be older than a database that was created meanwhile.
        self.find_by_name(organization, target).await
    }

    async fn find_afresh<T: Kind>(
        &self,
        organization: &OrganizationSlug,
        target: &Target,
    ) -> Result<Option<T>, Error> {
        let known = T::known(self);
        known.let_go_by_name(organization, target);
        known.by_name.forget(&(organization.clone(), target.clone()));
        self.find_by_name(organization, target).await
    }

    async fn find_by_name<T: Kind>(
        &self,
        organization: &OrganizationSlug,
        target: &Target,
    ) -> Result<Option<T>, Error> {
        let by_name = &T::known(self).by_name;
        let key = (organization.clone(), target.clone());
        let shared = by_name.share(&key, self.ask_by_name(organization, target));
        let found = self.http.in_time(&look_at(organization, target), Duration::ZERO, shared).await?;
        // One that is absent may be created at any time.
        if found.is_none() {
            by_name.forget(&key);
        }
        Ok(found)
    }

    async fn ask_by_name<T: Kind>(
        &self,
        organization: &OrganizationSlug,
        target: &Target,
    ) -> Result<Option<T>, Error> {
        let path = T::path(organization).segment(target.name());
        let attempt = look_at(organization, target);
        let request = Request { method: Method::GET, path, query: vec![], body: vec![], attempt };
        let found: T = match self.http.ask::<T::One>(&request).await {
            Ok(answer) => answer.into(),
            Err(error) if error.refusal() == Some(&RefusalKind::TargetNotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        // Turso's names are in lower case; it may find one in capitals all the same.
        if !found.name().eq_ignore_ascii_case(target.name()) {
            let problem = format!("the answer is about {:?}", found.name());
            return Err(Error::malformed(&request.attempt, &problem));
        }
        Ok(Some(found))
    }
}

fn look_at(organization: &OrganizationSlug, target: &Target) -> Attempt {
    let attempt = Attempt::to(format!("look at {target}")).within(organization).about(target.clone());
    attempt.naming_nothing_else()
}

/// What the client remembers of databases and groups.
#[derive(Debug, Default)]
pub(super) struct Targets {
    databases: Known<Database>,
    groups: Known<Group>,
}

#[derive(Debug)]
struct Known<T> {
    /// The lists of organizations, or of single groups of them.
    lists: SingleFlight<(OrganizationSlug, Option<GroupName>), Listed<T>>,
    by_name: SingleFlight<(OrganizationSlug, Target), Option<T>>,
    /// Those that are asked for by name.
    names: Mutex<HashMap<OrganizationSlug, HashSet<Target>>>,
}

/// All entries of a list, or the finding that it has no end within the bound.
#[derive(Clone, Debug)]
enum Listed<T> {
    All(Arc<[T]>),
    TooMany,
}

impl<T> Known<T> {
    /// Whether this one is asked for by name: the first few of an organization are.
    fn goes_by_name(&self, organization: &OrganizationSlug, target: &Target) -> bool {
        self.change(organization, |names| {
            names.contains(target) || (names.len() < FEW && names.insert(target.clone()))
        })
    }

    fn let_go_by_name(&self, organization: &OrganizationSlug, target: &Target) {
        self.change(organization, |names| names.insert(target.clone()));
    }

    /// A thread that panicked here has left the sets whole.
    fn change<R>(
        &self,
        organization: &OrganizationSlug,
        change: impl FnOnce(&mut HashSet<Target>) -> R,
    ) -> R {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        change(names.entry(organization.clone()).or_default())
    }
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self { lists: SingleFlight::default(), by_name: SingleFlight::default(), names: Mutex::default() }
    }
}

/// What differs between databases and groups.
trait Kind: Clone + Send + Sync {
    /// An answer that lists them.
    type Page: DeserializeOwned + Into<wire::Page<Self>>;
    /// An answer about one of them.
    type One: DeserializeOwned + Into<Self>;

    fn known(client: &Client) -> &Known<Self>;
    /// `GET` lists them.
    fn path(organization: &OrganizationSlug) -> Path;
    fn listing(organization: &OrganizationSlug, group: Option<&GroupName>) -> Attempt;
    fn name(&self) -> &str;
    fn is_in(&self, group: &GroupName) -> bool;
}

impl Kind for Database {
    type Page = wire::Databases;
    type One = wire::OneDatabase;

    fn known(client: &Client) -> &Known<Self> {
        &client.memory.targets.databases
    }

    fn path(organization: &OrganizationSlug) -> Path {
        path::databases(organization)
    }

    fn listing(organization: &OrganizationSlug, group: Option<&GroupName>) -> Attempt {
        match group.cloned().map(Target::Group) {
            Some(group) => {
                Attempt::to(format!("list the databases of {group}")).within(organization).about(group)
            }
            None => Attempt::to("list the databases").within(organization).naming_nothing_else(),
        }
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn is_in(&self, group: &GroupName) -> bool {
        self.group == group.as_str()
    }
}

impl Kind for Group {
    type Page = wire::Groups;
    type One = wire::OneGroup;

    fn known(client: &Client) -> &Known<Self> {
        &client.memory.targets.groups
    }

    fn path(organization: &OrganizationSlug) -> Path {
        path::groups(organization)
    }

    fn listing(organization: &OrganizationSlug, _: Option<&GroupName>) -> Attempt {
        Attempt::to("list the groups").within(organization).naming_nothing_else()
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn is_in(&self, group: &GroupName) -> bool {
        self.name == group.as_str()
    }
}

impl From<wire::Databases> for wire::Page<Database> {
    fn from(answer: wire::Databases) -> Self {
        Self::new(answer.databases.into_iter().map(Database::from), answer.pagination)
    }
}

impl From<wire::Groups> for wire::Page<Group> {
    fn from(answer: wire::Groups) -> Self {
        Self::new(answer.groups.into_iter().map(Group::from), answer.pagination)
    }
}

impl From<wire::OneDatabase> for Database {
    fn from(answer: wire::OneDatabase) -> Self {
        answer.database.into()
    }
}

impl From<wire::OneGroup> for Group {
    fn from(answer: wire::OneGroup) -> Self {
        answer.group.into()
    }
}

impl From<wire::Database> for Database {
    fn from(wire::Database { name, id, group, hostname }: wire::Database) -> Self {
        Self { name, id, group, hostname }
    }
}

impl From<wire::Group> for Group {
    fn from(wire::Group { name, id }: wire::Group) -> Self {
        Self { name, id }
    }
}

#[cfg(test)]
mod tests;
