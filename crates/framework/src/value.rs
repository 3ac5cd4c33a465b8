//! Terraform's values. A value does not carry its type: a schema tells it.

use super::{Number, Object, Type};

/// A value of Terraform, read together with a [`Type`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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
#[derive(Debug, Clone, PartialEq, Eq)]
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

    /// A list of strings.
    pub fn strings<S: Into<String>>(elements: impl IntoIterator<Item = S>) -> Self {
        Self::List(elements.into_iter().map(Self::from).collect())
    }

    /// A value of type `dynamic`.
    pub fn dynamic(ty: Type, value: Self) -> Self {
        Self::Dynamic(Box::new(DynamicValue { ty, value }))
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
