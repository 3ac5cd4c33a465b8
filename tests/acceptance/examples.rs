//! The examples, as they are: planned and applied by the real engine, and then tried, statement by statement, with
//! tokens that an identity provider makes from what was applied.

mod issued;

use std::fs;
use std::path::{Path, PathBuf};

use plugin_host::engine::Feature;
use serde_json::Value;
use turso_emulator::OrganizationKind;
use turso_emulator::identity_provider::auth0::{Auth0User, LoginError, Trigger};
use turso_emulator::identity_provider::clerk::{ClerkUser, TemplateRequest};
use turso_emulator::identity_provider::{Auth0Like, ClerkLike};

use crate::access_probe::NO_EPHEMERAL;
use crate::existing::{NO_IDENTITY, NO_QUERY, assert_too_old};
use crate::support::deeds::{COMMENT, DELETE, POST, READ, allowed, database};
use crate::support::{Kept, ORGANIZATION, Project, URL, authority, claims, engine, publishable_key};

/// An example of this folder, with an override that points its endpoint at an identity provider on this machine.
fn example(name: &str, endpoint: &str, jwks_url: &str) -> (Project, Kept) {
    let folder = folder().join(name);
    let project = Project::new(&fs::read_to_string(folder.join("main.tf")).unwrap());
    // The example has its own.
    fs::remove_file(project.root().join("provider.tf")).unwrap();
    for module in
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
    {
        let copy = project.root().join(module.file_name().unwrap());
        fs::create_dir(&copy).unwrap();
        fs::copy(module.join("main.tf"), copy.join("main.tf")).unwrap();
    }
    project.run(&["get", "-no-color"]).succeeds();
    project.write(
        "test_override.tf",
        &format!("resource \"turso_jwks_endpoint\" {endpoint:?} {{\n  url = {jwks_url:?}\n}}\n"),
    );
    project.trust_identity_providers();
    project.set_env("TF_VAR_organization", ORGANIZATION);
    project.set_env("TF_VAR_auth0_domain", "acme.eu.auth0.com");
    project.set_env("TF_VAR_unrestricted_clients", "[]");
    // A host that does not exist (RFC 6761).
    project.set_env("TF_VAR_clerk_publishable_key", publishable_key("clerk.invalid"));
    let kept = project.stand_in();
    (project, kept)
}

fn clerk_example(clerk: &ClerkLike) -> (Project, Kept) {
    let (project, kept) = example("clerk", "clerk", &clerk.provider().jwks_url());
    project.set_env("TF_VAR_database", "app");
    project.set_env("TF_VAR_clerk_application_id", "app_1");
    project.set_env("TF_VAR_clerk_instance_id", "ins_1");
    project.set_env("TF_VAR_session_claims", r#"{ email = "{{user.primary_email_address}}" }"#);
    (project, kept)
}

/// Puts what an example has created into an instance of Clerk: the claims of its templates and of its session tokens.
fn put_into_clerk(clerk: &ClerkLike, kept: &Kept) {
    for template in kept.of("clerk_jwt_template") {
        let claims = serde_json::from_str(template["claims"].as_str().unwrap()).unwrap();
        let request = TemplateRequest::new(template["name"].as_str().unwrap(), claims);
        match clerk.templates().iter().find(|there| there.name == request.name) {
            Some(there) => clerk.update_template(&there.id, request).unwrap(),
            None => clerk.create_template(request).unwrap(),
        };
    }
    let configs = kept.of("clerk_instance_config");
    let config: Value = serde_json::from_str(configs[0]["config"].as_str().unwrap()).unwrap();
    clerk.customize_session_token(config["session"]["claims"].clone()).unwrap();
}

/// An Auth0 tenant that runs the Actions which an example has created.
fn deploy(auth0: &Auth0Like, kept: &Kept, audience: &str) {
    auth0.create_api(audience);
    for action in kept.of("auth0_action") {
        let trigger = match action["supported_triggers"][0]["id"].as_str() {
            Some("post-login") => Trigger::PostLogin,
            Some("credentials-exchange") => Trigger::CredentialsExchange,
            other => panic!("no trigger of Auth0: {other:?}"),
        };
        auth0.deploy_action(trigger, action["code"].as_str().unwrap()).unwrap();
    }
}

fn log_in(auth0: &Auth0Like, roles: &[&str], audience: &str) -> Result<String, LoginError> {
    auth0.save_user(Auth0User::new("auth0|ann").with_roles(roles.iter().copied()));
    auth0.token("auth0|ann", audience)
}

#[track_caller]
fn assert_denied(token: Result<String, LoginError>) {
    assert!(matches!(token, Err(LoginError::Denied { .. })), "{token:?}");
}

#[test]
fn clerk_lets_its_users_read_and_comment() {
    let clerk = ClerkLike::start(authority()).unwrap();
    let (project, kept) = clerk_example(&clerk);
    for name in ["app", "other"] {
        database(&project, name, "default");
    }
    project.apply().applied(3, 0, 0).does_not_say("Warning: JWKS");
    project.plan().finds_no_changes();

    put_into_clerk(&clerk, &kept);
    clerk.save_user(ClerkUser { email: Some("ann@example.com".to_owned()), ..ClerkUser::new("user_ann") });
    let token = clerk.token("user_ann", "turso").unwrap();
    assert_eq!(allowed(&project, "app", &token), Some(vec![READ, COMMENT]));
    assert_eq!(allowed(&project, "other", &token), None);
    let session = clerk.session_token("user_ann").unwrap();
    assert_eq!(claims(&session)["email"], "ann@example.com");
    for database in ["app", "other"] {
        assert_eq!(allowed(&project, database, &session), None);
    }
    project.destroy().succeeds();
}

#[test]
fn auth0_lets_users_and_machines_read_and_comment() {
    let auth0 = Auth0Like::start(authority()).unwrap();
    let (project, kept) = example("auth0", "auth0", &auth0.provider().jwks_url());
    project.set_env("TF_VAR_database", "app");
    for name in ["app", "other"] {
        database(&project, name, "default");
    }
    project.apply().applied(6, 0, 0).does_not_say("Warning: JWKS");
    project.plan().finds_no_changes();

    let audience = project.output("audience");
    let audience = audience.as_str().unwrap();
    deploy(&auth0, &kept, audience);
    auth0.create_machine_client("reports");
    for token in [log_in(&auth0, &[], audience), auth0.machine_token("reports", audience)] {
        let token = token.unwrap();
        assert_eq!(allowed(&project, "app", &token), Some(vec![READ, COMMENT]));
        assert_eq!(allowed(&project, "other", &token), None);
    }
    project.destroy().succeeds();
}

#[test]
fn what_a_user_may_do_depends_on_the_role() {
    const AUDIENCE: &str = "https://turso.tech/acme/app";
    let auth0 = Auth0Like::start(authority()).unwrap();
    let (project, kept) = example("by-role", "auth0", &auth0.provider().jwks_url());
    project.set_env("TF_VAR_database", "app");
    database(&project, "app", "default");
    project.apply().applied(9, 0, 0).does_not_say("Warning: JWKS");
    project.plan().finds_no_changes();

    deploy(&auth0, &kept, AUDIENCE);
    auth0.create_machine_client("reports");
    for (token, may) in [
        (log_in(&auth0, &["reader"], AUDIENCE), vec![READ]),
        (log_in(&auth0, &["author", "staff"], AUDIENCE), vec![READ, COMMENT, POST]),
        (log_in(&auth0, &["editor"], AUDIENCE), vec![READ, COMMENT, POST, DELETE]),
        (log_in(&auth0, &["reader", "editor"], AUDIENCE), vec![READ, COMMENT, POST, DELETE]),
        (auth0.machine_token("reports", AUDIENCE), vec![READ]),
    ] {
        assert_eq!(allowed(&project, "app", &token.unwrap()), Some(may));
    }
    assert_denied(log_in(&auth0, &["staff"], AUDIENCE));
    for role in kept.of("auth0_role") {
        assert_eq!(project.output("roles")[role["name"].as_str().unwrap()], role["description"]);
    }
    project.destroy().succeeds();
}

#[test]
fn each_customer_opens_their_own_database() {
    const AUDIENCE: &str = "https://turso.tech/acme";
    let auth0 = Auth0Like::start(authority()).unwrap();
    let (project, kept) = example("many-databases", "auth0", &auth0.provider().jwks_url());
    project.set_env("TF_VAR_customers", r#"{ north = { client_id = "n1" }, south = { client_id = "s1" } }"#);
    for name in ["north", "south"] {
        database(&project, name, "default");
    }
    project.apply().applied(8, 0, 0).does_not_say("Warning: JWKS");
    project.plan().finds_no_changes();

    deploy(&auth0, &kept, AUDIENCE);
    for client in ["n1", "s1", "stranger"] {
        auth0.create_machine_client(client);
    }
    for (customer, client, other) in [("north", "n1", "south"), ("south", "s1", "north")] {
        let service = auth0.machine_token(client, AUDIENCE).unwrap();
        assert_eq!(allowed(&project, customer, &service), Some(vec![READ]));
        assert_eq!(allowed(&project, other, &service), None);
        let person = log_in(&auth0, &[&format!("customer-{customer}")], AUDIENCE).unwrap();
        assert_eq!(allowed(&project, customer, &person), Some(vec![READ, COMMENT, POST, DELETE]));
        assert_eq!(allowed(&project, other, &person), None);
    }
    assert_denied(log_in(&auth0, &["customer-west"], AUDIENCE));
    assert_denied(auth0.machine_token("stranger", AUDIENCE));
    project.destroy().succeeds();
}

/// Two ways in which a database is new: its name is known only after an apply, or it is known and the database is not there.
#[test]
fn a_new_customer_defers_their_own_template_and_no_other() {
    const UNKNOWN_NAME: [(&str, &str); 2] = [
        (
            "name.tf",
            "resource \"terraform_data\" \"name\" {\n  for_each = var.customers\n  input = each.key\n}\n",
        ),
        ("name_override.tf", "module \"customer\" {\n  database = terraform_data.name[each.key].output\n}\n"),
    ];
    const RESOURCE_IN_THE_MODULE: [(&str, &str); 2] = [
        ("customer/database.tf", "resource \"terraform_data\" \"database\" {\n  input = var.database\n}\n"),
        (
            "customer/database_override.tf",
            "data \"turso_jwt_template\" \"people\" {\n  database = terraform_data.database.input\n}\n\
             data \"turso_jwt_template\" \"service\" {\n  database = terraform_data.database.input\n}\n",
        ),
    ];
    for files in [UNKNOWN_NAME, RESOURCE_IN_THE_MODULE] {
        let (project, _kept) =
            example("many-databases", "auth0", "https://acme.eu.auth0.com/.well-known/jwks.json");
        let customers = |names: &[&str]| {
            let customers = names.iter().map(|name| format!("{name} = {{ client_id = {name:?} }}"));
            project
                .set_env("TF_VAR_customers", format!("{{ {} }}", customers.collect::<Vec<_>>().join(", ")));
        };
        for name in ["north", "south"] {
            database(&project, name, "default");
        }
        customers(&["north", "south"]);
        files.iter().for_each(|(file, hcl)| project.write(file, hcl));
        project.apply().succeeds();
        project.forget_calls();

        customers(&["north", "south", "west"]);
        let plan = project.plan();
        for template in ["people", "service"] {
            let deferred = |name: &str| {
                format!(
                    "module.customer[\"{name}\"].data.turso_jwt_template.{template} will be read during apply"
                )
            };
            plan.succeeds().says(&deferred("west"));
            for known in ["north", "south"] {
                plan.does_not_say(&deferred(known));
            }
        }
        let templates =
            |calls: Vec<String>| calls.iter().filter(|call| call.ends_with("/jwks-template")).count();
        assert_eq!(templates(project.calls()), 4, "{:?}", project.calls());
        database(&project, "west", "default");
        project.apply().succeeds().says("Apply complete!");
        project.plan().finds_no_changes();
    }
}

/// Every folder of examples that is of something the provider has, `import.sh` and queries aside, which are below.
#[test]
fn the_examples_that_need_nobody_else_are_applied_as_they_are() {
    let mut applied = 0;
    for file in hcl_files(&folder()) {
        let kind = file.strip_prefix(folder()).unwrap().iter().next().unwrap().to_str().unwrap();
        let name = file.file_name().unwrap().to_str().unwrap();
        if !OF_ENTRIES.contains(&kind) || name.starts_with("import") || name.ends_with("query.hcl") {
            continue;
        }
        eprintln!("{}", file.display());
        let project = organization(&fs::read_to_string(&file).unwrap());
        if kind == "ephemeral-resources" && !engine().can(Feature::EphemeralResources) {
            assert_too_old(&project, &project.validate(), NO_EPHEMERAL);
            continue;
        }
        if kind == "provider" {
            // The example is what the project has there.
            fs::rename(project.root().join("main.tf"), project.root().join("provider.tf")).unwrap();
        }
        // The data source is of one that exists.
        if file.ends_with("turso_jwks_endpoint/data-source.tf") {
            project.put_endpoint("clerk", URL);
        }
        project.validate().succeeds();
        project.plan().succeeds();
        project.apply().succeeds();
        applied += 1;
    }
    assert!(applied > 13, "{applied}");
}

#[test]
fn each_way_to_import_brings_the_endpoint_of_the_example() {
    let examples = folder().join("resources/turso_jwks_endpoint");
    let resource = fs::read_to_string(examples.join("resource.tf")).unwrap();
    for name in ["import-by-string-id.tf", "import-by-identity.tf"] {
        let project = organization(&resource);
        project.put_endpoint("clerk", URL);
        project.write("import.tf", &fs::read_to_string(examples.join(name)).unwrap());
        if name.contains("identity") && !engine().can(Feature::Identity) {
            let refused = project.validate();
            fs::remove_file(project.root().join("import.tf")).unwrap();
            assert_too_old(&project, &refused, NO_IDENTITY);
            continue;
        }
        project.apply().succeeds().says("Resources: 1 imported, 0 added, 1 changed, 0 destroyed.");
    }
    let script = fs::read_to_string(examples.join("import.sh")).unwrap();
    let commands: Vec<_> = script.lines().filter_map(|line| line.strip_prefix("terraform import ")).collect();
    assert_eq!(commands.len(), 2, "{script}");
    for command in commands {
        let (address, id) = command.split_once(' ').unwrap();
        let id = id.trim_matches('\'');
        let project = organization(&resource);
        project.put_endpoint(id.rsplit('/').next().unwrap(), URL);
        project.import(address, id).succeeds();
    }
}

#[test]
fn the_query_of_the_example_lists_endpoints() {
    let file = folder().join("list-resources/turso_jwks_endpoint/list-resource.tfquery.hcl");
    let project = organization("");
    project.turso().add_organization("acme-staging", OrganizationKind::Team);
    project.turso().put_endpoint("acme-staging", "of staging", URL).unwrap();
    project.put_endpoint("clerk", URL);
    project.write("example.tfquery.hcl", &fs::read_to_string(file).unwrap());
    let query = project.run(&["query", "-no-color"]);
    if engine().can(Feature::Query) {
        query.succeeds().says("of staging").says("clerk");
    } else {
        assert_too_old(&project, &query, NO_QUERY);
    }
}

/// The folders of examples that are of something the provider has.
const OF_ENTRIES: [&str; 5] = ["data-sources", "ephemeral-resources", "functions", "provider", "resources"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

fn hcl_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        match path.extension().and_then(|end| end.to_str()) {
            _ if path.is_dir() => found.extend(hcl_files(&path)),
            Some("tf" | "hcl") => found.push(path),
            _ => {}
        }
    }
    found.sort();
    found
}

/// A project with what the examples take for granted.
fn organization(hcl: &str) -> Project {
    let project = Project::new(hcl);
    database(&project, "app", "default");
    project.set_env("TF_VAR_clerk_publishable_key", publishable_key("clerk.example.com"));
    // For the functions alone: a probe would ask with it.
    if hcl.contains("token_decode") {
        project.set_env("TF_VAR_token", "no.real.token");
    }
    project
}
