//! What the functions have in common: the template in an argument, and what is said of one.

use std::error::Error;

use claims::Template;
use framework::FunctionError;

use crate::report;

/// The template whose JSON a function's argument holds.
pub(crate) fn template(json: &str) -> Result<Template, FunctionError> {
    Template::parse(json).map_err(|error| refused(&error))
}

/// What a function says of its only argument. Hosts print it after a colon and put the full stop themselves.
pub(crate) fn refused(error: &(dyn Error + 'static)) -> FunctionError {
    FunctionError::argument(0, report::with_causes(error))
}
