//! What a caller chooses: where the emulator listens, and how it behaves where Turso's own behaviour is not known.

use std::time::Duration;

/// What [`crate::Emulator::start`] needs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The Platform API's port on 127.0.0.1; 0 takes a free one. Databases always take free ones.
    pub port: u16,
    /// Root certificates in PEM to trust for JWKS documents, beside those of the system and of `SSL_CERT_FILE`.
    pub roots: Vec<String>,
    /// How long a database's stream waits for its next request.
    pub stream_idle: Duration,
    /// The behaviour to begin with; [`crate::Emulator::change_behaviour`] changes it later.
    pub behaviour: Behaviour,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            port: 0,
            roots: Vec::new(),
            stream_idle: Duration::from_secs(10),
            behaviour: Behaviour::default(),
        }
    }
}

/// The switches. The default is the likeliest of what is known, and the unknown rest in its plainest form.
#[derive(Debug, Clone)]
pub struct Behaviour {
    /// How templates are asked for.
    pub template_method: TemplateMethod,
    /// The status of a template asked for in the other way: 405, or 404 with a body that is not JSON.
    pub template_method_refused: u16,
    /// What happens to the body of a GET.
    pub get_body: GetBody,
    /// The status of a save beyond the limit: 400, 403, 409 or 422 are all possible.
    pub limit_status: u16,
    /// How many list answers after a save or a remove still show the endpoints as they were before.
    pub list_lag: usize,
    /// How many databases are on a page of their list, where no limit is asked for.
    pub databases_on_a_page: usize,
    /// How a list without endpoints is written.
    pub empty_list: EmptyList,
    /// The error texts.
    pub texts: Texts,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            template_method: TemplateMethod::Post,
            template_method_refused: 405,
            get_body: GetBody::Kept,
            limit_status: 403,
            list_lag: 0,
            databases_on_a_page: 100,
            empty_list: EmptyList::Array,
            texts: Texts::default(),
        }
    }
}

/// How templates are asked for. Turso's CLI v1.0.29 sends GET with a body; a later version sends POST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateMethod {
    /// POST alone.
    Post,
    /// GET with a body alone.
    Get,
    /// Either.
    Both,
}

/// What happens to the body of a GET, which proxies may drop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GetBody {
    /// It arrives.
    Kept,
    /// It is dropped on the way, and the server then refuses a template of nothing.
    DroppedAndRefused,
    /// It is dropped on the way, and the server then answers claims with no database, group or permission:
    /// whoever holds them reaches everything.
    DroppedAndWide,
}

/// How a list without endpoints is written; a Go server can do either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmptyList {
    /// `[]`
    Array,
    /// `null`
    Null,
}

/// The error texts. `{}` stands for the value in question: the limit, a name, an action.
/// Some were seen at Turso or in its CLI and docs, as their comments say; the others are ours.
#[derive(Debug, Clone)]
pub struct Texts {
    /// Seen (2023): no token, or one that is not known.
    pub authentication_required: String,
    /// Seen: a database's or group's token where an API token belongs.
    pub not_an_api_token: String,
    /// Documented for siblings.
    pub organization_missing: String,
    /// Documented for siblings.
    pub database_missing: String,
    /// Documented for siblings.
    pub group_missing: String,
    /// Seen.
    pub limit_exceeded: String,
    /// Not known.
    pub endpoint_missing: String,
    /// From Turso's docs on the CLI.
    pub neither_database_nor_group: String,
    /// Not known.
    pub both_database_and_group: String,
    /// Not known.
    pub bad_scope: String,
    /// Not known.
    pub bad_action: String,
    /// Not known: a rule with no table (`[]`, or an empty name).
    pub bad_tables: String,
}

impl Default for Texts {
    fn default() -> Self {
        Self {
            authentication_required: "Authentication required".into(),
            not_an_api_token: "could not parse jwt id".into(),
            organization_missing: "organization not found".into(),
            database_missing: "could not find database with name [{}]: record not found".into(),
            group_missing: "group not found".into(),
            limit_exceeded: "jwks count limit({}) exceeded".into(),
            endpoint_missing: "jwks not found".into(),
            neither_database_nor_group: "Either database or group must be specified".into(),
            both_database_and_group: "Only one of database and group can be specified".into(),
            bad_scope: "invalid scope: {}".into(),
            bad_action: "invalid permission action: {}".into(),
            bad_tables: "invalid permission: no table".into(),
        }
    }
}
