//! What these tests stand on: databases, an identity provider that Turso is told to trust, and one apply that renders
//! the claims of any number of templates.

use std::sync::OnceLock;

use serde_json::{Map, Value, json};
use turso_emulator::identity_provider::clerk::{ClerkUser, TemplateRequest};
use turso_emulator::identity_provider::{CertificateAuthority, ClerkLike};

use super::statements::{Client, Outcome, Statement};
use crate::support::{ORGANIZATION, Project};

/// The databases, with their groups. Two share one.
const DATABASES: [(&str, &str); 3] = [("app", "default"), ("notes", "default"), ("archive", "cold")];

/// The user whom tokens of Clerk are for.
const USER: &str = "user_ada";

/// Seconds. Clerk's default of 60 could pass on a busy machine before the last statement has run.
const LIFETIME: u64 = 900;

/// The templates of a test, rendered for Clerk, and an endpoint.
const HCL: &str = r#"
variable "templates" {
  type = map(object({
    database    = optional(string)
    group       = optional(string)
    scope       = optional(string)
    permissions = optional(list(string))
  }))
}

variable "jwks_url" {
  type = string
}

data "turso_jwt_template" "each" {
  for_each = var.templates

  database    = each.value.database
  group       = each.value.group
  scope       = each.value.scope
  permissions = each.value.permissions
}

resource "turso_jwks_endpoint" "provider" {
  name = "provider"
  url  = var.jwks_url
}

output "no_access" {
  value = provider::turso::clerk_claims(provider::turso::no_access_claims())
}

output "claims" {
  value = { for name, template in data.turso_jwt_template.each : name => provider::turso::clerk_claims(template.json) }
}
"#;

/// A project with databases, whose provider and emulator trust the certificates of `authority`.
pub(super) struct Stage {
    pub(super) project: Project,
    pub(super) authority: CertificateAuthority,
}

impl Stage {
    /// The databases, with this SQL run in each of them.
    pub(super) fn new(seed: &str) -> Self {
        let authority = CertificateAuthority::new().expect("this machine can make certificates");
        let project = Project::new(HCL);
        project.turso().trust_root(authority.pem()).expect("the authority writes PEM");
        for (database, group) in DATABASES {
            let added = project.turso().add_database(ORGANIZATION, database, group);
            added.expect("the organization is new");
            project.turso().execute_sql(ORGANIZATION, database, seed).expect("the seed is SQL");
        }
        // A document that is healthy passes the strictest look at it.
        project.provider(&format!("organization = {ORGANIZATION:?}\n  preflight = \"error\""));
        project.write("authority.pem", authority.pem());
        project.set_env("SSL_CERT_FILE", project.root().join("authority.pem"));
        Self { project, authority }
    }

    /// Chooses templates by name, each the attributes of a `turso_jwt_template`, and the endpoint's URL.
    pub(super) fn choose(&self, templates: &Map<String, Value>, jwks_url: &str) {
        let values = json!({"templates": templates, "jwks_url": jwks_url});
        self.project.write("terraform.tfvars.json", &values.to_string());
    }

    /// One apply.
    #[track_caller]
    pub(super) fn apply(&self) {
        self.project.apply().applied(1, 0, 0);
    }

    /// Where a database of [`ORGANIZATION`] is.
    pub(super) fn url(&self, database: &str) -> String {
        self.project.turso().database(ORGANIZATION, database).expect("the stage has it").url
    }

    /// A statement to run.
    pub(super) fn statement(&self, database: &str, token: &str, sql: &str) -> Statement {
        Statement { database_url: self.url(database), token: token.to_owned(), sql: sql.to_owned() }
    }

    /// Runs one statement in a database.
    pub(super) fn run(&self, database: &str, token: &str, sql: &str) -> Outcome {
        run(&[self.statement(database, token, sql)]).remove(0)
    }

    /// Why a token was refused the last time that one was, which the client's own text does not tell. The client
    /// closes its earlier streams when it likes, so the latest request may be one of those.
    pub(super) fn last_refusal(&self) -> String {
        let accesses = self.project.turso().accesses();
        accesses.into_iter().rev().find_map(|access| access.refused).expect("a token was refused")
    }
}

/// A stage with a Clerk that has a JWT template for each of terraform's.
pub(super) struct ClerkStage {
    pub(super) stage: Stage,
    pub(super) clerk: ClerkLike,
}

impl ClerkStage {
    /// Applies templates, and puts the rendered claims into Clerk.
    #[track_caller]
    pub(super) fn new(seed: &str, templates: Value) -> Self {
        let stage = Stage::new(seed);
        let clerk = ClerkLike::start(&stage.authority).expect("this machine has a free port");
        clerk.save_user(ClerkUser::new(USER));
        stage.choose(templates.as_object().expect("templates go by name"), &clerk.provider().jwks_url());
        stage.apply();
        let staged = Self { stage, clerk };
        let rendered = staged.stage.project.output("claims");
        for (name, claims) in rendered.as_object().expect("the output is a map") {
            staged.put(name, parsed(claims));
        }
        staged
    }

    /// The claims of nothing, as terraform rendered them.
    pub(super) fn no_access(&self) -> Value {
        parsed(&self.stage.project.output("no_access"))
    }

    /// Puts claims into Clerk that terraform did not render.
    pub(super) fn put(&self, name: &str, claims: Value) {
        let template = TemplateRequest::new(name, claims).with_lifetime(LIFETIME);
        self.clerk.create_template(template).expect("Clerk takes these claims");
    }

    /// A token of the template, issued now.
    pub(super) fn token(&self, template: &str) -> String {
        self.clerk.token(USER, template).expect("the template was put in place")
    }

    /// The token that would have been issued so many seconds from now.
    pub(super) fn token_in(&self, template: &str, seconds: i64) -> String {
        let now = std::time::SystemTime::now();
        let distance = std::time::Duration::from_secs(seconds.unsigned_abs());
        let time = if seconds < 0 { now - distance } else { now + distance };
        self.clerk.token_issued_at(USER, template, time).expect("the template was put in place")
    }
}

/// Claims that are an output, which is text.
#[track_caller]
fn parsed(output: &Value) -> Value {
    let claims = output.as_str().and_then(|text| serde_json::from_str(text).ok());
    claims.expect("claims are rendered as JSON")
}

/// Runs statements by Turso's JavaScript client.
#[track_caller]
pub(super) fn run(statements: &[Statement]) -> Vec<Outcome> {
    javascript().run(statements).unwrap_or_else(|error| panic!("{error:#}"))
}

/// Turso's JavaScript client, installed once.
pub(super) fn javascript() -> &'static Client {
    static INSTALLED: OnceLock<Client> = OnceLock::new();
    INSTALLED.get_or_init(|| Client::javascript().unwrap_or_else(|error| panic!("{error:#}")))
}

/// An outcome of which the kind matters, and the text is the client's own.
pub(super) fn kind(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Done { .. } => "done",
        Outcome::Denied(_) => "denied",
        Outcome::Unauthorized(_) => "unauthorized",
        Outcome::Failed(_) => "failed",
    }
}
