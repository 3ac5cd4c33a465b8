//! What every RPC of a provider works with: the provider, what it offers, the host's wish to stop, and the log.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use tokio::sync::Notify;
use tonic::{Response, Status};
use tracing::{Instrument, Span};

use super::catalog::Catalog;
use framework::Provider;

/// Serves a [`Provider`] over protocol 6.
pub(crate) struct Service<P> {
    pub(super) provider: P,
    catalog: OnceLock<Catalog>,
    pub(super) stop: Notify,
    requests: AtomicU64,
}

impl<P: Provider> Service<P> {
    /// A service of the provider. Nothing is built before the first request.
    pub(crate) fn new(provider: P) -> Self {
        Self { provider, catalog: OnceLock::new(), stop: Notify::new(), requests: AtomicU64::new(0) }
    }

    pub(super) fn catalog(&self) -> &Catalog {
        self.catalog.get_or_init(|| Catalog::of(&self.provider))
    }

    /// Runs what may be given up half-way, unless the host asks to stop first.
    ///
    /// Never for an apply: whatever was sent must be seen to its end, or what it created would be forgotten. The
    /// provider hears of the stop as well, and ends an apply where that is safe.
    pub(super) async fn until_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            // Work that the stop itself brought to an end says more than that it was stopped.
            biased;
            result = work => Some(result),
            () = self.stop.notified() => None,
        }
    }

    /// The span that carries the usual keys to every log line of a request.
    pub(super) fn span(&self, rpc: &'static str, type_name: &str) -> Span {
        let id = self.requests.fetch_add(1, Ordering::Relaxed);
        tracing::error_span!("rpc", tf_rpc = rpc, tf_req_id = id, tf_resource_type = type_name)
    }

    pub(super) async fn logged<T>(
        &self,
        span: Span,
        work: impl Future<Output = Result<T, Status>>,
    ) -> Result<Response<T>, Status> {
        async {
            tracing::trace!("received request");
            let start = Instant::now();
            let result = work.await;
            let tf_req_duration_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
            match &result {
                Ok(_) => tracing::trace!(tf_req_duration_ms, "served request"),
                Err(status) => {
                    tracing::error!(tf_req_duration_ms, error = status.message(), "refused request")
                }
            }
            result.map(Response::new)
        }
        .instrument(span)
        .await
    }
}
