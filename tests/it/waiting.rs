//! A provider block whose token, URL or organization something else will give: what is deferred by a host that allows
//! it, and what others are told.

use plugin_host::host::{Action, Severity};
use plugin_host::values::{Value, unknown};
use serde_json::{Value as Json, json};

use crate::served::{ENDPOINT, Served, error, identity, state, url};

const NOT_KNOWN: &str = "Provider configuration not known yet";
const TEMPLATE: &str = "turso_jwt_template";
const ENDPOINTS: &str = "turso_jwks_endpoints";

/// A provider whose block has this attribute unknown, and a state that it can't read again.
async fn served_without(attribute: &str) -> Served {
    let served = Served::unconfigured().await;
    served.configure_without(attribute).await;
    served
}

impl Served {
    async fn configure_without(&self, attribute: &str) {
        let mut block = self.block();
        block[attribute] = unknown();
        assert_eq!(self.host.configure(&block).await.unwrap(), [], "{attribute}");
    }

    /// The endpoint `clerk`, as an earlier run left it.
    async fn imported(&self) -> plugin_host::host::Instance {
        self.host.configure(&self.block()).await.unwrap();
        self.host.import_by_id(ENDPOINT, "acme/clerk").await.unwrap().instance.unwrap()
    }
}

fn clerk() -> Json {
    json!({ "name": "clerk", "url": url("clerk") })
}

#[tokio::test]
async fn everything_is_deferred_where_the_host_allows_it() {
    for attribute in ["api_token", "base_url", "organization"] {
        let mut served = Served::unconfigured().await;
        let stored = served.imported().await;
        served.host.allow_deferral();
        served.configure_without(attribute).await;
        served.emulator.clear_requests();

        let planned = served.host.plan(ENDPOINT, None, Some(&clerk())).await.unwrap();
        assert!(planned.deferred, "{attribute}: {planned:?}");
        let read = served.host.read(ENDPOINT, &stored).await.unwrap();
        assert!(read.deferred, "{attribute}: {read:?}");
        assert_eq!(read.instance, Some(stored.clone()));
        let imported = served.host.import_by_id(ENDPOINT, "acme/clerk").await.unwrap();
        assert!(imported.deferred, "{attribute}: {imported:?}");
        let imported = served.host.import_by_identity(ENDPOINT, &identity("clerk")).await.unwrap();
        assert!(imported.deferred, "{attribute}: {imported:?}");
        for (source, config) in [
            (ENDPOINT, json!({ "name": "clerk" })),
            (ENDPOINTS, json!({})),
            (TEMPLATE, json!({ "group": "g", "scope": "read-only" })),
        ] {
            let read = served.host.read_data_source(source, &config).await.unwrap();
            assert!(read.deferred, "{attribute}, {source}: {read:?}");
        }
        assert_eq!(served.emulator.requests().len(), 0, "{attribute}");
    }
}

#[tokio::test]
async fn what_is_known_again_is_no_longer_deferred() {
    let mut served = served_without("api_token").await;
    served.host.allow_deferral();
    assert!(served.host.import_by_id(ENDPOINT, "acme/clerk").await.unwrap().deferred);
    served.host.configure(&served.block()).await.unwrap();
    let imported = served.host.import_by_id(ENDPOINT, "acme/clerk").await.unwrap();
    assert!(!imported.deferred);
    assert_eq!(imported.instance.unwrap().state, state("clerk"));
}

#[tokio::test]
async fn a_state_that_can_t_be_read_again_stays_and_the_person_is_told() {
    let served = Served::unconfigured().await;
    let stored = served.imported().await;
    for attribute in ["api_token", "base_url"] {
        served.configure_without(attribute).await;
        let read = served.host.read(ENDPOINT, &stored).await.unwrap();
        assert_eq!(read.instance, Some(stored.clone()), "{attribute}");
        let [warning] = read.diagnostics.as_slice() else { panic!("{:?}", read.diagnostics) };
        assert_eq!(warning.severity, Severity::Warning);
        assert!(
            warning.to_string().contains(r#""clerk" in organization "acme" was not looked at"#),
            "{warning}"
        );
        let planned = served.host.plan(ENDPOINT, Some(&stored), Some(&clerk())).await.unwrap();
        assert_eq!(planned.action, Action::NoOp, "{attribute}: {planned:?}");
    }
}

#[tokio::test]
async fn a_state_names_its_organization_so_that_the_provider_s_need_not_be_known_to_read_it() {
    let served = Served::unconfigured().await;
    let stored = served.imported().await;
    served.configure_without("organization").await;
    served.emulator.remove_endpoint("acme", "clerk").unwrap();
    let read = served.host.read(ENDPOINT, &stored).await.unwrap();
    assert_eq!((read.instance, read.diagnostics), (None, vec![]));
}

#[tokio::test]
async fn a_new_endpoint_waits_with_its_organization_its_id_and_its_identity_unknown() {
    for attribute in ["api_token", "base_url", "organization"] {
        let served = served_without(attribute).await;
        let planned = served.host.plan(ENDPOINT, None, Some(&clerk())).await.unwrap();
        let [warning] = planned.diagnostics.as_slice() else { panic!("{attribute}: {planned:?}") };
        assert_eq!(warning.summary, "What a token without claims would open", "{attribute}");
        assert!(warning.detail.contains("could not be seen"), "{warning:?}");
        assert_eq!(planned.action, Action::Create);
        assert!(
            planned.state["organization"].is_unknown() && planned.state["id"].is_unknown(),
            "{planned:?}"
        );
        // A part that is unknown would keep Terraform from printing the plan.
        assert_eq!(planned.identity, Value::Null, "{attribute}");
        let named = json!({ "name": "new", "url": url("new"), "organization": "acme" });
        let planned = served.host.plan(ENDPOINT, None, Some(&named)).await.unwrap();
        assert_eq!(planned.state["id"], json!("acme/new"), "{attribute}");
        assert_eq!(planned.identity, identity("new"));
    }
}

#[tokio::test]
async fn imports_lists_and_data_sources_say_what_they_wait_for() {
    for (attribute, words) in [
        ("api_token", "The provider block's api_token or base_url"),
        ("base_url", "The provider block's api_token or base_url"),
        ("organization", "The provider block's organization"),
    ] {
        let served = served_without(attribute).await;
        let mut said = vec![
            error(&served.host.import_by_id(ENDPOINT, "clerk").await.unwrap().diagnostics),
            error(&served.host.list(ENDPOINT, &json!({}), true, 1).await.unwrap()[0].diagnostics),
        ];
        for (source, config) in [
            (ENDPOINT, json!({ "name": "clerk" })),
            (ENDPOINTS, json!({})),
            (TEMPLATE, json!({ "group": "g", "scope": "read-only" })),
        ] {
            said.push(error(&served.host.read_data_source(source, &config).await.unwrap().diagnostics));
        }
        for said in said {
            assert!(said.contains(NOT_KNOWN) && said.contains(words), "{attribute}: {said}");
        }
    }
}
