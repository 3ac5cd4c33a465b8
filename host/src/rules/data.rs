//! Data sources.

use super::{Case, Exchange, compare};
use crate::values::Value;
use crate::wire::tfplugin6 as wire;

impl Exchange for wire::read_data_source::Request {
    type Response = wire::read_data_source::Response;
    const RPC: &'static str = "ReadDataSource";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        let found = case.schema_of(&case.schemas.data_sources, &self.type_name, &response.diagnostics);
        let deferred = case.deferral(response.deferred.as_ref(), self.client_capabilities.as_ref());
        let Some((schema, failed)) = found else { return };
        let config = case.asked("configuration", self.config.as_ref(), &schema.ty(), failed);
        let (Some(config), false, false) = (config, failed, deferred) else { return };
        if let Some(state) = case.answered_known("state", response.state.as_ref(), &schema.ty()) {
            case.faults.extend(compare::echo_faults(&schema.block, &Value::Null, &config, &state));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::rules::fixture::{LOOK, checker, garbage, packed, reports_each};
    use crate::values::unknown;

    fn sent(json: &Json) -> Option<wire::DynamicValue> {
        packed(json, &checker().schemas().data_sources[LOOK].ty())
    }

    #[test]
    fn each_fault_of_a_data_source_is_reported() {
        let sound = || {
            let config = sent(&json!({ "name": "a" }));
            let request =
                wire::read_data_source::Request { type_name: LOOK.to_owned(), config, ..Default::default() };
            let state = sent(&json!({ "name": "a", "found": "b" }));
            (request, wire::read_data_source::Response { state, ..Default::default() })
        };
        reports_each!(sound, |request, response| {
            response.state = None => "the state is missing";
            response.state = garbage() => "does not conform to the schema";
            response.state = sent(&json!({ "name": "a", "found": unknown() }))
                => "the state is not wholly known";
            response.state = sent(&json!({ "name": "b" }))
                => r#"name is "b", and the configuration says "a""#;
            response.deferred = Some(wire::Deferred::default()) => "the host does not allow";
            request.type_name = "test_lok".to_owned() => "no such type";
        });
    }
}
