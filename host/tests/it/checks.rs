//! The checker looks at every answer that a host gets.

use plugin_host::Violation;
use plugin_host::host::{CallError, Host};
use plugin_host::wire::tfplugin6 as wire;
use serde_json::json;

use crate::{fake, host, told};

const THING: &str = "test_thing";

#[tokio::test]
async fn a_plan_that_overrides_the_configuration_is_told() {
    let host = host().await;
    let config = json!({ "name": "liar", "url": "https://example.com" });
    host.plan(THING, None, Some(&config)).await.unwrap();
    let expected = "PlanResourceChange: url is \"https://elsewhere.example\", and the configuration says \"https://example.com\"";
    assert_eq!(told(&host), [expected]);
}

#[tokio::test]
async fn an_object_that_is_said_to_be_gone_beside_an_error_is_told() {
    let host = host().await;
    let create = async |name: &str| {
        let config = json!({ "name": name, "url": "https://example.com" });
        host.apply(THING, None, Some(&config)).await.unwrap().instance.unwrap()
    };
    let lost = create("lost").await;
    assert_eq!(host.read(THING, &lost).await.unwrap().instance, Some(lost), "as in Terraform");
    assert_eq!(told(&host), ["ReadResource: the read failed, and null says that the object is gone"]);

    let vanishing = create("vanishing").await;
    let moved = json!({ "name": "vanishing", "url": "https://elsewhere.example" });
    for config in [Some(&moved), None] {
        let applied = host.apply(THING, Some(&vanishing), config).await.unwrap();
        assert_eq!(applied.instance.as_ref(), Some(&vanishing), "as in Terraform");
        let fault = "ApplyResourceChange: an update or delete failed, and null says that the object is gone";
        assert_eq!(told(&host), [fault]);
    }
}

#[tokio::test]
async fn a_plan_that_says_something_else_while_applying_is_told() {
    let host = host().await;
    let config = |path| json!({ "name": "shifty", "url": format!("https://example.com{path}") });
    let created = host.apply(THING, None, Some(&config(""))).await.unwrap().instance.unwrap();
    host.apply(THING, Some(&created), Some(&config("/new"))).await.unwrap();
    let fault = r#"planned again while applying, id was "id of shifty" and is (known after apply)"#;
    assert_eq!(told(&host), [format!("PlanResourceChange: {fault}")]);
}

#[tokio::test]
async fn private_bytes_that_a_read_loses_are_told() {
    let host = host().await;
    let config = json!({ "name": "amnesic", "url": "https://example.com" });
    let created = host.apply(THING, None, Some(&config)).await.unwrap().instance.unwrap();
    host.read(THING, &created).await.unwrap();
    assert_eq!(told(&host), ["ReadResource: the private bytes came back changed"]);
}

#[tokio::test]
async fn a_function_that_is_not_pure_is_told() {
    let host = host().await;
    host.call_function("twice", &[json!("fickle")]).await.unwrap().unwrap();
    assert_eq!(told(&host), ["CallFunction: the same request was answered differently before"]);
}

#[tokio::test]
async fn a_call_that_fails_as_a_call_is_told() {
    let host = host().await;
    let error = host.upgrade(THING, 0, &json!("not an object")).await.unwrap_err();
    assert!(matches!(error, CallError::Status(_)), "{error}");
    assert!(told(&host)[0].starts_with("UpgradeResourceState: failed with the gRPC status"));
}

#[tokio::test]
async fn what_is_wrong_with_the_process_is_told_at_the_end() {
    let finished = Host::start(fake("litters")).await.unwrap().finish().await.unwrap();
    let [Violation { rpc, text }] = finished.violations.as_slice() else { panic!("{finished:?}") };
    assert_eq!(rpc, "process");
    assert!(text.ends_with("behind"), "{text}");
}

#[tokio::test]
async fn odd_requests_go_past_the_checker() {
    let host = host().await;
    let request = wire::read_resource::Request { type_name: "no_such".to_owned(), ..Default::default() };
    host.raw().read_resource(request).await.unwrap();
    assert_eq!(told(&host), Vec::<String>::new());
}

#[tokio::test]
async fn a_mistake_of_the_test_is_not_blamed_on_the_provider() {
    let host = host().await;
    let error = host.plan(THING, None, Some(&json!({ "nmae": "a" }))).await.unwrap_err();
    assert!(matches!(error, CallError::Value(_)), "{error}");
    let error = host.plan("test_thnig", None, None).await.unwrap_err();
    assert!(matches!(error, CallError::Unnamed(_)), "{error}");
    assert_eq!(told(&host), Vec::<String>::new());
}

#[tokio::test]
#[should_panic(expected = "the provider broke rules that hosts enforce")]
async fn violations_that_nobody_read_fail_the_test() {
    let host = host().await;
    let config = json!({ "name": "liar", "url": "https://example.com" });
    host.plan(THING, None, Some(&config)).await.unwrap();
}
