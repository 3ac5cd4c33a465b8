//! Exchanges as bytes, for a proxy that forwards what it does not understand.

use prost::{DecodeError, Message};

use super::{Checker, Exchange, Violation};
use crate::wire::tfplugin6 as wire;

impl Checker {
    /// Judges the messages of one call, of which the RPC is known by name; `None` where there are no rules for it.
    pub(crate) fn check_messages(
        &mut self,
        rpc: &str,
        request: &[u8],
        answers: &[impl AsRef<[u8]>],
    ) -> Option<Vec<Violation>> {
        use wire::list_resource::Request as List;
        if rpc == List::RPC {
            let events = answers.iter().map(|event| Message::decode(event.as_ref())).collect();
            return Some(self.check_decoded(List::decode(request), events));
        }
        macro_rules! unary {
            ($($module:ident),+ $(,)?) => {
                match rpc {
                    $(<wire::$module::Request as Exchange>::RPC => {
                        Some(self.check_unary::<wire::$module::Request>(request, answers))
                    })+
                    _ => None,
                }
            };
        }
        unary!(
            apply_resource_change,
            call_function,
            close_ephemeral_resource,
            configure_provider,
            generate_resource_config,
            get_functions,
            get_metadata,
            get_provider_schema,
            get_resource_identity_schemas,
            import_resource_state,
            move_resource_state,
            open_ephemeral_resource,
            plan_resource_change,
            read_data_source,
            read_resource,
            renew_ephemeral_resource,
            stop_provider,
            upgrade_resource_identity,
            upgrade_resource_state,
            validate_data_resource_config,
            validate_ephemeral_resource_config,
            validate_list_resource_config,
            validate_provider_config,
            validate_resource_config,
        )
    }

    fn check_unary<E: Exchange<Response: Message + Default>>(
        &mut self,
        request: &[u8],
        answers: &[impl AsRef<[u8]>],
    ) -> Vec<Violation> {
        let [answer] = answers else {
            let text = format!("it had {} answers", answers.len());
            return vec![Violation { rpc: E::RPC.to_owned(), text }];
        };
        self.check_decoded(E::decode(request), Message::decode(answer.as_ref()))
    }

    fn check_decoded<E: Exchange>(
        &mut self,
        request: Result<E, DecodeError>,
        answer: Result<E::Response, DecodeError>,
    ) -> Vec<Violation> {
        match request.and_then(|request| Ok((request, answer?))) {
            Ok((request, answer)) => self.check(&request, &answer),
            Err(error) => {
                vec![Violation {
                    rpc: E::RPC.to_owned(),
                    text: format!("a message does not decode: {error}"),
                }]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::fixture::{THING, checker, identity, packed, sent, stored, thing};
    use crate::types::Type;

    #[test]
    fn calls_are_judged_from_their_bytes() {
        let state = stored!();
        let request = wire::read_resource::Request {
            type_name: THING.to_owned(),
            current_state: state.clone(),
            ..Default::default()
        };
        let answer = wire::read_resource::Response { new_state: state, ..Default::default() };
        let told = checker()
            .check_messages("ReadResource", &request.encode_to_vec(), &[answer.encode_to_vec()])
            .unwrap();
        assert_eq!(told[0].to_string(), "ReadResource: the object exists, and no identity was returned");
    }

    #[test]
    fn a_stream_of_answers_is_judged_as_a_whole() {
        let request = wire::list_resource::Request {
            type_name: THING.to_owned(),
            config: packed(&json!({}), &Type::Object([].into())),
            limit: 1,
            include_resource_object: false,
        };
        let event = wire::list_resource::Event {
            identity: identity(&json!("a")),
            display_name: "a".to_owned(),
            ..Default::default()
        };
        let events = [event.encode_to_vec(), event.encode_to_vec()];
        let told = checker().check_messages("ListResource", &request.encode_to_vec(), &events).unwrap();
        assert_eq!(told.len(), 2, "over the limit, and twice: {told:?}");
    }

    #[test]
    fn what_can_t_be_judged_is_said() {
        for (rpc, request, answers, expected) in [
            ("StopProvider", [].as_slice(), 0, "it had 0 answers"),
            ("StopProvider", &[0xff], 1, "a message does not decode"),
        ] {
            let told = checker().check_messages(rpc, request, &vec![Vec::new(); answers]).unwrap();
            assert!(told[0].text.starts_with(expected), "{told:?}");
        }
        assert_eq!(checker().check_messages("PlanAction", &[], &[[]]), None);
    }
}
