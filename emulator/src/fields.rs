//! A strict reader of JSON objects: every key must be asked for, present and of the right type.

use serde_json::{Map, Value};

/// A JSON object whose keys have not all been read yet. Each error is a plain sentence on what is wrong.
pub(crate) struct Fields {
    object: Map<String, Value>,
    place: &'static str,
}

impl Fields {
    /// Reads `value` as an object; `place` names it in errors.
    pub(crate) fn of(value: Value, place: &'static str) -> Result<Self, String> {
        match value {
            Value::Object(object) => Ok(Self { object, place }),
            other => Err(format!("{place} must be an object, not {}", kind(&other))),
        }
    }

    /// A key that must be there, of any type.
    pub(crate) fn value(&mut self, key: &str) -> Result<Value, String> {
        self.object.remove(key).ok_or_else(|| format!("{} has no \"{key}\"", self.place))
    }

    /// A string.
    pub(crate) fn string(&mut self, key: &str) -> Result<String, String> {
        match self.value(key)? {
            Value::String(text) => Ok(text),
            other => Err(self.mismatch(key, "a string", &other)),
        }
    }

    /// A string or null; the key itself must be there.
    pub(crate) fn string_or_null(&mut self, key: &str) -> Result<Option<String>, String> {
        match self.value(key)? {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text)),
            other => Err(self.mismatch(key, "a string or null", &other)),
        }
    }

    /// An array.
    pub(crate) fn array(&mut self, key: &str) -> Result<Vec<Value>, String> {
        match self.value(key)? {
            Value::Array(items) => Ok(items),
            other => Err(self.mismatch(key, "an array", &other)),
        }
    }

    /// An array of strings.
    pub(crate) fn strings(&mut self, key: &str) -> Result<Vec<String>, String> {
        let items = self.array(key)?;
        items
            .into_iter()
            .map(|item| match item {
                Value::String(text) => Ok(text),
                other => Err(self.mismatch(key, "an array of strings", &other)),
            })
            .collect()
    }

    /// An array of strings, or null.
    pub(crate) fn strings_or_null(&mut self, key: &str) -> Result<Option<Vec<String>>, String> {
        match self.object.get(key) {
            Some(Value::Null) => self.value(key).map(|_| None),
            _ => self.strings(key).map(Some),
        }
    }

    /// A 64-bit integer.
    pub(crate) fn integer(&mut self, key: &str) -> Result<i64, String> {
        let value = self.value(key)?;
        value.as_i64().ok_or_else(|| self.mismatch(key, "an integer", &value))
    }

    /// A number.
    pub(crate) fn float(&mut self, key: &str) -> Result<f64, String> {
        let value = self.value(key)?;
        value.as_f64().ok_or_else(|| self.mismatch(key, "a number", &value))
    }

    /// A key that may be absent or null.
    pub(crate) fn optional(&mut self, key: &str) -> Option<Value> {
        self.object.remove(key).filter(|value| !value.is_null())
    }

    /// A string, or nothing.
    pub(crate) fn optional_string(&mut self, key: &str) -> Result<Option<String>, String> {
        match self.optional(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.mismatch(key, "a string", &other)),
        }
    }

    /// A boolean, or nothing.
    pub(crate) fn optional_boolean(&mut self, key: &str) -> Result<Option<bool>, String> {
        match self.optional(key) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(value)),
            Some(other) => Err(self.mismatch(key, "a boolean", &other)),
        }
    }

    /// An array, empty where there is none.
    pub(crate) fn optional_array(&mut self, key: &str) -> Result<Vec<Value>, String> {
        match self.optional(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => Ok(items),
            Some(other) => Err(self.mismatch(key, "an array", &other)),
        }
    }

    /// Fails where a key was not asked for.
    pub(crate) fn finish(self) -> Result<(), String> {
        match self.object.keys().next() {
            None => Ok(()),
            Some(key) => Err(format!("{} has an unknown key \"{key}\"", self.place)),
        }
    }

    fn mismatch(&self, key: &str, wanted: &str, found: &Value) -> String {
        format!("\"{key}\" of {} must be {wanted}, found {}", self.place, kind(found))
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Result<(String, Option<Vec<String>>), String> {
        let mut fields = Fields::of(value, "the body")?;
        let read = (fields.string("name")?, fields.strings_or_null("tables")?);
        fields.finish()?;
        Ok(read)
    }

    #[test]
    fn what_was_asked_for_is_read() {
        assert_eq!(read(json!({"name": "n", "tables": null})), Ok(("n".to_owned(), None)));
        assert_eq!(
            read(json!({"name": "n", "tables": ["t"]})),
            Ok(("n".to_owned(), Some(vec!["t".to_owned()])))
        );
    }

    #[test]
    fn anything_else_is_refused_with_its_reason() {
        for (value, reason) in [
            (json!(["n", null]), "the body must be an object, not an array"),
            (json!({"tables": null}), "the body has no \"name\""),
            (json!({"name": "n"}), "the body has no \"tables\""),
            (json!({"name": 1, "tables": null}), "\"name\" of the body must be a string, found a number"),
            (
                json!({"name": "n", "tables": [1]}),
                "\"tables\" of the body must be an array of strings, found a number",
            ),
            (json!({"name": "n", "tables": null, "x": 1}), "the body has an unknown key \"x\""),
        ] {
            assert_eq!(read(value), Err(reason.to_owned()));
        }
    }
}
