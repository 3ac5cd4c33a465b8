//! Why bytes from the host, or values for it, do not fit their type.

use std::fmt;

/// A value that does not fit the type it is read or written by.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}{problem}")]
pub(super) struct ValueError {
    at: Place,
    problem: String,
}

/// Where in the value, innermost step last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Place(Vec<String>);

impl ValueError {
    /// A problem with the value at hand.
    pub(super) fn new(problem: impl Into<String>) -> Self {
        Self { at: Place::default(), problem: problem.into() }
    }

    /// A value of another kind than its type says. Never holds the value itself, which may be a secret.
    pub(super) fn mismatch(expected: &str, found: &str) -> Self {
        Self::new(format!("expected {expected}, found {found}"))
    }

    /// The same problem, seen from the value around.
    pub(super) fn inside(mut self, step: impl fmt::Display) -> Self {
        self.at.0.push(step.to_string());
        self
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in self.0.iter().rev() {
            formatter.write_str(step)?;
        }
        if self.0.is_empty() { Ok(()) } else { formatter.write_str(": ") }
    }
}
