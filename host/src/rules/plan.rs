//! Planning: the provider may fill in what is left to it, and nothing else.

use super::{Case, Exchange, compare};
use crate::path::Path;
use crate::schema::Block;
use crate::values::Value;
use crate::wire::tfplugin6 as wire;
use prost::Message as _;

impl Exchange for wire::plan_resource_change::Request {
    type Response = wire::plan_resource_change::Response;
    const RPC: &'static str = "PlanResourceChange";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        let schemas = case.schemas;
        let found = case.schema_of(&schemas.resources, &self.type_name, &response.diagnostics);
        let deferred = case.deferral(response.deferred.as_ref(), self.client_capabilities.as_ref());
        case.legacy_type_system(response.legacy_type_system);
        let Some((schema, failed)) = found else { return };
        let ty = schema.ty();
        let prior = case.asked("prior state", self.prior_state.as_ref(), &ty, failed);
        let proposed = case.asked("proposed state", self.proposed_new_state.as_ref(), &ty, failed);
        let config = case.asked("configuration", self.config.as_ref(), &ty, failed);
        let (Some(prior), Some(proposed), Some(config), false) = (prior, proposed, config, failed) else {
            return;
        };
        if deferred {
            return;
        }
        let Some(planned) = case.answered("planned state", response.planned_state.as_ref(), &ty) else {
            return;
        };
        if proposed.is_null() {
            if !planned.is_null() {
                case.fault(format!("a destroy is planned to leave {planned}"));
            }
            return;
        }
        if planned.is_null() || planned.is_unknown() {
            case.fault(format!("the planned state is {planned}, and the configuration wants the object"));
            return;
        }
        case.faults.extend(compare::echo_faults(&schema.block, &prior, &config, &planned));
        case.replacement(&schema.block, &response.requires_replace);
        case.planned_identity(self, response);
    }

    fn repeatable(&self, response: &Self::Response) -> Option<Vec<u8>> {
        // Warnings may come and go, as where a plan looks at the network.
        Some(Self::Response { diagnostics: Vec::new(), ..response.clone() }.encode_to_vec())
    }
}

impl Case<'_> {
    fn replacement(&mut self, block: &Block, paths: &[wire::AttributePath]) {
        for path in paths {
            match Path::from_wire(path) {
                None => self.fault("requires_replace has a path with an empty step"),
                Some(path) if !block.has(&path) => {
                    self.fault(format!("requires_replace names {path:?}, which the schema does not have"));
                }
                Some(_) => {}
            }
        }
    }

    /// Another identity is another object, so only a replacement may plan one.
    fn planned_identity(
        &mut self,
        request: &wire::plan_resource_change::Request,
        response: &wire::plan_resource_change::Response,
    ) {
        let Some(planned) = self.identity(&request.type_name, response.planned_identity.as_ref()) else {
            return;
        };
        let prior = self.asked_identity(&request.type_name, request.prior_identity.as_ref());
        if planned.is_null() {
            if !prior.is_null() && response.requires_replace.is_empty() {
                self.fault("the plan dropped the identity of an object that stays");
            }
            return;
        }
        let stays = Value::is_unknown(&planned) || !planned.is_wholly_known();
        if response.requires_replace.is_empty() && !stays {
            self.identity_stays(&request.type_name, &prior, &planned);
        }
    }
}
