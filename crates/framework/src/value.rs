//! Terraform's values. A value does not carry its type: a schema tells it.

use std::fmt;

use super::{Number, Object, Type};

/// A value of Terraform, read together with a [`Type`].
///
/// `Debug` shows its shape and the names in it, never what it holds: that may be a secret, and a value does not know.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Not set.
    Null,
    /// To be known later, after an apply.
    Unknown,
    /// A `bool`.
    Bool(bool),
    /// A `number`.
    Number(Number),
    /// A `string`.
    String(String),
    /// The elements of a list or tuple, or of a set in an order of no meaning.
    List(Vec<Value>),
    /// The entries of a map, or the attributes of an object.
    Object(Object),
    /// A value of type `dynamic`, with the type that it brought along.
    Dynamic(Box<DynamicValue>),
}

/// A value whose type the schema leaves open. Both travel together.
#[derive(Clone, PartialEq, Eq)]
pub struct DynamicValue {
    /// The value's own type.
    pub ty: Type,
    /// The value, of that type.
    pub value: Value,
}

impl Value {
    /// Whether nothing in the value is unknown, at any depth.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::List(elements) => elements.iter().all(Self::is_wholly_known),
            Self::Object(object) => object.values().all(Self::is_wholly_known),
            Self::Dynamic(dynamic) => dynamic.value.is_wholly_known(),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => true,
        }
    }

    /// The object that it is, if it is one.
    pub(crate) fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The elements of a list or set; none of anything else.
    pub(crate) fn elements(&self) -> &[Self] {
        match self {
            Self::List(elements) => elements,
            _ => &[],
        }
    }

    /// A list of strings.
    pub fn strings<S: Into<String>>(elements: impl IntoIterator<Item = S>) -> Self {
        Self::List(elements.into_iter().map(Self::from).collect())
    }

    /// A set in one order and without duplicates, so that equal sets are equal values. Two elements that are not
    /// wholly known may turn out to differ, so both stay.
    pub fn set(mut elements: Vec<Self>) -> Self {
        elements.sort();
        elements.dedup_by(|one, other| one == other && one.is_wholly_known());
        Self::List(elements)
    }

    /// A value of type `dynamic`.
    pub fn dynamic(ty: Type, value: Self) -> Self {
        Self::Dynamic(Box::new(DynamicValue { ty, value }))
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("Null"),
            Self::Unknown => formatter.write_str("Unknown"),
            Self::Bool(_) => formatter.write_str("Bool(…)"),
            Self::Number(_) => formatter.write_str("Number(…)"),
            Self::String(_) => formatter.write_str("String(…)"),
            Self::List(elements) => formatter.debug_list().entries(elements).finish(),
            Self::Object(object) => object.fmt(formatter),
            Self::Dynamic(dynamic) => dynamic.fmt(formatter),
        }
    }
}

impl fmt::Debug for DynamicValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Dynamic").field(&self.value).finish()
    }
}

impl<S: Into<String>> From<S> for Value {
    fn from(text: S) -> Self {
        Self::String(text.into())
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

/// Any total order will do: it serves to lay the elements of a set in one order.
impl Ord for DynamicValue {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.value.cmp(&other.value).then_with(|| format!("{:?}", self.ty).cmp(&format!("{:?}", other.ty)))
    }
}

impl PartialOrd for DynamicValue {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_shows_the_shape_and_no_content() {
        let entry = Object::new().with("token", "hush").with("pin", Value::Number(4711_i64.into()));
        let all = [
            entry.clone().into(),
            Value::Bool(true),
            Value::dynamic(Type::String, "hush".into()),
            Value::Unknown,
            Value::Null,
        ];
        let shown = format!("{:?} {entry:?}", Value::List(all.to_vec()));
        for secret in ["hush", "4711", "true"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains(r#""token": String(…)"#), "{shown}");
        assert!(shown.contains("Dynamic(String(…))"), "{shown}");
    }

    #[test]
    fn equal_sets_are_equal_values() {
        let set = |texts: &[&str]| Value::set(texts.iter().copied().map(Value::from).collect());
        assert_eq!(set(&["b", "a", "b"]), set(&["a", "b"]));
        assert_eq!(Value::set(vec![Value::Unknown; 2]), Value::List(vec![Value::Unknown; 2]));
    }

    #[test]
    fn values_that_bring_their_types_have_an_order() {
        let of = |ty: Type, text: &str| Value::dynamic(ty, text.into());
        let in_order = [of(Type::Dynamic, "a"), of(Type::String, "a"), of(Type::Dynamic, "b")];
        for (index, one) in in_order.iter().enumerate() {
            for (other_index, other) in in_order.iter().enumerate() {
                assert_eq!(one < other, index < other_index, "{index} and {other_index}");
            }
        }
    }
}
