//! What the functions have in common: the text and the template in an argument, and what is said of one.

use std::error::Error;

use crate::report;
use claims::Template;
use framework::{FunctionError, Value};

/// The text in a function's only argument.
pub(crate) fn text(arguments: &[Value]) -> Result<&str, FunctionError> {
    match arguments {
        [Value::String(text)] => Ok(text),
        _ => Err(FunctionError::argument(0, "it is not a string, though the host says that it is one")),
    }
}

/// The template whose JSON a function's argument holds.
pub(crate) fn template(json: &str) -> Result<Template, FunctionError> {
    Template::parse(json).map_err(|error| refused(&error))
}

/// What a function says of its only argument. Hosts print it after a colon and put the full stop themselves.
pub(crate) fn refused(error: &(dyn Error + 'static)) -> FunctionError {
    FunctionError::argument(0, report::with_causes(error))
}
