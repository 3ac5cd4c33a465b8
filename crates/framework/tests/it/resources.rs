//! A managed resource as whoever serves it sees it: what a plan, an apply and a read answer, also where they fail.

use framework::{
    Applied, AttributePath, Change, Diagnostic, Diagnostics, DynResource, Field, Import, ImportRequest,
    ImportTarget, Lookup, Managed, Object, Plan, PlanRequest, PlanResponse, Private, Resource, StateResponse,
    Value,
};

framework::model! {
    struct Thing, PlannedThing {
        name: String = required().replaces().identity("Name of the thing."),
        size: Option<i64> = optional(),
        home: String = optional_computed().keeps_prior(),
        id: String = computed().keeps_prior(),
    }
}

framework::model! {
    struct Plain, PlannedPlain {
        text: String = required(),
    }
}

/// A resource that does as it is told, and notes each call in the private data.
#[derive(Debug, Clone)]
struct Scripted {
    /// What an apply comes to.
    applied: Applied<Thing>,
    deleted: Result<(), Diagnostics>,
    read: Result<Lookup<Thing>, Diagnostics>,
    plan: fn(&mut Plan<Thing>) -> Diagnostics,
}

impl Default for Scripted {
    fn default() -> Self {
        Self {
            applied: Applied::done(thing("n")),
            deleted: Ok(()),
            read: Ok(Lookup::Found(thing("n"))),
            plan: |_| Diagnostics::none(),
        }
    }
}

impl Resource for Scripted {
    type State = Thing;

    const SCHEMA_VERSION: i64 = 2;

    fn type_name(&self) -> &'static str {
        "test_thing"
    }

    fn validate(&self, config: &PlannedThing) -> Diagnostics {
        match (&config.name, &config.home) {
            (Field::Known(name), Field::Known(home)) if name == home => failed("Same").into(),
            _ => Diagnostics::none(),
        }
    }

    fn upgrade(&self, version: i64, stored: &mut PlannedThing) {
        if version == 0 && stored.home.is_null() {
            stored.home = Field::Known("since 0".to_owned());
        }
    }

    async fn plan(&self, plan: &mut Plan<Thing>) -> Diagnostics {
        (self.plan)(plan)
    }

    async fn create(&self, planned: PlannedThing, private: &mut Private) -> Applied<Thing> {
        note(private, format!("create {planned:?}"));
        self.applied.clone()
    }

    async fn update(&self, prior: Thing, planned: PlannedThing, private: &mut Private) -> Applied<Thing> {
        note(private, format!("update {prior:?} to {planned:?}"));
        self.applied.clone()
    }

    async fn delete(&self, prior: Thing, private: &Private) -> Result<(), Diagnostics> {
        assert_eq!((prior, private.get("mark")), (thing("n"), Some("m")));
        self.deleted.clone()
    }

    async fn read(&self, state: Thing, private: &mut Private) -> Result<Lookup<Thing>, Diagnostics> {
        note(private, format!("read {state:?}"));
        self.read.clone()
    }
}

impl Import for Scripted {
    async fn import(&self, target: ImportTarget<Thing>) -> Result<Thing, Diagnostics> {
        match target {
            ImportTarget::Id(id) if id == "none" => Err(failed("Not found").into()),
            ImportTarget::Id(id) => Ok(thing(&id)),
            ImportTarget::Identity(PlannedThing {
                name,
                size: Field::Null,
                home: Field::Null,
                id: Field::Null,
            }) => Ok(thing(&name.known().unwrap())),
            ImportTarget::Identity(other) => panic!("more than an identity: {other:?}"),
        }
    }
}

struct WithoutIdentity;

impl Resource for WithoutIdentity {
    type State = Plain;

    fn type_name(&self) -> &'static str {
        "test_plain"
    }

    async fn create(&self, planned: PlannedPlain, _: &mut Private) -> Applied<Plain> {
        Applied::done(Plain { text: planned.text.known().unwrap() })
    }

    async fn update(&self, prior: Plain, _: PlannedPlain, _: &mut Private) -> Applied<Plain> {
        Applied::done(prior)
    }

    async fn delete(&self, _: Plain, _: &Private) -> Result<(), Diagnostics> {
        Ok(())
    }

    async fn read(&self, state: Plain, _: &mut Private) -> Result<Lookup<Plain>, Diagnostics> {
        Ok(Lookup::Found(state))
    }
}

/// Notes a call, and that the notes from before it were there.
fn note(private: &mut Private, call: String) {
    assert_eq!(private.get("mark"), Some("m"), "{call}");
    private.set("call", call);
}

fn marked() -> Private {
    [("mark".to_owned(), "m".to_owned())].into_iter().collect()
}

fn failed(summary: &str) -> Diagnostic {
    Diagnostic::error(summary, "It is a test.")
}

fn thing(name: &str) -> Thing {
    Thing { name: name.to_owned(), size: Some(1), home: "h".to_owned(), id: format!("id of {name}") }
}

/// [`thing`] as an object.
fn object(name: &str) -> Object {
    let size = Value::Number(1_i64.into());
    Object::new().with("name", name).with("size", size).with("home", "h").with("id", format!("id of {name}"))
}

/// [`object`] with a size that no model can hold, as only a bug brings about.
fn unreadable() -> Object {
    object("n").with("size", "hush")
}

fn identity(name: &str) -> Option<Object> {
    Some(Object::new().with("name", name))
}

fn summaries(diagnostics: Diagnostics) -> Vec<String> {
    diagnostics.into_iter().map(|one| one.summary).collect()
}

fn details(diagnostics: Diagnostics) -> Vec<String> {
    diagnostics.into_iter().map(|one| one.detail).collect()
}

async fn applied(scripted: &Scripted, change: Change) -> StateResponse {
    Managed::new(scripted.clone()).apply(change, marked()).await
}

fn create() -> Change {
    Change::Create { planned: object("n") }
}

fn update() -> Change {
    Change::Update { prior: object("n"), planned: object("n").with("home", "new") }
}

fn delete() -> Change {
    Change::Delete { prior: object("n") }
}

#[tokio::test]
async fn an_apply_answers_the_new_state_with_its_identity_and_notes() {
    let warned = Applied::Done { state: thing("x"), warnings: Diagnostic::warning("Mind", "it").into() };
    let scripted = Scripted { applied: warned, ..Scripted::default() };
    for (change, call) in [(create(), "create PlannedThing"), (update(), "update Thing { name: \"n\"")] {
        let response = applied(&scripted, change).await;
        assert_eq!(response.state, Some(object("x")));
        assert_eq!(response.identity, identity("x"));
        assert_eq!(response.private.get("mark"), Some("m"));
        assert!(
            response.private.get("call").unwrap().starts_with(call),
            "{:?}",
            response.private.get("call")
        );
        assert_eq!(summaries(response.diagnostics), ["Mind"]);
    }
    let response = applied(&scripted, delete()).await;
    assert_eq!((response.state, response.identity), (None, None));
    assert_eq!(response.diagnostics, Diagnostics::none());
}

#[tokio::test]
async fn an_update_is_given_the_prior_state_and_the_plan() {
    let response = applied(&Scripted::default(), update()).await;
    let call = response.private.get("call").unwrap();
    assert!(call.contains("home: \"h\"") && call.contains("home: Known(\"new\")"), "{call}");
}

/// What is null in the answer of a failed apply is gone from the state, and with it the only trace of an object.
#[tokio::test]
async fn a_failed_apply_answers_what_remains() {
    let fails = |remains: Option<Thing>| Scripted {
        applied: Applied::Failed { remains, errors: failed("No").into() },
        deleted: Err(failed("No").into()),
        ..Scripted::default()
    };
    for (case, scripted, change, remains) in [
        ("a create that made nothing", fails(None), create(), None),
        ("a create that made something", fails(Some(thing("x"))), create(), Some(object("x"))),
        ("an update that changed nothing", fails(Some(thing("n"))), update(), Some(object("n"))),
        ("an update that changed something", fails(Some(thing("x"))), update(), Some(object("x"))),
        ("an update that does not say", fails(None), update(), Some(object("n"))),
        ("a delete", fails(None), delete(), Some(object("n"))),
    ] {
        let response = applied(&scripted, change).await;
        assert_eq!(response.state, remains, "{case}");
        let name = |object: Object| object.take("name").0;
        assert_eq!(response.identity.map(name), remains.map(name), "{case}");
        assert_eq!(response.private.get("mark"), Some("m"), "{case}");
        assert_eq!(summaries(response.diagnostics), ["No"], "{case}");
    }
}

#[tokio::test]
async fn what_can_t_be_read_changes_nothing() {
    let bug = "test_thing could not be read: attribute \"size\" is not a whole number that 64 bits can hold. This is a \
               bug in the provider, please report it.";
    for (case, change, remains) in [
        ("the plan of a create", Change::Create { planned: unreadable() }, None),
        (
            "the plan of an update",
            Change::Update { prior: object("n"), planned: unreadable() },
            Some(object("n")),
        ),
        (
            "the prior state of an update",
            Change::Update { prior: unreadable(), planned: object("n") },
            Some(unreadable()),
        ),
        ("the state of a delete", Change::Delete { prior: unreadable() }, Some(unreadable())),
    ] {
        let response = applied(&Scripted::default(), change).await;
        assert_eq!(response.identity, remains.as_ref().and_then(|_| identity("n")), "{case}");
        assert_eq!(response.state, remains, "{case}");
        assert_eq!(response.private, marked(), "{case}");
        assert_eq!(details(response.diagnostics), [bug], "{case}");
    }
    let read = Managed::new(Scripted::default()).read(unreadable(), marked()).await;
    assert_eq!((read.state, read.identity, read.private), (Some(unreadable()), identity("n"), marked()));
    assert_eq!(details(read.diagnostics), [bug]);
}

#[tokio::test]
async fn a_read_answers_what_is_there() {
    let read = |read| async {
        Managed::new(Scripted { read, ..Scripted::default() }).read(object("n"), marked()).await
    };
    let found = read(Ok(Lookup::Found(thing("x")))).await;
    assert_eq!((found.state, found.identity), (Some(object("x")), identity("x")));
    assert!(found.private.get("call").unwrap().starts_with("read Thing"));
    assert_eq!(found.diagnostics, Diagnostics::none());

    let missing = read(Ok(Lookup::Missing)).await;
    assert_eq!((missing.state, missing.identity), (None, None));
    assert_eq!(missing.diagnostics, Diagnostics::none());
}

#[tokio::test]
async fn a_read_that_fails_or_waits_answers_the_recorded_state() {
    for (answer, summary) in [
        (Err(Diagnostics::from(failed("No"))), "No"),
        (Ok(Lookup::Postponed(Diagnostic::warning("Later", "on").into())), "Later"),
    ] {
        let managed = Managed::new(Scripted { read: answer, ..Scripted::default() });
        let read = managed.read(object("n"), marked()).await;
        assert_eq!((read.state, read.identity), (Some(object("n")), identity("n")), "{summary}");
        assert_eq!(read.private.get("mark"), Some("m"));
        assert_eq!(summaries(read.diagnostics), [summary]);
    }
}

/// What a host proposes for a configuration, with computed attributes as they were.
fn request(prior: Option<Object>, config: Object) -> PlanRequest {
    let planned = match &prior {
        Some(prior) => {
            let kept = config.iter().filter(|(_, value)| **value != Value::Null);
            let kept: Vec<_> = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
            kept.into_iter().fold(prior.clone(), |object, (name, value)| object.with(name, value))
        }
        None => config.clone(),
    };
    let change = match prior {
        Some(prior) => Change::Update { prior, planned },
        None => Change::Create { planned },
    };
    PlanRequest { change, config: Some(config), identity: None, private: marked() }
}

fn config(name: impl Into<Value>) -> Object {
    let size = Value::Number(1_i64.into());
    Object::new().with("name", name).with("size", size).with("home", Value::Null).with("id", Value::Null)
}

async fn planned(scripted: Scripted, request: PlanRequest) -> PlanResponse {
    Managed::new(scripted).plan(request).await
}

#[tokio::test]
async fn a_plan_is_made_by_schema_and_resource_together() {
    let scripted = Scripted {
        plan: |plan| {
            assert_eq!(plan.prior, None);
            assert_eq!(plan.config.home, Field::Null);
            assert_eq!((&plan.planned.home, &plan.planned.id), (&Field::Unknown, &Field::Unknown));
            assert_eq!(plan.private.get("mark"), Some("m"));
            plan.planned.home = Field::Known("made up".to_owned());
            plan.private.set("mark", "for the apply");
            Diagnostic::warning("Mind", "it").into()
        },
        ..Scripted::default()
    };
    let response = planned(scripted, request(None, config("n"))).await;
    assert_eq!(response.planned, Some(config("n").with("home", "made up").with("id", Value::Unknown)));
    assert_eq!(response.private.get("mark"), Some("for the apply"));
    assert_eq!(response.identity, identity("n"));
    assert_eq!(response.requires_replace, []);
    assert_eq!(summaries(response.diagnostics), ["Mind"]);
}

#[tokio::test]
async fn an_identity_is_planned_once_all_of_it_is_known() {
    let response = planned(Scripted::default(), request(None, config(Value::Unknown))).await;
    assert_eq!(response.identity, None);
    // An object keeps the one on record, or else that of its state, whatever is planned.
    for (recorded, expected) in [(identity("recorded"), identity("recorded")), (None, identity("n"))] {
        let changed = PlanRequest { identity: recorded.clone(), ..request(Some(object("n")), config("x")) };
        assert_eq!(planned(Scripted::default(), changed).await.identity, expected);
        let deleted = PlanRequest { change: delete(), config: None, identity: recorded, private: marked() };
        assert_eq!(planned(Scripted::default(), deleted).await.identity, expected);
    }
}

#[tokio::test]
async fn a_plan_names_what_takes_another_object() {
    let response = planned(Scripted::default(), request(Some(object("n")), config("x"))).await;
    assert_eq!(response.requires_replace, [AttributePath::root("name")]);
    assert_eq!(response.planned, Some(object("n").with("name", "x")));
    let same = planned(Scripted::default(), request(Some(object("n")), config("n"))).await;
    assert_eq!((same.requires_replace, same.planned), (vec![], Some(object("n"))));
}

#[tokio::test]
async fn a_plan_of_a_delete_asks_nobody() {
    let scripted = Scripted { plan: |_| panic!("nothing is to be settled"), ..Scripted::default() };
    let request = PlanRequest { change: delete(), config: None, identity: None, private: marked() };
    let response = planned(scripted, request).await;
    assert_eq!((response.planned, response.private), (None, marked()));
    assert_eq!((response.requires_replace, response.diagnostics), (vec![], Diagnostics::none()));
}

#[tokio::test]
async fn a_plan_that_can_t_be_made_says_why() {
    let responses = [
        planned(Scripted::default(), request(Some(unreadable()), config("n"))).await,
        planned(Scripted::default(), request(None, config("n").with("size", "hush"))).await,
    ];
    for response in responses {
        let said = details(response.diagnostics);
        assert!(said.len() == 1 && said[0].starts_with("test_thing could not be read: "), "{said:?}");
        assert_eq!(response.private, marked());
    }
}

#[tokio::test]
async fn without_an_identity_there_is_none_anywhere() {
    let managed = Managed::new(WithoutIdentity);
    let plain = || Object::new().with("text", "t");
    let change = Change::Create { planned: plain() };
    let request =
        PlanRequest { change: change.clone(), config: Some(plain()), identity: None, private: marked() };
    assert_eq!(managed.plan(request).await.identity, None);
    assert_eq!(managed.apply(change, marked()).await.identity, None);
    let read = managed.read(plain(), marked()).await;
    assert_eq!((read.state, read.identity), (Some(plain()), None));
    assert_eq!(managed.schema().version, 0);
}

#[tokio::test]
async fn what_can_be_imported_is_found_by_either_name() {
    let managed = Managed::new(Scripted::default()).importable();
    assert!(managed.is_importable());
    for target in [ImportRequest::Id("x".to_owned()), ImportRequest::Identity(identity("x").unwrap())] {
        assert_eq!(managed.import(target).await, Ok(object("x")));
    }
    let errors = managed.import(ImportRequest::Id("none".to_owned())).await.unwrap_err();
    assert_eq!(summaries(errors), ["Not found"]);
}

#[tokio::test]
async fn what_can_t_be_imported_says_so() {
    let managed = Managed::new(Scripted::default());
    assert!(!managed.is_importable());
    let errors = managed.import(ImportRequest::Id("x".to_owned())).await.unwrap_err();
    assert_eq!(summaries(errors.clone()), ["Import not supported"]);
    assert_eq!(
        details(errors),
        ["Objects of test_thing can't be imported. Declare a new one, which the next apply creates."]
    );
}

#[test]
fn stored_state_is_upgraded_by_its_version() {
    let managed = Managed::new(Scripted::default());
    assert_eq!(managed.schema().version, 2);
    let without_home = object("n").with("home", Value::Null);
    assert_eq!(managed.upgrade(0, without_home.clone()), Ok(object("n").with("home", "since 0")));
    assert_eq!(managed.upgrade(2, object("n")), Ok(object("n")));
    assert_eq!(managed.upgrade(2, object("n").with("gone", "x")), Ok(object("n")));

    let errors = managed.upgrade(1, without_home).unwrap_err();
    assert_eq!(
        details(errors),
        [
            "A test_thing can't be read from its stored state: attribute \"home\" is not a known string. Restore the \
             state from a backup, or remove the object from it (terraform state rm)."
        ]
    );
    assert_eq!(summaries(managed.upgrade(2, unreadable()).unwrap_err()), ["Stored state can't be read"]);
    let errors = managed.upgrade(3, object("n")).unwrap_err();
    assert_eq!(summaries(errors.clone()), ["State of a newer provider"]);
    assert_eq!(
        details(errors),
        [
            "This test_thing was saved at schema version 3, and this provider knows versions up to 2. Use the newer \
             version of the provider that saved it."
        ]
    );
}

#[test]
fn a_configuration_is_checked_by_schema_and_resource_together() {
    let managed = Managed::new(Scripted::default());
    assert_eq!(managed.type_name(), "test_thing");
    assert_eq!(managed.validate(config("n")), Diagnostics::none());
    assert_eq!(summaries(managed.validate(config("n").with("home", "n"))), ["Same"]);
    // A number that does not fit is the person's to mend, and no bug.
    let half = Value::Number("0.5".parse().unwrap());
    assert_eq!(summaries(managed.validate(config("n").with("size", half))), ["Invalid number"]);
    assert_eq!(summaries(managed.validate(config("n").with("size", "x"))), ["Provider bug"]);
}

#[tokio::test]
async fn by_default_the_configuration_of_a_state_is_what_may_be_configured() {
    let managed = Managed::new(Scripted::default());
    assert_eq!(managed.configuration(object("n")).await, Ok(object("n").with("id", Value::Null)));
    assert_eq!(summaries(managed.configuration(unreadable()).await.unwrap_err()), ["Provider bug"]);
}
