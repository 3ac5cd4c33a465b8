//! How long to wait, and how often to try. Pure, but for the random part of a pause.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use tokio::time::Instant;

use super::RequestTimeout;

/// The times of the client. The default is for the real API.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Timing {
    /// How long a connection may take.
    pub connect: Duration,
    /// How long one request may take, from its start to the end of its answer.
    pub request: Duration,
    /// How long one call of the client may take, with every try, pause and look in it. It bounds what a host waits for,
    /// whatever the server answers and asks for.
    pub call: Duration,
    /// How often a request is sent at most where the server is failing or out of reach; at least once. One that asks to
    /// come back later (429) is asked until the time of the call is used up.
    pub tries: u32,
    /// The pause before the second try; each later one is twice as long. A random half of it is taken off, so
    /// that calls which failed together don't return together.
    pub first_pause: Duration,
    /// The longest pause that is chosen here.
    pub longest_pause: Duration,
    /// How often the list is read at most until it shows what was just written; at least once.
    pub looks: u32,
    /// The pause before the second look; each later one is twice as long.
    pub first_look_pause: Duration,
    /// For how long after the beginning of a write a list waits at most for others to share it, where several writes are
    /// under way.
    pub gather: Duration,
    /// How long a list waits at most for the end of the one before it.
    pub turn: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            request: RequestTimeout::default().0,
            call: Duration::from_secs(180),
            tries: 4,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(8),
            looks: 6,
            first_look_pause: Duration::from_millis(100),
            gather: Duration::from_millis(300),
            turn: Duration::from_secs(5),
        }
    }
}

impl Timing {
    /// The pause after this many tries, the last of which drew this lot. A server that asks for a shorter one is believed
    /// a few times, and not for ever.
    pub(super) fn pause(&self, tries: u32, retry_after: Option<Duration>, lot: u8) -> Duration {
        let chosen = jittered(doubled(self.first_pause, tries).min(self.longest_pause), lot);
        match retry_after {
            Some(asked) if tries < self.tries => asked,
            asked => asked.unwrap_or_default().max(chosen),
        }
    }

    /// How long one look at a list may take, from the moment that it is asked for.
    pub(super) fn look(&self) -> Duration {
        self.turn + self.gather + self.request
    }

    /// The pause after this many looks.
    pub(super) fn look_pause(&self, looks: u32) -> Duration {
        doubled(self.first_look_pause, looks).min(self.longest_pause)
    }
}

/// The time of one call of the client, which has begun.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    begin: Instant,
    end: Instant,
}

impl Budget {
    /// So much time from now on.
    pub(super) fn starting_now(call: Duration) -> Self {
        let begin = Instant::now();
        Self { begin, end: begin + call }
    }

    /// The moment that leaves so much of it.
    pub(super) fn end_less(&self, left: Duration) -> Instant {
        self.end.checked_sub(left).map_or(self.begin, |moment| moment.max(self.begin))
    }

    /// Whether something that takes so long from now on leaves so much of it.
    pub(super) fn fits(&self, takes: Duration, left: Duration) -> bool {
        Instant::now() + takes <= self.end_less(left)
    }

    /// How much is used up.
    pub(super) fn used(&self) -> Duration {
        self.begin.elapsed()
    }

    /// All of it.
    pub(super) fn whole(&self) -> Duration {
        self.end - self.begin
    }
}

/// `first` for the first time, and twice as much each time after.
fn doubled(first: Duration, times: u32) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(times.saturating_sub(1)))
}

/// Between half of `pause` and all of it.
fn jittered(pause: Duration, random: u8) -> Duration {
    pause / 2 + pause / 2 * u32::from(random) / u32::from(u8::MAX)
}

/// A number by chance. The standard library's only source of randomness are the keys of a hasher.
pub(super) fn draw_lot() -> u8 {
    RandomState::new().hash_one(()).to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pauses_double_up_to_the_longest_less_a_random_half() {
        let timing = Timing { first_pause: SECOND, longest_pause: SECOND * 4, ..Timing::default() };
        for (tries, longest) in
            [(1, SECOND), (2, SECOND * 2), (3, SECOND * 4), (4, SECOND * 4), (99, SECOND * 4)]
        {
            let pause = timing.pause(tries, None, draw_lot());
            assert!(pause >= longest / 2 && pause <= longest, "{tries}: {pause:?}");
        }
        assert_eq!(jittered(SECOND, 0), SECOND / 2);
        assert_eq!(jittered(SECOND, u8::MAX), SECOND);
    }

    #[test]
    fn the_server_may_ask_for_a_longer_pause_and_at_first_for_a_shorter_one() {
        let timing = Timing { tries: 4, first_pause: SECOND, longest_pause: SECOND * 8, ..Timing::default() };
        for (tries, asked, pause) in [(1, 7, 7), (3, 0, 0), (3, 3600, 3600), (4, 0, 8), (4, 9, 9)] {
            assert_eq!(timing.pause(tries, Some(SECOND * asked), u8::MAX), SECOND * pause, "{tries} {asked}");
        }
    }
}
