//! Provider functions: pure, offline, and called on a provider that nobody has configured.

use super::{AttributeType, Convert as _, Model, Object, Schema, Step, Type, Value};

/// A function that HCL calls as `provider::<name>::<function>(…)`. The same arguments always give the same result.
pub trait Function: Send + Sync + 'static {
    /// The parameters in order, each a required attribute, and what the function is for.
    type Arguments: Model;
    /// The result.
    type Result: AttributeType;

    /// The name after `provider::<name>::`.
    fn name(&self) -> &'static str;

    /// One line on what it is for.
    fn summary(&self) -> &'static str;

    /// The result. The host calls it only where every argument is known, and the checks of the arguments have passed.
    fn call(&self, arguments: Self::Arguments) -> Result<Self::Result, FunctionError>;
}

/// What a [`Function`] takes and returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// One line on what it is for.
    pub summary: &'static str,
    /// The same at length, in Markdown.
    pub description: String,
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
    pub description: String,
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

/// [`Function`] without its types. Implemented for every function.
pub trait DynFunction: Send + Sync {
    /// See [`Function::name`].
    fn name(&self) -> &'static str;
    /// What it takes and returns.
    fn signature(&self) -> Signature;
    /// See [`Function::call`]. The arguments are in the order of the parameters, and of their types.
    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError>;
}

impl<F: Function> DynFunction for F {
    fn name(&self) -> &'static str {
        Function::name(self)
    }

    fn signature(&self) -> Signature {
        let parameters = F::Arguments::attributes().into_iter();
        Signature {
            summary: self.summary(),
            description: F::Arguments::description(),
            parameters: parameters
                .map(|one| Parameter { ty: one.ty(), name: one.name, description: one.description })
                .collect(),
            returns: F::Result::ty(),
        }
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let schema = Schema::of::<F::Arguments>();
        let names = schema.attributes.iter().map(|attribute| attribute.name);
        let arguments: Object = names.zip(arguments).collect();
        if let Some(complaint) = schema.validate(&arguments).into_iter().next() {
            let argument = complaint.path.and_then(|path| match path.steps() {
                [Step::Attribute(name), ..] => schema.attributes.iter().position(|one| one.name == name),
                _ => None,
            });
            return Err(FunctionError { text: complaint.detail.trim_end_matches('.').to_owned(), argument });
        }
        let arguments = F::Arguments::from_value(arguments.into()).map_err(|error| FunctionError {
            text: format!("{error} (this is a bug in the provider, please report it)"),
            argument: None,
        })?;
        Function::call(self, arguments).map(super::Convert::into_value)
    }
}
