//! From a proposed state to a planned one: what is known, what will be known after an apply, and what needs a new object.

use super::{
    Attribute, AttributeKind, AttributePath, Change, Diagnostics, Nesting, Object, Private, Schema, Value,
};

/// What a host asks of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanRequest {
    /// What it proposes: the configuration, with the prior values of computed attributes filled in.
    pub change: Change,
    /// The configuration as written; none where the object is to go.
    pub config: Option<Object>,
    /// The object's identity, where it has one on record.
    pub identity: Option<Object>,
    /// The notes kept with the state, or those of the first plan of a replacement.
    pub private: Private,
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
    /// The notes for the call that comes next.
    pub private: Private,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// The proposed state with its computed attributes settled: unknown for a new object, the prior value where nothing
/// changes or the schema keeps it, else unknown again. Hosts propose the prior values of computed attributes.
pub(super) fn draft(schema: &Schema, prior: Option<&Object>, config: &Object, proposed: Object) -> Object {
    let keeps = match prior {
        Some(prior) if !is_changed(schema, prior, &proposed) => Keeps::All,
        _ => Keeps::WhatSaysSo,
    };
    let mut planned = proposed;
    settle(&schema.attributes, keeps, prior, config, &mut planned);
    planned
}

/// Which computed attributes keep the value that they had, where there is one.
#[derive(Clone, Copy)]
enum Keeps {
    WhatSaysSo,
    All,
}

fn is_changed(schema: &Schema, prior: &Object, proposed: &Object) -> bool {
    let configurable = schema.attributes.iter().filter(|attribute| attribute.is_configurable());
    configurable.map(|attribute| attribute.name).any(|name| proposed.value(name) != prior.value(name))
}

/// Settles the attributes of an object, and those of the objects in it. One without a prior object is new.
fn settle(
    attributes: &[Attribute],
    keeps: Keeps,
    prior: Option<&Object>,
    config: &Object,
    planned: &mut Object,
) {
    for attribute in attributes {
        let config = config.value(attribute.name);
        if config == &Value::Null {
            let keeps = matches!(keeps, Keeps::All) || attribute.keeps_prior;
            if !(attribute.is_computed() && keeps && prior.is_some()) {
                planned.insert(attribute.name, attribute.unset_value());
            }
        } else if let AttributeKind::Nested(nesting, attributes) = &attribute.kind
            && let Some(planned) = planned.value_mut(attribute.name)
        {
            let prior = prior.map_or(&Value::Null, |prior| prior.value(attribute.name));
            settle_nested(*nesting, attributes, keeps, prior, config, planned);
        }
    }
}

/// Settles the objects of a nested attribute. Hosts find their prior objects by index, by key, or in a set by all that is
/// configured.
fn settle_nested(
    nesting: Nesting,
    attributes: &[Attribute],
    keeps: Keeps,
    prior: &Value,
    config: &Value,
    planned: &mut Value,
) {
    let settle_one = |prior: Option<&Value>, config: &Value, planned: &mut Value| {
        if let (Value::Object(config), Value::Object(planned)) = (config, planned) {
            settle(attributes, keeps, prior.and_then(Value::as_object), config, planned);
        }
    };
    match (nesting, config, planned) {
        (Nesting::Single, config, planned) => settle_one(Some(prior), config, planned),
        (Nesting::List, Value::List(configs), Value::List(planned)) => {
            for (index, (config, planned)) in configs.iter().zip(planned).enumerate() {
                settle_one(prior.elements().get(index), config, planned);
            }
        }
        (Nesting::Map, Value::Object(configs), Value::Object(planned)) => {
            for (key, config) in configs.iter() {
                let prior = prior.as_object().map(|priors| priors.value(key));
                planned.value_mut(key).into_iter().for_each(|planned| settle_one(prior, config, planned));
            }
        }
        (Nesting::Set, Value::List(configs), planned) => {
            let Value::List(elements) = planned else { return };
            for element in elements.iter_mut() {
                let Value::Object(planned) = &*element else { continue };
                let Some(config) = written_as(attributes, configs, planned) else { continue };
                let prior = filled_from(attributes, prior.elements(), config, planned);
                settle_one(prior, config, element);
            }
            // What the elements of a set hold gives them their order.
            *planned = Value::set(std::mem::take(elements));
        }
        _ => {}
    }
}

/// What a person wrote of an element of a set: the element that says the most of those that contradict it in nothing.
fn written_as<'a>(attributes: &[Attribute], configs: &'a [Value], planned: &Object) -> Option<&'a Value> {
    let is_equal = |config: &Object, attribute: &Attribute| {
        config.value(attribute.name) == planned.value(attribute.name)
    };
    let agrees = |config: &Object| {
        attributes.iter().all(|attribute| {
            is_equal(config, attribute)
                || is_computed_in(attribute, config)
                || matches!(attribute.kind, AttributeKind::Nested(..))
        })
    };
    let configs = configs.iter().filter_map(|config| Some((config, config.as_object()?)));
    let agreeing = configs.filter(|(_, object)| agrees(object));
    let says = |object| attributes.iter().filter(|attribute| is_equal(object, attribute)).count();
    agreeing.max_by_key(|(_, object)| says(object)).map(|(config, _)| config)
}

/// The prior element of a set that a host has filled an element from: it has the same computed values.
fn filled_from<'a>(
    attributes: &[Attribute],
    priors: &'a [Value],
    config: &Value,
    planned: &Object,
) -> Option<&'a Value> {
    let config = config.as_object()?;
    let computed = || attributes.iter().filter(|attribute| is_computed_in(attribute, config));
    let is_it = |prior: &&Value| {
        prior.as_object().is_some_and(|prior| {
            computed().all(|attribute| prior.value(attribute.name) == planned.value(attribute.name))
        })
    };
    priors.iter().find(is_it)
}

/// Whether the provider sets the attribute of this object.
fn is_computed_in(attribute: &Attribute, config: &Object) -> bool {
    attribute.is_computed() && config.value(attribute.name) == &Value::Null
}

/// The attributes that name another object once they change, at any depth.
pub(super) fn replacements(schema: &Schema, prior: &Object, planned: &Object) -> Vec<AttributePath> {
    let mut paths = Vec::new();
    for attribute in &schema.attributes {
        let path = AttributePath::root(attribute.name);
        collect_replacements(attribute, prior, planned, path, &mut paths);
    }
    paths
}

fn collect_replacements(
    attribute: &Attribute,
    prior: &Object,
    planned: &Object,
    path: AttributePath,
    paths: &mut Vec<AttributePath>,
) {
    let (prior, planned) = (prior.value(attribute.name), planned.value(attribute.name));
    if prior == planned {
        return;
    }
    if attribute.replaces {
        paths.push(path);
        return;
    }
    let AttributeKind::Nested(nesting, attributes) = &attribute.kind else { return };
    let mut inner = |prior: &Value, planned: &Value, path: AttributePath| {
        if let (Value::Object(prior), Value::Object(planned)) = (prior, planned) {
            for attribute in attributes {
                collect_replacements(
                    attribute,
                    prior,
                    planned,
                    path.clone().attribute(attribute.name),
                    paths,
                );
            }
        }
    };
    match (nesting, prior, planned) {
        (Nesting::Single, prior, planned) => inner(prior, planned, path),
        (Nesting::List, Value::List(priors), Value::List(planned)) => {
            let pairs = priors.iter().zip(planned).enumerate();
            pairs.for_each(|(index, (prior, planned))| inner(prior, planned, path.clone().index(index)));
        }
        (Nesting::Map, Value::Object(priors), Value::Object(planned)) => {
            for (key, planned) in planned.iter() {
                inner(priors.value(key), planned, path.clone().key(key.as_str()));
            }
        }
        // The elements of a set have no path, and none is the same as an earlier one.
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    crate::model! {
        struct Part, PlannedPart {
            size: String = required().replaces(),
            serial: String = computed().keeps_prior(),
            weight: String = computed(),
        }
    }

    crate::model! {
        struct Thing, PlannedThing {
            name: String = required().replaces(),
            note: Option<String> = optional(),
            home: String = optional_computed().replaces().keeps_prior(),
            revision: String = computed(),
            parts: Option<Vec<Part>> = optional(),
            tags: Option<BTreeSet<Tag>> = optional(),
            lid: Option<Part> = optional(),
            drawers: Option<BTreeMap<String, Part>> = optional(),
        }
    }

    crate::model! {
        struct Tag, PlannedTag {
            name: String = required(),
            colour: String = optional_computed(),
            serial: String = computed().keeps_prior(),
        }
    }

    fn schema() -> Schema {
        Schema::of::<Thing>()
    }

    fn thing() -> Object {
        Object::new()
            .with("name", "n")
            .with("note", Value::Null)
            .with("home", "h")
            .with("revision", "1")
            .with("parts", Value::Null)
            .with("tags", Value::Null)
            .with("lid", Value::Null)
            .with("drawers", Value::Null)
    }

    /// What a person wrote of it.
    fn written(object: &Object) -> Object {
        object.clone().with("home", Value::Null).with("revision", Value::Null)
    }

    fn part(size: &str, serial: impl Into<Value>, weight: impl Into<Value>) -> Value {
        Object::new().with("size", size).with("serial", serial).with("weight", weight).into()
    }

    #[test]
    fn a_new_object_has_its_computed_attributes_unknown() {
        let config = written(&thing());
        let planned = draft(&schema(), None, &config, config.clone());
        assert_eq!(planned, config.with("home", Value::Unknown).with("revision", Value::Unknown));
    }

    #[test]
    fn an_unchanged_object_keeps_all_its_values() {
        let prior = thing();
        let planned = draft(&schema(), Some(&prior), &written(&prior), prior.clone());
        assert_eq!(planned, prior);
        assert!(replacements(&schema(), &prior, &planned).is_empty());
    }

    #[test]
    fn a_changed_object_learns_anew_what_it_does_not_keep() {
        let prior = thing();
        let changed = prior.clone().with("note", "x");
        let planned = draft(&schema(), Some(&prior), &written(&changed), changed.clone());
        assert_eq!(planned, changed.with("revision", Value::Unknown));
        assert!(replacements(&schema(), &prior, &planned).is_empty());
    }

    #[test]
    fn an_attribute_that_names_another_object_is_listed_for_replacement() {
        let prior = thing();
        let planned = prior.clone().with("name", Value::Unknown).with("note", "x");
        assert_eq!(replacements(&schema(), &prior, &planned), [AttributePath::root("name")]);
    }

    #[test]
    fn nested_attributes_are_settled_as_those_around_them() {
        let written_part = |size| Value::List(vec![part(size, Value::Null, Value::Null)]);
        let new = written(&thing()).with("parts", written_part("s"));
        let planned = draft(&schema(), None, &new, new.clone());
        let expected = Value::List(vec![part("s", Value::Unknown, Value::Unknown)]);
        assert_eq!(planned.value("parts"), &expected);

        let prior = thing().with("parts", Value::List(vec![part("s", "17", "1kg")]));
        let config = written(&prior).with("parts", written_part("l"));
        let proposed = prior.clone().with("parts", Value::List(vec![part("l", "17", "1kg")]));
        let planned = draft(&schema(), Some(&prior), &config, proposed);
        assert_eq!(planned.value("parts"), &Value::List(vec![part("l", "17", Value::Unknown)]));
        let size = AttributePath::root("parts").index(0).attribute("size");
        assert_eq!(replacements(&schema(), &prior, &planned), [size]);

        let config = written(&prior).with("parts", written_part("s"));
        assert_eq!(draft(&schema(), Some(&prior), &config, prior.clone()), prior);
    }

    fn tag(name: &str, colour: impl Into<Value>, serial: impl Into<Value>) -> Value {
        Object::new().with("name", name).with("colour", colour).with("serial", serial).into()
    }

    /// Their order is that of their values, which what the provider computes is a part of.
    #[test]
    fn an_element_of_a_set_is_settled_by_what_was_written_of_it() {
        let written_tags = || {
            Value::set(vec![
                tag("a", Value::Null, Value::Null),
                tag("b", "blue", Value::Null),
                tag("c", Value::Unknown, Value::Null),
            ])
        };
        let config = written(&thing()).with("tags", written_tags());
        let planned = draft(&schema(), None, &config, config.clone());
        let new = |name, colour| tag(name, colour, Value::Unknown);
        let expected = vec![new("a", Value::Unknown), new("b", "blue".into()), new("c", Value::Unknown)];
        assert_eq!(planned.value("tags"), &Value::set(expected));

        let tags = Value::set(vec![tag("a", "red", "2"), tag("b", "blue", "1")]);
        let prior = thing().with("tags", tags);
        let proposed = Value::set(vec![
            tag("a", "red", "2"),
            tag("b", "blue", "1"),
            tag("c", Value::Unknown, Value::Null),
        ]);
        let config = written(&prior).with("tags", written_tags());
        let planned = draft(&schema(), Some(&prior), &config, prior.clone().with("tags", proposed));
        let expected = Value::set(vec![
            tag("a", Value::Unknown, "2"),
            tag("b", "blue", "1"),
            tag("c", Value::Unknown, Value::Unknown),
        ]);
        assert_eq!(planned.value("tags"), &expected);
    }

    #[test]
    fn an_element_of_a_set_follows_the_one_that_says_more_of_it() {
        let config = || Value::set(vec![tag("a", Value::Null, Value::Null), tag("a", "red", Value::Null)]);
        let prior = thing().with("tags", Value::set(vec![tag("a", "red", "1")]));
        let written = || written(&prior).with("tags", config());
        let planned = draft(&schema(), Some(&prior), &written(), prior.clone().with("note", "x"));
        assert_eq!(planned.value("tags"), &Value::List(vec![tag("a", "red", "1")]));

        // One that says something else is not what was written of it.
        let blue = Value::set(vec![tag("a", Value::Null, Value::Null), tag("a", "blue", Value::Null)]);
        let config = written().with("tags", blue);
        let planned = draft(&schema(), Some(&prior), &config, prior.clone().with("note", "x"));
        assert_eq!(planned.value("tags"), &Value::List(vec![tag("a", Value::Unknown, "1")]));
    }

    /// A way in which objects are held.
    struct Holder {
        attribute: &'static str,
        hold: fn(Vec<Value>) -> Value,
        path: fn(AttributePath, usize) -> AttributePath,
    }

    const KEYS: [&str; 2] = ["a", "b"];

    const HOLDERS: [Holder; 3] = [
        Holder { attribute: "lid", hold: |mut parts| parts.remove(0), path: |path, _| path },
        Holder { attribute: "parts", hold: Value::List, path: AttributePath::index },
        Holder {
            attribute: "drawers",
            hold: |parts| Value::Object(KEYS.into_iter().zip(parts).collect()),
            path: |path, index| path.key(KEYS[index]),
        },
    ];

    #[test]
    fn objects_in_an_object_are_settled_however_they_are_held() {
        for Holder { attribute: name, hold, path } in HOLDERS {
            let with = |object: &Object, parts: Vec<Value>| object.clone().with(name, hold(parts));
            let (unset, unknown) = (Value::Null, Value::Unknown);

            let config = with(&written(&thing()), vec![part("s", unset.clone(), unset.clone())]);
            let planned = draft(&schema(), None, &config, config.clone());
            let new = hold(vec![part("s", unknown.clone(), unknown.clone())]);
            assert_eq!(planned.value(name), &new, "{name}: created");

            let prior = with(&thing(), vec![part("s", "17", "1kg")]);
            let config = with(&written(&prior), vec![part("l", unset.clone(), unset.clone())]);
            let planned = draft(&schema(), Some(&prior), &config, with(&prior, vec![part("l", "17", "1kg")]));
            let changed = hold(vec![part("l", "17", unknown.clone())]);
            assert_eq!(planned.value(name), &changed, "{name}: changed");
            let size = path(AttributePath::root(name), 0).attribute("size");
            assert_eq!(replacements(&schema(), &prior, &planned), [size], "{name}");
        }
    }

    #[test]
    fn an_object_that_is_new_in_an_old_one_has_no_values_to_keep() {
        let fresh = || part("s", Value::Null, Value::Null);
        let old = || part("s", "17", "1kg");
        for Holder { attribute: name, hold, .. } in HOLDERS {
            let before = match name {
                "lid" => Value::Null,
                _ => hold(vec![old()]),
            };
            let prior = thing().with(name, before);
            let config = written(&prior).with(name, hold(vec![fresh(), fresh()]));
            let proposed = match name {
                "lid" => hold(vec![fresh()]),
                _ => hold(vec![old(), fresh()]),
            };
            let planned = draft(&schema(), Some(&prior), &config, prior.clone().with(name, proposed));
            let new = part("s", Value::Unknown, Value::Unknown);
            let expected = match name {
                "lid" => hold(vec![new]),
                _ => hold(vec![part("s", "17", Value::Unknown), new]),
            };
            assert_eq!(planned.value(name), &expected, "{name}");
            assert!(replacements(&schema(), &prior, &planned).is_empty(), "{name}");
        }
    }
}
