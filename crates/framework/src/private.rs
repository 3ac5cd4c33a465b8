//! What a resource notes beside the state of an object: the host keeps it, shows it to nobody and hands it back.

use std::collections::BTreeMap;
use std::fmt;

/// Notes by name. What a plan notes, the apply of that plan reads, and so does the second plan of a replacement; what
/// an apply or a read notes is kept with the state. `Debug` shows the names only.
///
/// Hosts don't hand notes back in every call: a tainted object is planned with none, and before Terraform 1.16 so is
/// the second plan of an apply.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Private(BTreeMap<String, String>);

impl Private {
    /// The note of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Leaves a note, in the place of an earlier one of that name.
    pub fn set(&mut self, name: impl Into<String>, note: impl Into<String>) {
        self.0.insert(name.into(), note.into());
    }

    /// Takes a note away.
    pub fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// The notes in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, note)| (name.as_str(), note.as_str()))
    }
}

impl FromIterator<(String, String)> for Private {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(notes: I) -> Self {
        Self(notes.into_iter().collect())
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}
