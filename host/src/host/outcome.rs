//! What a step of a host's work comes to.

use std::fmt;
use std::time::SystemTime;

use serde_json::Value as Json;

use crate::path::Path;
use crate::values::Value;
use crate::wire::tfplugin6 as wire;

/// A resource as a state file holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instance {
    /// The object
    pub state: Value,
    /// What names it; null where the provider gave none
    pub identity: Value,
    /// The provider's own bytes
    pub private: Vec<u8>,
}

/// What a host would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Action {
    /// Nothing
    #[default]
    NoOp,
    /// Create
    Create,
    /// Update in place
    Update,
    /// Delete and create
    Replace,
    /// Delete
    Delete,
}

/// A plan.
#[derive(Clone, Debug, Default)]
pub struct Planned {
    /// What a host would do
    pub action: Action,
    /// What the object will be; null on delete and where there are errors
    pub state: Value,
    /// What will name it
    pub identity: Value,
    /// The paths for which it has to be replaced, as HCL writes them
    pub replaces: Vec<String>,
    /// The provider's own bytes
    pub private: Vec<u8>,
    /// Whether the provider wants to be asked again later
    pub deferred: bool,
    /// What the provider says, validation included
    pub diagnostics: Vec<Diagnostic>,
}

/// What came of an apply.
#[derive(Clone, Debug)]
pub struct Applied {
    /// What was done, or was to be done
    pub action: Action,
    /// What is saved: the new object, or the prior one where an error left it, or nothing
    pub instance: Option<Instance>,
    /// What the provider says, validation and planning included
    pub diagnostics: Vec<Diagnostic>,
}

/// What came of reading a stored object again.
#[derive(Clone, Debug)]
pub struct ReadBack {
    /// The object as it is now; nothing where it is gone
    pub instance: Option<Instance>,
    /// Whether the provider wants to be asked again later
    pub deferred: bool,
    /// What the provider says
    pub diagnostics: Vec<Diagnostic>,
}

/// What came of an import, with the read that follows it.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// The object as the import itself returned it; null where it failed
    pub before_read: Value,
    /// The object as the read returned it; nothing where there is none
    pub instance: Option<Instance>,
    /// Whether the provider wants to be asked again later
    pub deferred: bool,
    /// What the provider says, and what the host says where the object does not exist
    pub diagnostics: Vec<Diagnostic>,
}

/// A stored value under the present schema, or the configuration made from a state.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The value; null where there are errors
    pub value: Value,
    /// What the provider says
    pub diagnostics: Vec<Diagnostic>,
}

/// The resource that a `moved` block moves from.
#[derive(Clone, Debug)]
pub struct MoveFrom {
    /// The provider's address, with its host
    pub provider: String,
    /// The type
    pub type_name: String,
    /// The version that the state was stored under
    pub version: i64,
    /// The state, as stored
    pub state: Json,
    /// The identity, as stored; null where there is none
    pub identity: Json,
    /// The provider's own bytes
    pub private: Vec<u8>,
}

/// What a data source read.
#[derive(Clone, Debug, Default)]
pub struct Data {
    /// The result; null where there are errors
    pub state: Value,
    /// Whether the provider wants to be asked again later
    pub deferred: bool,
    /// What the provider says, validation included
    pub diagnostics: Vec<Diagnostic>,
}

/// What came of opening or renewing an ephemeral resource.
#[derive(Clone, Debug, Default)]
pub struct Opened {
    /// The result; null where nothing was opened, and always after a renewal
    pub result: Value,
    /// The provider's own bytes
    pub private: Vec<u8>,
    /// When it is to be renewed, if ever
    pub renew_at: Option<SystemTime>,
    /// Whether it was left unopened: the provider wants that, or the configuration is not wholly known
    pub deferred: bool,
    /// What the provider says, validation included
    pub diagnostics: Vec<Diagnostic>,
}

/// One result of a list resource, or only what the provider says of the listing.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    /// What names the object; null where there is none
    pub identity: Value,
    /// How a person would call it
    pub display_name: String,
    /// The object, where it was asked for
    pub object: Option<Value>,
    /// What the provider says
    pub diagnostics: Vec<Diagnostic>,
}

/// Why a function has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionFailure {
    /// What the function says
    pub text: String,
    /// The argument at fault, from 0
    pub argument: Option<i64>,
}

/// What a person reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether it stops the work
    pub severity: Severity,
    /// What failed
    pub summary: String,
    /// Why, and what to do
    pub detail: String,
    /// Where, as HCL writes it
    pub attribute: Option<String>,
}

/// Whether a diagnostic stops the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It does
    Error,
    /// It does not
    Warning,
}

impl Diagnostic {
    pub(super) fn all(diagnostics: &[wire::Diagnostic]) -> Vec<Self> {
        diagnostics.iter().map(Self::from_wire).collect()
    }

    fn from_wire(diagnostic: &wire::Diagnostic) -> Self {
        Self {
            severity: match diagnostic.severity() {
                wire::diagnostic::Severity::Warning => Severity::Warning,
                wire::diagnostic::Severity::Error | wire::diagnostic::Severity::Invalid => Severity::Error,
            },
            summary: diagnostic.summary.clone(),
            detail: diagnostic.detail.clone(),
            attribute: diagnostic
                .attribute
                .as_ref()
                .filter(|path| !path.steps.is_empty())
                .and_then(Path::from_wire)
                .map(|path| path.to_string()),
        }
    }
}

/// As a person reads it: `Error at url: JWKS URL refused: it has no host`.
impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, summary, detail, attribute } = self;
        write!(formatter, "{severity:?}")?;
        if let Some(attribute) = attribute {
            write!(formatter, " at {attribute}")?;
        }
        write!(formatter, ": {summary}")?;
        match detail.as_str() {
            "" => Ok(()),
            detail => write!(formatter, ": {detail}"),
        }
    }
}

/// Whether there is an error among them.
pub(super) fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}
