//! The life of objects, as a host leads it.

use plugin_host::host::{Action, FunctionFailure, Host, Instance, MoveFrom};
use plugin_host::values::unknown;
use serde_json::{Value as Json, json};

use crate::{finish, host};

const THING: &str = "test_thing";

fn config(name: &str) -> Json {
    json!({ "name": name, "url": "https://example.com" })
}

fn existing(name: &str) -> Json {
    json!({ "id": format!("id of {name}"), "name": name, "url": "https://example.com" })
}

#[tokio::test]
async fn an_object_is_created_updated_replaced_and_deleted() {
    let host = host().await;
    host.validate_provider(&json!({})).await.unwrap();
    host.configure(&json!({})).await.unwrap();

    let planned = host.plan(THING, None, Some(&config("a"))).await.unwrap();
    assert_eq!(planned.action, Action::Create);
    assert_eq!(planned.state, json!({ "id": unknown(), "name": "a", "url": "https://example.com" }));

    let created = host.apply(THING, None, Some(&config("a"))).await.unwrap().instance.unwrap();
    assert_eq!(created.state, existing("a"));
    assert_eq!(created.identity, json!({ "name": "a" }));
    assert_eq!(created.private, b"planned");

    let again = host.apply(THING, Some(&created), Some(&config("a"))).await.unwrap();
    assert_eq!((again.action, again.instance), (Action::NoOp, Some(created.clone())));

    let moved = json!({ "name": "a", "url": "https://elsewhere.example" });
    let updated = host.apply(THING, Some(&created), Some(&moved)).await.unwrap();
    assert_eq!(updated.action, Action::Update);

    let planned = host.plan(THING, Some(&created), Some(&config("b"))).await.unwrap();
    assert_eq!((planned.action, planned.replaces), (Action::Replace, vec!["name".to_owned()]));
    let replaced = host.apply(THING, Some(&created), Some(&config("b"))).await.unwrap();
    assert_eq!(replaced.action, Action::Replace);
    assert_eq!(replaced.instance.unwrap().state, existing("b"));

    let deleted = host.apply(THING, Some(&created), None).await.unwrap();
    assert_eq!((deleted.action, deleted.instance), (Action::Delete, None));
    finish(host).await;
}

#[tokio::test]
async fn private_bytes_go_from_call_to_call_as_in_a_real_host() {
    let mut host = host().await;
    let config = |name: &str| json!({ "name": name, "url": "https://example.com" });
    let private = |instance: &Instance| String::from_utf8(instance.private.clone()).unwrap();
    let create =
        async |host: &Host| host.apply(THING, None, Some(&config("diary"))).await.unwrap().instance.unwrap();
    let mut stored = create(&host).await;
    assert_eq!(private(&stored), "plan(,plan(,))", "the second plan of an apply gets what the first left");
    stored.private = b"stored".to_vec();
    assert_eq!(host.read(THING, &stored).await.unwrap().instance.as_ref(), Some(&stored));

    let moved = json!({ "name": "diary", "url": "https://elsewhere.example" });
    let updated = host.apply(THING, Some(&stored), Some(&moved)).await.unwrap().instance.unwrap();
    assert_eq!(private(&updated), "plan(stored,plan(stored,))");

    let mut planned = host.plan(THING, Some(&stored), Some(&config("diary 2"))).await.unwrap();
    assert_eq!((planned.action, &*planned.private), (Action::Replace, b"plan(plan(stored,),)".as_slice()));
    planned.private = b"of the plan".to_vec();
    let replaced = host.apply_plan(THING, Some(&stored), Some(&config("diary 2")), planned).await.unwrap();
    assert_eq!(private(&replaced.instance.unwrap()), "plan(,of the plan)");

    host.forget_planned_private();
    assert_eq!(private(&create(&host).await), "plan(,)", "before 1.16 it gets nothing");
    finish(host).await;
}

#[tokio::test]
async fn an_error_while_creating_saves_what_there_is() {
    let host = host().await;
    let forbidden = host.apply(THING, None, Some(&config("forbidden"))).await.unwrap();
    assert_eq!(forbidden.instance, None);
    assert_eq!(forbidden.diagnostics[0].to_string(), "Error: Thing not saved");

    let half = host.apply(THING, None, Some(&config("half"))).await.unwrap();
    assert_eq!(half.instance.unwrap().state, existing("half"));
    finish(host).await;
}

#[tokio::test]
async fn reading_upgrades_first_and_drops_what_is_gone() {
    let host = host().await;
    let created = host.apply(THING, None, Some(&config("a"))).await.unwrap().instance.unwrap();
    let read = host.read(THING, &created).await.unwrap();
    assert_eq!(read.instance, Some(created));

    let gone = host.apply(THING, None, Some(&config("gone"))).await.unwrap().instance.unwrap();
    assert_eq!(host.read(THING, &gone).await.unwrap().instance, None);

    let unreadable = host.apply(THING, None, Some(&config("unreadable"))).await.unwrap().instance.unwrap();
    let read = host.read(THING, &unreadable).await.unwrap();
    assert_eq!(
        (read.diagnostics[0].to_string(), read.instance),
        ("Error: Thing not read".to_owned(), Some(unreadable))
    );
    finish(host).await;
}

#[tokio::test]
async fn an_object_is_imported_by_id_and_by_identity() {
    let host = host().await;
    let by_id = host.import_by_id(THING, "a").await.unwrap();
    assert_eq!(by_id.before_read, existing("a"));
    let by_identity = host.import_by_identity(THING, &json!({ "name": "a" })).await.unwrap();
    assert_eq!(by_identity.instance, by_id.instance);

    let gone = host.import_by_id(THING, "gone").await.unwrap();
    assert_eq!(gone.instance, None);
    assert_eq!(gone.diagnostics[0].summary, "Cannot import non-existent remote object");
    finish(host).await;
}

#[tokio::test]
async fn state_of_another_type_is_moved() {
    let host = host().await;
    let from = MoveFrom {
        provider: "registry.terraform.io/example/other".to_owned(),
        type_name: "other_thing".to_owned(),
        version: 3,
        state: json!({ "title": "a" }),
        identity: Json::Null,
        private: b"kept".to_vec(),
    };
    let (moved, diagnostics) = host.move_state(THING, &from).await.unwrap();
    let moved = moved.unwrap();
    assert_eq!((moved.state.to_json(), moved.private), (existing("a"), b"kept".to_vec()));
    assert_eq!(diagnostics, []);
    finish(host).await;
}

#[tokio::test]
async fn data_is_read_listed_and_written_as_configuration() {
    let host = host().await;
    let data = host.read_data_source("test_look", &json!({ "name": "abc" })).await.unwrap();
    assert_eq!(data.state, json!({ "name": "abc", "length": 3 }));

    let listed = host.list(THING, &json!({}), true, 2).await.unwrap();
    let names: Vec<_> = listed.iter().map(|listed| listed.display_name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(listed[1].object.clone().unwrap(), existing("b"));

    let state = listed[0].object.clone().unwrap();
    let generated = host.generate_config(THING, &state).await.unwrap();
    assert_eq!(generated.value, json!({ "id": null, "name": "a", "url": "https://example.com" }));
    finish(host).await;
}

#[tokio::test]
async fn a_function_gets_what_it_takes_and_nothing_else() {
    let host = host().await;
    let call = async |argument| host.call_function("twice", &[argument]).await.unwrap();
    assert_eq!(call(json!("ab")).await.unwrap(), json!("abab"));
    assert_eq!(call(unknown()).await.unwrap(), unknown());
    let failure = |text: &str| FunctionFailure { text: text.to_owned(), argument: Some(0) };
    assert_eq!(call(Json::Null).await, Err(failure("argument must not be null")));
    assert_eq!(call(json!("")).await, Err(failure("nothing to double")));
    finish(host).await;
}
