//! The Rust types that an attribute can have: what each is called in a schema, and what its values are held to.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::value::DynamicValue;
use crate::{
    Attribute, AttributePath, Complaint, Convert, Diagnostic, Field, Model, Nesting, Number, Object, Secret,
    Type, Value,
};

/// A Rust type that an attribute can have, as a state holds it.
///
/// `bool`, [`i64`], [`u64`], [`Number`], [`String`] and [`Secret`] are what they look like; `Vec<T>`, `BTreeSet<T>` and
/// `BTreeMap<String, T>` are a list, a set (in a configuration or plan a `Vec`) and a map; a struct that [`model!`](crate::model!) declares is an object; and
/// [`DynamicValue`] is a value that brings its own type. `Option<T>` is a value that may be null: anything else in it
/// never is.
pub trait AttributeType: Convert {
    /// The type as a configuration or plan holds it where it is set: with a [`Field`] around whatever may be null or
    /// unknown within it.
    type Known: Convert;

    /// Whether there is a [`Secret`] in it. Hosts hide the values of such an attribute; where the attributes in it have
    /// descriptions of their own, those that hold the secret.
    const SENSITIVE: bool = false;

    /// Whether null is a value of this type.
    const NULLABLE: bool = false;

    /// The type in a schema.
    fn ty() -> Type;

    /// The attributes of the objects in it, and how those are held, where they have descriptions of their own.
    fn nested() -> Option<(Nesting, Vec<Attribute>)> {
        None
    }

    /// What known values of this type are held to, beyond what a schema says to a host.
    fn rule() -> Rule {
        Rule::none()
    }
}

/// What the known parts of a value are held to. Unknown ones pass: they are looked at again once they are known.
#[derive(Clone)]
pub struct Rule(Arc<Check>);

type Check = dyn Fn(&Value, &AttributePath, &mut Vec<Diagnostic>) + Send + Sync;

impl Rule {
    /// A rule that every value keeps.
    pub(crate) fn none() -> Self {
        Self::new(|_, _, _| {})
    }

    fn new(rule: impl Fn(&Value, &AttributePath, &mut Vec<Diagnostic>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(rule))
    }

    /// A rule about known values of the type, as a function that sees no token and no network.
    pub(crate) fn of<T, B: ?Sized + 'static>(check: fn(&B) -> Result<(), Complaint>) -> Self
    where
        T: AttributeType<Known: Borrow<B>>,
    {
        Self::new(move |value, path, complaints| {
            // What can't be read is another rule's business.
            if let Ok(Field::Known(known)) = Field::<T::Known>::from_value(value.clone())
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

    /// The rules of the attributes of a model.
    pub fn of_model<M: Model>() -> Self {
        let attributes = M::attributes();
        Self::new(move |value, path, complaints| {
            let Value::Object(object) = value else { return };
            for attribute in &attributes {
                let path = path.clone().attribute(attribute.name);
                attribute.rule.check(object.value(attribute.name), &path, complaints);
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

/// A type of many elements.
pub trait Elements {
    /// What it is made of.
    type Element: AttributeType;
    /// How it holds them.
    const CONTAINER: Container;
}

fn null_element(path: AttributePath) -> Diagnostic {
    Diagnostic::error("Null element", format!("{path} is null. Give it a value, or leave the element out."))
        .at(path)
}

macro_rules! scalars {
    ($($type:ty, $name:ident;)*) => {$(
        impl AttributeType for $type {
            type Known = Self;

            fn ty() -> Type {
                Type::$name
            }
        }
    )*};
}

scalars! {
    bool, Bool;
    Number, Number;
    String, String;
    DynamicValue, Dynamic;
}

impl AttributeType for Secret {
    type Known = Self;
    const SENSITIVE: bool = true;

    fn ty() -> Type {
        Type::String
    }
}

macro_rules! integers {
    ($($type:ty, $range:literal;)*) => {$(
        impl AttributeType for $type {
            // A number that does not fit must be told as what it is: an error of the configuration.
            type Known = Self;

            fn ty() -> Type {
                Type::Number
            }

            fn rule() -> Rule {
                Rule::new(|value, path, complaints| {
                    if matches!(value, Value::Number(_)) && Self::from_value(value.clone()).is_err() {
                        let detail = format!("{path} must be a whole number from {}.", $range);
                        complaints.push(Diagnostic::error("Invalid number", detail).at(path.clone()));
                    }
                })
            }
        }
    )*};
}

integers! {
    i64, "-9223372036854775808 to 9223372036854775807";
    u64, "0 to 18446744073709551615";
}

impl<T: AttributeType> AttributeType for Option<T> {
    type Known = T::Known;
    const SENSITIVE: bool = T::SENSITIVE;
    const NULLABLE: bool = true;

    fn ty() -> Type {
        T::ty()
    }

    fn nested() -> Option<(Nesting, Vec<Attribute>)> {
        T::nested()
    }

    fn rule() -> Rule {
        T::rule()
    }
}

impl<T: Elements> Elements for Option<T> {
    type Element = T::Element;
    const CONTAINER: Container = T::CONTAINER;
}

macro_rules! containers {
    ($($type:ty, $known:ty, $container:ident, $ty:ident where [$($bound:tt)*];)*) => {$(
        impl<T: $($bound)*> AttributeType for $type {
            type Known = $known;
            const SENSITIVE: bool = T::SENSITIVE;

            fn ty() -> Type {
                Type::$ty(T::ty())
            }

            fn nested() -> Option<(Nesting, Vec<Attribute>)> {
                match T::nested()? {
                    (Nesting::Single, attributes) => Some((Nesting::$container, attributes)),
                    // Objects two levels down have a type, and no descriptions.
                    _ => None,
                }
            }

            fn rule() -> Rule {
                T::rule().each(Container::$container, T::NULLABLE)
            }
        }

        impl<T: $($bound)*> Elements for $type {
            type Element = T;
            const CONTAINER: Container = Container::$container;
        }
    )*};
}

containers! {
    Vec<T>, Vec<Field<T::Known>>, List, list where [AttributeType];
    // Two elements that are not known yet are not known to be the same, so there may be several.
    BTreeSet<T>, Vec<Field<T::Known>>, Set, set where [AttributeType + Ord];
    BTreeMap<String, T>, BTreeMap<String, Field<T::Known>>, Map, map where [AttributeType];
}

/// An object whose attributes nobody declared: what an object has as a configuration where its model has no struct
/// for that.
impl AttributeType for Object {
    type Known = Self;

    fn ty() -> Type {
        Type::object::<String>([])
    }
}
