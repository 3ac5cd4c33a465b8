//! The application's own claims in arguments of functions: objects and maps of HCL as JSON.

use framework::{DynamicValue, FunctionError, Value};
use serde_json::{Map, Value as Json};

/// The objects of claims that follow the template, which is the first argument.
pub(super) fn own_claims(arguments: Vec<DynamicValue>) -> Result<Vec<Map<String, Json>>, FunctionError> {
    let object = |(position, argument): (usize, DynamicValue)| match json(argument.value) {
        Some(Json::Object(claims)) => Ok(claims),
        _ => {
            let text =
                "it must be an object of claims, such as { email = \"{{user.primary_email_address}}\" }";
            Err(FunctionError::argument(position + 1, text))
        }
    };
    arguments.into_iter().enumerate().map(object).collect()
}

/// The value as JSON, as `jsonencode` has it. A number of any size and precision is one in JSON, too, and is rounded
/// there like by everything that reads JSON.
fn json(value: Value) -> Option<Json> {
    match value {
        Value::Null => Some(Json::Null),
        Value::Bool(value) => Some(Json::Bool(value)),
        Value::Number(number) => serde_json::from_str(&number.to_string()).ok(),
        Value::String(text) => Some(Json::String(text)),
        Value::List(elements) => elements.into_iter().map(json).collect::<Option<_>>().map(Json::Array),
        Value::Object(object) => {
            let entries = object.into_iter().map(|(name, value)| Some((name, json(value)?)));
            entries.collect::<Option<_>>().map(Json::Object)
        }
        Value::Dynamic(dynamic) => json(dynamic.value),
        // Hosts call a function once all is known.
        Value::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use framework::{Object, Type};
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_of_anything_becomes_json() {
        let value = Object::new()
            .with("list", Value::List(vec!["x".into(), Value::Null]))
            .with("number", Value::Number("2.50".parse().unwrap()))
            .with("nested", Object::new().with("yes", Value::Bool(true)));
        let argument = DynamicValue { ty: Type::Dynamic, value: value.into() };
        let claims = own_claims(vec![argument]).unwrap();
        assert_eq!(json!(claims), json!([{"list": ["x", null], "number": 2.5, "nested": {"yes": true}}]));
    }

    #[test]
    fn anything_else_is_refused_at_its_argument() {
        for value in ["{}".into(), Value::List(vec![]), Value::Bool(true), Value::Null] {
            let object = DynamicValue { ty: Type::Dynamic, value: Object::new().into() };
            let error = own_claims(vec![object, DynamicValue { ty: Type::Dynamic, value }]).unwrap_err();
            assert_eq!(error.argument, Some(2));
            assert!(error.text.starts_with("it must be an object of claims"), "{error}");
        }
    }
}
