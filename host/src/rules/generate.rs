//! Generated configuration: only what a person would write.

use std::collections::BTreeMap;

use prost::Message as _;

use super::{Case, Exchange};
use crate::path::{Path, Step};
use crate::schema::{Attribute, AttributeKind, Block};
use crate::values::Value;
use crate::wire::tfplugin6 as wire;

impl Exchange for wire::generate_resource_config::Request {
    type Response = wire::generate_resource_config::Response;
    const RPC: &'static str = "GenerateResourceConfig";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        let found = case.schema_of(&case.schemas.resources, &self.type_name, &response.diagnostics);
        let Some((schema, failed)) = found else { return };
        let state = case.asked("state", self.state.as_ref(), &schema.ty(), failed);
        let (Some(state), false) = (state, failed) else { return };
        if let Some(config) = case.answered_known("configuration", response.config.as_ref(), &schema.ty()) {
            case.written_block(&schema.block, &Path::default(), &config, &state);
        }
    }

    fn repeatable(&self, response: &Self::Response) -> Option<Vec<u8>> {
        Some(response.encode_to_vec())
    }
}

impl Case<'_> {
    fn written_block(&mut self, block: &Block, path: &Path, config: &Value, state: &Value) {
        self.written(&block.attributes, path, config, state);
        for (name, nested) in &block.blocks {
            let path = path.join(Step::Attribute(name.clone()));
            let (config, state) = (config.entry(name), state.entry(name));
            for place in nested.nesting.places(config) {
                let (config, state) = (place.or_null(config), place.or_null(state));
                self.written_block(&nested.block, &path.then(&place), config, state);
            }
        }
    }

    fn written(
        &mut self,
        attributes: &BTreeMap<String, Attribute>,
        path: &Path,
        config: &Value,
        state: &Value,
    ) {
        for (name, attribute) in attributes {
            let path = path.join(Step::Attribute(name.clone()));
            self.written_attribute(attribute, &path, config.entry(name), state.entry(name));
        }
    }

    fn written_attribute(&mut self, attribute: &Attribute, path: &Path, config: &Value, state: &Value) {
        if config.is_null() {
            if attribute.required {
                self.fault(format!("{path} is required and not written"));
            }
            return;
        }
        for (unwritable, reason) in [
            (attribute.is_read_only(), "only the provider sets it"),
            (attribute.write_only, "it is never stored"),
            (attribute.deprecated, "it is deprecated"),
        ] {
            if unwritable {
                self.fault(format!("{path} is written, and {reason}"));
                return;
            }
        }
        match &attribute.kind {
            AttributeKind::Nested(nesting, attributes) => {
                for place in nesting.places(config) {
                    let (config, state) = (place.or_null(config), place.or_null(state));
                    self.written(attributes, &path.then(&place), config, state);
                }
            }
            AttributeKind::Plain(_) if config != state => {
                self.fault(format!("{path} is written as {config}, and the state says {state}"));
            }
            AttributeKind::Plain(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::fixture::{THING, config, garbage, reports_each, sent, stored, thing, written};
    use crate::values::unknown;

    #[test]
    fn each_fault_of_generated_configuration_is_reported() {
        let sound = || {
            let state = stored!();
            let request = wire::generate_resource_config::Request { type_name: THING.to_owned(), state };
            let config = written!("organization": "acme");
            (request, wire::generate_resource_config::Response { config, diagnostics: Vec::new() })
        };
        reports_each!(sound, |request, response| {
            response.config = None => "the configuration is missing";
            response.config = garbage() => "does not conform to the schema";
            response.config = written!("url": null) => "url is required and not written";
            response.config = written!("url": unknown()) => "the configuration is not wholly known";
            response.config = written!("id": "acme/a") => "id is written, and only the provider sets it";
            response.config = written!("secret": "s") => "secret is written, and it is never stored";
            response.config = written!("old": "o") => "old is written, and it is deprecated";
            response.config = written!("region": "eu")
                => r#"region is written as "eu", and the state says null"#;
            response.config = written!("rules": [{ "table": "t", "made": "m" }])
                => "rules[0].made is written";
        });
    }
}
