//! The state that a host proposes to the provider: what is configured, and what was there before where the
//! configuration leaves it to the provider.

use std::collections::BTreeMap;

use crate::schema::{Attribute, AttributeKind, Block, Nesting};
use crate::values::Value;

/// Merges the configuration with the prior state, which is null on create. A null configuration proposes null.
pub(super) fn proposed(block: &Block, prior: &Value, config: &Value) -> Value {
    let Value::Map(_) = config else { return config.clone() };
    let attributes = proposed_attributes(&block.attributes, prior, config);
    let blocks = block.blocks.iter().map(|(name, nested)| {
        let merge = |prior: &Value, config: &Value| proposed(&nested.block, prior, config);
        let value = elements(nested.nesting, prior.entry(name), config.entry(name), &merge);
        (name.clone(), value)
    });
    Value::Map(attributes.chain(blocks).collect())
}

fn proposed_attributes<'v>(
    attributes: &'v BTreeMap<String, Attribute>,
    prior: &'v Value,
    config: &'v Value,
) -> impl Iterator<Item = (String, Value)> + 'v {
    attributes.iter().map(move |(name, attribute)| {
        (name.clone(), proposed_attribute(attribute, prior.entry(name), config.entry(name)))
    })
}

fn proposed_attribute(attribute: &Attribute, prior: &Value, config: &Value) -> Value {
    if attribute.write_only {
        return Value::Null;
    }
    match &attribute.kind {
        _ if config.is_null() && attribute.computed => prior.clone(),
        AttributeKind::Nested(nesting, attributes) => {
            let merge = |prior: &Value, config: &Value| match config {
                Value::Map(_) => Value::Map(proposed_attributes(attributes, prior, config).collect()),
                config => config.clone(),
            };
            elements(*nesting, prior, config, &merge)
        }
        AttributeKind::Plain(_) => config.clone(),
    }
}

/// Merges each configured object with its counterpart. Those of a set have none that could be told.
fn elements(
    nesting: Nesting,
    prior: &Value,
    config: &Value,
    merge: &dyn Fn(&Value, &Value) -> Value,
) -> Value {
    let places = nesting.places(config);
    let merged = places.iter().map(|place| merge(place.or_null(prior), place.or_null(config)));
    match (nesting, config) {
        (Nesting::List, Value::Sequence(_)) => Value::Sequence(merged.collect()),
        (Nesting::Map, Value::Map(configured)) => {
            Value::Map(configured.keys().cloned().zip(merged).collect())
        }
        (Nesting::Set, Value::Sequence(configured)) => {
            Value::set(configured.iter().map(|config| merge(&Value::Null, config)).collect())
        }
        (Nesting::Single | Nesting::Group, config) => merge(prior, config),
        (_, config) => config.clone(),
    }
}
