//! Streams between requests: each waits for its next request under a baton that only its client knows.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::sql::Session;
use crate::lock::lock;

/// The open streams of a database.
#[derive(Debug)]
pub(crate) struct Streams {
    idle: Duration,
    waiting: Mutex<HashMap<String, (Session, Instant)>>,
}

impl Streams {
    /// Streams that expire when no request comes for this long; what they have not committed is then lost.
    pub(crate) fn new(idle: Duration) -> Self {
        Self { idle, waiting: Mutex::default() }
    }

    /// Takes a stream by its baton, which works once. `None` where it is unknown or has expired.
    pub(crate) fn take(&self, baton: &str) -> Option<Session> {
        self.with_live(|waiting| waiting.remove(baton)).map(|(session, _)| session)
    }

    /// Keeps a stream, and returns the baton for its next request.
    pub(crate) fn keep(&self, session: Session) -> String {
        let baton = Uuid::new_v4().simple().to_string();
        self.with_live(|waiting| waiting.insert(baton.clone(), (session, Instant::now())));
        baton
    }

    /// Closes those that have expired, and with them their transactions and locks.
    pub(crate) fn expire(&self) {
        self.with_live(|_| ());
    }

    fn with_live<T>(&self, work: impl FnOnce(&mut HashMap<String, (Session, Instant)>) -> T) -> T {
        let mut waiting = lock(&self.waiting);
        waiting.retain(|_, (_, since)| since.elapsed() < self.idle);
        work(&mut waiting)
    }
}
