//! The provider's process, a host that talks to it, and an emulator behind it. The host holds every answer against the
//! rules that real hosts enforce, and a test that leaves a violation unread fails.

use plugin_host::host::{Diagnostic, Host, Listed, Severity};
use plugin_host::process::Launch;
use serde_json::{Value as Json, json};
use turso_emulator::{ApiToken, Emulator, OrganizationKind, Settings};

/// The resource.
pub(crate) const ENDPOINT: &str = "turso_jwks_endpoint";
/// Names that are hard for shells, URLs, import IDs or HCL, in their order.
pub(crate) const NAMES: [&str; 6] = ["${a}%{b}\"\\", "100%", "Clerk Production", "a/b", "clerk", "späť"];

const TOKEN: &str = "token-of-the-owner";

/// A provider process that is configured for the organization `acme` of an emulator.
pub(crate) struct Served {
    pub(crate) emulator: Emulator,
    pub(crate) host: Host,
}

impl Served {
    /// With the organizations `acme`, which has an endpoint of each of [`NAMES`], and `empty`.
    pub(crate) async fn start() -> Self {
        let served = Self::unconfigured().await;
        let diagnostics = served.host.configure(&served.block()).await.unwrap();
        assert_eq!(diagnostics, []);
        served
    }

    /// As [`Served::start`], before the host has configured it.
    pub(crate) async fn unconfigured() -> Self {
        let emulator = Emulator::start(Settings::default()).unwrap();
        emulator.add_token(ApiToken::owner(TOKEN));
        for organization in ["acme", "empty"] {
            emulator.add_organization(organization, OrganizationKind::Team);
        }
        // Not in the order of the names: that the provider sorts them is to be seen.
        for name in NAMES.iter().rev() {
            emulator.put_endpoint("acme", name, &url(name)).unwrap();
        }
        let launch = Launch::new(env!("CARGO_BIN_EXE_terraform-provider-turso"));
        Self { emulator, host: Host::start(launch).await.unwrap() }
    }

    /// A provider block with nothing missing. Nobody fetches the documents of endpoints that don't exist.
    pub(crate) fn block(&self) -> Json {
        let base_url = self.emulator.base_url();
        json!({ "organization": "acme", "api_token": TOKEN, "base_url": base_url, "preflight": "off" })
    }
}

/// The URL of the endpoint of that name, with a sequence that HCL would take for a template.
pub(crate) fn url(name: &str) -> String {
    format!("https://idp.example.com/{}/jwks.json?a=${{b}}", name.len())
}

/// The state of the endpoint of that name in `acme`.
pub(crate) fn state(name: &str) -> Json {
    json!({
        "id": format!("acme/{name}"), "name": name, "organization": "acme", "url": url(name),
        "region": null, "preflight": null, "registration": format!("acme/{name} {}", url(name)), "only_databases": null,
    })
}

/// The identity of the endpoint of that name in `acme`.
pub(crate) fn identity(name: &str) -> Json {
    json!({ "organization": "acme", "name": name })
}

/// The one error, as a person reads it.
#[track_caller]
pub(crate) fn error(diagnostics: &[Diagnostic]) -> String {
    match diagnostics {
        [only] if only.severity == Severity::Error => only.to_string(),
        others => panic!("not one error: {others:#?}"),
    }
}

/// The display names of what was listed.
#[track_caller]
pub(crate) fn display_names(listed: &[Listed]) -> Vec<&str> {
    assert!(listed.iter().all(|listed| listed.diagnostics.is_empty()), "{listed:#?}");
    listed.iter().map(|listed| listed.display_name.as_str()).collect()
}
