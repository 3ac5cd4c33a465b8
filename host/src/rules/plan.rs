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
        case.planned_identity(self, response, &prior);
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
        let stays = Value::is_unknown(&planned) || !planned.is_wholly_known();
        if response.requires_replace.is_empty() && !stays {
            self.identity_stays(&request.type_name, &prior, &planned);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::rules::fixture::{
        THING, checker, config, error, faults, garbage, identity, merged, path, reports_each, sent, thing,
    };
    use crate::values::unknown;
    use crate::wire::tfplugin6::plan_resource_change::{Request, Response};

    fn create() -> (Request, Response) {
        let request = Request {
            type_name: THING.to_owned(),
            proposed_new_state: sent(&config(&json!({}))),
            config: sent(&config(&json!({ "secret": "s" }))),
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
            prior_state: sent(&thing(&json!({}))),
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
        reports_each(
            create,
            &[
                (|_, response| response.planned_state = garbage(), "does not conform to the schema"),
                (|_, response| response.planned_state = None, "the configuration wants the object"),
                (
                    |_, response| response.planned_state = sent(&planned(&json!({ "url": "https://b" }))),
                    r#"url is "https://b", and the configuration says "https://example.com""#,
                ),
                (
                    |_, response| response.planned_state = sent(&planned(&json!({ "url": unknown() }))),
                    "url is (known after apply), and the configuration says",
                ),
                (
                    |_, response| response.planned_state = sent(&planned(&json!({ "region": "eu" }))),
                    r#"region is "eu", and it is neither configured nor computed"#,
                ),
                (
                    |_, response| response.planned_state = sent(&planned(&json!({ "secret": "s" }))),
                    "secret is write-only and not null",
                ),
                (
                    |_, response| response.planned_state = sent(&planned(&json!({ "rules": [] }))),
                    "rules has other elements",
                ),
                (
                    |_, response| {
                        response.planned_state = sent(&planned(&json!({ "rules": [{ "table": "u" }] })));
                    },
                    r#"rules[0].table is "u""#,
                ),
                (|_, response| response.legacy_type_system = true, "legacy_type_system is set"),
                (
                    |_, response| response.deferred = Some(wire::Deferred::default()),
                    "the host does not allow",
                ),
                (|_, response| response.requires_replace = vec![path("nmae")], "requires_replace names nmae"),
                (|request, _| request.config = garbage(), "the configuration does not have its type"),
            ],
        );
    }

    #[test]
    fn a_value_that_is_not_known_yet_stays_so() {
        let (mut request, mut response) = create();
        request.config = sent(&config(&json!({ "url": unknown() })));
        response.planned_state = sent(&planned(&json!({ "url": unknown() })));
        assert_eq!(faults(&request, &response), Vec::<String>::new());
        response.planned_state = sent(&planned(&json!({})));
        assert!(faults(&request, &response)[0].starts_with("url is"));
    }

    #[test]
    fn each_fault_of_a_planned_update_is_reported() {
        reports_each(
            update,
            &[
                (
                    |_, response| response.planned_state = sent(&thing(&json!({ "url": "https://b" }))),
                    r#"the prior state "https://example.com""#,
                ),
                (|_, response| response.planned_identity = None, "dropped the identity"),
                (|_, response| response.planned_identity = identity(&json!("b")), "the identity changed"),
            ],
        );
    }

    #[test]
    fn the_prior_value_may_stand_for_another_spelling() {
        let (request, mut response) = update();
        response.planned_state = sent(&thing(&json!({})));
        assert_eq!(faults(&request, &response), Vec::<String>::new());
    }

    #[test]
    fn a_replacement_may_have_another_identity() {
        let (request, mut response) = update();
        response.planned_identity = identity(&json!("b"));
        response.requires_replace = vec![path("name")];
        assert_eq!(faults(&request, &response), Vec::<String>::new());
    }

    #[test]
    fn the_second_half_of_a_replacement_may_have_another_identity_than_the_object_that_goes() {
        let (mut request, mut response) = create();
        request.prior_identity = identity(&json!("a"));
        response.planned_identity = identity(&json!("b"));
        assert_eq!(faults(&request, &response), Vec::<String>::new());
    }

    #[test]
    fn a_destroy_that_leaves_something_is_reported() {
        let sound = || {
            let request = Request {
                type_name: THING.to_owned(),
                prior_state: sent(&thing(&json!({}))),
                ..Default::default()
            };
            (request, Response::default())
        };
        let left = "a destroy is planned to leave";
        reports_each(sound, &[(|_, response| response.planned_state = sent(&thing(&json!({}))), left)]);
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
}
