//! When a plan says what the configuration says, and when a result is what the plan said.

use crate::path::{Path, Step};
use crate::schema::{Attribute, AttributeKind, Block, NestedBlock, Nesting};
use crate::types::Type;
use crate::values::Value;

/// Everything in which a plan disagrees with the configuration without being allowed to.
///
/// A provider chooses only where the configuration is null and the schema says "computed". Elsewhere it repeats
/// the configuration, or the prior value, by which it says that the two spellings mean the same.
pub(super) fn echo_faults(block: &Block, prior: &Value, config: &Value, planned: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    echo_block(block, &Path::default(), [prior, config, planned], &mut faults);
    faults
}

/// Everything in which a result of this type differs from what was known of it before.
pub(crate) fn completion_faults(ty: &Type, planned: &Value, actual: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    complete(ty, &Path::default(), planned, actual, &mut faults);
    faults
}

fn echo_block(block: &Block, path: &Path, values: [&Value; 3], faults: &mut Vec<String>) {
    for (name, attribute) in &block.attributes {
        let path = path.join(Step::Attribute(name.clone()));
        echo_attribute(attribute, &path, values.map(|value| value.entry(name)), faults);
    }
    for (name, nested) in &block.blocks {
        let path = path.join(Step::Attribute(name.clone()));
        echo_nested_block(nested, &path, values.map(|value| value.entry(name)), faults);
    }
}

fn echo_attribute(attribute: &Attribute, path: &Path, values: [&Value; 3], faults: &mut Vec<String>) {
    let [prior, config, planned] = values;
    if attribute.write_only {
        if !planned.is_null() {
            faults.push(format!("{path} is write-only and not null"));
        }
        return;
    }
    let repeats_prior = planned == prior && !prior.is_null() && !config.is_null();
    if planned == config || repeats_prior || attribute.is_read_only() {
        return;
    }
    match &attribute.kind {
        _ if config.is_null() && attribute.computed => {}
        _ if config.is_null() => {
            faults.push(format!("{path} is {planned}, and it is neither configured nor computed"));
        }
        AttributeKind::Nested(nesting, attributes) if !planned.is_null() && !planned.is_unknown() => {
            let block = Block { attributes: attributes.clone(), ..Block::default() };
            echo_elements(*nesting, &block, path, values, faults);
        }
        _ if prior.is_null() => {
            faults.push(format!("{path} is {planned}, and the configuration says {config}"))
        }
        _ => faults.push(format!(
            "{path} is {planned}, and the configuration says {config}, the prior state {prior}"
        )),
    }
}

fn echo_nested_block(nested: &NestedBlock, path: &Path, values: [&Value; 3], faults: &mut Vec<String>) {
    let [_, config, planned] = values;
    match nested.nesting {
        Nesting::Single => {}
        _ if planned.is_null() => {
            faults.push(format!("{path} is null, and no blocks are an empty collection"));
            return;
        }
        _ => {}
    }
    if planned == config {
        return;
    }
    if config.is_unknown() || planned.is_unknown() || planned.is_null() || config.is_null() {
        faults.push(format!("{path} is {planned}, and the configuration says {config}"));
        return;
    }
    echo_elements(nested.nesting, &nested.block, path, values, faults);
}

/// The objects in one place, each against its counterpart. Those of a set have none, so they are trusted.
fn echo_elements(
    nesting: Nesting,
    block: &Block,
    path: &Path,
    values: [&Value; 3],
    faults: &mut Vec<String>,
) {
    let [_, config, planned] = values;
    let places = nesting.places(planned);
    if places != nesting.places(config) || config.is_unknown() {
        faults.push(format!("{path} has other elements ({planned}) than the configuration ({config})"));
        return;
    }
    for place in places {
        echo_block(block, &path.then(&place), values.map(|value| place.or_null(value)), faults);
    }
}

fn complete(ty: &Type, path: &Path, planned: &Value, actual: &Value, faults: &mut Vec<String>) {
    match (ty, planned, actual) {
        (_, Value::Unknown(_), _) => {}
        (_, Value::Dynamic(_, planned), _) if planned.is_unknown() => {}
        (_, Value::Dynamic(ty, planned), Value::Dynamic(now, actual)) if ty == now => {
            complete(ty, path, planned, actual, faults);
        }
        (Type::Object(types), Value::Map(_), Value::Map(_)) => {
            for (name, ty) in types {
                let path = path.join(Step::Attribute(name.clone()));
                complete(ty, &path, planned.entry(name), actual.entry(name), faults);
            }
        }
        (Type::Map(ty), Value::Map(before), Value::Map(after)) if before.keys().eq(after.keys()) => {
            for key in before.keys() {
                let path = path.join(Step::Key(key.clone()));
                complete(ty, &path, planned.entry(key), actual.entry(key), faults);
            }
        }
        (Type::List(ty), Value::Sequence(before), Value::Sequence(after)) if before.len() == after.len() => {
            complete_elements(before.iter().map(|_| &**ty), path, before, after, faults);
        }
        (Type::Tuple(types), Value::Sequence(before), Value::Sequence(after)) => {
            complete_elements(types.iter(), path, before, after, faults);
        }
        (Type::Set(ty), Value::Sequence(before), Value::Sequence(after)) if !planned.is_wholly_known() => {
            complete_set(ty, path, before, after, faults);
        }
        _ if planned == actual => {}
        _ => faults.push(format!("{} was {planned} and is {actual}", place(path))),
    }
}

fn complete_elements<'t>(
    types: impl Iterator<Item = &'t Type>,
    path: &Path,
    before: &[Value],
    after: &[Value],
    faults: &mut Vec<String>,
) {
    for (index, ((ty, before), after)) in (0..).zip(types.zip(before).zip(after)) {
        complete(ty, &path.join(Step::Index(index)), before, after, faults);
    }
}

/// The elements of a set have no places, and two that were unknown may turn out to be the same one. So a host
/// asks that none is without a counterpart, and that there are not more.
fn complete_set(ty: &Type, path: &Path, before: &[Value], after: &[Value], faults: &mut Vec<String>) {
    let fits = |before, after| completion_faults(ty, before, after).is_empty();
    let place = place(path);
    if let Some(lost) = before.iter().find(|before| !after.iter().any(|after| fits(before, after))) {
        faults.push(format!("{place} lost the element {lost}"));
    } else if let Some(new) = after.iter().find(|after| !before.iter().any(|before| fits(before, after))) {
        faults.push(format!("{place} gained the element {new}"));
    } else if after.len() > before.len() {
        faults.push(format!("{place} grew from {} to {} elements", before.len(), after.len()));
    }
}

fn place(path: &Path) -> String {
    match path.steps() {
        [] => "the object".to_owned(),
        _ => path.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::values::unknown;

    fn ty() -> Type {
        Type::parse(br#"["object",{"name":"string","tags":["list","string"],"kinds":["set","string"],"any":"dynamic"}]"#)
            .unwrap()
    }

    fn faults(planned: &Json, actual: &Json) -> Vec<String> {
        let value = |json| Value::from_json(json, &ty()).unwrap();
        completion_faults(&ty(), &value(planned), &value(actual))
    }

    #[test]
    fn what_was_unknown_may_become_anything() {
        let planned = json!({ "name": unknown(), "tags": ["a", unknown()], "kinds": ["a", unknown()], "any": unknown() });
        let actual = json!({ "name": null, "tags": ["a", "b"], "kinds": ["a"], "any": [1] });
        assert_eq!(faults(&planned, &actual), Vec::<String>::new());
    }

    #[test]
    fn what_was_known_stays() {
        for (planned, actual, fault) in [
            (json!({ "name": "a" }), json!({ "name": "b" }), r#"name was "a" and is "b""#),
            (json!({ "name": null }), json!({ "name": "b" }), r#"name was null and is "b""#),
            (json!({ "name": "a" }), json!({ "name": null }), r#"name was "a" and is null"#),
            (json!({ "tags": ["a"] }), json!({ "tags": ["a", "b"] }), r#"tags was ["a"] and is ["a","b"]"#),
            (
                json!({ "tags": ["a", unknown()] }),
                json!({ "tags": ["b", "a"] }),
                r#"tags[0] was "a" and is "b""#,
            ),
            (
                json!({ "kinds": ["a", unknown()] }),
                json!({ "kinds": ["b"] }),
                r#"kinds lost the element "a""#,
            ),
            (json!({ "any": { "x": 1 } }), json!({ "any": { "x": 2 } }), "any.x was 1 and is 2"),
        ] {
            assert_eq!(faults(&planned, &actual), [fault]);
        }
    }
}
