//! Named values.

use std::collections::BTreeMap;
use std::collections::btree_map;
use std::fmt;

use super::Value;

/// The attributes of an object, or the entries of a map, by name. `Debug` shows the names only.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Object(BTreeMap<String, Value>);

impl Object {
    /// An object without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// The attribute's value: [`Value::Null`] where it is absent.
    pub fn value(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }

    /// The attribute's value, [`Value::Null`] where it is absent, and the object without it.
    pub fn take(mut self, name: &str) -> (Value, Self) {
        (self.0.remove(name).unwrap_or(Value::Null), self)
    }

    /// The object with one more attribute, or another value for it.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.insert(name, value.into());
        self
    }

    /// Sets an attribute.
    pub fn insert(&mut self, name: impl Into<String>, value: Value) {
        self.0.insert(name.into(), value);
    }

    /// The attributes in the order of their names.
    pub fn iter(&self) -> btree_map::Iter<'_, String, Value> {
        self.0.iter()
    }

    /// The values in the order of their names.
    pub fn values(&self) -> btree_map::Values<'_, String, Value> {
        self.0.values()
    }

    pub(crate) fn value_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.0.get_mut(name)
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(&self.0).finish()
    }
}

impl<N: Into<String>> FromIterator<(N, Value)> for Object {
    fn from_iter<I: IntoIterator<Item = (N, Value)>>(attributes: I) -> Self {
        Self(attributes.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }
}

impl IntoIterator for Object {
    type Item = (String, Value);
    type IntoIter = btree_map::IntoIter<String, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
