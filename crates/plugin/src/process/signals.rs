//! The signals that reach the process. A terminal sends its interrupt to host and plugin alike; the host decides what
//! it means, so the plugin takes no notice.

use std::io;

use super::shutdown::Shutdown;

/// What an interrupt means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interrupt {
    /// Nothing: a host decides.
    Ignored,
    /// The end: there is no host to decide.
    Ends,
}

/// Takes the signals over from the system, from this call on. A polite request to terminate always ends the process.
/// Needs a Tokio runtime.
#[cfg(unix)]
pub(super) fn watch(interrupt: Interrupt, shutdown: Shutdown) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut terminations = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                Some(()) = interrupts.recv() => heed(interrupt, &shutdown),
                Some(()) = terminations.recv() => shutdown.request(),
                else => break,
            }
        }
    });
    Ok(())
}

/// Takes the console's interrupt over from the system, from this call on. Needs a Tokio runtime.
#[cfg(windows)]
pub(super) fn watch(interrupt: Interrupt, shutdown: Shutdown) -> io::Result<()> {
    let mut interrupts = tokio::signal::windows::ctrl_c()?;
    tokio::spawn(async move {
        while interrupts.recv().await.is_some() {
            heed(interrupt, &shutdown);
        }
    });
    Ok(())
}

fn heed(interrupt: Interrupt, shutdown: &Shutdown) {
    match interrupt {
        Interrupt::Ignored => tracing::debug!("left an interrupt to the host"),
        Interrupt::Ends => shutdown.request(),
    }
}
