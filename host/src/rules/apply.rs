//! Applying: the result is what was planned, and everything in it is known.

use super::{Case, Exchange, compare};
use crate::types::Type;
use crate::values::Value;
use crate::wire::tfplugin6 as wire;

impl Exchange for wire::apply_resource_change::Request {
    type Response = wire::apply_resource_change::Response;
    const RPC: &'static str = "ApplyResourceChange";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        let found = case.schema_of(&case.schemas.resources, &self.type_name, &response.diagnostics);
        case.legacy_type_system(response.legacy_type_system);
        let Some((schema, failed)) = found else { return };
        let ty = schema.ty();
        let prior = case.asked("prior state", self.prior_state.as_ref(), &ty, failed);
        case.asked("configuration", self.config.as_ref(), &ty, failed);
        let planned = case.asked("planned state", self.planned_state.as_ref(), &ty, failed);
        let Some(state) = case.answered("new state", response.new_state.as_ref(), &ty) else { return };
        // Even beside an error a state is saved, so it has to be whole.
        case.known("new state", &state);
        match (planned, failed) {
            (Some(planned), false) => case.applied(self, &ty, &planned, &state, response),
            // Terraform then keeps the prior state, but to say of an object that it is gone is never right here.
            _ if state.is_null() => {
                if prior.is_some_and(|prior| !prior.is_null()) {
                    case.fault("an update or delete failed, and null says that the object is gone");
                }
            }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::rules::fixture::{THING, error, faults, garbage, identity, reports_each, sent, stored, thing};
    use crate::values::unknown;
    use crate::wire::tfplugin6::apply_resource_change::{Request, Response};

    fn create() -> (Request, Response) {
        let request = Request {
            type_name: THING.to_owned(),
            planned_state: stored!("id": unknown()),
            planned_identity: identity(&unknown()),
            ..Default::default()
        };
        let response =
            Response { new_state: stored!(), new_identity: identity(&json!("a")), ..Default::default() };
        (request, response)
    }

    #[test]
    fn each_fault_of_a_creation_is_reported() {
        reports_each!(create, |request, response| {
            response.new_state = garbage() => "does not conform to the schema";
            response.new_state = None => "the object is gone, without an error";
            response.new_state = stored!("id": unknown()) => "the new state is not wholly known";
            response.new_state = stored!("url": "https://b")
                => r#"url was "https://example.com" and is "https://b""#;
            response.new_state = stored!("region": "eu") => r#"region was null and is "eu""#;
            response.new_identity = None => "no identity was returned";
            response.new_identity = identity(&unknown()) => "identity is not wholly known";
            request.planned_identity = identity(&json!("b")) => "the identity changed";
            response.legacy_type_system = true => "legacy_type_system is set";
            request.planned_state = garbage() => "the planned state does not have its type";
        });
    }

    #[test]
    fn each_fault_of_a_destroy_is_reported() {
        let sound = || (Request { type_name: THING.to_owned(), ..Default::default() }, Response::default());
        reports_each!(sound, |request, response| {
            response.new_state = stored!() => "a destroyed object is still there";
            response.new_identity = identity(&json!("a")) => "does not exist";
        });
    }

    #[test]
    fn beside_an_error_any_whole_state_may_be_saved_but_an_object_that_was_there_is_not_said_to_be_gone() {
        let gone = Some("an update or delete failed, and null says that the object is gone");
        let there = || stored!();
        for (prior, state, told) in [
            (None, stored!("url": "https://b"), None),
            (None, None, None),
            (None, stored!("id": unknown()), Some("not wholly known")),
            (there(), there(), None),
            (there(), None, gone),
            (garbage(), None, None),
        ] {
            for planned in [create().0.planned_state, None, garbage()] {
                let (mut request, mut response) = create();
                request.prior_state = prior.clone();
                request.planned_state = planned;
                response.diagnostics = error("");
                response.new_state = state.clone();
                response.new_identity = None;
                let faults = faults(&request, &response);
                assert_eq!(faults.len(), usize::from(told.is_some()), "{faults:?}");
                assert!(told.is_none_or(|told| faults[0].contains(told)), "{faults:?}");
            }
        }
    }
}
