//! Provider functions: pure, offline, and called on a provider that nobody has configured.

use super::{Attribute, AttributeType, Convert as _, Model, Object, Schema, Step, Type, Value};

/// A function that HCL calls as `provider::<name>::<function>(…)`. The same arguments always give the same result.
pub trait Function: Send + Sync + 'static {
    /// The parameters in order, each a required attribute, and what the function is for. The last may be
    /// [`variadic`](crate::Declaration::variadic).
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
    /// What takes each further argument, where there may be any.
    pub variadic: Option<Parameter>,
    /// The result's type.
    pub returns: Type,
}

impl Signature {
    /// The parameter that takes the argument at this position, counted from 0.
    pub fn parameter(&self, position: usize) -> Option<&Parameter> {
        self.parameters.get(position).or(self.variadic.as_ref())
    }
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
    /// See [`Function::call`]. The arguments are in the order of the parameters, and of their types; there is one for
    /// each parameter that is not variadic.
    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError>;
}

impl<F: Function> DynFunction for F {
    fn name(&self) -> &'static str {
        Function::name(self)
    }

    fn signature(&self) -> Signature {
        let (variadic, parameters): (Vec<_>, Vec<_>) =
            F::Arguments::attributes().into_iter().partition(|attribute| attribute.variadic);
        Signature {
            summary: self.summary(),
            description: F::Arguments::description(),
            parameters: parameters.into_iter().map(Parameter::of).collect(),
            variadic: variadic.into_iter().next().map(Parameter::of_element),
            returns: F::Result::ty(),
        }
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let schema = Schema::of::<F::Arguments>();
        let mut arguments = arguments.into_iter();
        let attributes = schema.attributes.iter();
        let arguments: Object = attributes
            .filter_map(|attribute| match attribute.variadic {
                true => Some((attribute.name, Value::List(arguments.by_ref().collect()))),
                false => Some((attribute.name, arguments.next()?)),
            })
            .collect();
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

impl Parameter {
    fn of(attribute: Attribute) -> Self {
        Self { ty: attribute.ty(), name: attribute.name, description: attribute.description }
    }

    /// The parameter of each argument in a list of them.
    fn of_element(attribute: Attribute) -> Self {
        let ty = match attribute.ty() {
            Type::List(element) => *element,
            other => other,
        };
        Self { ty, ..Self::of(attribute) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Join;

    crate::model! {
        /// Joins words.
        struct Words {
            /// What goes between them.
            separator: String = required(),
            /// The words.
            words: Vec<String> = required().variadic(),
        }
    }

    impl Function for Join {
        type Arguments = Words;
        type Result = String;

        fn name(&self) -> &'static str {
            "join"
        }

        fn summary(&self) -> &'static str {
            "Joins words"
        }

        fn call(&self, arguments: Words) -> Result<String, FunctionError> {
            Ok(arguments.words.join(&arguments.separator))
        }
    }

    #[test]
    fn further_arguments_arrive_as_one_list() {
        for (arguments, joined) in [(&["-"][..], ""), (&["-", "a"], "a"), (&["-", "a", "b", "c"], "a-b-c")] {
            let arguments = arguments.iter().copied().map(Value::from).collect();
            assert_eq!(DynFunction::call(&Join, arguments), Ok(joined.into()));
        }
    }

    #[test]
    fn a_variadic_parameter_has_the_type_of_one_argument() {
        let signature = Join.signature();
        let names: Vec<_> = (0..4).map(|position| signature.parameter(position).unwrap().name).collect();
        assert_eq!(names, ["separator", "words", "words", "words"]);
        assert_eq!(signature.variadic.unwrap().ty, Type::String);
        assert_eq!(signature.parameters.len(), 1);
    }
}
