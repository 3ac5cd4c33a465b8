//! Keeps serde from reading an array as an object.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// A `T` that is read from a JSON object and from nothing else. By itself a derived reader also takes an array of the
/// fields in their order, `["https://…", ""]` for `{"jwks_url": "https://…", "region": ""}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let object = Map::<String, Value>::deserialize(deserializer)?;
        T::deserialize(Value::Object(object)).map(Self).map_err(D::Error::custom)
    }
}
