//! A provider that shows what the calls come to.

use std::time::{Duration, SystemTime};

use framework::{
    Applied, Diagnostic, Diagnostics, DynEphemeralResource, DynFunction, DynListResource, DynResource,
    EphemeralResource, Field, Function, FunctionError, ListResource, Listed, Lookup, Managed, Model as _,
    Opened, Plan, Planned, Private, Provider, Readiness, Renewed, Resource, Secret,
};

framework::model! {
    /// The provider block.
    pub(super) struct Block, Config {
        /// How many at once.
        limit: Option<u64> = optional(),
    }
}

framework::model! {
    /// A note without a name of its own.
    pub(super) struct Note, PlannedNote {
        /// What it says.
        text: String = required(),
        /// How large.
        size: Option<i64> = optional(),
    }
}

framework::model! {
    /// A note with a name.
    pub(super) struct Named, PlannedNamed {
        /// Its name.
        name: String = required().identity("Name of the note."),
    }
}

framework::model! {
    /// A lease.
    pub(super) struct Lease, LeaseConfig {
        /// What is leased.
        what: String = required(),
        /// For how long, in seconds.
        seconds: Option<u64> = optional(),
        /// What opens it.
        key: Secret = computed(),
    }
}

framework::model! {
    /// Repeats a word.
    pub(super) struct Repeated {
        /// The word.
        word: String = required(),
        /// How often.
        times: u64 = required(),
    }
}

/// Notes, leases and a function, which tell what they were called with.
pub(super) struct TestProvider(pub(super) Readiness);

impl Provider for TestProvider {
    type Block = Block;

    fn configure(&self, _: Config) -> Diagnostics {
        Diagnostics::none()
    }

    fn readiness(&self) -> Readiness {
        self.0
    }

    fn resources(&self) -> Vec<Box<dyn DynResource>> {
        vec![Box::new(Managed::new(NoteResource)), Box::new(Managed::new(NamedResource))]
    }

    fn ephemeral_resources(&self) -> Vec<Box<dyn DynEphemeralResource>> {
        vec![Box::new(LeaseResource)]
    }

    fn functions(&self) -> Vec<Box<dyn DynFunction>> {
        vec![Box::new(Repeat)]
    }

    fn list_resources(&self) -> Vec<Box<dyn DynListResource>> {
        vec![Box::new(NamedList)]
    }
}

/// Each call notes its name behind those before it.
fn noted(private: &mut Private, call: &str) {
    let calls = format!("{} {call}", private.get("calls").unwrap_or("host"));
    private.set("calls", calls);
}

struct NoteResource;

impl Resource for NoteResource {
    type State = Note;

    fn type_name(&self) -> &'static str {
        "test_note"
    }

    async fn plan(&self, plan: &mut Plan<Note>) -> Diagnostics {
        noted(&mut plan.private, "plan");
        Diagnostics::none()
    }

    async fn create(&self, planned: PlannedNote, private: &mut Private) -> Applied<Note> {
        noted(private, "create");
        match Note::settled(planned) {
            Ok(note) => Applied::done(note),
            Err(errors) => Applied::Failed { remains: None, errors },
        }
    }

    async fn update(&self, _: Note, planned: PlannedNote, private: &mut Private) -> Applied<Note> {
        noted(private, "update");
        match Note::settled(planned) {
            Ok(note) => Applied::done(note),
            Err(errors) => Applied::Failed { remains: None, errors },
        }
    }

    async fn delete(&self, _: Note, private: &Private) -> Result<(), Diagnostics> {
        Err(Diagnostic::error("Kept", private.get("calls").unwrap_or_default()).into())
    }

    async fn read(&self, state: Note, private: &mut Private) -> Result<Lookup<Note>, Diagnostics> {
        if state.text == "slow" {
            std::future::pending::<()>().await;
        }
        noted(private, "read");
        Ok(Lookup::Found(state))
    }
}

struct NamedResource;

impl Resource for NamedResource {
    type State = Named;

    fn type_name(&self) -> &'static str {
        "test_named"
    }

    async fn create(&self, planned: PlannedNamed, _: &mut Private) -> Applied<Named> {
        Applied::done(Named { name: planned.name.known().unwrap_or_default() })
    }

    async fn update(&self, prior: Named, _: PlannedNamed, _: &mut Private) -> Applied<Named> {
        Applied::done(prior)
    }

    async fn delete(&self, _: Named, _: &Private) -> Result<(), Diagnostics> {
        Ok(())
    }

    async fn read(&self, state: Named, _: &mut Private) -> Result<Lookup<Named>, Diagnostics> {
        Ok(Lookup::Found(state))
    }
}

struct NamedList;

impl ListResource for NamedList {
    type Config = Block;
    type State = Named;

    fn type_name(&self) -> &'static str {
        "test_named"
    }

    async fn list(&self, _: Planned<Block>) -> Result<Vec<Listed<Named>>, Diagnostics> {
        Ok(vec![Listed { display_name: "A".to_owned(), state: Named { name: "a".to_owned() } }])
    }
}

struct LeaseResource;

/// When leases end that were opened for no time of their own.
const START: SystemTime = SystemTime::UNIX_EPOCH;

impl EphemeralResource for LeaseResource {
    type State = Lease;

    fn type_name(&self) -> &'static str {
        "test_lease"
    }

    fn validate(&self, config: &LeaseConfig) -> Diagnostics {
        match &config.what {
            Field::Known(what) if what == "nothing" => {
                Diagnostic::error("Nothing", "Lease something.").into()
            }
            _ => Diagnostics::none(),
        }
    }

    async fn open(&self, config: LeaseConfig) -> Result<Opened<Lease>, Diagnostics> {
        let what = config.what.settled("what")?;
        match what.as_str() {
            "slow" => std::future::pending().await,
            "taken" => Err(Diagnostic::error("Taken", "Somebody has it.").into()),
            _ => {
                let seconds = config.seconds.known();
                let mut private = Private::default();
                noted(&mut private, "open");
                Ok(Opened {
                    renew_at: seconds.map(|seconds| START + Duration::from_millis(seconds * 1000 + 500)),
                    state: Lease { what, seconds, key: Secret::new("hush") },
                    private,
                    warnings: Diagnostic::warning("Mind", "it").into(),
                })
            }
        }
    }

    async fn renew(&self, mut private: Private) -> Result<Renewed, Diagnostics> {
        match private.get("calls") {
            Some("slow") => std::future::pending().await,
            Some(_) => {
                noted(&mut private, "renew");
                Ok(Renewed { renew_at: Some(START + Duration::from_secs(60)), private })
            }
            None => Err(Diagnostic::error("Unknown", "It was never opened.").into()),
        }
    }

    async fn close(&self, private: Private) -> Result<(), Diagnostics> {
        // Long enough for a stop to come in between.
        tokio::task::yield_now().await;
        Err(Diagnostic::error("Closed", private.get("calls").unwrap_or("without notes")).into())
    }
}

struct Repeat;

impl Function for Repeat {
    type Arguments = Repeated;
    type Result = Vec<String>;

    fn name(&self) -> &'static str {
        "repeat"
    }

    fn summary(&self) -> &'static str {
        "Repeats"
    }

    fn call(&self, arguments: Repeated) -> Result<Vec<String>, FunctionError> {
        if arguments.times > 9 {
            return Err(FunctionError::argument(1, "nine times at most"));
        }
        Ok((0..arguments.times).map(|_| arguments.word.clone()).collect())
    }
}
