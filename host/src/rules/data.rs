//! Data sources.

use super::{Case, Exchange, compare};
use crate::values::Value;
use crate::wire::tfplugin6 as wire;

impl Exchange for wire::read_data_source::Request {
    type Response = wire::read_data_source::Response;
    const RPC: &'static str = "ReadDataSource";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        let schemas = case.schemas;
        let found = case.schema_of(&schemas.data_sources, &self.type_name, &response.diagnostics);
        let deferred = case.deferral(response.deferred.as_ref(), self.client_capabilities.as_ref());
        let Some((schema, failed)) = found else { return };
        let config = case.asked("configuration", self.config.as_ref(), &schema.ty(), failed);
        let (Some(config), false, false) = (config, failed, deferred) else { return };
        if let Some(state) = case.answered_known("state", response.state.as_ref(), &schema.ty()) {
            case.faults.extend(compare::echo_faults(&schema.block, &Value::Null, &config, &state));
        }
    }
}
