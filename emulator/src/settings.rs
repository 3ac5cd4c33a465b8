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

/// How Turso behaves. The defaults are what is most likely, and the simplest where nothing is known.
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
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            template_method: TemplateMethod::Both,
            template_method_refused: 405,
            get_body: GetBody::Kept,
            limit_status: 403,
            list_lag: 0,
            databases_on_a_page: 100,
            empty_list: EmptyList::Array,
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
