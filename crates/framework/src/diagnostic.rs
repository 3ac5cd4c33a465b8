//! What a person reads when something is wrong or worth knowing.

use std::fmt;

use super::AttributePath;

/// How much a [`Diagnostic`] weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The operation failed.
    Error,
    /// The operation goes on, and the person should look.
    Warning,
}

/// One message to the person: what failed, which object and what to do now, and the attribute at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// What failed, in a few words and without a full stop.
    pub summary: String,
    /// Which object, what the other side said, and the way out, in sentences.
    pub detail: String,
    /// The attribute at fault, where one is.
    pub path: Option<AttributePath>,
}

impl Diagnostic {
    /// An error that belongs to no one attribute.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Error, summary: summary.into(), detail: detail.into(), path: None }
    }

    /// A warning that belongs to no one attribute.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(summary, detail) }
    }

    /// The same message, placed at an attribute.
    #[must_use]
    pub fn at(self, path: AttributePath) -> Self {
        Self { path: Some(path), ..self }
    }
}

/// Why a value is refused: a [`Diagnostic`] that does not know yet at which attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// What is wrong, in a few words.
    pub summary: String,
    /// Which value, and the way out.
    pub detail: String,
}

impl Complaint {
    /// A complaint: what is wrong, then which value and the way out.
    pub fn new(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { summary: summary.into(), detail: detail.into() }
    }

    /// The complaint as an error of an attribute.
    pub fn at(self, path: AttributePath) -> Diagnostic {
        Diagnostic::error(self.summary, self.detail).at(path)
    }
}

/// The diagnostic for a state of affairs that only a mistake in the provider can bring about.
pub fn bug(what: impl fmt::Display) -> Diagnostic {
    Diagnostic::error("Provider bug", format!("{what}. This is a bug in the provider, please report it."))
}

/// Messages in the order in which they came up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// No message.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds one message.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// All of them as the outcome of a check.
    ///
    /// # Errors
    /// All of them, where one is an error.
    pub fn or_errors(self) -> Result<Self, Self> {
        let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
        if self.0.iter().any(is_error) { Err(self) } else { Ok(self) }
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(diagnostics: I) -> Self {
        Self(diagnostics.into_iter().collect())
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: I) {
        self.0.extend(diagnostics);
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
