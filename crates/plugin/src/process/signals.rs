//! The signals that reach the process. A terminal sends its interrupt, and `timeout`, systemd or a container's runtime
//! SIGTERM, to host and plugin alike. A host then waits for the calls that are under way: a plugin that ended at once
//! would take a half-made object with it.

use std::io;

use tokio_util::sync::CancellationToken;

/// Takes the signals over from the system, from this call on. An interrupt cancels `on_interrupt`, or does nothing;
/// SIGTERM cancels `on_terminate`. Needs a Tokio runtime.
#[cfg(unix)]
pub(super) fn watch(
    on_interrupt: Option<CancellationToken>,
    on_terminate: CancellationToken,
) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut terminations = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                Some(()) = interrupts.recv() => interrupted(on_interrupt.as_ref()),
                Some(()) = terminations.recv() => {
                    tracing::debug!("received SIGTERM");
                    on_terminate.cancel();
                }
                else => break,
            }
        }
    });
    Ok(())
}

/// Takes the console's Ctrl-C and Ctrl-Break over from the system, from this call on: hosts, which are Go programs,
/// read both as an interrupt. There is no SIGTERM. Needs a Tokio runtime.
#[cfg(windows)]
pub(super) fn watch(
    on_interrupt: Option<CancellationToken>,
    _on_terminate: CancellationToken,
) -> io::Result<()> {
    use tokio::signal::windows::{ctrl_break, ctrl_c};

    let (mut ctrl_c, mut ctrl_break) = (ctrl_c()?, ctrl_break()?);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                Some(()) = ctrl_c.recv() => interrupted(on_interrupt.as_ref()),
                Some(()) = ctrl_break.recv() => interrupted(on_interrupt.as_ref()),
                else => break,
            }
        }
    });
    Ok(())
}

fn interrupted(on_interrupt: Option<&CancellationToken>) {
    match on_interrupt {
        Some(token) => token.cancel(),
        None => tracing::debug!("left an interrupt to the host"),
    }
}
