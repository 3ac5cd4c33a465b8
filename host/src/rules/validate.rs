//! Validation and configuration: what the provider says about a configuration.

use std::collections::BTreeMap;

use super::{Case, Exchange, has_errors};
use crate::path::Path;
use crate::schema::{Block, Schema};
use crate::types::Type;
use crate::values::Value;
use crate::wire::tfplugin6 as wire;
use wire::diagnostic::Severity;

impl Exchange for wire::validate_provider_config::Request {
    type Response = wire::validate_provider_config::Response;
    const RPC: &'static str = "ValidateProviderConfig";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        let block = &case.schemas.provider.block;
        let failed = case.diagnostics(&response.diagnostics, Some(block));
        case.validation(block, self.config.as_ref(), &response.diagnostics, failed);
    }
}

macro_rules! validation {
    ($($module:ident, $rpc:literal, $schemas:ident;)+) => {$(
        impl Exchange for wire::$module::Request {
            type Response = wire::$module::Response;
            const RPC: &'static str = $rpc;

            fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
                let (schemas, config) = (&case.schemas.$schemas, self.config.as_ref());
                case.validation_of(schemas, &self.type_name, config, &response.diagnostics);
            }
        }
    )+};
}
validation! {
    validate_resource_config, "ValidateResourceConfig", resources;
    validate_data_resource_config, "ValidateDataResourceConfig", data_sources;
    validate_ephemeral_resource_config, "ValidateEphemeralResourceConfig", ephemeral_resources;
}

impl Exchange for wire::validate_list_resource_config::Request {
    type Response = wire::validate_list_resource_config::Response;
    const RPC: &'static str = "ValidateListResourceConfig";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        let config = self.config.as_ref();
        case.validation_of(&case.schemas.list_resources, &self.type_name, config, &response.diagnostics);
        let failed = has_errors(&response.diagnostics);
        case.asked("limit", self.limit.as_ref(), &Type::Number, failed);
        case.asked("include_resource_object", self.include_resource_object.as_ref(), &Type::Bool, failed);
    }
}

impl Exchange for wire::configure_provider::Request {
    type Response = wire::configure_provider::Response;
    const RPC: &'static str = "ConfigureProvider";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        let block = &case.schemas.provider.block;
        let failed = case.diagnostics(&response.diagnostics, Some(block));
        case.asked("configuration", self.config.as_ref(), &block.ty(), failed);
    }
}

impl Exchange for wire::stop_provider::Request {
    type Response = wire::stop_provider::Response;
    const RPC: &'static str = "StopProvider";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        if !response.error.is_empty() {
            case.fault(format!("the provider can't stop: {}", response.error));
        }
    }
}

impl<'a> Case<'a> {
    fn validation_of(
        &mut self,
        schemas: &'a BTreeMap<String, Schema>,
        type_name: &str,
        config: Option<&wire::DynamicValue>,
        diagnostics: &[wire::Diagnostic],
    ) {
        if let Some((schema, failed)) = self.schema_of(schemas, type_name, diagnostics) {
            self.validation(&schema.block, config, diagnostics, failed);
        }
    }

    /// Validation runs before the values of other resources are known, so an error about one of them is wrong.
    fn validation(
        &mut self,
        block: &Block,
        config: Option<&wire::DynamicValue>,
        diagnostics: &[wire::Diagnostic],
        failed: bool,
    ) {
        let Some(config) = self.asked("configuration", config, &block.ty(), failed) else { return };
        for diagnostic in diagnostics.iter().filter(|diagnostic| diagnostic.severity() == Severity::Error) {
            let path = diagnostic.attribute.as_ref().and_then(Path::from_wire);
            let Some(path) = path.filter(|path| !path.steps().is_empty()) else { continue };
            if path.of(&config).is_some_and(Value::is_unknown) {
                self.fault(format!("{path} is not known yet and was refused: {}", diagnostic.summary));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::fixture::{THING, config, error, faults, garbage, packed, reports_each, sent, written};
    use crate::values::unknown;

    #[test]
    fn an_error_about_a_value_that_is_not_known_yet_is_reported() {
        let sound = || {
            let config = written!("url": unknown());
            let request = wire::validate_resource_config::Request {
                type_name: THING.to_owned(),
                config,
                client_capabilities: None,
            };
            (request, wire::validate_resource_config::Response { diagnostics: error("name") })
        };
        reports_each!(sound, |request, response| {
            response.diagnostics = error("url") => "url is not known yet and was refused";
        });
    }

    #[test]
    fn a_provider_that_accepts_garbage_is_reported() {
        let request = wire::configure_provider::Request { config: garbage(), ..Default::default() };
        let told = faults(&request, &wire::configure_provider::Response::default());
        assert_eq!(told, ["the configuration does not have its type and was accepted"]);
        let refused = wire::configure_provider::Response { diagnostics: error("") };
        assert_eq!(faults(&request, &refused), Vec::<String>::new());
    }

    #[test]
    fn a_list_with_a_limit_that_is_no_number_is_refused() {
        let sound = || {
            let request = wire::validate_list_resource_config::Request {
                type_name: THING.to_owned(),
                config: packed(&json!({}), &Type::Object([].into())),
                ..Default::default()
            };
            (request, wire::validate_list_resource_config::Response::default())
        };
        reports_each!(sound, |request, response| {
            request.limit = garbage() => "the limit does not have its type";
            request.include_resource_object = garbage() => "the include_resource_object";
        });
    }

    #[test]
    fn a_provider_that_can_t_stop_is_reported() {
        let response = wire::stop_provider::Response { error: "busy".to_owned() };
        assert_eq!(faults(&wire::stop_provider::Request {}, &response), ["the provider can't stop: busy"]);
    }
}
