//! The wish that the process end, from whoever has it to whoever must know.

use std::sync::Arc;

use tokio::sync::watch;

/// Says that the process is about to end: the host asked for it, or a signal did. Clones share one wish, which is
/// never taken back.
///
/// What is in flight when it comes has a moment to answer; then the process is gone.
#[derive(Clone, Debug)]
pub(super) struct Shutdown(Arc<watch::Sender<bool>>);

impl Shutdown {
    /// A wish that nobody has yet.
    pub(super) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Asks the process to end. Asking twice is asking once.
    pub(super) fn request(&self) {
        self.0.send_replace(true);
    }

    /// Waits until someone asks; at once where someone has.
    pub(super) async fn requested(&self) {
        // An error would mean that the sender is gone, and `self` holds it.
        let _ = self.0.subscribe().wait_for(|asked| *asked).await;
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future as _;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    #[tokio::test]
    async fn a_request_reaches_those_who_wait_and_those_who_come_later() {
        let shutdown = Shutdown::new();
        let waiting = shutdown.clone();
        let mut wait = pin!(waiting.requested());
        assert!(wait.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());

        shutdown.clone().request();

        wait.await;
        shutdown.requested().await;
    }
}
