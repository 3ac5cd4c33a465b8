//! JSON documents as values of HCL.

use serde_json::Value as Json;

use framework::{DynamicValue, Object, Type, Value};

/// A JSON document as a value of type `dynamic`, the way that `jsondecode` reads it: an object becomes an object, an
/// array a tuple.
pub(super) fn dynamic(json: &Json) -> DynamicValue {
    let (ty, value) = typed(json);
    DynamicValue { ty, value }
}

fn typed(json: &Json) -> (Type, Value) {
    match json {
        Json::Null => (Type::Dynamic, Value::Null),
        Json::Bool(value) => (Type::Bool, Value::Bool(*value)),
        Json::String(text) => (Type::String, Value::String(text.clone())),
        // A number that Terraform can't hold stays readable as text.
        Json::Number(number) => match number.to_string().parse() {
            Ok(number) => (Type::Number, Value::Number(number)),
            Err(_) => (Type::String, Value::String(number.to_string())),
        },
        Json::Array(elements) => {
            let (types, values) = elements.iter().map(typed).unzip();
            (Type::Tuple(types), Value::List(values))
        }
        Json::Object(entries) => {
            let typed: Vec<_> = entries.iter().map(|(name, json)| (name.clone(), typed(json))).collect();
            let ty = Type::object(typed.iter().map(|(name, (ty, _))| (name.clone(), ty.clone())));
            let object: Object = typed.into_iter().map(|(name, (_, value))| (name, value)).collect();
            (ty, Value::Object(object))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_reads_as_jsondecode_reads_it() {
        let value = dynamic(&json!({"perm": [{"t": null, "a": ["data_read"]}]}));
        let rule = Type::object([("t", Type::Dynamic), ("a", Type::Tuple(vec![Type::String]))]);
        let object = Object::new().with("t", Value::Null).with("a", Value::strings(["data_read"]));
        let expected = DynamicValue {
            ty: Type::object([("perm", Type::Tuple(vec![rule]))]),
            value: Object::new().with("perm", Value::List(vec![object.into()])).into(),
        };
        assert_eq!(value, expected);
    }
}
