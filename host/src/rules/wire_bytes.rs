//! Exchanges as bytes, for a proxy that forwards what it does not understand.

use prost::{DecodeError, Message};

use super::{Checker, Exchange, Violation};
use crate::wire::tfplugin6 as wire;

/// Why the bytes of an exchange could not be judged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    /// There are no rules for the RPC
    #[error("there are no rules for {0}")]
    NoRules(String),
    /// A message is not what the protocol says
    #[error("a message of {0} does not decode")]
    Message(&'static str, #[source] DecodeError),
    /// An RPC with one answer had another number of them
    #[error("{0} had {1} answers")]
    Answers(&'static str, usize),
}

impl Checker {
    /// Judges the messages of one call, of which the RPC is known by name.
    pub(crate) fn check_messages(
        &mut self,
        rpc: &str,
        request: &[u8],
        answers: &[impl AsRef<[u8]>],
    ) -> Result<Vec<Violation>, Unreadable> {
        use wire::list_resource::Request as List;
        if rpc == List::RPC {
            let request = decode::<List>(List::RPC, request)?;
            let events =
                answers.iter().map(|event| decode(List::RPC, event.as_ref())).collect::<Result<_, _>>()?;
            return Ok(self.check(&request, &events));
        }
        macro_rules! unary {
            ($($module:ident),+ $(,)?) => {
                match rpc {
                    $(<wire::$module::Request as Exchange>::RPC => {
                        self.check_unary::<wire::$module::Request>(request, answers)
                    })+
                    _ => Err(Unreadable::NoRules(rpc.to_owned())),
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
    ) -> Result<Vec<Violation>, Unreadable> {
        let [answer] = answers else { return Err(Unreadable::Answers(E::RPC, answers.len())) };
        let request = decode::<E>(E::RPC, request)?;
        let answer = decode::<E::Response>(E::RPC, answer.as_ref())?;
        Ok(self.check(&request, &answer))
    }
}

fn decode<M: Message + Default>(rpc: &'static str, bytes: &[u8]) -> Result<M, Unreadable> {
    M::decode(bytes).map_err(|error| Unreadable::Message(rpc, error))
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
            ("PlanAction", [].as_slice(), 1, "there are no rules for PlanAction"),
            ("StopProvider", &[], 0, "StopProvider had 0 answers"),
            ("StopProvider", &[0xff], 1, "a message of StopProvider does not decode"),
        ] {
            let answers = vec![Vec::new(); answers];
            let error = checker().check_messages(rpc, request, &answers).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }
}
