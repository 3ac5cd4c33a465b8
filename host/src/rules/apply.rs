//! Applying: the result is what was planned, and everything in it is known.

use super::{Case, Exchange, compare};
use crate::types::Type;
use crate::values::Value;
use crate::wire::tfplugin6 as wire;

impl Exchange for wire::apply_resource_change::Request {
    type Response = wire::apply_resource_change::Response;
    const RPC: &'static str = "ApplyResourceChange";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        let schemas = case.schemas;
        let found = case.schema_of(&schemas.resources, &self.type_name, &response.diagnostics);
        case.legacy_type_system(response.legacy_type_system);
        let Some((schema, failed)) = found else { return };
        let ty = schema.ty();
        case.asked("prior state", self.prior_state.as_ref(), &ty, failed);
        case.asked("configuration", self.config.as_ref(), &ty, failed);
        let planned = case.asked("planned state", self.planned_state.as_ref(), &ty, failed);
        let Some(state) = case.answered("new state", response.new_state.as_ref(), &ty) else { return };
        // Even beside an error a state is saved, so it has to be whole.
        case.known("new state", &state);
        match (planned, failed) {
            (Some(planned), false) => case.applied(self, &ty, &planned, &state, response),
            _ if state.is_null() => {}
            _ => {
                case.identity(&self.type_name, response.new_identity.as_ref());
            }
        }
    }
}

impl Case<'_> {
    fn applied(
        &mut self,
        request: &wire::apply_resource_change::Request,
        ty: &Type,
        planned: &Value,
        state: &Value,
        response: &wire::apply_resource_change::Response,
    ) {
        match (planned.is_null(), state.is_null()) {
            (true, true) => self.no_identity(response.new_identity.as_ref()),
            (true, false) => self.fault("a destroyed object is still there, without an error"),
            (false, true) => self.fault("the object is gone, without an error"),
            (false, false) => {
                self.faults.extend(compare::completion_faults(ty, planned, state));
                let planned = self.asked_identity(&request.type_name, request.planned_identity.as_ref());
                self.identity_of_existing(&request.type_name, response.new_identity.as_ref(), &planned);
            }
        }
    }
}
