//! The RPC of functions.

use tonic::Status;

use super::dynamic_value;
use super::proto;
use super::service::Service;
use framework::{FunctionError, Provider, Value};

impl<P: Provider> Service<P> {
    pub(super) async fn call(
        &self,
        request: proto::call_function::Request,
    ) -> Result<proto::call_function::Response, Status> {
        let entry = self.catalog().function(&request.name)?;
        let signature = &entry.signature;
        let (expected, found) = (signature.parameters.len(), request.arguments.len());
        if found < expected || (found > expected && signature.variadic.is_none()) {
            return Err(Status::invalid_argument(format!("expected {expected} arguments, found {found}")));
        }
        let arguments: Vec<Value> = request
            .arguments
            .into_iter()
            .enumerate()
            .filter_map(|(position, sent)| Some((sent, signature.parameter(position)?)))
            .map(|(sent, parameter)| dynamic_value::decode(Some(sent), &parameter.ty, parameter.name))
            .collect::<Result<_, _>>()?;
        match unset(&arguments).map_or_else(|| entry.function.call(arguments), Err) {
            Ok(result) => Ok(proto::call_function::Response {
                result: Some(dynamic_value::encode(&result, &signature.returns)?),
                error: None,
            }),
            Err(error) => {
                Ok(proto::call_function::Response { result: None, error: Some(encode_error(error)) })
            }
        }
    }
}

/// Hosts keep null and unknown arguments to themselves; one that does not is told which.
fn unset(arguments: &[Value]) -> Option<FunctionError> {
    let position =
        arguments.iter().position(|argument| argument == &Value::Null || !argument.is_wholly_known())?;
    Some(FunctionError::argument(position, "it is null or not known yet: give it a value"))
}

fn encode_error(error: FunctionError) -> proto::FunctionError {
    proto::FunctionError {
        text: super::diagnostics::printable(&error.text),
        function_argument: error.argument.and_then(|argument| i64::try_from(argument).ok()),
    }
}
