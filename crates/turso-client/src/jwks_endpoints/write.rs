//! What every write of an endpoint has around it: one at a time for a name, no list kept from before it, and a look
//! at what became of it.

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::OrganizationSlug;
use crate::error::Attempt;
use crate::per_key::PerKey;
use crate::{Client, Error};

use super::{JwksEndpoint, JwksEndpointName};

/// One lock for each endpoint that was ever written: two resources of one name in a configuration would otherwise
/// both find it free.
#[derive(Debug, Default)]
pub(crate) struct NameLocks(PerKey<(OrganizationSlug, String), Mutex<()>>);

/// A write under way. Dropping it, also because its caller was dropped, ends it.
pub(super) struct Write<'a> {
    client: &'a Client,
    organization: &'a OrganizationSlug,
    _lock: OwnedMutexGuard<()>,
}

impl Drop for Write<'_> {
    fn drop(&mut self) {
        self.client.listings.forget(self.organization);
    }
}

impl Client {
    /// Waits for other writes of this name, and looks it up. No list that began before the end of this one is shared
    /// after it.
    ///
    /// # Errors
    /// Those of the look, and [`Error::Interrupted`]: the caller has sent nothing yet.
    pub(super) async fn begin_write<'a>(
        &'a self,
        organization: &'a OrganizationSlug,
        name: &JwksEndpointName,
        attempt: &Attempt,
    ) -> Result<(Write<'a>, Option<JwksEndpoint>), Error> {
        let begin = async {
            let lock = self.writes.0.of(&(organization.clone(), name.normalized())).lock_owned().await;
            let write = Write { client: self, organization, _lock: lock };
            Ok((write, self.look(organization, name).await?))
        };
        self.http.unless_interrupted(attempt, begin).await
    }

    /// Looks the name up at this moment.
    pub(super) async fn look(
        &self,
        organization: &OrganizationSlug,
        name: &JwksEndpointName,
    ) -> Result<Option<JwksEndpoint>, Error> {
        Ok(self.list_afresh(organization).await?.find(name).cloned())
    }

    /// Looks until `shows` is content, at most `looks` times: the list may lag behind a write. Once, where the client is
    /// interrupted. Returns the last that was seen.
    pub(super) async fn watch(
        &self,
        organization: &OrganizationSlug,
        name: &JwksEndpointName,
        looks: u32,
        shows: impl Fn(&Option<JwksEndpoint>) -> bool,
    ) -> Result<Option<JwksEndpoint>, Error> {
        let mut looked = 1;
        loop {
            let seen = self.look(organization, name).await?;
            let pause = self.http.timing().look_pause(looked);
            if looked >= looks || shows(&seen) || !self.http.pause(pause).await {
                return Ok(seen);
            }
            looked += 1;
        }
    }
}
