//! The names of endpoints that this process has met: those of recorded states, and those that a plan adds and takes
//! away. A host starts a process for each phase, so what is remembered is one plan or one apply.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use turso_client::{JwksEndpointName, Listing, OrganizationSlug};

use super::model::{Endpoint, PlannedEndpoint};
use framework::Field;

/// The names that were met, each with the slug of its organization.
#[derive(Debug, Default)]
pub(crate) struct Names(Mutex<Met>);

#[derive(Debug, Default)]
struct Met {
    recorded: BTreeSet<Address>,
    added: BTreeSet<Address>,
    taken_away: BTreeSet<Address>,
}

/// A slug, and a name as Terraform compares it.
type Address = (String, String);

impl Names {
    /// A host that configures anew begins another phase.
    pub(crate) fn forget(&self) {
        self.change(|met| *met = Met::default());
    }

    /// An endpoint is in the state.
    pub(super) fn record(&self, organization: &str, name: &str) {
        self.change(|met| met.recorded.insert((organization.to_owned(), name.to_owned())));
    }

    /// Records what stored state names, as far as it names anything.
    pub(super) fn record_stored(&self, stored: &PlannedEndpoint) {
        if let (Field::Known(organization), Field::Known(name)) = (&stored.organization, &stored.name) {
            self.record(organization, name);
        }
    }

    /// Whether the state has an endpoint of this name.
    pub(super) fn is_recorded(&self, organization: &OrganizationSlug, name: &JwksEndpointName) -> bool {
        self.change(|met| met.recorded.contains(&address(organization, name)))
    }

    /// A plan gives an endpoint this name, and takes it from its `prior` one.
    pub(super) fn plan(
        &self,
        organization: &OrganizationSlug,
        name: &JwksEndpointName,
        prior: Option<&Endpoint>,
    ) {
        self.change(|met| {
            met.added.insert(address(organization, name));
            met.taken_away.extend(prior.map(|prior| (prior.organization.clone(), prior.name.clone())));
        });
    }

    /// Whether an organization that has those of `listing` will have more than `most` endpoints after what is planned so
    /// far. It looks no further than it must, since each of many new endpoints asks.
    pub(super) fn will_exceed(
        &self,
        most: usize,
        organization: &OrganizationSlug,
        listing: &Listing,
    ) -> bool {
        self.change(|met| {
            let listed = listing.endpoints().iter().map(|endpoint| address(organization, &endpoint.name));
            let left = listed.filter(|address| !met.taken_away.contains(address));
            let added = met.added.range((organization.to_string(), String::new())..);
            let added = added.take_while(|(slug, _)| slug == organization.as_str()).cloned();
            exceeds(most, left.chain(added))
        })
    }

    fn change<T>(&self, change: impl FnOnce(&mut Met) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whether there are more than `most` different ones, of which it takes no more than it must.
fn exceeds(most: usize, mut addresses: impl Iterator<Item = Address>) -> bool {
    let mut different = BTreeSet::new();
    addresses.any(|address| different.insert(address) && different.len() > most)
}

fn address(organization: &OrganizationSlug, name: &JwksEndpointName) -> Address {
    (organization.to_string(), name.normalized())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_names_are_counted_no_further_than_the_limit() {
        let mut taken = 0;
        let names = ["a", "a", "b", "c", "d", "e"].map(|name| ("acme".to_owned(), name.to_owned()));
        assert!(exceeds(2, names.clone().into_iter().inspect(|_| taken += 1)));
        assert_eq!(taken, 4);
        assert!(!exceeds(5, names.into_iter()));
    }
}
