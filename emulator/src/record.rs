//! The record of the Platform API's requests and answers, for tests to read.

use std::sync::{Arc, Mutex};

use crate::lock::lock;
use crate::request::Request;

/// A request and its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedRequest {
    /// The request as received.
    pub request: Request,
    /// The status of the answer; `None` before there is one, and where the connection was closed without one.
    pub status: Option<u16>,
    /// Why the emulator did not know the request, where it did not. Turso's own errors (a missing organization, the
    /// limit) are answers and not refusals.
    pub refused: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Record(Mutex<Vec<Arc<Mutex<RecordedRequest>>>>);

/// A request whose outcome is still to be noted. It may have been cleared from the record.
pub(crate) struct Arrival(Arc<Mutex<RecordedRequest>>);

impl Record {
    pub(crate) fn arrive(&self, request: Request) -> Arrival {
        let arrived = Arc::new(Mutex::new(RecordedRequest { request, status: None, refused: None }));
        lock(&self.0).push(Arc::clone(&arrived));
        Arrival(arrived)
    }

    pub(crate) fn entries(&self) -> Vec<RecordedRequest> {
        lock(&self.0).iter().map(|request| lock(request).clone()).collect()
    }

    pub(crate) fn clear(&self) {
        lock(&self.0).clear();
    }
}

impl Arrival {
    pub(crate) fn settle(self, status: Option<u16>, refused: Option<String>) {
        let mut request = lock(&self.0);
        (request.status, request.refused) = (status, refused);
    }
}
