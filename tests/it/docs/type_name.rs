//! Types in words.

use framework::Type;

/// As the docs of attributes have it: `List of String`.
pub(super) fn in_docs(ty: &Type) -> String {
    match ty {
        Type::Bool => "Boolean".to_owned(),
        Type::Number => "Number".to_owned(),
        Type::String => "String".to_owned(),
        Type::Dynamic => "Dynamic".to_owned(),
        Type::List(element) => format!("List of {}", in_docs(element)),
        Type::Set(element) => format!("Set of {}", in_docs(element)),
        Type::Map(element) => format!("Map of {}", in_docs(element)),
        Type::Object(_) => "Object".to_owned(),
        Type::Tuple(_) => "Tuple".to_owned(),
    }
}

/// As a signature has it: `list of string`.
pub(super) fn in_hcl(ty: &Type) -> String {
    match ty {
        Type::Bool => "bool".to_owned(),
        ty => in_docs(ty).to_lowercase(),
    }
}
