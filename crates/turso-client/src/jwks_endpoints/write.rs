//! What every write of an endpoint has around it: one at a time for a name, no list shared across it, a look before and
//! a look at what became of it, and enough time for that.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::OrganizationSlug;
use crate::answer::{Answer, Failure};
use crate::error::Attempt;
use crate::http::{Http, Request};
use crate::per_key::PerKey;
use crate::{Client, Error};

use super::{JwksEndpoint, JwksEndpointName, Listing, SharedList};

/// One lock for each endpoint that was ever written: two resources of one name in a configuration would otherwise
/// both find it free.
#[derive(Debug, Default)]
pub(crate) struct NameLocks(PerKey<(OrganizationSlug, String), Mutex<()>>);

/// A write under way. Dropping it, also because its caller was dropped, ends it.
pub(super) struct Write<'a> {
    client: &'a Client,
    organization: &'a OrganizationSlug,
    list: Arc<SharedList<Listing>>,
    is_seen: bool,
    _lock: OwnedMutexGuard<()>,
}

impl Client {
    /// Waits for other writes of this name, and looks it up, while that leaves time for a request and a look after it.
    ///
    /// # Errors
    /// Those of the look, [`Error::Interrupted`], [`Error::WaitedTooLong`]: the caller has sent nothing yet.
    pub(super) async fn begin_write<'a>(
        &'a self,
        organization: &'a OrganizationSlug,
        name: &JwksEndpointName,
        attempt: &Attempt,
    ) -> Result<(Write<'a>, Option<JwksEndpoint>), Error> {
        let timing = self.http.timing();
        let leave = timing.request + timing.look();
        let begin = async {
            let lock = self.memory.writes.0.of(&(organization.clone(), name.normalized())).lock_owned().await;
            let list = self.memory.listings.of(organization);
            list.begin_write();
            let write = Write { client: self, organization, list, is_seen: false, _lock: lock };
            let before = write.look(name, leave).await?;
            Ok((write, before))
        };
        self.http.unless_interrupted(attempt, self.http.in_time(attempt, leave, begin)).await
    }
}

impl Write<'_> {
    pub(super) fn http(&self) -> &Http {
        &self.client.http
    }

    /// Sends the first try, unless the client is interrupted already.
    pub(super) async fn send(&self, request: &Request) -> Result<Answer, Failure> {
        if self.http().is_interrupted() {
            return Err(Failure::refused(Error::Interrupted { attempt: request.attempt.clone() }));
        }
        // Also where the caller is dropped, which leaves a request behind.
        let _outdated = Outdated(&self.list);
        self.http().send_once(request).await
    }

    /// Waits, then sends a request again that failed after so many tries. Fails without sending it where the client is
    /// interrupted in the meantime, or no time would be left for a look after it.
    pub(super) async fn send_again(
        &self,
        request: &Request,
        pause: Duration,
        failure: &Failure,
        tries: u32,
    ) -> Result<Answer, Failure> {
        let http = self.http();
        if !http.has_time_for(pause + http.timing().request, http.timing().look()) {
            return Err(Failure::refused(http.out_of_time(&failure.error, tries)));
        }
        http.wait_to_try_again(pause, failure, tries).await.map_err(Failure::refused)?;
        let _outdated = Outdated(&self.list);
        http.send_once(request).await
    }

    /// Looks a name up in a list that begins now or later, and is tried again while that leaves so much time.
    pub(super) async fn look(
        &self,
        name: &JwksEndpointName,
        leave: Duration,
    ) -> Result<Option<JwksEndpoint>, Error> {
        Ok(self.client.list_afresh(self.organization, leave).await?.find(name).cloned())
    }

    /// Looks until `shows` is content, at most `looks` times and while there is time: the list may lag behind a write.
    /// Once, where the client is interrupted. Returns the last that was seen.
    pub(super) async fn watch(
        &self,
        name: &JwksEndpointName,
        looks: u32,
        shows: impl Fn(&Option<JwksEndpoint>) -> bool,
    ) -> Result<Option<JwksEndpoint>, Error> {
        let http = self.http();
        let mut looked = 1;
        loop {
            let seen = self.look(name, Duration::ZERO).await?;
            let pause = http.timing().look_pause(looked);
            let goes_on = looked < looks && http.has_time_for(pause + http.timing().look(), Duration::ZERO);
            if shows(&seen) || !goes_on || !http.pause(pause).await {
                return Ok(seen);
            }
            looked += 1;
        }
    }

    /// The last look has shown what became of it, so that it serves others, too.
    pub(super) fn end_seen(mut self) {
        self.is_seen = true;
    }
}

impl Drop for Write<'_> {
    fn drop(&mut self) {
        if !self.is_seen {
            self.list.outdate();
        }
        self.list.end_write();
    }
}

/// Outdates the lists that began before the end of a request.
struct Outdated<'a>(&'a SharedList<Listing>);

impl Drop for Outdated<'_> {
    fn drop(&mut self) {
        self.0.outdate();
    }
}
