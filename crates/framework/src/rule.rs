//! What known values are held to, beyond what a schema says to a host.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use crate::{AttributePath, Complaint, Convert, Diagnostic, Field, Value};

/// What the known parts of a value are held to. Unknown ones pass: they are looked at again once they are known.
#[derive(Clone)]
pub struct Rule(Arc<Judge>);

/// Adds what is wrong with the value at the path.
type Judge = dyn Fn(&Value, &AttributePath, &mut Vec<Diagnostic>) + Send + Sync;

impl Rule {
    /// A rule that every value keeps.
    pub(crate) fn none() -> Self {
        Self::new(|_, _, _| {})
    }

    pub(crate) fn new(
        rule: impl Fn(&Value, &AttributePath, &mut Vec<Diagnostic>) + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(rule))
    }

    /// A rule about known values, read as a `K`: a function that sees no token and no network.
    pub(crate) fn of<K: Convert + Borrow<B>, B: ?Sized + 'static>(
        check: fn(&B) -> Result<(), Complaint>,
    ) -> Self {
        Self::new(move |value, path, complaints| {
            // What can't be read is another rule's business.
            if let Ok(Field::Known(known)) = Field::<K>::from_value(value.clone())
                && let Err(complaint) = check(known.borrow())
            {
                complaints.push(complaint.at(path.clone()));
            }
        })
    }

    /// A rule about each element of a list, a set or a map.
    pub(crate) fn each(self, container: Container, nullable: bool) -> Self {
        Self::new(move |value, path, complaints| {
            let mut element = |element: &Value, path: AttributePath| match element {
                Value::Null if !nullable => complaints.push(null_element(path)),
                element => (self.0)(element, &path, complaints),
            };
            match (value, container) {
                (Value::List(elements), Container::List) => {
                    let elements = elements.iter().enumerate();
                    elements.for_each(|(index, value)| element(value, path.clone().index(index)));
                }
                // The protocol has no path to an element of a set.
                (Value::List(elements), Container::Set) => {
                    elements.iter().for_each(|value| element(value, path.clone()));
                }
                (Value::Object(entries), Container::Map) => {
                    entries.iter().for_each(|(key, value)| element(value, path.clone().key(key.as_str())));
                }
                _ => {}
            }
        })
    }

    /// The rules of the attributes of an object, by their names.
    pub(crate) fn of_object(attributes: Vec<(&'static str, Self)>) -> Self {
        Self::new(move |value, path, complaints| {
            let Value::Object(object) = value else { return };
            for (name, rule) in &attributes {
                rule.check(object.value(name), &path.clone().attribute(*name), complaints);
            }
        })
    }

    /// Both rules, this one first.
    pub(crate) fn and(self, other: Self) -> Self {
        Self::new(move |value, path, complaints| {
            (self.0)(value, path, complaints);
            (other.0)(value, path, complaints);
        })
    }

    /// Holds a value to the rule.
    pub(crate) fn check(&self, value: &Value, path: &AttributePath, complaints: &mut Vec<Diagnostic>) {
        (self.0)(value, path, complaints);
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Rule(…)")
    }
}

/// What holds the elements of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// Elements in order.
    List,
    /// Elements in no order.
    Set,
    /// Entries by key.
    Map,
}

fn null_element(path: AttributePath) -> Diagnostic {
    Diagnostic::error("Null element", format!("{path} is null. Give it a value, or leave the element out."))
        .at(path)
}
