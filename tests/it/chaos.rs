//! Chaos: what a person may do, in any order, while Turso fails in any way, others change things and processes are
//! killed. After every cycle a clean apply has to leave Turso with what the state holds. A seed repeats every choice; only
//! what runs at the same time interleaves anew.
//!
//! ```shell
//! cargo test --test it chaos                                                       # 300 cycles
//! CHAOS_CYCLES=10000 cargo test --release --locked --test it chaos -- --nocapture  # by hand
//! ```

mod engine;
mod faults;
mod world;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Instant;

use futures_util::stream::{self, StreamExt as _};
use turso_emulator::{ApiToken, Emulator, OrganizationKind, Settings};

const TOKEN: &str = "token-of-the-owner";

/// How many cycles the tests lead.
const CYCLES: usize = 300;
/// After so many, another world begins, from the next seed.
const OF_A_WORLD: usize = 10;
/// Most of a cycle is a wait for the provider's pauses.
const AT_ONCE: usize = 32;
/// One of so many cycles goes through the real engine.
const FOR_ONE_OF_AN_ENGINE: usize = 75;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chaos_ends_with_what_the_state_holds_and_nothing_forgotten() {
    let chaos = Chaos::read("CHAOS_CYCLES", CYCLES);
    let worlds = chaos.worlds().map(|(seed, cycles)| tokio::spawn(world::lead(seed, cycles)));
    let tally = chaos.sum("chaos_ends", stream::iter(worlds).buffer_unordered(AT_ONCE)).await;
    // A test that does little can't fail.
    for what in
        ["create", "update", "rename", "destroy", "import", "fault", "SIGKILL of the provider", "way out"]
    {
        assert!(
            chaos.cycles < CYCLES || tally.0.get(what).is_some_and(|count| *count > 4),
            "{what}: {tally}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chaos_through_the_real_engine_ends_with_what_the_state_holds() {
    let chaos = Chaos::read("CHAOS_CYCLES", CYCLES).of_an_engine();
    let worlds =
        chaos.worlds().map(|(seed, cycles)| tokio::task::spawn_blocking(move || engine::lead(seed, cycles)));
    chaos.sum("chaos_through", stream::iter(worlds).buffer_unordered(2)).await;
}

/// How many cycles, from which seed.
struct Chaos {
    seed: u64,
    cycles: usize,
    of_a_world: usize,
}

/// What happened, and how often.
#[derive(Clone, Debug, Default)]
struct Tally(BTreeMap<String, usize>);

/// A cycle that ended otherwise than it must.
struct Broken {
    seed: u64,
    cycle: usize,
    problem: anyhow::Error,
    journal: Vec<String>,
}

/// A Turso with room for many endpoints.
fn turso() -> Emulator {
    let turso = Emulator::start(Settings::default()).expect("this machine has a free port");
    turso.add_organization("acme", OrganizationKind::Team);
    turso.set_jwks_limit("acme", 100).expect("it was just added");
    turso.add_token(ApiToken::owner(TOKEN));
    turso
}

impl Chaos {
    fn read(cycles: &str, default: usize) -> Self {
        let number = |name: &str| {
            std::env::var(name)
                .ok()
                .map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
        };
        let cycles = number(cycles).map_or(default, |cycles: u64| cycles as usize);
        Self { seed: number("CHAOS_SEED").unwrap_or(1), cycles, of_a_world: OF_A_WORLD }
    }

    /// Few, and all in one world where they are to be repeated.
    fn of_an_engine(self) -> Self {
        match self.cycles <= OF_A_WORLD {
            true => self,
            false => Self { cycles: self.cycles.div_ceil(FOR_ONE_OF_AN_ENGINE), of_a_world: 2, ..self },
        }
    }

    fn worlds(&self) -> impl Iterator<Item = (u64, usize)> {
        let (seed, cycles, most) = (self.seed, self.cycles, self.of_a_world.max(1));
        (0..cycles.div_ceil(most)).map(move |world| (seed + world as u64, most.min(cycles - world * most)))
    }

    async fn sum(
        &self,
        test: &str,
        mut worlds: impl stream::Stream<Item = Result<Result<Tally, Broken>, tokio::task::JoinError>> + Unpin,
    ) -> Tally {
        let begin = Instant::now();
        let (mut all, mut broken) = (Tally::default(), Vec::new());
        while let Some(tally) = worlds.next().await {
            match tally.expect("a world does not panic") {
                Ok(tally) => tally.0.into_iter().for_each(|(what, count)| all.count(&what, count)),
                Err(world) => broken.push(world.told(test)),
            }
        }
        assert!(broken.is_empty(), "{} of the worlds are broken.\n\n{}", broken.len(), broken.join("\n\n"));
        eprintln!("{} cycles in {:.0} s: {all}", self.cycles, begin.elapsed().as_secs_f64());
        all
    }
}

impl Broken {
    fn told(&self, test: &str) -> String {
        let Self { seed, cycle, problem, journal } = self;
        let release = if cfg!(debug_assertions) { "" } else { "--release " };
        format!(
            "seed {seed}, cycle {cycle}: {problem:#}\n\n{}\n\nTo repeat it:\nCHAOS_SEED={seed} CHAOS_CYCLES={cycle} cargo \
             test {release}--test it {test} -- --nocapture\n",
            journal.join("\n")
        )
    }
}

impl Tally {
    fn count(&mut self, what: &str, count: usize) {
        *self.0.entry(what.to_owned()).or_default() += count;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts: Vec<_> = self.0.iter().map(|(what, count)| format!("{what} {count}")).collect();
        formatter.write_str(&counts.join(", "))
    }
}
