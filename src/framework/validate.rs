//! The checks that a schema carries, run over a configuration, and the words for a bug of our own.

use super::{Attribute, AttributePath, Check, Complaint, Diagnostic, Diagnostics, Object, Schema, Value};

/// Runs every attribute's check over its known values. Unknown values pass: they are looked at again once known.
pub fn validate_object(schema: &Schema, object: &Object) -> Diagnostics {
    schema
        .attributes
        .iter()
        .flat_map(|attribute| check_attribute(attribute, object.value(attribute.name)))
        .collect()
}

/// The diagnostic for a state of affairs that only a mistake in the provider can bring about.
pub fn bug(what: impl std::fmt::Display) -> Diagnostic {
    Diagnostic::error("Provider bug", format!("{what}. This is a bug in the provider, please report it."))
}

fn check_attribute(attribute: &Attribute, value: &Value) -> Vec<Diagnostic> {
    let path = AttributePath::root(attribute.name);
    match (attribute.check, value) {
        (Some(Check::String(check)), Value::String(text)) => {
            complaint(check(text), path).into_iter().collect()
        }
        (Some(Check::Elements(check)), Value::List(elements)) => elements
            .iter()
            .enumerate()
            .filter_map(|(index, element)| {
                let path = path.clone().index(index);
                match element {
                    Value::String(text) => complaint(check(text), path),
                    Value::Null => Some(null_element(path)),
                    _ => None,
                }
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn complaint(result: Result<(), Complaint>, path: AttributePath) -> Option<Diagnostic> {
    result.err().map(|complaint| Diagnostic::error(complaint.summary, complaint.detail).at(path))
}

/// The diagnostic for a null element of a list whose elements each need a value.
pub fn null_element(path: AttributePath) -> Diagnostic {
    Diagnostic::error("Null element", format!("{path} is null. Give it a value, or leave the element out."))
        .at(path)
}
