//! Many endpoints and templates through several providers of one folder, while Turso is slow and turns half of the calls
//! away. `examples/load` is the same with thousands.

use std::collections::BTreeSet;
use std::time::Duration;

use turso_emulator::{Call, Effect, Fault};

use crate::support::{OFFLINE, ORGANIZATION, Project, URL};

const PROVIDERS: usize = 5;
const EACH: usize = 4;

#[test]
fn five_providers_finish_all_they_have_where_turso_is_slow_and_busy() {
    let project = Project::new(&(0..PROVIDERS).map(share).collect::<String>());
    project.provider(OFFLINE);
    project.turso().set_jwks_limit(ORGANIZATION, PROVIDERS * EACH).unwrap();
    project.turso().add_database(ORGANIZATION, "app", "default").unwrap();
    let names = || project.endpoints().into_iter().map(|endpoint| endpoint.name).collect::<BTreeSet<_>>();
    let all = (0..PROVIDERS).flat_map(|provider| (0..EACH).map(move |number| format!("{provider}-{number}")));

    disturb(&project);
    project.apply_with(&["-parallelism=50"]).applied(PROVIDERS * EACH, 0, 0);
    assert_eq!(names(), all.collect());
    project.plan().finds_no_changes();
    project.run(&["destroy", "-no-color", "-input=false", "-auto-approve", "-parallelism=50"]).succeeds();
    assert_eq!(names(), BTreeSet::new());
    // More of them are switched on than strike.
    project.turso().clear_faults();
}

/// Slow answers and refusals in turns, for all calls there may be.
fn disturb(project: &Project) {
    for _ in 0..20 * PROVIDERS * EACH {
        project.turso().inject(Fault::once(Call::Any, Effect::Delay(Duration::from_millis(100))));
        let later = Effect::TooManyRequests { retry_after: "0".to_owned() };
        project.turso().inject(Fault::once(Call::Any, later));
    }
}

/// What one of the providers has to do.
fn share(provider: usize) -> String {
    format!(
        r#"
        provider "turso" {{
          alias        = "p{provider}"
          organization = {ORGANIZATION:?}
          {OFFLINE}
        }}
        resource "turso_jwks_endpoint" "p{provider}" {{
          provider = turso.p{provider}
          count    = {EACH}
          name     = "{provider}-${{count.index}}"
          url      = {URL:?}
        }}
        data "turso_jwt_template" "p{provider}" {{
          provider    = turso.p{provider}
          count       = {EACH}
          database    = "app"
          permissions = ["table${{count.index}}:data_read"]
        }}
        "#
    )
}
