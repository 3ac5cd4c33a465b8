//! The handle that a test or an example holds: it starts the emulator, seeds it and looks into it. Every method but
//! [`Emulator::start`] is cheap, and all may be called inside or outside of a tokio runtime.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use anyhow::Context as _;
use serde_json::Value;
use uuid::Uuid;

use crate::control_plane::ControlPlane;
use crate::data_plane::{Access, DataPlanes, JwksFetch};
use crate::fault::{Fault, Faults};
use crate::lock::lock;
use crate::record::{Record, RecordedRequest};
use crate::server::{self, Background};
use crate::settings::{Behaviour, Settings};
use crate::world::{ApiToken, Database, Group, JwksEndpoint, Organization, OrganizationKind, World};

/// A running emulator; dropping it stops it.
///
/// Methods that take the slug of an organization, or the name of what is in one, fail where there is none such.
#[derive(Debug)]
pub struct Emulator {
    /// The first field, so that it is dropped first: the databases' files are deleted after nothing serves
    /// them any more.
    _background: Background,
    address: SocketAddr,
    world: Arc<Mutex<World>>,
    control_plane: Arc<ControlPlane>,
    data_planes: DataPlanes,
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
            scripted: Mutex::default(),
        });
        let background = Background::start("turso-emulator")?;
        let data_planes =
            DataPlanes::new(Arc::clone(&world), background.runtime.clone(), settings.stream_idle)?;
        settings.roots.iter().try_for_each(|root| data_planes.keys().trust(root))?;
        let routes = server::routes(Arc::clone(&control_plane));
        background.runtime.spawn(server::serve(listener, routes, None));
        Ok(Self { _background: background, address, world, control_plane, data_planes })
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

    /// Has a call answered that the emulator does not know, such as `POST /v1/organizations/acme/groups/eu/auth/tokens`:
    /// for a test of a call whose rules are not worth a part of the emulator. A query is not looked at.
    pub fn script(&self, call: &str, status: u16, body: Value) {
        lock(&self.control_plane.scripted).insert(call.to_owned(), (status, body));
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
        self.data_planes.close(slug, None);
        lock(&self.world).organizations.insert(slug.to_owned(), Organization::new(slug, kind));
    }

    /// Removes an organization with all that is in it.
    pub fn remove_organization(&self, slug: &str) -> anyhow::Result<()> {
        lock(&self.world).organization(slug)?;
        lock(&self.world).organizations.remove(slug);
        self.data_planes.close(slug, None);
        Ok(())
    }

    /// Sets how many endpoints an organization may have; 2 to begin with.
    pub fn set_jwks_limit(&self, organization: &str, limit: usize) -> anyhow::Result<()> {
        lock(&self.world).organization(organization)?.jwks_limit = limit;
        Ok(())
    }

    /// The endpoints of an organization as they are, in the order of their first save.
    pub fn endpoints(&self, organization: &str) -> anyhow::Result<Vec<JwksEndpoint>> {
        Ok(lock(&self.world).organization(organization)?.endpoints().to_vec())
    }

    /// Saves an endpoint without a request: no limit, no lag.
    pub fn put_endpoint(&self, organization: &str, name: &str, url: &str) -> anyhow::Result<()> {
        let endpoint = JwksEndpoint { name: name.to_owned(), url: url.to_owned(), region: String::new() };
        lock(&self.world).organization(organization)?.put(endpoint);
        Ok(())
    }

    /// Removes an endpoint without a request.
    pub fn remove_endpoint(&self, organization: &str, name: &str) -> anyhow::Result<()> {
        let removed = lock(&self.world).organization(organization)?.remove(name, 0);
        anyhow::ensure!(removed, "organization \"{organization}\" has no endpoint \"{name}\"");
        Ok(())
    }

    /// Adds a group, or finds the one of that name.
    pub fn add_group(&self, organization: &str, name: &str) -> anyhow::Result<Group> {
        Ok(lock(&self.world).organization(organization)?.add_group(name))
    }

    /// Adds an empty database at an address of its own, and its group where there is none of that name.
    ///
    /// # Errors
    /// Also where there is a database of that name, or no port is free.
    pub fn add_database(&self, organization: &str, name: &str, group: &str) -> anyhow::Result<Database> {
        let mut world = lock(&self.world);
        let owner = world.organization(organization)?;
        let is_new = owner.database(name).is_none();
        anyhow::ensure!(is_new, "\"{organization}\" already has a database \"{name}\"");
        let url = self.data_planes.open(organization, name)?;
        Ok(owner.add_database(name, group, url))
    }

    /// Runs SQL statements in a database as its owner, past tokens and permissions: to seed it.
    ///
    /// # Errors
    /// Also where SQLite refuses.
    pub fn execute_sql(&self, organization: &str, database: &str, sql: &str) -> anyhow::Result<()> {
        Ok(self.data_planes.find(organization, database)?.owner_connection()?.execute_batch(sql)?)
    }

    /// The rows of a query in a database, past tokens and permissions: to see what is in it. Blobs come as arrays.
    ///
    /// # Errors
    /// Also where SQLite refuses.
    pub fn query_sql(
        &self,
        organization: &str,
        database: &str,
        sql: &str,
    ) -> anyhow::Result<Vec<Vec<Value>>> {
        self.data_planes.find(organization, database)?.owner_rows(sql)
    }

    /// The requests to databases, in order.
    pub fn accesses(&self) -> Vec<Access> {
        lock(self.data_planes.accesses()).clone()
    }

    /// The fetches of JWKS documents so far.
    pub fn jwks_fetches(&self) -> Vec<JwksFetch> {
        self.data_planes.keys().fetches()
    }

    /// Trusts one more root certificate, in PEM, for JWKS documents.
    ///
    /// # Errors
    /// Where this is no PEM.
    pub fn trust_root(&self, pem: &str) -> anyhow::Result<()> {
        self.data_planes.keys().trust(pem)
    }

    /// A database as it is.
    pub fn database(&self, organization: &str, name: &str) -> anyhow::Result<Database> {
        Ok(lock(&self.world).organization(organization)?.known_database(name)?.clone())
    }

    /// A group as it is.
    pub fn group(&self, organization: &str, name: &str) -> anyhow::Result<Group> {
        Ok(lock(&self.world).organization(organization)?.known_group(name)?.clone())
    }

    /// Gives a database these UUIDs: chosen ones for golden files, or a new `rid` as after a rotation.
    pub fn set_database_ids(
        &self,
        organization: &str,
        name: &str,
        id: Uuid,
        rid: Uuid,
    ) -> anyhow::Result<()> {
        let mut world = lock(&self.world);
        let database = world.organization(organization)?.known_database(name)?;
        (database.id, database.rid) = (id, rid);
        Ok(())
    }

    /// Gives a group these UUIDs.
    pub fn set_group_ids(&self, organization: &str, name: &str, id: Uuid, rid: Uuid) -> anyhow::Result<()> {
        let mut world = lock(&self.world);
        let group = world.organization(organization)?.known_group(name)?;
        (group.id, group.rid) = (id, rid);
        Ok(())
    }
}
