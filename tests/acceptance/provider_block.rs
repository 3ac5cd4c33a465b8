//! Where the token, the organization and the address of the API come from, and what is said where one is missing.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use plugin_host::engine::Feature;
use turso_emulator::{ApiToken, OrganizationKind};

use crate::existing::assert_too_old;
use crate::support::{API_TOKEN, CLERK, OFFLINE, ORGANIZATION, Project, engine};

/// A template needs an organization, a token and an address, and makes one call.
const TEMPLATE: &str = r#"
data "turso_jwt_template" "app" {
  database = "app"
  scope    = "read-only"
}

output "organization" {
  value = data.turso_jwt_template.app.organization
}
"#;

/// A project whose provider block is empty, without any of the provider's variables.
fn bare() -> Project {
    let project = Project::new(TEMPLATE);
    project.turso().add_database(ORGANIZATION, "app", "default").unwrap();
    project.provider("");
    project.unset_env("TURSO_API_TOKEN");
    project.unset_env("TURSO_API_BASEURL");
    project
}

/// Writes what Turso's CLI writes when a person logs in.
fn log_in(project: &Project, folder: &Path, rest: &str) {
    fs::create_dir_all(folder).unwrap();
    let settings = format!(
        "{{\"token\":{API_TOKEN:?},\"username\":\"ann\",\"baseurl\":{:?}{rest}}}",
        project.turso().base_url()
    );
    fs::write(folder.join("settings.json"), settings).unwrap();
    let for_the_owner = fs::Permissions::from_mode(0o600);
    fs::set_permissions(folder.join("settings.json"), for_the_owner).unwrap();
}

#[test]
fn the_environment_is_enough() {
    let project = bare();
    project.set_env("TURSO_API_TOKEN", API_TOKEN);
    project.set_env("TURSO_API_BASEURL", project.turso().base_url());
    project.set_env("TURSO_ORGANIZATION", ORGANIZATION);
    project.apply().succeeds();
    assert_eq!(project.output("organization"), ORGANIZATION);
}

#[test]
fn the_block_comes_before_the_environment() {
    let project = bare();
    project.set_env("TURSO_API_TOKEN", "token-of-nobody");
    project.set_env("TURSO_API_BASEURL", "http://127.0.0.1:1");
    project.set_env("TURSO_ORGANIZATION", "nobody");
    project.provider(&format!(
        "organization = {ORGANIZATION:?}\n  api_token = {API_TOKEN:?}\n  base_url = {:?}",
        project.turso().base_url()
    ));
    project.apply().succeeds();
    assert_eq!(project.output("organization"), ORGANIZATION);
}

#[test]
fn the_login_of_tursos_cli_is_enough() {
    let project = bare();
    log_in(&project, &project.home().join(".config/turso"), r#","organization":"acme""#);
    project.apply().succeeds();
    assert_eq!(project.output("organization"), ORGANIZATION);
}

#[test]
fn the_settings_of_tursos_cli_may_be_in_a_folder_of_choice() {
    let project = bare();
    let folder = project.home().join("elsewhere");
    log_in(&project, &folder, r#","organization":"acme""#);
    project.set_env("TURSO_CONFIG_FOLDER", &folder);
    project.apply().succeeds();
}

#[test]
fn without_a_choice_the_cli_means_the_personal_organization() {
    for rest in ["", r#","organization":"""#] {
        let project = bare();
        project.turso().add_organization("ann", OrganizationKind::Personal);
        project.turso().add_database("ann", "app", "default").unwrap();
        log_in(&project, &project.home().join(".config/turso"), rest);
        project.apply().succeeds();
        assert_eq!(project.output("organization"), "ann");
    }
}

#[test]
fn a_login_without_a_personal_organization_is_told_to_name_one() {
    let project = bare();
    log_in(&project, &project.home().join(".config/turso"), "");
    project.plan().fails().says(
        r#"Error: Organization not known

          with data.turso_jwt_template.app,
          on main.tf line 2, in data "turso_jwt_template" "app":
           2: data "turso_jwt_template" "app" {

        No organization is given, and the token has no personal one to fall back on.

        Set `organization` to the slug of one."#,
    );
}

#[test]
fn an_expired_login_is_told_to_log_in_again() {
    let project = bare();
    // The payload is {"exp":1700000000}.
    let expired = "e30.eyJleHAiOjE3MDAwMDAwMDB9.c2lnbmF0dXJl";
    let folder = project.home().join(".config/turso");
    log_in(&project, &folder, r#","organization":"acme""#);
    let settings = fs::read_to_string(folder.join("settings.json")).unwrap();
    fs::write(folder.join("settings.json"), settings.replace(API_TOKEN, expired)).unwrap();
    project.hide(expired);
    project
        .plan()
        .fails()
        .says("The login of Turso's CLI has expired, as it does after about a week. Run `turso auth login`.");
}

/// Puts something at a path.
type Make = fn(&Path);

/// What would hang whoever reads it, or fill the memory: what is said of it, and how it is made.
const ENDLESS: [(&str, Make); 5] = [
    ("it is a named pipe, not a regular file", |path| mkfifo(path, Mode::S_IRWXU).unwrap()),
    ("it is a socket, not a regular file", |path| drop(UnixListener::bind(path).unwrap())),
    ("it is a device, not a regular file", |path| symlink("/dev/zero", path).unwrap()),
    ("it is a folder, not a regular file", |path| fs::create_dir(path).unwrap()),
    ("it is longer than 1048576 bytes", |path| File::create(path).unwrap().set_len(1 << 30).unwrap()),
];

#[test]
fn settings_of_tursos_cli_that_are_no_small_file_are_an_error_and_hang_nothing() {
    for (problem, make) in ENDLESS {
        let folder = tempfile::tempdir().unwrap();
        let settings = folder.path().join("settings.json");
        make(&settings);
        let project = bare();
        project.set_env("TURSO_CONFIG_FOLDER", folder.path());
        project.plan().fails().says(&format!(
            r#"Could not read the settings of Turso's CLI, {}: {problem}.

            Mend it, or remove it and run `turso auth login`, or let TURSO_CONFIG_FOLDER name another folder. It is not
            read at all where the API token and the organization come from elsewhere: the provider block, or
            TURSO_API_TOKEN and TURSO_ORGANIZATION."#,
            settings.display()
        ));

        project.set_env("TURSO_API_TOKEN", API_TOKEN);
        project.set_env("TURSO_API_BASEURL", project.turso().base_url());
        project.set_env("TURSO_ORGANIZATION", ORGANIZATION);
        project.apply().succeeds();
    }
}

#[test]
fn a_login_that_others_may_read_is_told_and_still_good() {
    let project = bare();
    let folder = project.home().join(".config/turso");
    log_in(&project, &folder, &format!(",\"organization\":{ORGANIZATION:?}"));
    project.plan().succeeds().does_not_say("open to others");
    fs::set_permissions(folder.join("settings.json"), fs::Permissions::from_mode(0o644)).unwrap();
    project.plan().succeeds().says("Warning: Login of Turso's CLI open to others").says("`chmod 600` on it");
}

#[test]
fn a_login_that_can_not_be_understood_comes_with_the_way_out() {
    let project = bare();
    let folder = project.home().join(".config/turso");
    for (rest, said) in [
        (",\"Token\":\"x\"", "\"Token\" and \"token\" in it are one key to Turso's CLI"),
        (",\"organization\":\"a/b\"", "organization slug \"a/b\" contains a slash"),
    ] {
        log_in(&project, &folder, rest);
        project.plan().fails().says(said).says("Mend it, or remove it and run `turso auth login`");
    }
}

#[test]
fn a_missing_token_is_an_error_with_the_three_ways_to_give_one() {
    let project = bare();
    project.provider("organization = \"acme\"");
    let settings = project.home().join(".config/turso/settings.json");
    project.plan().fails().says(&format!(
        r#"Error: JWT template not generated

          with data.turso_jwt_template.app,
          on main.tf line 2, in data "turso_jwt_template" "app":
           2: data "turso_jwt_template" "app" {{

        There is no API token.

        Give one in any of three ways:

          - `api_token` in the provider block
          - the environment variable TURSO_API_TOKEN
          - a login with Turso's CLI: `turso auth login` (looked in {})"#,
        settings.display()
    ));
}

#[test]
fn a_missing_token_is_found_before_an_endpoint_is_created() {
    let project = bare();
    project.configure(CLERK);
    project.provider(&format!("organization = \"acme\"\n  {OFFLINE}"));
    project.plan().fails().says("Error: JWKS endpoint can't be created").says("There is no API token.");
}

#[test]
fn a_missing_organization_is_an_error_with_the_three_ways_to_give_one() {
    let project = bare();
    project.set_env("TURSO_API_TOKEN", API_TOKEN);
    let settings = project.home().join(".config/turso/settings.json");
    project.plan().fails().says(&format!(
        r#"Error: Organization not known

          with data.turso_jwt_template.app,
          on main.tf line 2, in data "turso_jwt_template" "app":
           2: data "turso_jwt_template" "app" {{

        There is no organization.

        Give one in any of three ways:

          - `organization` in the resource or in the provider block
          - the environment variable TURSO_ORGANIZATION
          - the choice of Turso's CLI: `turso org switch` (looked in {})"#,
        settings.display()
    ));
}

#[test]
fn a_base_url_that_would_send_the_token_in_the_clear_is_refused_at_its_attribute() {
    let project = Project::new(CLERK);
    project.provider(r#"base_url = "http://api.turso.tech""#);
    for run in [project.validate(), project.plan()] {
        run.fails().says("Error: Invalid base URL").says(r#"in provider "turso":"#).says(
            r#"Plain http would send the token in the clear to "api.turso.tech": use https (http is for this machine only)."#,
        );
    }
}

#[test]
fn a_base_url_that_is_mended_as_it_is_read_is_refused() {
    let project = Project::new(CLERK);
    project.provider(r#"base_url = "https:///api.turso.tech""#);
    for run in [project.validate(), project.plan()] {
        run.fails().says("Error: Invalid base URL").says(
            r#"Programs differ in how they read it: here it is read as "https://api.turso.tech/". Write that, if it is what
            is meant."#,
        );
    }
}

#[test]
fn a_base_url_of_the_environment_that_would_send_the_token_in_the_clear_is_refused() {
    let project = Project::new(CLERK);
    project.set_env("TURSO_API_BASEURL", "http://api.turso.tech");
    project.plan().fails().says(
        r#"The base URL of the API in the environment variable TURSO_API_BASEURL can't be used: plain http would send
        the token in the clear to "api.turso.tech": use https (http is for this machine only).

        Write it like `https://api.turso.tech`, which is the default, or unset TURSO_API_BASEURL."#,
    );
}

#[test]
fn what_the_environment_gives_and_nobody_can_use_is_an_error_with_two_ways_out() {
    for (variable, value, advice) in [
        ("TURSO_API_TOKEN", "two words", "--org <slug>` prints it, or unset TURSO_API_TOKEN."),
        ("TURSO_ORGANIZATION", "a/b", "shows the slugs. Put one there, or unset TURSO_ORGANIZATION."),
        ("TURSO_API_BASEURL", "api.turso.tech", "which is the default, or unset TURSO_API_BASEURL."),
    ] {
        let project = Project::new(CLERK);
        project.provider(OFFLINE);
        project.set_env("TURSO_ORGANIZATION", ORGANIZATION);
        project.set_env(variable, value);
        project.plan().fails().says(variable).says(advice);
    }
}

#[test]
fn what_the_block_gives_empty_can_be_left_out() {
    for (attribute, said, advice) in [
        (
            "organization",
            r#"The organization slug "" is empty."#,
            "Leave it out where another place is to give it",
        ),
        ("api_token", "The token is empty.", "Leave it out where another place is to give it"),
        ("base_url", "", "Write it like `https://api.turso.tech`, or leave it out: that is the default."),
    ] {
        let project = Project::new(CLERK);
        project.provider(&format!("{attribute} = \"\""));
        for run in [project.validate(), project.plan()] {
            run.fails().says(said).says(advice).says(&format!("{attribute} = \"\""));
        }
    }
}

#[test]
fn a_token_that_can_be_none_is_not_shown() {
    let project = bare();
    project.provider("organization = \"acme\"\n  api_token = \"two words\"");
    project.hide("two words");
    // The engine quotes the line that is at fault; a token belongs into a variable.
    project.provider("organization = \"acme\"\n  api_token = var.token");
    project.write("variables.tf", "variable \"token\" {\n  type = string\n  sensitive = true\n}\n");
    project.set_env("TF_VAR_token", "two words");
    project.plan().fails().says("Error: Invalid API token").says(
        "Character 4 of the token is one that no token has (a space, a line break, a quotation mark?); it is not \
         shown here because a token is a secret.",
    );
}

#[test]
fn an_organization_that_can_be_none_is_refused_at_its_attribute() {
    let project = Project::new(CLERK);
    project.provider(r#"organization = "acme/clerk""#);
    project
        .plan()
        .fails()
        .says("Error: Invalid organization")
        .says(r#"The organization slug "acme/clerk" contains a slash."#);
}

#[test]
fn nothing_prints_the_token_not_even_a_trace() {
    let project = Project::new(&format!("{TEMPLATE}{CLERK}"));
    project.turso().add_database(ORGANIZATION, "app", "default").unwrap();
    project.write("variables.tf", "variable \"token\" {\n  type = string\n  sensitive = true\n}\n");
    project.provider(&format!("organization = \"acme\"\n  api_token = var.token\n  {OFFLINE}"));
    project.unset_env("TURSO_API_TOKEN");
    project.set_env("TF_VAR_token", API_TOKEN);
    project.set_env("TF_LOG", "trace");
    // Each run is searched for the token; that something is there to be searched is said here.
    let run = project.plan();
    run.succeeds().says("called Turso's API");
    for told in [
        "api=http://127.0.0.1:",
        "method=GET",
        "path=/v2/organizations/acme/jwks",
        "status=200",
        "bytes=",
        "duration_ms=",
    ] {
        run.says(told);
    }
    project.apply().succeeds().says("called Turso's API");

    project.turso().clear_tokens();
    project.turso().add_token(ApiToken::owner(API_TOKEN).refused_in(
        ORGANIZATION,
        403,
        &format!("the token {API_TOKEN} may not"),
    ));
    project.plan().fails().says("the token [redacted] may not");
}

/// Terraform itself keeps the values of variables in a saved plan, so this is about a token of the environment.
#[test]
fn a_saved_plan_holds_no_token() {
    let project = Project::new(CLERK);
    project.plan_with(&["-out=saved"]).plans(1, 0, 0);
    // What it prints is searched for the token, like every run.
    project.run(&["show", "-json", "saved"]).succeeds().says("turso_jwks_endpoint");
    project.run(&["apply", "-no-color", "-input=false", "saved"]).applied(1, 0, 0);
}

/// The warning of the documentation, shown: what a saved plan holds of the token.
#[test]
fn a_saved_plan_holds_a_token_from_a_variable_unless_that_is_ephemeral() {
    for (is_ephemeral, is_held) in [(false, true), (true, false)] {
        let project = Project::new(CLERK);
        let ephemeral = if is_ephemeral { "\n  ephemeral = true" } else { "" };
        project.write(
            "variables.tf",
            &format!("variable \"token\" {{\n  type = string\n  sensitive = true{ephemeral}\n}}\n"),
        );
        project.provider(&format!("organization = \"acme\"\n  api_token = var.token\n  {OFFLINE}"));
        project.unset_env("TURSO_API_TOKEN");
        project.set_env("TF_VAR_token", API_TOKEN);
        if is_ephemeral && !engine().can(Feature::EphemeralResources) {
            let refused = project.validate();
            fs::remove_file(project.root().join("variables.tf")).unwrap();
            project.provider("");
            assert_too_old(&project, &refused, Feature::EphemeralVariables.refusal());
            continue;
        }
        project.plan_with(&["-out=saved"]).plans(1, 0, 0);
        assert_eq!(project.plan_file_holds("saved", API_TOKEN), is_held);
        // Not for the search of the whole suite.
        fs::remove_file(project.root().join("saved")).unwrap();
    }
}

#[test]
fn a_request_timeout_that_can_be_none_is_refused_at_its_attribute() {
    let project = Project::new(CLERK);
    for (given, words) in [
        ("\"soon\"", r#"The request timeout is a whole number with its unit, such as "45s" or "1m"."#),
        ("120", r#"The request timeout is from "1s" to "60s"."#),
    ] {
        project.provider(&format!("organization = \"acme\"\n  request_timeout = {given}\n  {OFFLINE}"));
        project
            .validate()
            .fails()
            .says("Error: Invalid request timeout")
            .says("request_timeout =")
            .says(words);
    }
}

#[test]
fn validation_takes_no_token_no_home_and_no_network() {
    let project = Project::new(&format!("{TEMPLATE}{CLERK}"));
    project.provider("");
    project.unset_env("TURSO_API_TOKEN");
    project.set_env("TURSO_API_BASEURL", "http://127.0.0.1:1");
    project.validate().succeeds().says("Success! The configuration is valid");
    assert_eq!(project.calls(), [] as [&str; 0]);
}
