//! The handle that a test or an example holds: it starts the emulator, seeds it and looks into it. Every method but
//! [`Emulator::start`] is cheap, and all may be called with or without a runtime of one's own.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use anyhow::Context as _;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::control_plane::{ControlPlane, lock};
use crate::fault::{Fault, Faults};
use crate::record::{Record, RecordedRequest};
use crate::server;
use crate::settings::{Behaviour, Settings};
use crate::world::{ApiToken, Database, Group, JwksEndpoint, Organization, OrganizationKind, World};

/// A running emulator; dropping it stops it.
#[derive(Debug)]
pub struct Emulator {
    address: SocketAddr,
    world: Arc<Mutex<World>>,
    control_plane: Arc<ControlPlane>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Emulator {
    /// Starts on 127.0.0.1 in a thread of its own, with nothing in it.
    ///
    /// # Errors
    /// Where the port is taken, or the system gives no thread.
    pub fn start(settings: Settings) -> anyhow::Result<Self> {
        let (listener, address) = server::listen(settings.port)
            .with_context(|| format!("can't listen on port {} of 127.0.0.1", settings.port))?;
        let world = Arc::new(Mutex::new(World::default()));
        let control_plane = Arc::new(ControlPlane {
            world: Arc::clone(&world),
            behaviour: Mutex::new(settings.behaviour),
            record: Record::default(),
            faults: Faults::default(),
        });
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        runtime.spawn(server::serve(listener, Arc::clone(&control_plane)));
        let (stop, stopped) = oneshot::channel();
        // The runtime lives and dies in this thread: to drop one inside another is a panic.
        let thread = std::thread::Builder::new().name("turso-emulator".to_owned()).spawn(move || {
            let _ = runtime.block_on(stopped);
            runtime.shutdown_background();
        })?;
        Ok(Self { address, world, control_plane, stop: Some(stop), thread: Some(thread) })
    }

    /// The base of the Platform API, such as `http://127.0.0.1:8080`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was asked of the Platform API, in the order of arrival.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.control_plane.record.entries()
    }

    /// Forgets what was asked.
    pub fn clear_requests(&self) {
        self.control_plane.record.clear();
    }

    /// Why requests were not known, one sentence each: a client that speaks the API leaves this empty.
    pub fn refusals(&self) -> Vec<String> {
        let reason = |entry: RecordedRequest| {
            entry.refused.map(|reason| format!("{} {}: {reason}", entry.request.method, entry.request.path))
        };
        self.requests().into_iter().filter_map(reason).collect()
    }

    /// Switches a fault on. Of several that strike a call, the one injected first does.
    pub fn inject(&self, fault: Fault) {
        self.control_plane.faults.inject(fault);
    }

    /// Switches all faults off.
    pub fn clear_faults(&self) {
        self.control_plane.faults.clear();
    }

    /// Faults that have not struck as often as they were to: an expectation that was not met.
    pub fn unused_faults(&self) -> Vec<Fault> {
        self.control_plane.faults.unused()
    }

    /// Changes the behaviour from the next request on.
    pub fn change_behaviour(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut lock(&self.control_plane.behaviour));
    }

    /// Accepts a token.
    pub fn add_token(&self, token: ApiToken) {
        lock(&self.world).tokens.push(token);
    }

    /// Accepts no token any more, as if all had been revoked.
    pub fn clear_tokens(&self) {
        lock(&self.world).tokens.clear();
    }

    /// Adds an organization; one of the same slug is replaced by it.
    pub fn add_organization(&self, slug: &str, kind: OrganizationKind) {
        lock(&self.world).organizations.insert(slug.to_owned(), Organization::new(slug, kind));
    }

    /// Removes an organization with all that is in it.
    ///
    /// # Errors
    /// Where there is no such organization.
    pub fn remove_organization(&self, slug: &str) -> anyhow::Result<()> {
        let removed = lock(&self.world).organizations.remove(slug);
        removed.map(drop).with_context(|| format!("the emulator has no organization \"{slug}\""))
    }

    /// Sets how many endpoints an organization may have; 2 to begin with.
    ///
    /// # Errors
    /// Where there is no such organization.
    pub fn set_jwks_limit(&self, organization: &str, limit: usize) -> anyhow::Result<()> {
        lock(&self.world).organization(organization)?.jwks_limit = limit;
        Ok(())
    }

    /// The endpoints of an organization as they are, in the order of their first save.
    ///
    /// # Errors
    /// Where there is no such organization.
    pub fn endpoints(&self, organization: &str) -> anyhow::Result<Vec<JwksEndpoint>> {
        Ok(lock(&self.world).organization(organization)?.endpoints().to_vec())
    }

    /// Saves an endpoint behind everyone's back: no limit, no lag, no request.
    ///
    /// # Errors
    /// Where there is no such organization.
    pub fn put_endpoint(&self, organization: &str, name: &str, url: &str) -> anyhow::Result<()> {
        let endpoint = JwksEndpoint { name: name.to_owned(), url: url.to_owned(), region: String::new() };
        lock(&self.world).organization(organization)?.put(endpoint);
        Ok(())
    }

    /// Removes an endpoint behind everyone's back.
    ///
    /// # Errors
    /// Where there is no such organization or no such endpoint.
    pub fn remove_endpoint(&self, organization: &str, name: &str) -> anyhow::Result<()> {
        let removed = lock(&self.world).organization(organization)?.remove(name, 0);
        anyhow::ensure!(removed, "organization \"{organization}\" has no endpoint \"{name}\"");
        Ok(())
    }

    /// Adds a group, or finds the one of that name.
    ///
    /// # Errors
    /// Where there is no such organization.
    pub fn add_group(&self, organization: &str, name: &str) -> anyhow::Result<Group> {
        Ok(lock(&self.world).organization(organization)?.add_group(name))
    }

    /// Adds a database, and its group where there is none of that name.
    ///
    /// # Errors
    /// Where there is no such organization, or it has a database of that name.
    pub fn add_database(&self, organization: &str, name: &str, group: &str) -> anyhow::Result<Database> {
        lock(&self.world).organization(organization)?.add_database(name, group)
    }

    /// Removes a database.
    ///
    /// # Errors
    /// Where there is no such organization or database.
    pub fn remove_database(&self, organization: &str, name: &str) -> anyhow::Result<()> {
        let mut world = lock(&self.world);
        let organization = world.organization(organization)?;
        let before = organization.databases.len();
        organization.databases.retain(|database| database.name != name);
        anyhow::ensure!(organization.databases.len() < before, "there is no database \"{name}\"");
        Ok(())
    }

    /// A database as it is.
    ///
    /// # Errors
    /// Where there is no such organization or database.
    pub fn database(&self, organization: &str, name: &str) -> anyhow::Result<Database> {
        let mut world = lock(&self.world);
        let found = world.organization(organization)?.database(name).cloned();
        found.with_context(|| format!("organization \"{organization}\" has no database \"{name}\""))
    }

    /// A group as it is.
    ///
    /// # Errors
    /// Where there is no such organization or group.
    pub fn group(&self, organization: &str, name: &str) -> anyhow::Result<Group> {
        let mut world = lock(&self.world);
        let found = world.organization(organization)?.group(name).cloned();
        found.with_context(|| format!("organization \"{organization}\" has no group \"{name}\""))
    }

    /// Gives a database these UUIDs: chosen ones for golden files, or a new `rid` as after a rotation.
    ///
    /// # Errors
    /// Where there is no such organization or database.
    pub fn set_database_ids(
        &self,
        organization: &str,
        name: &str,
        id: Uuid,
        rid: Uuid,
    ) -> anyhow::Result<()> {
        lock(&self.world).organization(organization)?.change_database(name, |database| {
            database.id = id;
            database.rid = rid;
        })
    }

    /// Gives a group these UUIDs.
    ///
    /// # Errors
    /// Where there is no such organization or group.
    pub fn set_group_ids(&self, organization: &str, name: &str, id: Uuid, rid: Uuid) -> anyhow::Result<()> {
        lock(&self.world).organization(organization)?.change_group(name, |group| {
            group.id = id;
            group.rid = rid;
        })
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // Either end may already be gone, where the thread has ended by itself.
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
