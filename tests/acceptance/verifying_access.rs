//! The guide "See who opens what": its own blocks, run as they stand, but for the URL of an identity provider on this machine.

use plugin_host::engine::Feature;
use serde_json::{Value, json};
use turso_emulator::identity_provider::IdentityProvider;

use crate::access_probe::{NO_EPHEMERAL, opened_in_apply};
use crate::existing::assert_too_old;
use crate::support::{ORGANIZATION, Project, authority, engine, hcl_blocks};

const GUIDE: &str = include_str!("../../docs/guides/verifying-access.md");

/// Claims that open nothing, as `no_access_claims` has them but for the UUID.
fn nothing() -> Value {
    json!({"a": "ro", "id": "9b1d7c52-4e0e-4b3f-8a63-1f0c2d9e7a10", "perm": [{"t": ["none"], "a": ["data_read"]}]})
}

/// The first block of a section, beside the databases `app` and `other`.
fn project(section: &str) -> (Project, IdentityProvider) {
    let [hcl] = hcl_blocks(GUIDE, section)[..] else { panic!("the section has one block") };
    let project = Project::new(hcl);
    project.trust_identity_providers();
    for name in ["app", "other"] {
        project.turso().add_database(ORGANIZATION, name, "default").unwrap();
    }
    (project, IdentityProvider::start(authority()).unwrap())
}

fn id(project: &Project) -> String {
    project.turso().database(ORGANIZATION, "app").unwrap().id.to_string()
}

#[test]
fn the_probes_of_the_guide_tell_the_yes_and_the_no() {
    let (project, provider) = project("Did the registration take effect");
    if !engine().can(Feature::EphemeralResources) {
        assert_too_old(&project, &project.plan(), NO_EPHEMERAL);
        return;
    }
    let override_url =
        format!("resource \"turso_jwks_endpoint\" \"clerk\" {{\n  url = {:?}\n}}\n", provider.jwks_url());
    project.write("test_override.tf", &override_url);
    let other = project.turso().database(ORGANIZATION, "other").unwrap().url;
    project.set_env("TF_VAR_other_hostname", other.trim_start_matches("http://"));
    project.apply().applied(1, 0, 0);
    assert_eq!(project.turso().accesses().len(), 0, "a probe without a token asks nothing");
    project.destroy().succeeds();

    let sign = |name: &str, claims: &Value| {
        let token = provider.keys().sign(claims);
        project.set_env(name, &token);
        project.hide(&token);
    };
    sign("TF_VAR_token", &json!({"a": "ro", "id": id(&project), "perm": []}));
    sign("TF_VAR_session_token", &nothing());
    project.plan().plans(1, 0, 0);
    assert_eq!(project.turso().accesses().len(), 0, "they wait for the apply");
    project.apply().applied(1, 0, 0).does_not_say("Warning: Token not");
    assert_eq!(project.turso().accesses().len(), 3 * opened_in_apply());
    project.plan().finds_no_changes().does_not_say("Warning: Token not");

    // Nothing comes of a wait here.
    let hcl = hcl_blocks(GUIDE, "Did the registration take effect")[0];
    project.configure(&hcl.replace("= 60\n", "= 0\n"));
    sign("TF_VAR_session_token", &json!({"sub": "user_ann"}));
    project
        .plan()
        .fails()
        .says("Error: Token not answered as expected")
        .says("with ephemeral.turso_access_probe.session_opens_nothing,")
        .says("was expected to answer `no_access`, and the outcome is `accepted`");
    sign("TF_VAR_session_token", &nothing());
    let unknown = IdentityProvider::start(authority()).unwrap();
    project.set_env("TF_VAR_token", unknown.keys().sign(&json!({"a": "ro", "id": id(&project), "perm": []})));
    project
        .plan()
        .fails()
        .says("Warning: Token not answered as expected")
        .says("with ephemeral.turso_access_probe.opens_its_database,")
        .says("was expected to answer `accepted`, and the outcome is `unknown_key`");
}

#[test]
fn the_pipeline_of_the_guide_stops_a_token_that_reaches_too_far_and_warns_of_one_that_may_too_much() {
    let (project, provider) = project("What may this token do");
    let id = id(&project);
    let read = json!([{"t": null, "a": ["data_read"]}]);
    let hold = |claims: &Value| {
        let token = provider.keys().sign(claims);
        project.set_env("TF_VAR_issued_token", &token);
        project.hide(&token);
    };
    hold(&json!({"a": "ro", "id": id, "perm": read, "exp": 4_102_444_800_u64}));
    project
        .apply()
        .succeeds()
        .does_not_say("Warning: Check block")
        .says("every table: read; until 2100-01-01T00:00:00Z");
    project.plan().finds_no_changes();

    for (claims, warnings) in [
        (json!({"a": "rw", "id": id, "perm": read, "exp": 4_102_444_800_u64}), 1),
        (json!({"a": "ro", "id": id, "perm": [], "exp": 4_102_444_800_u64}), 1),
        (json!({"a": "ro", "id": id, "perm": read}), 1),
        (json!({"a": "rw", "id": id, "perm": []}), 2),
    ] {
        hold(&claims);
        let plan = project.plan();
        plan.succeeds();
        assert_eq!(
            plan.text().matches("Warning: Check block assertion failed").count(),
            warnings,
            "{claims}: {plan}"
        );
    }
    for claims in [json!({"sub": "user_ann"}), nothing(), json!({"a": "ro", "gid": id, "perm": read})] {
        hold(&claims);
        project.plan().fails().says("The token is not limited to the database: ");
    }
}
