//! From a proposed state to a planned one: what is known, what will be known after an apply, and what needs a new object.

use super::{AttributePath, Change, Diagnostics, Object, Schema, Value};

/// What a host asks of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanRequest {
    /// What it proposes: the configuration, with the prior values of computed attributes filled in.
    pub change: Change,
    /// The configuration as written; none where the object is to go.
    pub config: Option<Object>,
    /// The object's identity, where it has one on record.
    pub identity: Option<Object>,
}

/// What a plan comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanResponse {
    /// The state to expect after the apply; none where the object is to go.
    pub planned: Option<Object>,
    /// The attributes whose change takes another object.
    pub requires_replace: Vec<AttributePath>,
    /// The identity to expect; none where a part of it is not known yet. The protocol lets it be unknown, and Terraform
    /// (seen in 1.17) then can't print the plan: "Failed to marshal plan to json: value is not known".
    pub identity: Option<Object>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// The proposed state with its computed attributes settled: unknown for a new object, the prior value where nothing
/// changes or the schema keeps it, else unknown again.
pub(super) fn draft(schema: &Schema, prior: Option<&Object>, config: &Object, proposed: Object) -> Object {
    let changes = prior.is_none_or(|prior| {
        schema
            .attributes
            .iter()
            .filter(|attribute| attribute.is_configurable())
            .any(|attribute| proposed.value(attribute.name) != prior.value(attribute.name))
    });
    let mut planned = proposed;
    for attribute in schema.attributes.iter().filter(|attribute| config.value(attribute.name) == &Value::Null)
    {
        let value = match prior {
            None => attribute.unset_value(),
            Some(prior) if attribute.is_computed() && (!changes || attribute.keeps_prior) => {
                prior.value(attribute.name).clone()
            }
            Some(_) => attribute.unset_value(),
        };
        planned.insert(attribute.name, value);
    }
    planned
}

/// The attributes that name another object once they change.
pub(super) fn replacements(schema: &Schema, prior: &Object, planned: &Object) -> Vec<AttributePath> {
    schema
        .attributes
        .iter()
        .filter(|attribute| {
            attribute.replaces && prior.value(attribute.name) != planned.value(attribute.name)
        })
        .map(|attribute| AttributePath::root(attribute.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Attribute, Type};

    fn schema() -> Schema {
        Schema::new(
            "",
            vec![
                Attribute::required("name", Type::String, "").replaces(),
                Attribute::optional("note", Type::String, ""),
                Attribute::optional_computed("home", Type::String, "").replaces().keeps_prior(),
                Attribute::computed("revision", Type::String, ""),
            ],
        )
    }

    fn object(values: [(&str, Value); 4]) -> Object {
        values.into_iter().collect()
    }

    #[test]
    fn a_new_object_has_its_computed_attributes_unknown() {
        let config = object([
            ("name", "n".into()),
            ("note", Value::Null),
            ("home", Value::Null),
            ("revision", Value::Null),
        ]);
        let planned = draft(&schema(), None, &config, config.clone());
        assert_eq!(planned, config.with("home", Value::Unknown).with("revision", Value::Unknown));
    }

    #[test]
    fn an_unchanged_object_keeps_all_its_values() {
        let prior = object([
            ("name", "n".into()),
            ("note", Value::Null),
            ("home", "h".into()),
            ("revision", "1".into()),
        ]);
        let config = prior.clone().with("home", Value::Null).with("revision", Value::Null);
        let planned = draft(&schema(), Some(&prior), &config, prior.clone());
        assert_eq!(planned, prior);
        assert!(replacements(&schema(), &prior, &planned).is_empty());
    }

    #[test]
    fn a_changed_object_learns_anew_what_it_does_not_keep() {
        let prior = object([
            ("name", "n".into()),
            ("note", Value::Null),
            ("home", "h".into()),
            ("revision", "1".into()),
        ]);
        let config = prior.clone().with("note", "x").with("home", Value::Null).with("revision", Value::Null);
        let planned = draft(&schema(), Some(&prior), &config, prior.clone().with("note", "x"));
        assert_eq!(planned, prior.clone().with("note", "x").with("revision", Value::Unknown));
        assert!(replacements(&schema(), &prior, &planned).is_empty());
    }

    #[test]
    fn an_attribute_that_names_another_object_is_listed_for_replacement() {
        let prior = object([
            ("name", "n".into()),
            ("note", Value::Null),
            ("home", "h".into()),
            ("revision", "1".into()),
        ]);
        let planned = prior.clone().with("name", Value::Unknown).with("note", "x");
        assert_eq!(replacements(&schema(), &prior, &planned), [AttributePath::root("name")]);
    }
}
