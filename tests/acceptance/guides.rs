//! The guides whose HCL runs as it is: in tests, beside another provider, and with a token that is stored nowhere.

use plugin_host::engine::{Feature, Product};

use crate::existing::assert_too_old;
use crate::support::{API_TOKEN, CLERK, ORGANIZATION, Project, engine};

const TESTING: &str = include_str!("../../docs/guides/testing.md");
const BESIDE: &str = include_str!("../../docs/guides/beside-another-turso-provider.md");
const TOKEN: &str = include_str!("../../docs/guides/the-token.md");

/// The blocks of a guide, in order.
fn blocks(guide: &'static str) -> Vec<&'static str> {
    let blocks = guide.split("```terraform\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.collect()
}

#[test]
fn the_guides_module_is_tested_with_a_mock_and_a_mock_without_a_template_is_refused() {
    let [module, test] = blocks(TESTING)[..] else { panic!("the guide has another form") };
    let project = Project::new(module);
    std::fs::remove_file(project.root().join("provider.tf")).unwrap();
    project.unset_env("TURSO_API_TOKEN");
    std::fs::create_dir(project.root().join("tests")).unwrap();
    project.write("tests/claims.tftest.hcl", test);
    project.run(&["test", "-no-color"]).succeeds().says("1 passed, 0 failed.");
    assert!(project.calls().is_empty(), "{:?}", project.calls());

    let bare = format!("mock_provider \"turso\" {{}}\n{}", &test[test.find("variables {").unwrap()..]);
    project.write("tests/claims.tftest.hcl", &bare);
    let said = "pass the attribute `json` of a `turso_jwt_template`, and no other of its attributes";
    project.run(&["test", "-no-color"]).fails().says("the template is not JSON").says(said);

    if engine().product() == Product::OpenTofu {
        // It lets the provider upgrade the state that the mock made up, which is none that the provider has written.
        project.forget_report();
        project.validate().succeeds();
    }
}

#[test]
fn both_providers_work_in_one_configuration_by_their_local_names() {
    let [configuration] = blocks(BESIDE)[..] else { panic!("the guide has another form") };
    let project = Project::new(configuration);
    std::fs::remove_file(project.root().join("provider.tf")).unwrap();
    let kept = project.stand_in();
    project.turso().add_database(ORGANIZATION, "app", "default").unwrap();
    project.plan().plans(2, 0, 0).says("turso_database.app").says("turso_jwks_endpoint.clerk");
    project.apply().applied(2, 0, 0);
    assert_eq!(kept.of("turso_database")[0]["name"], "app");
    assert_eq!(project.endpoints().len(), 1);
    assert!(project.output("claims").as_str().unwrap().contains("\"perm\""));
    project.plan().finds_no_changes();

    let resource = "resource \"turso_jwks_endpoint\" \"clerk\" {\n  provider = jwks\n";
    assert!(configuration.contains(resource));
    project.configure(&configuration.replace(resource, "resource \"turso_jwks_endpoint\" \"clerk\" {\n"));
    let said = "celest-dev/turso does not support resource type \"turso_jwks_endpoint\".";
    project.validate().fails().says(said);
}

#[test]
fn a_token_in_an_ephemeral_variable_is_in_no_saved_plan() {
    let [configuration] = blocks(TOKEN)[..] else { panic!("the guide has another form") };
    let project = Project::new(CLERK);
    let required = std::fs::read_to_string(project.root().join("provider.tf")).unwrap();
    let required = &required[..required.find("provider \"turso\" {").unwrap()];
    project.write("provider.tf", &format!("{required}{configuration}"));
    project.unset_env("TURSO_API_TOKEN");
    project.set_env("TF_VAR_turso_api_token", API_TOKEN);
    if !engine().can(Feature::EphemeralResources) {
        let refused = project.validate();
        project.provider("");
        assert_too_old(&project, &refused, Feature::EphemeralVariables.refusal());
        return;
    }
    project.plan_with(&["-out=saved"]).plans(1, 0, 0);
    let saved = std::fs::read(project.root().join("saved")).unwrap();
    assert!(!saved.windows(API_TOKEN.len()).any(|window| window == API_TOKEN.as_bytes()));
    // What it shows is searched for the token, like every run.
    project.run(&["show", "-json", "saved"]).succeeds().says("turso_jwks_endpoint");
}
