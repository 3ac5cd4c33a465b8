//! `turso_jwt_template`, validated and read. Hosts validate once more right before they read, so that what the read
//! itself refuses shows only where it is asked directly.

use plugin_host::path::Path;
use plugin_host::values::unknown;
use plugin_host::wire::tfplugin6 as wire;
use serde_json::{Value as Json, json};

use crate::served::Served;

const TEMPLATE: &str = "turso_jwt_template";
const NEITHER: (&str, &str) = ("scope", "Neither scope nor permissions");
const EMPTY: (&str, &str) = ("permissions", "Empty permissions");

#[tokio::test]
async fn validation_judges_scope_and_permissions_as_far_as_they_are_known() {
    const NULL: (&str, &str) = ("permissions[0]", "Null element");

    let served = Served::unconfigured().await;
    // The columns of the table.
    let scopes = [json!(null), unknown(), json!("full-access"), json!("read-only")];
    for (permissions, expected) in [
        (json!(null), [Some(NEITHER), None, None, None]),
        (unknown(), [None; 4]),
        (json!([]), [Some(EMPTY); 4]),
        (json!([null]), [Some(NULL); 4]),
        (json!([unknown()]), [None; 4]),
        (json!(["all:data_read"]), [None; 4]),
    ] {
        for (scope, expected) in scopes.iter().zip(expected) {
            let config = json!({ "database": "app", "scope": scope, "permissions": permissions });
            let diagnostics = served.host.validate_data_source(TEMPLATE, &config).await.unwrap();
            let found = diagnostics
                .iter()
                .map(|found| (found.attribute.as_deref().unwrap(), found.summary.as_str()))
                .collect::<Vec<_>>();
            assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{config}");
        }
    }
}

#[tokio::test]
async fn the_read_refuses_by_itself_what_validation_had_to_let_through() {
    const NULL: (&str, &str) = ("permissions[1]", "Null element");

    let served = Served::start().await;
    served.emulator.clear_requests();
    for (scope, permissions, expected) in [
        (json!(null), json!(null), NEITHER),
        (json!(null), json!([]), EMPTY),
        (json!("full-access"), json!([]), EMPTY),
        (json!("read-only"), json!([]), EMPTY),
        (json!(null), json!(["all:data_read", null]), NULL),
        (json!("read-only"), json!(["all:data_read", null, "all:data_add"]), NULL),
        (json!("readonly"), json!(null), ("scope", "Invalid scope")),
        (json!(null), json!(["all"]), ("permissions[0]", "Invalid permission")),
        (
            json!("read-only"),
            json!(["all:data_add"]),
            ("permissions[0]", "Writing action in a read-only template"),
        ),
    ] {
        let found = refusal(&served, &scope, &permissions).await;
        assert_eq!(found, [(expected.0.to_owned(), expected.1.to_owned())], "{scope} {permissions}");
    }
    assert_eq!(served.emulator.requests().len(), 0);
}

/// The attributes and summaries of what the read alone says, asked without the validation that belongs before it.
async fn refusal(served: &Served, scope: &Json, permissions: &Json) -> Vec<(String, String)> {
    let mut config = json!({ "database": "app", "scope": scope, "permissions": permissions });
    for absent in [
        "group",
        "organization",
        "json",
        "claims",
        "database_id",
        "group_id",
        "hostname",
        "summary",
        "grants",
    ] {
        config[absent] = Json::Null;
    }
    let request = wire::read_data_source::Request {
        type_name: TEMPLATE.to_owned(),
        config: Some(wire::DynamicValue { msgpack: Vec::new(), json: config.to_string().into_bytes() }),
        ..Default::default()
    };
    let response = served.host.raw().read_data_source(request).await.unwrap().into_inner();
    let place = |path: Option<wire::AttributePath>| Path::from_wire(&path.unwrap()).unwrap().to_string();
    response.diagnostics.into_iter().map(|found| (place(found.attribute), found.summary)).collect()
}
