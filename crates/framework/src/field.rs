//! One attribute of a configuration or plan, read into Rust.

/// An attribute's value as a configuration or plan has it. State holds no unknowns, so it uses `T` or `Option<T>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field<T> {
    /// Set, and known now.
    Known(T),
    /// Not set.
    Null,
    /// Set, and known only after an apply.
    Unknown,
}

impl<T> Field<T> {
    /// The value, where it is set and known.
    pub fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// The same field, borrowed.
    pub fn as_ref(&self) -> Field<&T> {
        match self {
            Self::Known(value) => Field::Known(value),
            Self::Null => Field::Null,
            Self::Unknown => Field::Unknown,
        }
    }

    /// The field with its known value changed.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Field<U> {
        match self {
            Self::Known(value) => Field::Known(change(value)),
            Self::Null => Field::Null,
            Self::Unknown => Field::Unknown,
        }
    }

    /// Whether it is not set.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether it is known only after an apply.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}

impl<T> From<Option<T>> for Field<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Known)
    }
}
