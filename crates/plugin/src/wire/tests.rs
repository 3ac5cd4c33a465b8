//! The service as a host calls it, with a provider that shows what the calls come to.

mod provider;

use serde_json::{Value as Json, json};
use tonic::{Code, Request, Response, Status};

use framework::{Readiness, Schema, Secret, Type, Value};

use provider::{Lease, Named, Note, TestProvider};

use super::proto::{self, ClientCapabilities, DynamicValue, RawState, provider_server::Provider as _};
use super::{dynamic_value, schema, service::Service};

fn service() -> Service<TestProvider> {
    Service::new(TestProvider(Readiness::Ready))
}

/// A value as a host may send it.
fn sent(value: Json) -> Option<DynamicValue> {
    Some(DynamicValue { json: value.to_string().into_bytes(), msgpack: Vec::new() })
}

fn unknown() -> Option<DynamicValue> {
    Some(dynamic_value::encode(&Value::Unknown, &Type::String).unwrap())
}

/// A value that a host was answered, read by the schema of a model.
#[track_caller]
fn received<M: framework::Model>(value: Option<DynamicValue>) -> Value {
    dynamic_value::decode(value, &Schema::of::<M>().object_type(), "answer").unwrap()
}

fn told(diagnostics: &[proto::Diagnostic]) -> Vec<(&str, &str)> {
    diagnostics.iter().map(|one| (one.summary.as_str(), one.detail.as_str())).collect()
}

fn answer<T>(response: Result<Response<T>, Status>) -> T {
    response.unwrap().into_inner()
}

/// A call that the host asks to stop while it is under way.
async fn stopped<T>(service: &Service<TestProvider>, call: impl Future<Output = T>) -> T {
    let stop = service.stop_provider(Request::new(proto::stop_provider::Request::default()));
    let (result, stop) = tokio::join!(call, stop);
    stop.unwrap();
    result
}

fn lease(what: &str, seconds: Json) -> proto::open_ephemeral_resource::Request {
    proto::open_ephemeral_resource::Request {
        type_name: "test_lease".to_owned(),
        config: sent(json!({ "what": what, "seconds": seconds, "key": null })),
        client_capabilities: None,
    }
}

async fn open(
    service: &Service<TestProvider>,
    request: proto::open_ephemeral_resource::Request,
) -> proto::open_ephemeral_resource::Response {
    answer(service.open_ephemeral_resource(Request::new(request)).await)
}

#[tokio::test]
async fn an_ephemeral_resource_is_opened_with_its_values_notes_and_time() {
    let opened = open(&service(), lease("van", json!(7))).await;
    let open_lease = Lease { what: "van".to_owned(), seconds: Some(7), key: Secret::new("hush") };
    assert_eq!(received::<Lease>(opened.result), framework::Convert::into_value(open_lease));
    assert_eq!(opened.renew_at, Some(prost_types::Timestamp { seconds: 7, nanos: 500_000_000 }));
    assert_eq!(opened.private.as_deref(), Some(&br#"{"calls":"host open"}"#[..]));
    assert_eq!(told(&opened.diagnostics), [("Mind", "it")]);
    assert_eq!(opened.deferred, None);

    assert_eq!(open(&service(), lease("van", json!(null))).await.renew_at, None);
}

#[tokio::test]
async fn an_ephemeral_resource_that_was_not_opened_says_why() {
    let stopped_message =
        "The work on test_lease was given up because Terraform asked to stop. Nothing was changed.";
    let service = service();
    for (opened, summary, detail) in [
        (open(&service, lease("taken", json!(1))).await, "Taken", "Somebody has it."),
        (
            open(&service, lease("van", json!(0.5))).await,
            "Invalid number",
            "seconds must be a whole number from 0 to 18446744073709551615.",
        ),
        (stopped(&service, open(&service, lease("slow", json!(1)))).await, "Interrupted", stopped_message),
    ] {
        assert_eq!(told(&opened.diagnostics), [(summary, detail)]);
        assert_eq!(received::<Lease>(opened.result), Value::Null, "{summary}");
        assert_eq!((opened.renew_at, opened.private, opened.deferred), (None, None, None), "{summary}");
    }
}

#[tokio::test]
async fn an_ephemeral_resource_waits_for_the_provider_block_where_the_host_can() {
    let service = Service::new(TestProvider(Readiness::AwaitsConfiguration));
    for (deferral_allowed, deferred) in [(true, true), (false, false)] {
        let client_capabilities = Some(ClientCapabilities { deferral_allowed, ..Default::default() });
        let request =
            proto::open_ephemeral_resource::Request { client_capabilities, ..lease("van", json!(7)) };
        let opened = open(&service, request).await;
        assert_eq!(opened.deferred.is_some(), deferred);
        assert_eq!(received::<Lease>(opened.result) == Value::Unknown, deferred);
        assert_eq!(opened.private.is_none(), deferred);
    }
}

#[tokio::test]
async fn an_ephemeral_resource_is_checked_by_schema_and_provider() {
    let service = service();
    for (config, said) in [
        (json!({ "what": "van", "seconds": 1, "key": null }), vec![]),
        (json!({ "what": "nothing", "seconds": 1, "key": null }), vec![("Nothing", "Lease something.")]),
        (
            json!({ "what": "van", "seconds": -1, "key": null }),
            vec![("Invalid number", "seconds must be a whole number from 0 to 18446744073709551615.")],
        ),
    ] {
        let request = proto::validate_ephemeral_resource_config::Request {
            type_name: "test_lease".to_owned(),
            config: sent(config),
        };
        let checked = answer(service.validate_ephemeral_resource_config(Request::new(request)).await);
        assert_eq!(told(&checked.diagnostics), said);
    }
}

#[tokio::test]
async fn a_renewal_is_given_the_notes_and_answers_new_ones() {
    let service = service();
    let renew = |private: Option<&str>| proto::renew_ephemeral_resource::Request {
        type_name: "test_lease".to_owned(),
        private: private.map(|private| private.as_bytes().to_vec()),
    };
    let request = renew(Some(r#"{"calls":"host open"}"#));
    let renewed = answer(service.renew_ephemeral_resource(Request::new(request)).await);
    assert_eq!(renewed.renew_at, Some(prost_types::Timestamp { seconds: 60, nanos: 0 }));
    assert_eq!(renewed.private.as_deref(), Some(&br#"{"calls":"host open renew"}"#[..]));
    assert_eq!(told(&renewed.diagnostics), []);

    // What could not be renewed is still to be closed, with the notes that it has.
    for (private, work, summary) in [
        (None, false, "Unknown"),
        (Some(r#"{"other":"x"}"#), false, "Unknown"),
        (Some(r#"{"calls":"slow"}"#), true, "Interrupted"),
    ] {
        let call = service.renew_ephemeral_resource(Request::new(renew(private)));
        let failed = answer(if work { stopped(&service, call).await } else { call.await });
        assert_eq!(failed.private.as_deref(), private.map(str::as_bytes), "{summary}");
        assert_eq!(failed.renew_at, None, "{summary}");
        assert_eq!(told(&failed.diagnostics)[0].0, summary);
    }
}

#[tokio::test]
async fn a_close_is_given_the_notes_and_goes_on_after_a_stop() {
    let service = service();
    for (private, detail) in [
        (Some(br#"{"calls":"host open"}"#.to_vec()), "host open"),
        (None, "without notes"),
        (Some(b"of another".to_vec()), "without notes"),
    ] {
        let request =
            proto::close_ephemeral_resource::Request { type_name: "test_lease".to_owned(), private };
        let call = service.close_ephemeral_resource(Request::new(request));
        let closed = answer(stopped(&service, call).await);
        assert_eq!(told(&closed.diagnostics), [("Closed", detail)]);
    }
}

#[tokio::test]
async fn private_data_goes_from_call_to_call() {
    let service = service();
    let note = || json!({ "text": "t", "size": 1 });
    let type_name = || "test_note".to_owned();
    let planned = answer(
        service
            .plan_resource_change(Request::new(proto::plan_resource_change::Request {
                type_name: type_name(),
                config: sent(note()),
                proposed_new_state: sent(note()),
                prior_private: br#"{"calls":"before"}"#.to_vec(),
                ..Default::default()
            }))
            .await,
    );
    assert_eq!(planned.planned_private, br#"{"calls":"before plan"}"#);

    let applied = answer(
        service
            .apply_resource_change(Request::new(proto::apply_resource_change::Request {
                type_name: type_name(),
                planned_state: planned.planned_state,
                planned_private: planned.planned_private,
                ..Default::default()
            }))
            .await,
    );
    assert_eq!(applied.private, br#"{"calls":"before plan create"}"#);

    let read = answer(
        service
            .read_resource(Request::new(proto::read_resource::Request {
                type_name: type_name(),
                current_state: applied.new_state,
                private: applied.private,
                ..Default::default()
            }))
            .await,
    );
    assert_eq!(read.private, br#"{"calls":"before plan create read"}"#);

    let deleted = answer(
        service
            .apply_resource_change(Request::new(proto::apply_resource_change::Request {
                type_name: type_name(),
                prior_state: sent(note()),
                planned_private: read.private.clone(),
                ..Default::default()
            }))
            .await,
    );
    assert_eq!(told(&deleted.diagnostics), [("Kept", "before plan create read")]);
    assert_eq!(received::<Note>(deleted.new_state), received::<Note>(sent(note())));
    assert_eq!(deleted.private, read.private, "what was not deleted keeps its notes");
}

#[tokio::test]
async fn a_read_that_is_stopped_changes_neither_state_nor_notes() {
    let service = service();
    let state = json!({ "text": "slow", "size": null });
    let call = service.read_resource(Request::new(proto::read_resource::Request {
        type_name: "test_note".to_owned(),
        current_state: sent(state.clone()),
        private: br#"{"calls":"before"}"#.to_vec(),
        ..Default::default()
    }));
    let read = answer(stopped(&service, call).await);
    assert_eq!(received::<Note>(read.new_state), received::<Note>(sent(state)));
    assert_eq!(read.private, br#"{"calls":"before"}"#);
    assert_eq!(told(&read.diagnostics)[0].0, "Interrupted");
}

#[tokio::test]
async fn a_number_that_does_not_fit_is_told_once_at_its_attribute() {
    let service = service();
    let request = proto::validate_resource_config::Request {
        type_name: "test_note".to_owned(),
        config: sent(json!({ "text": "t", "size": 0.5 })),
        client_capabilities: None,
    };
    let resource = answer(service.validate_resource_config(Request::new(request)).await).diagnostics;
    let request = proto::validate_provider_config::Request { config: sent(json!({ "limit": -1 })) };
    let block = answer(service.validate_provider_config(Request::new(request)).await).diagnostics;
    for (diagnostics, name) in [(resource, "size"), (block, "limit")] {
        assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
        assert_eq!(diagnostics[0].summary, "Invalid number");
        let path = framework::AttributePath::root(name);
        assert_eq!(diagnostics[0].attribute, Some(super::diagnostics::encode_path(&path)));
    }
}

#[tokio::test]
async fn a_list_is_not_asked_for_with_what_does_not_fit() {
    use tokio_stream::StreamExt as _;
    let service = service();
    for (limit, names, summaries) in
        [(json!(1), vec!["A"], vec![]), (json!(-1), vec![""], vec!["Invalid number"])]
    {
        let request = proto::list_resource::Request {
            type_name: "test_named".to_owned(),
            config: sent(json!({ "limit": limit })),
            limit: 10,
            ..Default::default()
        };
        let events = answer(service.list_resource(Request::new(request)).await);
        let events: Vec<_> = events.map(Result::unwrap).collect().await;
        assert_eq!(events.iter().map(|event| event.display_name.as_str()).collect::<Vec<_>>(), names);
        assert_eq!(
            events.iter().map(|event| event.identity.is_some()).collect::<Vec<_>>(),
            [summaries.is_empty()]
        );
        let told: Vec<_> =
            events.iter().flat_map(|event| told(&event.diagnostic)).map(|(one, _)| one).collect();
        assert_eq!(told, summaries);
    }
}

#[tokio::test]
async fn an_identity_is_upgraded_where_there_is_one() {
    let service = service();
    let upgrade = |type_name: &str, version| {
        let raw_identity = RawState { json: br#"{"name":"a"}"#.to_vec(), ..Default::default() };
        service.upgrade_resource_identity(Request::new(proto::upgrade_resource_identity::Request {
            type_name: type_name.to_owned(),
            version,
            raw_identity: Some(raw_identity),
        }))
    };
    let upgraded = answer(upgrade("test_named", 0).await);
    assert_eq!(told(&upgraded.diagnostics), []);
    let identity = upgraded.upgraded_identity.unwrap().identity_data;
    assert_eq!(received::<Named>(identity), received::<Named>(sent(json!({ "name": "a" }))));

    let newer = answer(upgrade("test_named", 1).await);
    assert_eq!(told(&newer.diagnostics)[0].0, "Identity of a newer provider");

    let status = upgrade("test_note", 0).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Unimplemented, "test_note has no identity"));
}

#[tokio::test]
async fn only_resources_with_an_identity_have_an_identity_schema() {
    let request = Request::new(proto::get_resource_identity_schemas::Request::default());
    let schemas = answer(service().get_resource_identity_schemas(request).await).identity_schemas;
    assert_eq!(schemas.keys().collect::<Vec<_>>(), ["test_named"]);
}

#[tokio::test]
async fn a_function_is_called_with_its_types() {
    let service = service();
    let call = |arguments: Vec<Option<DynamicValue>>| {
        let arguments = arguments.into_iter().flatten().collect();
        service.call_function(Request::new(proto::call_function::Request {
            name: "repeat".to_owned(),
            arguments,
        }))
    };
    let word = || sent(json!("ab"));
    let called = answer(call(vec![word(), sent(json!(2))]).await);
    let result = dynamic_value::decode(called.result, &Type::list(Type::String), "result");
    assert_eq!((result.unwrap(), called.error), (Value::strings(["ab", "ab"]), None));

    for (arguments, argument, text) in [
        (vec![word(), sent(json!(10))], 1, "nine times at most"),
        (vec![word(), sent(json!(-1))], 1, "times must be a whole number from 0 to 18446744073709551615"),
        (vec![sent(json!(null)), sent(json!(1))], 0, "it is null or not known yet: give it a value"),
        (vec![unknown(), sent(json!(1))], 0, "it is null or not known yet: give it a value"),
    ] {
        let failed = answer(call(arguments).await);
        let error = failed.error.unwrap();
        assert_eq!((error.function_argument, error.text.as_str()), (Some(argument), text));
        assert_eq!(failed.result, None);
    }
    for (arguments, message) in [
        (vec![word()], "expected 2 arguments, found 1"),
        (
            vec![word(), Some(DynamicValue { msgpack: vec![0xc3], json: Vec::new() })],
            "the times does not fit its schema: expected a number, found a bool",
        ),
    ] {
        let status = call(arguments).await.unwrap_err();
        assert_eq!((status.code(), status.message()), (Code::InvalidArgument, message));
    }
}

#[test]
fn nested_attributes_are_told_with_their_nesting_and_what_is_hidden() {
    use proto::schema::object::NestingMode;
    framework::model! {
        struct Part, PlannedPart {
            /// What opens it.
            key: Secret = required(),
        }
    }
    framework::model! {
        struct Whole, PlannedWhole {
            one: Option<Part> = optional(),
            list: Vec<Part> = required(),
            set: std::collections::BTreeSet<Part> = optional_computed(),
            map: std::collections::BTreeMap<String, Part> = computed(),
            plain: Option<Vec<Part>> = optional().plain(),
        }
    }
    let attributes = schema::encode(&Schema::of::<Whole>()).block.unwrap().attributes;
    let shown: Vec<_> = attributes
        .iter()
        .map(|one| {
            let nested = one.nested_type.as_ref();
            let inner = nested.map(|nested| {
                let key = &nested.attributes[0];
                assert!(key.sensitive && key.required && key.description == "What opens it.", "{key:?}");
                nested.nesting()
            });
            (one.name.as_str(), inner, one.sensitive, [one.required, one.optional, one.computed])
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("one", Some(NestingMode::Single), false, [false, true, false]),
            ("list", Some(NestingMode::List), false, [true, false, false]),
            ("set", Some(NestingMode::Set), false, [false, true, true]),
            ("map", Some(NestingMode::Map), false, [false, false, true]),
            ("plain", None, true, [false, true, false]),
        ]
    );
    assert_eq!(attributes[4].r#type, br#"["list",["object",{"key":"string"}]]"#);
}
