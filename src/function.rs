//! What the functions have in common: the template in an argument, and what is said of one.
//!
//! Nothing of an argument is quoted: hosts show the arguments of a failed call themselves, those that are sensitive
//! without their values, and print the error as it is.

use std::error::Error;

use claims::{Template, TemplateError};
use framework::{DynamicValue, FunctionError, Value};

use crate::report;

/// The template whose JSON a function's first argument holds. The parameter takes anything: of one that takes a string,
/// hosts say "string required" about a whole `turso_jwt_template`, and not that `.json` is missing.
pub(crate) fn template(argument: &DynamicValue) -> Result<Template, FunctionError> {
    let json = match &argument.value {
        Value::String(json) => json,
        Value::Object(object) if object.iter().any(|(name, _)| name == "json") => {
            let text = "it is a whole object and has to be its JSON: append `.json`";
            return Err(FunctionError::argument(0, text));
        }
        _ => return Err(FunctionError::argument(0, format!("it has to be a string: pass {OF_TEMPLATE}"))),
    };
    Template::parse(json).map_err(|error| match error {
        TemplateError::NotJson(_) => FunctionError::argument(
            0,
            format!("{}; pass {OF_TEMPLATE}, and no other of its attributes", report::with_causes(&error)),
        ),
        TemplateError::NotAnObject { .. } => {
            FunctionError::argument(0, "the template is JSON, but not an object of claims")
        }
        TemplateError::Malformed { claim, expected, .. } => {
            let why = "A limit that Turso can't read may not limit at all";
            FunctionError::argument(0, format!("the claim `{claim}` must be {expected}. {why}"))
        }
        error => refused(&error),
    })
}

const OF_TEMPLATE: &str = "the attribute `json` of a `turso_jwt_template`";

/// What a function says of its first argument. Hosts print it after a colon and put the full stop themselves.
pub(crate) fn refused(error: &(dyn Error + 'static)) -> FunctionError {
    refused_at(0, error)
}

/// What a function says of an argument, counted from 0.
pub(crate) fn refused_at(argument: usize, error: &(dyn Error + 'static)) -> FunctionError {
    FunctionError::argument(argument, report::with_causes(error))
}

#[cfg(test)]
mod tests {
    use framework::Type;

    use super::*;

    #[test]
    fn nothing_of_a_template_is_quoted() {
        const ID: &str = "33057661-2f0c-4d3c-9f0b-0a1b2c3d4e5f";
        for json in [
            "hush".to_owned(),
            r#""hush""#.to_owned(),
            r#"["hush"]"#.to_owned(),
            r#"{"id":"hush hush"}"#.to_owned(),
            format!(r#"{{"a":"hush","id":"{ID}","perm":[]}}"#),
            format!(r#"{{"a":"ro","id":"{ID}","perm":"hush"}}"#),
            format!(r#"{{"a":"ro","id":"{ID}","perm":["hush"]}}"#),
            format!(r#"{{"a":"ro","id":"{ID}","perm":[{{"hush":1}}]}}"#),
            format!(r#"{{"a":"ro","id":"{ID}","perm":[{{"t":["hush:hush"],"a":["data_read"]}}]}}"#),
            format!(r#"{{"a":"ro","id":"{ID}","perm":[{{"t":["hush"],"a":["data_add"]}}]}}"#),
            format!(r#"{{"a":"ro","id":"{ID}","gid":"hush","perm":[]}}"#),
            format!(r#"{{"a":"ro","id":"{ID}","perm":[],"p":"hush"}}"#),
            format!(r#"{{"a":"ro","id":"{ID}","perm":[],"hush":1}}"#),
            r#"{"hush":1,"hush":2}"#.to_owned(),
        ] {
            let error =
                template(&DynamicValue { ty: Type::String, value: json.as_str().into() }).unwrap_err();
            assert_eq!(error.argument, Some(0));
            assert!(!error.text.contains("hush"), "{json}: {error}");
        }
    }
}
