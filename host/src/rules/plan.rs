//! Planning: the provider may fill in what is left to it, and nothing else.

use super::{Case, Exchange, compare, has_errors};
use crate::path::Path;
use crate::schema::Block;
use crate::values::Value;
use crate::wire::tfplugin6 as wire;
use prost::Message as _;

impl Exchange for wire::plan_resource_change::Request {
    type Response = wire::plan_resource_change::Response;
    const RPC: &'static str = "PlanResourceChange";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        let found = case.schema_of(&case.schemas.resources, &self.type_name, &response.diagnostics);
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
        case.planned_identity(self, response, &prior);
    }

    fn repeatable(&self, response: &Self::Response) -> Option<Vec<u8>> {
        // A host drops a plan with errors, as one that it has interrupted.
        if has_errors(&response.diagnostics) {
            return None;
        }
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
                    self.fault(format!("requires_replace names {path}, which the schema does not have"));
                }
                Some(_) => {}
            }
        }
    }

    /// Another identity is another object, so only a replacement may plan one. Its second half is planned without a
    /// prior state, but the host still sends the identity of the object that goes.
    fn planned_identity(
        &mut self,
        request: &wire::plan_resource_change::Request,
        response: &wire::plan_resource_change::Response,
        prior_state: &Value,
    ) {
        let Some(planned) = self.identity(&request.type_name, response.planned_identity.as_ref()) else {
            return;
        };
        if prior_state.is_null() {
            return;
        }
        let prior = self.asked_identity(&request.type_name, request.prior_identity.as_ref());
        if planned.is_null() {
            if !prior.is_null() && response.requires_replace.is_empty() {
                self.fault("the plan dropped the identity of an object that stays");
            }
            return;
        }
        if response.requires_replace.is_empty() && planned.is_wholly_known() {
            self.identity_stays(&request.type_name, &prior, &planned);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::rules::fixture::{
        SOUND, THING, checker, config, error, faults, garbage, identity, merged, path, reports_each, sent,
        stored, thing, written,
    };
    use crate::values::unknown;
    use crate::wire::tfplugin6::plan_resource_change::{Request, Response};

    fn create() -> (Request, Response) {
        let request = Request {
            type_name: THING.to_owned(),
            proposed_new_state: written!(),
            config: written!("secret": "s"),
            ..Default::default()
        };
        (request, Response { planned_state: sent(&planned(&json!({}))), ..Default::default() })
    }

    /// A thing that is to be created, with some attributes replaced.
    fn planned(other: &Json) -> Json {
        let rules = json!([{ "table": "t", "made": unknown() }]);
        let open = json!({ "id": unknown(), "organization": unknown(), "rules": rules });
        thing(&merged(open, other))
    }

    fn update() -> (Request, Response) {
        let new = json!({ "url": "https://new.example" });
        let request = Request {
            type_name: THING.to_owned(),
            prior_state: stored!(),
            proposed_new_state: sent(&thing(&new)),
            config: sent(&config(&new)),
            prior_identity: identity(&json!("a")),
            ..Default::default()
        };
        let response = Response {
            planned_state: sent(&thing(&new)),
            planned_identity: identity(&json!("a")),
            ..Default::default()
        };
        (request, response)
    }

    #[test]
    fn each_fault_of_a_planned_creation_is_reported() {
        reports_each!(create, |request, response| {
            // The second half of a replacement: the prior identity is that of the object that goes.
            (request.prior_identity, response.planned_identity) = (identity(&json!("a")), identity(&json!("b")))
                => SOUND;
            response.planned_state = garbage() => "does not conform to the schema";
            response.planned_state = None => "the configuration wants the object";
            response.planned_state = sent(&planned(&json!({ "url": "https://b" })))
                => r#"url is "https://b", and the configuration says "https://example.com""#;
            response.planned_state = sent(&planned(&json!({ "url": unknown() })))
                => "url is (known after apply), and the configuration says";
            response.planned_state = sent(&planned(&json!({ "region": "eu" })))
                => r#"region is "eu", and it is neither configured nor computed"#;
            response.planned_state = sent(&planned(&json!({ "secret": "s" })))
                => "secret is write-only and not null";
            response.planned_state = sent(&planned(&json!({ "rules": [] }))) => "rules has other elements";
            response.planned_state = sent(&planned(&json!({ "rules": [{ "table": "u" }] })))
                => r#"rules[0].table is "u""#;
            response.legacy_type_system = true => "legacy_type_system is set";
            response.deferred = Some(wire::Deferred::default()) => "the host does not allow";
            response.requires_replace = vec![path("nmae")] => "requires_replace names nmae";
            request.config = garbage() => "the configuration does not have its type";
        });
    }

    #[test]
    fn a_value_that_is_not_known_yet_stays_so() {
        let (mut request, mut response) = create();
        request.config = written!("url": unknown());
        response.planned_state = sent(&planned(&json!({ "url": unknown() })));
        assert_eq!(faults(&request, &response), Vec::<String>::new());
        response.planned_state = sent(&planned(&json!({})));
        assert!(faults(&request, &response)[0].starts_with("url is"));
    }

    #[test]
    fn each_fault_of_a_planned_update_is_reported() {
        reports_each!(update, |request, response| {
            // The prior value may stand for another spelling.
            response.planned_state = stored!() => SOUND;
            // A replacement may have another identity.
            (response.planned_identity, response.requires_replace) = (identity(&json!("b")), vec![path("name")])
                => SOUND;
            response.planned_state = stored!("url": "https://b")
                => r#"the prior state "https://example.com""#;
            response.planned_identity = None => "dropped the identity";
            response.planned_identity = identity(&json!("b")) => "the identity changed";
        });
    }

    #[test]
    fn a_destroy_that_leaves_something_is_reported() {
        let sound = || {
            let request =
                Request { type_name: THING.to_owned(), prior_state: stored!(), ..Default::default() };
            (request, Response::default())
        };
        reports_each!(sound, |request, response| {
            response.planned_state = stored!() => "a destroy is planned to leave";
        });
    }

    #[test]
    fn a_plan_that_differs_from_an_earlier_one_is_reported_whatever_it_warns_of() {
        let mut checker = checker();
        let (request, mut response) = create();
        assert_eq!(checker.check(&request, &response), []);
        response.diagnostics = error("");
        response.diagnostics[0].severity = wire::diagnostic::Severity::Warning.into();
        assert_eq!(checker.check(&request, &response), []);
        response.planned_private = b"other".to_vec();
        assert!(checker.check(&request, &response)[0].text.contains("differently before"));
    }

    #[test]
    fn a_plan_that_failed_or_was_interrupted_is_compared_with_none() {
        let mut checker = checker();
        let (request, mut response) = create();
        assert_eq!(checker.check(&request, &response), []);
        response.diagnostics = error("");
        response.planned_private = b"other".to_vec();
        assert_eq!(checker.check(&request, &response), []);
    }
}
