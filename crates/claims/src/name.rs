//! Names that Turso gives to things, as far as they can be judged offline.
//!
//! Turso's own rules differ between its documents (databases: 64 or 32 characters; slugs: undocumented), so
//! only what can't be a name is refused here. The API has the last word on the rest.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use thiserror::Error;

/// Why a string can't be the name of a database, a group or an organization.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("the {noun} {} {flaw}", excerpt::name(.name))]
pub struct NameError {
    noun: &'static str,
    flaw: &'static str,
    name: String,
}

/// What a [`Name`] is the name of.
pub trait Named {
    /// What the name is called in a message.
    const NOUN: &'static str;
}

/// A name that Turso gives to a thing of this kind.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Name<K>(String, PhantomData<K>);

/// The name of a database, unique in its organization.
pub type DatabaseName = Name<Database>;

/// The name of a group of databases, unique in its organization.
pub type GroupName = Name<Group>;

/// See [`DatabaseName`].
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Database {}

/// See [`GroupName`].
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Group {}

impl Named for Database {
    const NOUN: &'static str = "database name";
}

impl Named for Group {
    const NOUN: &'static str = "group name";
}

impl<K> Name<K> {
    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<K: Named> FromStr for Name<K> {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        match flaw(name) {
            Some(flaw) => Err(NameError { noun: K::NOUN, flaw, name: name.to_owned() }),
            None => Ok(Self(name.to_owned(), PhantomData)),
        }
    }
}

impl<K> fmt::Display for Name<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Each name is a segment of some path of the API. Dots alone would be resolved away by any URL library, also
/// when they are percent-encoded.
fn flaw(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("is empty")
    } else if name == "." || name == ".." {
        Some("is made of dots only")
    } else if name.contains('/') {
        Some("contains a slash")
    } else if name.contains(|c: char| c.is_whitespace() || c.is_control()) {
        Some("contains white space or control characters")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_as_written() {
        for name in ["acme", "my-db-1", "Acme", "späť", "a.b", "100%", "-edge-"] {
            assert_eq!(name.parse::<DatabaseName>().unwrap().as_str(), name);
            assert_eq!(name.parse::<GroupName>().unwrap().to_string(), name);
        }
    }

    #[test]
    fn what_cannot_be_a_name_is_refused_with_the_reason() {
        for (name, reason) in [
            ("", "is empty"),
            (".", "is made of dots only"),
            ("..", "is made of dots only"),
            ("acme/prod", "contains a slash"),
            (" acme", "contains white space or control characters"),
            ("ac\u{0}me", "contains white space or control characters"),
        ] {
            let error = name.parse::<DatabaseName>().unwrap_err();
            assert_eq!(error.to_string(), format!("the database name {name:?} {reason}"));
        }
    }
}
