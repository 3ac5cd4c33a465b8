//! State files that another version of the provider, another engine or another provider wrote.

use std::fs;

use plugin_host::engine::Feature;
use serde_json::{Value, json};

use super::url;
use crate::support::{CLERK, ORGANIZATION, Project, URL, engine};

const CLERK_ADDRESS: &str = "turso_jwks_endpoint.clerk";

/// A project whose endpoint is applied, with something changed in its instance in the state file.
fn stored(change: impl FnOnce(&mut Value)) -> Project {
    let project = Project::new(CLERK);
    project.apply().applied(1, 0, 0);
    let mut state = project.state();
    change(&mut state["resources"][0]["instances"][0]);
    fs::write(project.root().join("terraform.tfstate"), state.to_string()).unwrap();
    project.forget_calls();
    project
}

/// What it is called, and what it changes in an instance of a state file.
type Fixture = (&'static str, fn(&mut Value));

/// What a state file of schema version 0 may be like.
fn fixtures() -> [Fixture; 7] {
    [
        ("as it is", |_| {}),
        ("from before identity", |instance| without(instance, "identity")),
        ("with an attribute that is gone", |instance| {
            instance["attributes"]["legacy"] = json!({ "a": [1, null] });
        }),
        ("without an attribute that is new", |instance| without(&mut instance["attributes"], "preflight")),
        ("from before the registration", |instance| without(&mut instance["attributes"], "registration")),
        ("without the newest attribute", |instance| without(&mut instance["attributes"], "only_databases")),
        ("with no more than names the endpoint", |instance| {
            instance["attributes"] = json!({ "name": "clerk", "organization": "acme", "url": URL });
            without(instance, "identity");
        }),
    ]
}

fn without(object: &mut Value, key: &str) {
    object.as_object_mut().unwrap().remove(key);
}

#[test]
fn a_state_file_of_every_released_version_plans_to_no_change() {
    for (case, change) in fixtures() {
        eprintln!("{case}");
        let project = stored(change);
        project.plan_with(&["-refresh=false"]).finds_no_changes();
        project.plan().finds_no_changes();
        project.apply_with(&["-refresh-only"]).succeeds();
        assert_eq!(
            project.instance(CLERK_ADDRESS).unwrap()["attributes"],
            json!({
                "id": "acme/clerk", "name": "clerk", "organization": "acme", "url": URL,
                "region": null, "preflight": null, "registration": format!("acme/clerk {URL}"), "only_databases": null,
            }),
        );
        assert_eq!(project.writes(), [] as [&str; 0]);
    }
}

#[test]
fn a_state_file_of_every_released_version_can_be_changed_and_destroyed_without_a_refresh() {
    for (case, change) in fixtures() {
        eprintln!("{case}");
        let project = stored(change);
        project.configure(&CLERK.replace("clerk.example.com", "moved.example.com"));
        project.apply_with(&["-refresh=false"]).applied(0, 1, 0);
        project.run(&["destroy", "-no-color", "-auto-approve", "-refresh=false"]).succeeds();
        assert_eq!(project.turso().endpoints(ORGANIZATION).unwrap(), []);
    }
}

#[test]
fn state_from_before_identity_gains_it_where_the_engine_keeps_it() {
    let project = stored(|instance| without(instance, "identity"));
    // Something else to apply, so that the engine writes its state.
    project.configure(&format!("{CLERK}output \"o\" {{\n  value = 1\n}}\n"));
    project.apply().applied(0, 0, 0);
    let identity = project.instance(CLERK_ADDRESS).unwrap()["identity"].clone();
    if engine().can(Feature::Identity) {
        assert_eq!(identity, json!({ "organization": "acme", "name": "clerk" }));
    } else {
        assert_eq!(identity, Value::Null);
    }
}

#[test]
fn identity_of_a_newer_provider_is_refused_where_the_engine_keeps_it() {
    let project = stored(|instance| {
        instance["identity_schema_version"] = json!(1);
        instance["identity"] = json!({ "organization": "acme", "name": "clerk", "more": "x" });
    });
    if engine().can(Feature::Identity) {
        project.plan().fails().says("newer provider version");
    } else {
        project.plan().finds_no_changes();
    }
}

#[test]
fn state_of_a_newer_provider_is_refused() {
    let project = stored(|instance| instance["schema_version"] = json!(1));
    project.plan().fails();
    assert_eq!(project.writes(), [] as [&str; 0]);
}

#[test]
fn state_that_names_no_endpoint_is_refused_with_a_way_out_that_works() {
    let project = stored(|instance| without(&mut instance["attributes"], "organization"));
    project
        .plan()
        .fails()
        .says("Error: Stored state can't be read")
        .says("remove the object from it (terraform state rm) and import it again");
    project.run(&["state", "rm", CLERK_ADDRESS]).succeeds();
    project.import(CLERK_ADDRESS, "clerk").succeeds();
    project.plan().finds_no_changes();
}

#[test]
fn the_same_resource_of_another_provider_moves_here_with_its_state() {
    let project = Project::new("");
    let plugins = project.root().with_file_name("plugins").display().to_string();
    let configuration = project.root().with_file_name("fork.tfrc");
    let overrides = format!("\"turso-community/turso\" = {plugins:?}\n\"fork/turso\" = {plugins:?}");
    fs::write(&configuration, format!("provider_installation {{\ndev_overrides {{\n{overrides}\n}}\n}}\n"))
        .unwrap();
    project.set_env("TF_CLI_CONFIG_FILE", configuration);

    let here = fs::read_to_string(project.root().join("provider.tf")).unwrap();
    project.write("provider.tf", &here.replace("turso-community/turso", "fork/turso"));
    project.configure(CLERK);
    project.apply().applied(1, 0, 0);
    assert!(project.state()["resources"][0]["provider"].as_str().unwrap().contains("fork/turso"));
    project.forget_calls();

    project.write("provider.tf", &here);
    project.configure(&format!(
        "{}moved {{\n  from = {CLERK_ADDRESS}\n  to = turso_jwks_endpoint.here\n}}\n",
        CLERK.replace("\"clerk\" {", "\"here\" {")
    ));
    project
        .plan()
        .succeeds()
        .says("has moved to turso_jwks_endpoint.here")
        .says("0 to add, 0 to change, 0 to destroy");
    project.apply().applied(0, 0, 0);
    assert_eq!(project.attribute("turso_jwks_endpoint.here", "id"), "acme/clerk");
    assert!(project.state()["resources"][0]["provider"].as_str().unwrap().contains("turso-community/turso"));
    assert_eq!(project.writes(), [] as [&str; 0]);
}

#[test]
fn state_goes_back_and_forth_between_names_of_the_same_endpoint() {
    let project = Project::new(CLERK);
    project.turso().put_endpoint(ORGANIZATION, "clerk", &url("clerk")).unwrap();
    // By ID with and without the organization: one endpoint, one state.
    project.import(CLERK_ADDRESS, "clerk").succeeds();
    let by_name = project.instance(CLERK_ADDRESS).unwrap();
    project.run(&["state", "rm", CLERK_ADDRESS]).succeeds();
    project.import(CLERK_ADDRESS, "acme/clerk").succeeds();
    assert_eq!(project.instance(CLERK_ADDRESS).unwrap(), by_name);
    project.plan().plans(0, 1, 0);
}
