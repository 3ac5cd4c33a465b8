//! Where in a value something is.

use std::fmt;

use crate::values::Value;
use crate::wire::tfplugin6 as wire;
use wire::attribute_path::step::Selector;

/// The way from the root of a value to one place in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path(Vec<Step>);

/// One step of the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// To an attribute of an object
    Attribute(String),
    /// To an entry of a map
    Key(String),
    /// To an element of a list or a tuple
    Index(i64),
}

impl Path {
    /// Reads a path from the wire; `None` where one of its steps says nothing.
    pub fn from_wire(path: &wire::AttributePath) -> Option<Self> {
        let step = |step: &wire::attribute_path::Step| match step.selector.clone()? {
            Selector::AttributeName(name) => Some(Step::Attribute(name)),
            Selector::ElementKeyString(key) => Some(Step::Key(key)),
            Selector::ElementKeyInt(index) => Some(Step::Index(index)),
        };
        path.steps.iter().map(step).collect::<Option<_>>().map(Self)
    }

    /// From the root on.
    pub(crate) fn steps(&self) -> &[Step] {
        &self.0
    }

    /// What the path leads to in a value; `None` where it leads nowhere. A part of what is unknown is unknown.
    pub(crate) fn of<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(value, |value, step| match (value.untyped(), step) {
            (Value::Map(entries), Step::Attribute(name) | Step::Key(name)) => entries.get(name),
            (Value::Sequence(elements), Step::Index(index)) => elements.get(usize::try_from(*index).ok()?),
            (unknown @ Value::Unknown(_), _) => Some(unknown),
            _ => None,
        })
    }

    /// As [`Path::of`], with null where it leads nowhere.
    pub(crate) fn or_null<'v>(&self, value: &'v Value) -> &'v Value {
        self.of(value).unwrap_or(&Value::Null)
    }

    /// The way to go on from where this path leads.
    pub(crate) fn then(&self, further: &Self) -> Self {
        Self([self.0.as_slice(), &further.0].concat())
    }

    /// The path of something in what this path leads to.
    pub(crate) fn join(&self, step: Step) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }
}

impl From<Vec<Step>> for Path {
    fn from(steps: Vec<Step>) -> Self {
        Self(steps)
    }
}

/// As HCL writes it: `rules[0].tags["a"]`.
impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => formatter.write_str(name)?,
                Step::Attribute(name) => write!(formatter, ".{name}")?,
                Step::Key(key) => write!(formatter, "[{key:?}]")?,
                Step::Index(index) => write!(formatter, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(selectors: Vec<Option<Selector>>) -> wire::AttributePath {
        let steps = selectors.into_iter().map(|selector| wire::attribute_path::Step { selector }).collect();
        wire::AttributePath { steps }
    }

    #[test]
    fn a_path_reads_as_hcl_writes_it() {
        let path = wire(vec![
            Some(Selector::AttributeName("rules".to_owned())),
            Some(Selector::ElementKeyInt(0)),
            Some(Selector::AttributeName("tags".to_owned())),
            Some(Selector::ElementKeyString("a".to_owned())),
        ]);
        assert_eq!(Path::from_wire(&path).unwrap().to_string(), r#"rules[0].tags["a"]"#);
    }

    #[test]
    fn a_step_that_says_nothing_makes_no_path() {
        assert_eq!(Path::from_wire(&wire(vec![None])), None);
    }
}
