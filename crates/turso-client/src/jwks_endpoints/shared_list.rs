//! One list for all who need one that begins after they asked.
//!
//! A look before a write must not show an older world than that of the moment in which the write was asked for, and a
//! look after it must not have begun before its end. Neither needs a list of its own: whoever needs one joins the list
//! that is *not sent yet*. It is closed to others before it is sent, so it begins after everyone in it has asked; the
//! next one waits for its end, and meanwhile others join that.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Turn, Notify, OnceCell};
use tokio::time::{Instant, timeout, timeout_at};

use crate::answer::Failure;
use crate::retry::Timing;

/// How many share a list at least, where as many are to be expected: two lists for five writes.
const ENOUGH: usize = 5;

/// For how long after the beginning of a write those before it tell how many are to be expected, and how soon.
const LULL: Duration = Duration::from_secs(1);

/// How much longer than those before it the next write may take to come before a list goes without it.
const PATIENCE: u32 = 2;

/// The lists of one organization.
#[derive(Debug)]
pub(crate) struct SharedList<T> {
    state: Mutex<State<T>>,
    /// Held by the list that is under way.
    turn: Turn<()>,
}

#[derive(Debug)]
struct State<T> {
    /// The list that is not sent yet.
    open: Option<Arc<Flight<T>>>,
    /// How many lists were sent, which is the number of the last one.
    sent: u64,
    /// The last that was sent.
    last: Option<(u64, Arc<Flight<T>>)>,
    /// The newest that was answered.
    newest: Option<(u64, T)>,
    /// The lists up to this number may have begun before the end of a write.
    outdated: u64,
    writes: Writes,
}

/// The writes under way, for a guess at how many share a list.
#[derive(Debug, Default)]
struct Writes {
    now: usize,
    /// The most at one time, until a [`LULL`].
    most: usize,
    last_begin: Option<Instant>,
    /// How long one takes to follow another: the longest of late, where each that comes sooner takes an eighth off.
    interval: Duration,
}

#[derive(Debug)]
struct Flight<T> {
    answer: OnceCell<Result<T, Failure>>,
    joined: AtomicUsize,
    arrival: Notify,
}

impl<T: Clone> SharedList<T> {
    /// A list that begins after this call. `ask` sends one request; where its caller is dropped, the next of those who
    /// wait asks anew. All of them get the failure, too, and each decides for itself whether to go on.
    pub(crate) async fn fresh(
        &self,
        timing: &Timing,
        ask: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let flight = Arc::clone(self.state().open.get_or_insert_default());
        self.join(flight, timing, ask).await
    }

    /// A list that began after the last end of a write of this client: one that is there, under way or to be sent.
    pub(crate) async fn current(
        &self,
        timing: &Timing,
        ask: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let flight = {
            let mut state = self.state();
            let state = &mut *state;
            let is_current = |number: u64| number > state.outdated;
            if let Some((number, list)) = &state.newest
                && is_current(*number)
            {
                return Ok(list.clone());
            }
            match &state.last {
                Some((number, flight)) if is_current(*number) && flight.answer.get().is_none() => {
                    Arc::clone(flight)
                }
                _ => Arc::clone(state.open.get_or_insert_default()),
            }
        };
        self.join(flight, timing, ask).await
    }

    /// The newest list that was answered, however old it is.
    pub(crate) fn newest(&self) -> Option<T> {
        self.state().newest.as_ref().map(|(_, list)| list.clone())
    }

    /// A write has ended, or may have: no list that began before is [`SharedList::current`] any more.
    pub(crate) fn outdate(&self) {
        let mut state = self.state();
        state.outdated = state.sent;
    }

    /// A write begins that looks before and after.
    pub(crate) fn begin_write(&self) {
        let writes = &mut self.state().writes;
        let interval = writes.last_begin.map(|begin| begin.elapsed()).unwrap_or_default();
        if writes.now == 0 && interval > LULL {
            *writes = Writes::default();
        } else {
            writes.interval = interval.min(LULL).max(writes.interval - writes.interval / 8);
        }
        writes.last_begin = Some(Instant::now());
        writes.now += 1;
        writes.most = writes.most.max(writes.now);
    }

    /// It has ended, looks and all.
    pub(crate) fn end_write(&self) {
        let writes = &mut self.state().writes;
        writes.now = writes.now.saturating_sub(1);
    }

    async fn join(
        &self,
        flight: Arc<Flight<T>>,
        timing: &Timing,
        ask: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        flight.joined.fetch_add(1, Ordering::Relaxed);
        flight.arrival.notify_one();
        let send = async {
            // One that hangs must not hold up the others.
            let _turn = timeout(timing.turn, self.turn.lock()).await;
            self.gather(&flight, timing.gather).await;
            let number = self.close(&flight);
            let answer = ask.await;
            if let Ok(list) = &answer {
                self.keep(number, list);
            }
            answer
        };
        flight.answer.get_or_init(|| send).await.clone()
    }

    /// Waits until [`ENOUGH`] have joined, or half of those who are to be expected, but no longer than the next write may
    /// take to come: where it has not come by then, none follows. A lone write waits for no one.
    async fn gather(&self, flight: &Flight<T>, longest: Duration) {
        loop {
            let next_write_by = {
                let writes = &self.state().writes;
                let expected = writes.most.div_ceil(2).min(ENOUGH);
                let patience = (writes.interval * PATIENCE).min(longest);
                let is_short = flight.joined.load(Ordering::Relaxed) < expected;
                writes.last_begin.filter(|_| is_short).map(|begin| begin + patience)
            };
            let Some(moment) = next_write_by else { return };
            if timeout_at(moment, flight.arrival.notified()).await.is_err() {
                return;
            }
        }
    }

    /// Lets no one join from now on: the request is about to be sent.
    fn close(&self, flight: &Arc<Flight<T>>) -> u64 {
        let mut state = self.state();
        state.open.take_if(|open| Arc::ptr_eq(open, flight));
        state.sent += 1;
        state.last = Some((state.sent, Arc::clone(flight)));
        state.sent
    }

    fn keep(&self, number: u64, list: &T) {
        let mut state = self.state();
        if state.newest.as_ref().is_none_or(|(newest, _)| *newest < number) {
            state.newest = Some((number, list.clone()));
        }
    }

    /// A thread that panicked here has left the state whole: no method panics between two changes.
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for SharedList<T> {
    fn default() -> Self {
        let state =
            State { open: None, sent: 0, last: None, newest: None, outdated: 0, writes: Writes::default() };
        Self { state: Mutex::new(state), turn: Turn::default() }
    }
}

impl<T> Default for Flight<T> {
    fn default() -> Self {
        Self { answer: OnceCell::new(), joined: AtomicUsize::new(0), arrival: Notify::new() }
    }
}

#[cfg(test)]
mod tests;
