//! An organization: its endpoints with their limit, its databases and groups.

use std::borrow::Cow;
use std::collections::HashSet;

use anyhow::Context as _;
use uuid::Uuid;

use super::{Database, Group, JwksEndpoint, OrganizationKind};

#[derive(Debug)]
pub(crate) struct Organization {
    pub(crate) id: Uuid,
    pub(crate) slug: String,
    pub(crate) kind: OrganizationKind,
    pub(crate) jwks_limit: usize,
    pub(crate) databases: Vec<Database>,
    pub(crate) groups: Vec<Group>,
    endpoints: Vec<JwksEndpoint>,
    /// Theirs: there may be a hundred thousand of them.
    names: HashSet<String>,
    earlier: Option<Earlier>,
}

/// The endpoints as they were before a write, and for how many lists they are still shown.
#[derive(Debug)]
struct Earlier {
    endpoints: Vec<JwksEndpoint>,
    lists: usize,
}

/// A save was refused, because the name is new and there are this many endpoints already.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LimitExceeded(pub(crate) usize);

impl Organization {
    /// Seen on the free plan.
    const JWKS_LIMIT: usize = 2;

    pub(crate) fn new(slug: &str, kind: OrganizationKind) -> Self {
        Self {
            id: Uuid::new_v4(),
            slug: slug.to_owned(),
            kind,
            jwks_limit: Self::JWKS_LIMIT,
            databases: Vec::new(),
            groups: Vec::new(),
            endpoints: Vec::new(),
            names: HashSet::new(),
            earlier: None,
        }
    }

    pub(crate) fn endpoints(&self) -> &[JwksEndpoint] {
        &self.endpoints
    }

    /// The endpoints as a list shows them, which may lag behind the last write.
    pub(crate) fn listed(&mut self) -> Cow<'_, [JwksEndpoint]> {
        let Some(earlier) = &mut self.earlier else { return Cow::Borrowed(&self.endpoints) };
        let endpoints = earlier.endpoints.clone();
        earlier.lists -= 1;
        self.earlier.take_if(|earlier| earlier.lists == 0);
        Cow::Owned(endpoints)
    }

    /// Whether there are more endpoints than the limit allows, which Turso's own limit does not quite prevent.
    pub(crate) fn is_over_limit(&self) -> bool {
        self.endpoints.len() > self.jwks_limit
    }

    /// Saves an endpoint: a known name is changed, a new one counts against the limit. Lists lag by `lag` answers.
    pub(crate) fn save(&mut self, endpoint: JwksEndpoint, lag: usize) -> Result<(), LimitExceeded> {
        let is_new = !self.names.contains(&endpoint.name);
        if is_new && self.endpoints.len() >= self.jwks_limit {
            return Err(LimitExceeded(self.jwks_limit));
        }
        self.lag_behind(lag);
        self.put(endpoint);
        Ok(())
    }

    /// Removes an endpoint; false where there is none of that name. Lists lag by `lag` answers.
    pub(crate) fn remove(&mut self, name: &str, lag: usize) -> bool {
        let known = self.names.contains(name);
        if known {
            self.lag_behind(lag);
            self.names.remove(name);
            self.endpoints.retain(|endpoint| endpoint.name != name);
        }
        known
    }

    /// Saves without limit or lag.
    pub(crate) fn put(&mut self, endpoint: JwksEndpoint) {
        if self.names.insert(endpoint.name.clone()) {
            self.endpoints.push(endpoint);
        } else if let Some(known) = self.endpoints.iter_mut().find(|known| known.name == endpoint.name) {
            *known = endpoint;
        }
    }

    pub(crate) fn database(&self, name: &str) -> Option<&Database> {
        self.databases.iter().find(|database| database.name == name)
    }

    pub(crate) fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == name)
    }

    /// Adds a group, or finds the one of that name.
    pub(crate) fn add_group(&mut self, name: &str) -> Group {
        if let Some(known) = self.group(name) {
            return known.clone();
        }
        let group = Group { name: name.to_owned(), id: Uuid::new_v4(), rid: Uuid::new_v4() };
        self.groups.push(group.clone());
        group
    }

    /// Adds a database, and its group where there is none of that name.
    pub(crate) fn add_database(&mut self, name: &str, group: &str, url: String) -> Database {
        let group = self.add_group(group).name;
        let database =
            Database { name: name.to_owned(), group, id: Uuid::new_v4(), rid: Uuid::new_v4(), url };
        self.databases.push(database.clone());
        database
    }

    /// A database, for a caller who expects it to be there, like the group below.
    pub(crate) fn known_database(&mut self, name: &str) -> anyhow::Result<&mut Database> {
        let found = self.databases.iter_mut().find(|database| database.name == name);
        found.with_context(|| format!("organization \"{}\" has no database \"{name}\"", self.slug))
    }

    pub(crate) fn known_group(&mut self, name: &str) -> anyhow::Result<&mut Group> {
        let found = self.groups.iter_mut().find(|group| group.name == name);
        found.with_context(|| format!("organization \"{}\" has no group \"{name}\"", self.slug))
    }

    fn lag_behind(&mut self, lists: usize) {
        if lists > 0 {
            let earlier = self.earlier.take().map(|earlier| earlier.endpoints);
            self.earlier =
                Some(Earlier { endpoints: earlier.unwrap_or_else(|| self.endpoints.clone()), lists });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(name: &str, url: &str) -> JwksEndpoint {
        JwksEndpoint { name: name.to_owned(), url: url.to_owned(), region: String::new() }
    }

    fn acme() -> Organization {
        Organization::new("acme", OrganizationKind::Team)
    }

    #[test]
    fn only_a_new_name_counts_against_the_limit() {
        let mut acme = acme();
        acme.save(endpoint("a", "https://a"), 0).unwrap();
        acme.save(endpoint("b", "https://a"), 0).unwrap();
        assert_eq!(acme.save(endpoint("c", "https://c"), 0), Err(LimitExceeded(2)));
        acme.save(endpoint("a", "https://new"), 0).unwrap();
        assert_eq!(acme.endpoints(), [endpoint("a", "https://new"), endpoint("b", "https://a")]);
    }

    #[test]
    fn lists_lag_behind_a_write_by_as_many_answers_as_asked() {
        let mut acme = acme();
        acme.put(endpoint("a", "https://a"));
        acme.save(endpoint("b", "https://b"), 2).unwrap();
        assert_eq!(acme.endpoints().len(), 2);
        assert_eq!(acme.listed().len(), 1);
        assert_eq!(acme.listed().len(), 1);
        assert_eq!(acme.listed().len(), 2);
        assert_eq!(acme.listed().len(), 2);
    }

    #[test]
    fn removing_an_unknown_name_changes_nothing() {
        let mut acme = acme();
        acme.put(endpoint("a", "https://a"));
        assert!(!acme.remove("b", 1));
        assert_eq!(*acme.listed(), [endpoint("a", "https://a")]);
        assert!(acme.remove("a", 0));
        assert_eq!(*acme.listed(), []);
    }
}
