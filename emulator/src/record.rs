//! The record of what was asked and how it was answered, for tests to read.

use std::sync::Mutex;

use crate::lock::lock;
use crate::request::Request;

/// A request and its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedRequest {
    /// The request as received.
    pub request: Request,
    /// The status it got; `None` while it is in work, or where the connection was closed without an answer.
    pub status: Option<u16>,
    /// Why the emulator did not know the request, where it did not. Turso's own errors (a missing organization, the
    /// limit) are answers and not refusals.
    pub refused: Option<String>,
}

/// Requests in the order of arrival.
#[derive(Debug, Default)]
pub(crate) struct Record(Mutex<Log>);

#[derive(Debug, Default)]
struct Log {
    entries: Vec<RecordedRequest>,
    cleared: usize,
}

/// Where in the record an arrival stands, across clearings.
pub(crate) struct Arrival(usize);

impl Record {
    pub(crate) fn arrive(&self, request: Request) -> Arrival {
        let mut log = lock(&self.0);
        log.entries.push(RecordedRequest { request, status: None, refused: None });
        Arrival(log.cleared + log.entries.len() - 1)
    }

    pub(crate) fn settle(&self, arrival: &Arrival, status: Option<u16>, refused: Option<String>) {
        let mut log = lock(&self.0);
        let index = arrival.0.checked_sub(log.cleared);
        if let Some(entry) = index.and_then(|index| log.entries.get_mut(index)) {
            entry.status = status;
            entry.refused = refused;
        }
    }

    pub(crate) fn entries(&self) -> Vec<RecordedRequest> {
        lock(&self.0).entries.clone()
    }

    pub(crate) fn clear(&self) {
        let mut log = lock(&self.0);
        log.cleared += log.entries.len();
        log.entries.clear();
    }
}
