//! Sharing hides nothing: a model of an API whose lists take their time, fail, and are changed behind everyone's back,
//! and of callers that write, read, and go away.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::*;
use crate::Error;
use crate::scripted_server::impatient;

/// What an organization has, with a count of all that ever happened, which orders it.
#[derive(Debug, Default)]
struct World {
    now: u64,
    names: BTreeSet<u8>,
    /// When a name was changed last, by whomever.
    changes: [u64; 4],
    /// When the last write of the client ended.
    last_end: u64,
    lists: usize,
}

#[derive(Clone, Debug)]
struct Seen {
    /// When the request began.
    begun: u64,
    names: BTreeSet<u8>,
}

#[derive(Clone, Debug)]
struct Caller {
    begins: u64,
    name: u8,
    wants: Wants,
    /// How long the server takes to do it, and then to answer.
    does_in: u64,
    answers_in: u64,
    /// When the caller goes away.
    leaves: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Wants {
    Created,
    Deleted,
    Read,
}

/// How long a list takes to reach the server, and then to come back, in milliseconds; and whether it fails.
type List = (u64, u64, bool);

struct Model {
    world: Mutex<World>,
    list: SharedList<Seen>,
    script: Vec<List>,
    timing: Timing,
}

impl Model {
    fn new(script: Vec<List>, timing: Timing) -> Self {
        Self { world: Mutex::default(), list: SharedList::default(), script, timing }
    }

    fn tick<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world.lock().unwrap();
        world.now += 1;
        change(&mut world)
    }

    /// When that was.
    fn change(&self, name: u8, wants: Wants) -> u64 {
        self.tick(|world| {
            match wants {
                Wants::Created => world.names.insert(name),
                _ => world.names.remove(&name),
            };
            world.changes[usize::from(name)] = world.now;
            world.now
        })
    }

    async fn ask(&self) -> Result<Seen, Failure> {
        let (begun, number) = self.tick(|world| {
            world.lists += 1;
            (world.now, world.lists)
        });
        let (there, back, fails) = self.script[number % self.script.len()];
        sleep(Duration::from_millis(there)).await;
        let names = self.tick(|world| world.names.clone());
        sleep(Duration::from_millis(back)).await;
        if fails { Err(Failure::refused(Error::NoPersonalOrganization)) } else { Ok(Seen { begun, names }) }
    }

    async fn fresh(&self) -> Seen {
        for _ in 0..1000 {
            if let Ok(seen) = self.list.fresh(&self.timing, self.ask()).await {
                return seen;
            }
        }
        panic!("the same failure comes again and again");
    }

    async fn current(&self) -> Seen {
        for _ in 0..1000 {
            if let Ok(seen) = self.list.current(&self.timing, self.ask()).await {
                return seen;
            }
        }
        panic!("the same failure comes again and again");
    }

    async fn call(&self, caller: &Caller) {
        sleep(Duration::from_millis(caller.begins)).await;
        let (asked, last_end) = self.tick(|world| (world.now, world.last_end));
        if caller.wants == Wants::Read {
            let seen = self.current().await;
            assert!(seen.begun > last_end, "a reader was shown a list from before the end of a write");
            return;
        }
        let _write = Under::way(&self.list);
        let before = self.fresh().await;
        assert!(before.begun > asked, "the look before a write began before the write was asked for");
        sleep(Duration::from_millis(caller.does_in)).await;
        let done = self.change(caller.name, caller.wants);
        sleep(Duration::from_millis(caller.answers_in)).await;
        let ended = self.tick(|world| {
            world.last_end = world.now;
            world.now
        });
        self.list.outdate();
        let after = self.fresh().await;
        assert!(after.begun > ended, "a list confirmed a write that ended after it began");
        let changed = self.tick(|world| world.changes[usize::from(caller.name)]);
        if changed == done {
            let is_shown = after.names.contains(&caller.name) == (caller.wants == Wants::Created);
            assert!(is_shown, "what was written is not shown, or what was deleted is");
        }
    }
}

/// A write between its beginning and its end, however it ends.
struct Under<'a>(&'a SharedList<Seen>);

impl<'a> Under<'a> {
    fn way(list: &'a SharedList<Seen>) -> Self {
        list.begin_write();
        Self(list)
    }
}

impl Drop for Under<'_> {
    fn drop(&mut self) {
        self.0.end_write();
    }
}

/// All callers at once, while strangers change what there is; how many lists it took.
fn play(callers: Vec<Caller>, strangers: Vec<(u64, u8, bool)>, script: Vec<List>) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(async {
        let model = Arc::new(Model::new(script, impatient()));
        let mut tasks = JoinSet::new();
        for (at, name, creates) in strangers {
            let model = Arc::clone(&model);
            tasks.spawn(async move {
                sleep(Duration::from_millis(at)).await;
                model.change(name, if creates { Wants::Created } else { Wants::Deleted });
            });
        }
        for caller in callers {
            let model = Arc::clone(&model);
            tasks.spawn(async move {
                let limit = Duration::from_millis(caller.leaves.unwrap_or(60_000));
                let ended = timeout(limit, model.call(&caller)).await;
                assert!(ended.is_ok() || caller.leaves.is_some(), "a caller was left without an answer");
            });
        }
        while let Some(task) = tasks.join_next().await {
            task.unwrap();
        }
        model.world.lock().unwrap().lists
    })
}

fn a_caller() -> impl Strategy<Value = Caller> {
    let wants = prop_oneof![Just(Wants::Created), Just(Wants::Deleted), Just(Wants::Read)];
    (0..60_u64, 0..4_u8, wants, 0..20_u64, 0..20_u64, option::weighted(0.2, 0..80_u64)).prop_map(
        |(begins, name, wants, does_in, answers_in, leaves)| Caller {
            begins,
            name,
            wants,
            does_in,
            answers_in,
            leaves,
        },
    )
}

proptest! {
    #[test]
    fn a_shared_list_never_confirms_a_write_that_ended_after_it_began(
        callers in vec(a_caller(), 1..30),
        strangers in vec((0..100_u64, 0..4_u8, any::<bool>()), 0..10),
        script in vec((0..20_u64, 0..20_u64, proptest::bool::weighted(0.2)), 1..20),
    ) {
        // Some list has to come through.
        let script = [script, vec![(1, 1, false)]].concat();
        play(callers, strangers, script);
    }
}

fn writer(begins: u64) -> Caller {
    Caller { begins, name: 0, wants: Wants::Created, does_in: 5, answers_in: 5, leaves: None }
}

#[test]
fn writes_at_once_share_a_list_before_and_a_list_after() {
    let lists = play((0..10).map(|_| writer(0)).collect(), vec![], vec![(5, 5, false)]);
    // The first goes ahead alone: it does not know of the others yet.
    assert!(lists <= 4, "{lists}");
}

/// A host that comes to one write after another, as soon as it has a place for it and has worked for so many
/// milliseconds; the first come at once. How long it took altogether, and how many lists.
async fn apply(writes: u32, parallelism: usize, works: u64, answers_in: u64) -> (Duration, usize) {
    let half = answers_in / 2;
    let script = vec![(half, answers_in - half, false)];
    let model = Arc::new(Model::new(script, Timing::default()));
    let places = Arc::new(Semaphore::new(parallelism));
    let begin = Instant::now();
    let mut tasks = JoinSet::new();
    for number in 0..writes {
        let place = Arc::clone(&places).acquire_owned().await.unwrap();
        if number as usize >= parallelism {
            sleep(Duration::from_millis(works)).await;
        }
        let model = Arc::clone(&model);
        tasks.spawn(async move {
            model.call(&Caller { does_in: half, answers_in: answers_in - half, ..writer(0) }).await;
            drop(place);
        });
    }
    tasks.join_all().await;
    (begin.elapsed(), model.world.lock().unwrap().lists)
}

#[tokio::test(start_paused = true)]
async fn writes_that_come_one_by_one_share_lists_and_seldom_keep_the_host_from_its_work() {
    for (writes, parallelism, works, answers_in) in
        [(100, 10, 3, 1), (100, 10, 3, 2), (1000, 10, 8, 1), (1000, 10, 8, 3), (1000, 50, 8, 3)]
    {
        let (took, lists) = apply(writes, parallelism, works, answers_in).await;
        let own = Duration::from_millis(u64::from(writes) * works);
        let case = format!("{writes} at {parallelism}, {works} ms, {answers_in} ms: {took:?}, {lists} lists");
        println!("{case}");
        assert!(took <= own * 21 / 20, "{case}");
        assert!(lists <= writes as usize / 2, "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lone_write_waits_for_nobody_also_after_another() {
    let model = Model::new(vec![(5, 5, false)], impatient());
    let begin = Instant::now();
    for _ in 0..5 {
        model.call(&writer(0)).await;
    }
    // Ten lists and five writes of 10 ms each; the clock counts whole milliseconds.
    assert!(begin.elapsed() <= Duration::from_millis(155), "{:?}", begin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_list_that_hangs_does_not_hold_up_the_next() {
    let list = SharedList::<u8>::default();
    let timing = impatient();
    let hangs = list.fresh(&timing, std::future::pending());
    let next = async {
        tokio::task::yield_now().await;
        list.fresh(&timing, async { Ok(2) }).await
    };
    tokio::select! {
        _ = hangs => panic!("it hangs"),
        next = next => assert_eq!(next.unwrap(), 2),
    }
}
