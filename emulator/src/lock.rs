//! Locking without a second panic.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks. A thread that panicked with the lock held leaves plain values behind here, never half-made ones, and the
/// panic is reported where it happened.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
