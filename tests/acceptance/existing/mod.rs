//! Endpoints that exist before Terraform knows of them, and state that something else wrote.
//!
//! A test of what an older engine can't do shows there that it is the engine that refuses, so that no run passes by in
//! silence.

mod data_sources;
mod generated;
mod guide;
mod query;
mod state;
mod stored;
mod waiting;

use plugin_host::engine::{Feature, Product};

use crate::support::{ORGANIZATION, Project, Run, engine};

/// Names that are hard for shells, URLs, import IDs or HCL, in their order.
const NAMES: [&str; 6] = ["${a}%{b}\"\\", "100%", "Clerk Production", "a/b", "clerk", "späť"];

/// A project whose organization has an endpoint of each of [`NAMES`].
fn with_endpoints(hcl: &str) -> Project {
    let project = Project::new(hcl);
    for name in NAMES.iter().rev() {
        project.turso().put_endpoint(ORGANIZATION, name, &url(name)).unwrap();
    }
    project
}

/// The URL of the endpoint of that name, with a sequence that HCL would take for a template.
fn url(name: &str) -> String {
    format!("https://idp.example.com/{}/jwks.json?a=${{b}}", name.len())
}

/// A string as HCL writes it.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', r"\\").replace('"', "\\\"").replace("${", "$${").replace("%{", "%%{");
    format!("\"{text}\"")
}

/// It is the engine that refuses, since it is older than what is asked for: with nothing asked for, all is well.
#[track_caller]
pub(crate) fn assert_too_old(project: &Project, run: &Run, words: &str) {
    run.fails().says(words);
    project.configure("");
    project.validate().succeeds();
}

/// How a plan says that an object leaves the state and stays where it is.
fn letting_go() -> &'static str {
    match engine().product() {
        Product::Terraform => "will no longer be managed by Terraform",
        Product::OpenTofu => "will be removed from the OpenTofu state but will not be destroyed",
    }
}

/// What an engine without `identity` in `import` blocks says of it.
pub(crate) const NO_IDENTITY: &str = Feature::Identity.refusal();
/// What an engine without queries says of `query`.
pub(crate) const NO_QUERY: &str = Feature::Query.refusal();

/// What this engine says of a `removed` block with a `lifecycle`, where it does not know both.
fn refusal_of_removed() -> Option<&'static str> {
    let features = [Feature::RemovedBlocks, Feature::RemovedLifecycles];
    features.into_iter().find(|feature| !engine().can(*feature)).map(Feature::refusal)
}
