//! A value for each key, shared by all who ask for it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Values by key, each made when it is first asked for.
#[derive(Debug)]
pub(super) struct PerKey<K, V>(Mutex<HashMap<K, Arc<V>>>);

impl<K: Clone + Eq + Hash, V: Default> PerKey<K, V> {
    /// The value of this key.
    pub(super) fn of(&self, key: &K) -> Arc<V> {
        Arc::clone(self.values().entry(key.clone()).or_default())
    }

    /// Those who ask for this key from now on get a new value.
    pub(super) fn forget(&self, key: &K) {
        self.values().remove(key);
    }

    /// The same, unless they get another one than `value` already.
    pub(super) fn forget_value(&self, key: &K, value: &Arc<V>) {
        let mut values = self.values();
        if values.get(key).is_some_and(|current| Arc::ptr_eq(current, value)) {
            values.remove(key);
        }
    }

    /// A thread that panicked here has left the map whole: no method panics between two changes.
    fn values(&self) -> MutexGuard<'_, HashMap<K, Arc<V>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K, V> Default for PerKey<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_shared_until_it_is_forgotten() {
        let values = PerKey::<u8, u8>::default();
        let first = values.of(&1);
        assert!(Arc::ptr_eq(&first, &values.of(&1)));
        assert!(!Arc::ptr_eq(&first, &values.of(&2)));
        values.forget(&1);
        let second = values.of(&1);
        assert!(!Arc::ptr_eq(&first, &second));
        values.forget_value(&1, &first);
        assert!(Arc::ptr_eq(&second, &values.of(&1)));
        values.forget_value(&1, &second);
        assert!(!Arc::ptr_eq(&second, &values.of(&1)));
    }
}
