//! The databases that are served: each has a listener, a file and its streams; all share the fetched keys and
//! the record of accesses.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use uuid::Uuid;

use super::DataPlane;
use super::access::Access;
use super::streams::Streams;
use super::token::FetchedKeys;
use crate::lock::lock;
use crate::server;
use crate::world::World;

/// All databases. Their files are deleted with it.
#[derive(Debug)]
pub(crate) struct DataPlanes {
    world: Arc<Mutex<World>>,
    keys: Arc<FetchedKeys>,
    accesses: Arc<Mutex<Vec<Access>>>,
    served: Mutex<BTreeMap<(String, String), Served>>,
    runtime: Handle,
    stream_idle: Duration,
    files: TempDir,
}

#[derive(Debug)]
struct Served {
    plane: Arc<DataPlane>,
    listening: AbortHandle,
}

impl Served {
    /// Returns once the port is closed: an aborted task is dropped a moment later, by a thread of the runtime.
    fn stop_listening(&self) {
        self.listening.abort();
        while !self.listening.is_finished() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl DataPlanes {
    pub(crate) fn new(
        world: Arc<Mutex<World>>,
        runtime: Handle,
        stream_idle: Duration,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            world,
            keys: Arc::default(),
            accesses: Arc::default(),
            served: Mutex::default(),
            runtime,
            stream_idle,
            files: tempfile::Builder::new().prefix("turso-emulator-").tempdir()?,
        })
    }

    pub(crate) fn keys(&self) -> &FetchedKeys {
        &self.keys
    }

    pub(crate) fn accesses(&self) -> &Mutex<Vec<Access>> {
        &self.accesses
    }

    /// Serves a new, empty database, and says where.
    pub(crate) fn open(&self, organization: &str, database: &str) -> anyhow::Result<String> {
        let (listener, address) = server::listen(0).context("no port is free for the database")?;
        let plane = Arc::new(DataPlane {
            organization: organization.to_owned(),
            database: database.to_owned(),
            // Not named after the database, whose name may have any characters, and may come back after a removal.
            file: self.files.path().join(format!("{}.db", Uuid::new_v4())),
            world: Arc::clone(&self.world),
            keys: Arc::clone(&self.keys),
            accesses: Arc::clone(&self.accesses),
            streams: Streams::new(self.stream_idle),
        });
        let routes = server::routes(Arc::clone(&plane));
        let listening = self.runtime.spawn(server::serve(listener, routes, None)).abort_handle();
        lock(&self.served)
            .insert((organization.to_owned(), database.to_owned()), Served { plane, listening });
        Ok(format!("http://{address}"))
    }

    /// Stops serving a database, or all of an organization: their ports are closed afterwards.
    pub(crate) fn close(&self, organization: &str, database: Option<&str>) {
        lock(&self.served).retain(|(owner, name), served| {
            let closes = owner == organization && database.is_none_or(|database| database == name);
            if closes {
                served.stop_listening();
            }
            !closes
        });
    }

    pub(crate) fn find(&self, organization: &str, database: &str) -> anyhow::Result<Arc<DataPlane>> {
        let served = lock(&self.served);
        let found = served.get(&(organization.to_owned(), database.to_owned()));
        let missing = || format!("organization \"{organization}\" has no database \"{database}\"");
        found.map(|served| Arc::clone(&served.plane)).with_context(missing)
    }
}
