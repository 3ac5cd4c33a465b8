//! Functions.

use prost::Message as _;

use super::{Case, Exchange};
use crate::schema::Function;
use crate::wire::tfplugin6 as wire;

impl Exchange for wire::call_function::Request {
    type Response = wire::call_function::Response;
    const RPC: &'static str = "CallFunction";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        if let Some(error) = &response.error {
            case.function_error(error, self.arguments.len());
        }
        let failed = response.error.is_some();
        let Some(function) = case.schemas.functions.get(&self.name) else {
            if !failed {
                case.fault(format!("{:?} was called, and there is no such function", self.name));
            }
            return;
        };
        let arguments_known = case.arguments(function, &self.arguments, failed);
        if failed {
            return;
        }
        let Some(result) = case.answered("result", response.result.as_ref(), &function.returns) else {
            return;
        };
        if arguments_known {
            case.known("result", &result);
        }
    }

    fn repeatable(&self, response: &Self::Response) -> Option<Vec<u8>> {
        Some(response.encode_to_vec())
    }
}

impl Case<'_> {
    fn function_error(&mut self, error: &wire::FunctionError, arguments: usize) {
        if error.text.trim().is_empty() {
            self.fault("the function failed and does not say why");
        }
        let exists = |position: i64| usize::try_from(position).is_ok_and(|position| position < arguments);
        if let Some(position) = error.function_argument.filter(|position| !exists(*position)) {
            self.fault(format!("the error is about argument {position}, and there are {arguments}"));
        }
    }

    /// Whether all the arguments are known.
    fn arguments(&mut self, function: &Function, arguments: &[wire::DynamicValue], failed: bool) -> bool {
        let taken = |count| match function.variadic {
            Some(_) => count >= function.parameters.len(),
            None => count == function.parameters.len(),
        };
        if !taken(arguments.len()) && !failed {
            self.fault(format!("{} arguments were accepted", arguments.len()));
        }
        let mut known = true;
        for (position, argument) in arguments.iter().enumerate() {
            let Some(parameter) = function.parameter(position) else { continue };
            let what = format!("argument {position}");
            match self.asked(&what, Some(argument), &parameter.ty, failed) {
                Some(argument) => known &= argument.is_wholly_known(),
                None => known = false,
            }
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::fixture::{garbage, packed, reports_each};
    use crate::types::Type;
    use crate::values::unknown;
    use crate::wire::tfplugin6::call_function::{Request, Response};

    fn call() -> (Request, Response) {
        let list = Type::List(Box::new(Type::String));
        let arguments = packed(&json!(["a"]), &list).into_iter().collect();
        let result = packed(&json!("a"), &Type::String);
        (Request { name: "join".to_owned(), arguments }, Response { result, error: None })
    }

    #[test]
    fn each_fault_of_a_result_is_reported() {
        reports_each!(call, |request, response| {
            response.result = garbage() => "the result does not conform";
            response.result = packed(&unknown(), &Type::String) => "the result is not wholly known";
            request.name = "jion".to_owned() => "there is no such function";
            request.arguments.clear() => "0 arguments were accepted";
            request.arguments.extend(garbage()) => "2 arguments were accepted";
            request.arguments = garbage().into_iter().collect() => "the argument 0 does not have its type";
        });
    }

    #[test]
    fn each_fault_of_a_failure_is_reported() {
        let sound = || {
            let (request, _) = call();
            let error = wire::FunctionError { text: "too short".to_owned(), function_argument: Some(0) };
            (request, Response { result: None, error: Some(error) })
        };
        reports_each!(sound, |request, response| {
            response.error = Some(wire::FunctionError::default()) => "does not say why";
            request.arguments.clear() => "the error is about argument 0, and there are 0";
        });
    }
}
