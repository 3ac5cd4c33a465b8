//! Provider functions: pure, offline, and called on a provider that nobody has configured.

use super::{Type, Value};

/// A function that HCL calls as `provider::<name>::<function>(…)`. The same arguments always give the same result.
pub trait Function: Send + Sync + 'static {
    /// The name after `provider::<name>::`.
    fn name(&self) -> &'static str;

    /// What it takes and returns.
    fn signature(&self) -> Signature;

    /// The result for arguments that agree with the signature. The host calls it only where every argument is known.
    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError>;
}

/// What a [`Function`] takes and returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// One line on what it is for.
    pub summary: &'static str,
    /// The same at length, in Markdown.
    pub description: &'static str,
    /// The parameters in order.
    pub parameters: Vec<Parameter>,
    /// The result's type.
    pub returns: Type,
}

/// One parameter of a [`Signature`]. Null and unknown arguments are not passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, as messages use it.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
    /// What a person reads about it, in Markdown.
    pub description: &'static str,
}

/// Why a function has no result for its arguments.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct FunctionError {
    /// What is wrong and the way out. Hosts print it after a colon and put the last full stop themselves.
    pub text: String,
    /// The argument at fault, counted from 0.
    pub argument: Option<usize>,
}

impl FunctionError {
    /// An error of one argument, counted from 0.
    pub fn argument(argument: usize, text: impl Into<String>) -> Self {
        Self { text: text.into(), argument: Some(argument) }
    }
}
