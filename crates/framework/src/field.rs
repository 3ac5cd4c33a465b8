//! One attribute of a configuration or plan.

/// An attribute's value as a configuration or plan has it. State holds no unknowns, so it has `T` or `Option<T>`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field<T> {
    /// Set, and known now.
    Known(T),
    /// Not set.
    #[default]
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

    /// The field with its known value changed, or why that value can't be.
    pub fn try_map<U, E>(self, change: impl FnOnce(T) -> Result<U, E>) -> Result<Field<U>, E> {
        match self {
            Self::Known(value) => change(value).map(Field::Known),
            Self::Null => Ok(Field::Null),
            Self::Unknown => Ok(Field::Unknown),
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
