//! Diagnostics for the wire.

use super::proto;
use framework::{AttributePath, Diagnostic, Diagnostics, Severity, Step};

/// The diagnostics in order.
pub(super) fn encode(diagnostics: Diagnostics) -> Vec<proto::Diagnostic> {
    diagnostics.into_iter().map(encode_one).collect()
}

/// The path of an attribute.
pub(super) fn encode_path(path: &AttributePath) -> proto::AttributePath {
    proto::AttributePath { steps: path.steps().iter().map(encode_step).collect() }
}

/// What a call came to, and its diagnostics.
pub(super) fn split<T>(result: Result<T, Diagnostics>) -> (Option<T>, Diagnostics) {
    match result {
        Ok(value) => (Some(value), Diagnostics::none()),
        Err(errors) => (None, errors),
    }
}

/// What is said where the host asked to stop before the work was done.
pub(super) fn stopped(type_name: &str) -> Diagnostics {
    let detail =
        format!("The work on {type_name} was given up because Terraform asked to stop. Nothing was changed.");
    Diagnostic::error("Interrupted", detail).into()
}

fn encode_one(diagnostic: Diagnostic) -> proto::Diagnostic {
    let severity = match diagnostic.severity {
        Severity::Error => proto::diagnostic::Severity::Error,
        Severity::Warning => proto::diagnostic::Severity::Warning,
    };
    proto::Diagnostic {
        severity: severity.into(),
        summary: diagnostic.summary,
        detail: diagnostic.detail,
        attribute: diagnostic.path.as_ref().map(encode_path),
    }
}

fn encode_step(step: &Step) -> proto::attribute_path::Step {
    use proto::attribute_path::step::Selector;
    let selector = match step {
        Step::Attribute(name) => Selector::AttributeName(name.clone()),
        Step::Index(index) => Selector::ElementKeyInt(*index),
        Step::Key(key) => Selector::ElementKeyString(key.clone()),
    };
    proto::attribute_path::Step { selector: Some(selector) }
}
