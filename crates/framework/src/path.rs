//! The way to a value inside a resource, data source or provider block, as diagnostics and plans name it.

use std::fmt;

/// One step from a value into a part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Into an object's attribute.
    Attribute(String),
    /// Into a list's or tuple's element, counted from 0.
    Index(i64),
    /// Into a map's entry.
    Key(String),
}

/// The way from a block to one of its values. Displayed as HCL writes it: `permissions[1]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttributePath(Vec<Step>);

impl AttributePath {
    /// The path of a top-level attribute.
    pub fn root(attribute: impl Into<String>) -> Self {
        Self(vec![Step::Attribute(attribute.into())])
    }

    /// The path of an attribute of the object at this path.
    #[must_use]
    pub fn attribute(self, name: impl Into<String>) -> Self {
        self.then(Step::Attribute(name.into()))
    }

    /// The path of an element of the list at this path, counted from 0.
    #[must_use]
    pub fn index(self, index: usize) -> Self {
        self.then(Step::Index(i64::try_from(index).unwrap_or(i64::MAX)))
    }

    /// The path of an entry of the map at this path.
    #[must_use]
    pub fn key(self, key: impl Into<String>) -> Self {
        self.then(Step::Key(key.into()))
    }

    /// The steps in order. There is at least one.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    fn then(mut self, step: Step) -> Self {
        self.0.push(step);
        self
    }
}

impl fmt::Display for AttributePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => formatter.write_str(name)?,
                Step::Attribute(name) => write!(formatter, ".{name}")?,
                Step::Index(index) => write!(formatter, "[{index}]")?,
                Step::Key(key) => write!(formatter, "[{key:?}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_as_hcl_writes_it() {
        assert_eq!(AttributePath::root("permissions").index(1).to_string(), "permissions[1]");
        assert_eq!(AttributePath::root("grants").index(0).attribute("table").to_string(), "grants[0].table");
        assert_eq!(AttributePath::root("by_name").key("a b").to_string(), "by_name[\"a b\"]");
    }
}
