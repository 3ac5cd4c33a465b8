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
    match (nesting, config) {
        (Nesting::Single | Nesting::Group, config) => merge(prior, config),
        (Nesting::List, Value::Sequence(configured)) => {
            let before = |index: usize| match prior {
                Value::Sequence(before) => before.get(index).unwrap_or(&Value::Null),
                _ => &Value::Null,
            };
            let merged = configured.iter().enumerate().map(|(index, config)| merge(before(index), config));
            Value::Sequence(merged.collect())
        }
        (Nesting::Map, Value::Map(configured)) => Value::Map(
            configured.iter().map(|(key, config)| (key.clone(), merge(prior.entry(key), config))).collect(),
        ),
        (Nesting::Set, Value::Sequence(configured)) => {
            Value::set(configured.iter().map(|config| merge(&Value::Null, config)).collect())
        }
        (_, config) => config.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::rules::fixture::{THING, checker, config, merged, thing};
    use crate::values::unknown;

    fn proposal(prior: &Json, config: &Json) -> Value {
        let checker = checker();
        let schema = &checker.schemas().resources[THING];
        let value = |json| Value::from_json(json, &schema.ty()).unwrap();
        proposed(&schema.block, &value(prior), &value(config))
    }

    /// The attributes that the fixture's things leave out are null.
    fn full(thing: Json) -> Json {
        let nulls = json!({ "region": null, "organization": null, "id": null, "secret": null, "old": null });
        merged(nulls, &thing)
    }

    #[test]
    fn what_a_person_leaves_to_the_provider_keeps_its_prior_value() {
        assert_eq!(proposal(&thing(&json!({})), &config(&json!({}))), full(thing(&json!({}))));
    }

    #[test]
    fn on_create_it_is_null() {
        let expected = full(config(&json!({ "rules": [{ "table": "t", "made": null }] })));
        assert_eq!(proposal(&Json::Null, &config(&json!({}))), expected);
    }

    #[test]
    fn what_is_configured_or_no_longer_configured_is_proposed_as_it_is() {
        let prior = thing(&json!({ "region": "eu" }));
        for (config_of, proposed) in [
            (json!({ "url": "https://b" }), json!({ "url": "https://b" })),
            (json!({ "url": unknown() }), json!({ "url": unknown() })),
            (json!({ "organization": "other" }), json!({ "organization": "other" })),
            (json!({ "rules": null }), json!({ "rules": null })),
            (
                json!({ "rules": [{ "table": "u" }, { "table": "v" }] }),
                json!({ "rules": [{ "table": "u", "made": "m" }, { "table": "v", "made": null }] }),
            ),
        ] {
            assert_eq!(proposal(&prior, &config(&config_of)), full(thing(&proposed)), "{config_of}");
        }
    }

    #[test]
    fn what_is_never_stored_is_not_proposed() {
        assert_eq!(proposal(&Json::Null, &config(&json!({ "secret": "s" })))["secret"], Json::Null);
    }

    #[test]
    fn no_configuration_proposes_nothing() {
        assert!(proposal(&thing(&json!({})), &Json::Null).is_null());
    }
}
