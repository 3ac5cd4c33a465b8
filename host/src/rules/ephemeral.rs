//! Ephemeral resources: opened, renewed and closed within one command, and never stored.

use std::time::{Duration, SystemTime};

use super::{Case, Exchange, compare};
use crate::values::Value;
use crate::wire::tfplugin6 as wire;

/// How far back `renew_at` may lie: the clocks of two machines differ, and an answer is judged some time after it came.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

impl Exchange for wire::open_ephemeral_resource::Request {
    type Response = wire::open_ephemeral_resource::Response;
    const RPC: &'static str = "OpenEphemeralResource";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        let found = case.schema_of(&case.schemas.ephemeral_resources, &self.type_name, &response.diagnostics);
        let deferred = case.deferral(response.deferred.as_ref(), self.client_capabilities.as_ref());
        case.renewal(response.renew_at.as_ref());
        let Some((schema, failed)) = found else { return };
        let config = case.asked("configuration", self.config.as_ref(), &schema.ty(), failed);
        if failed || deferred {
            // A host closes only what was opened without an error.
            let result = case.answered("result", response.result.as_ref(), &schema.ty());
            if result.is_some_and(|result| !result.is_null()) {
                case.fault("something was opened beside an error or a deferral, and no host will close it");
            }
            return;
        }
        let result = case.answered_known("result", response.result.as_ref(), &schema.ty());
        if let (Some(config), Some(result)) = (config, result) {
            case.faults.extend(compare::echo_faults(&schema.block, &Value::Null, &config, &result));
        }
    }
}

impl Exchange for wire::renew_ephemeral_resource::Request {
    type Response = wire::renew_ephemeral_resource::Response;
    const RPC: &'static str = "RenewEphemeralResource";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        let found = case.schema_of(&case.schemas.ephemeral_resources, &self.type_name, &response.diagnostics);
        case.renewal(response.renew_at.as_ref());
        // Terraform gives them to the next renewal, OpenTofu to the close, too.
        if matches!(found, Some((_, false))) && self.private.is_some() && response.private.is_none() {
            case.fault("the private bytes are lost, and what is called next gets none");
        }
    }
}

impl Exchange for wire::close_ephemeral_resource::Request {
    type Response = wire::close_ephemeral_resource::Response;
    const RPC: &'static str = "CloseEphemeralResource";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        case.schema_of(&case.schemas.ephemeral_resources, &self.type_name, &response.diagnostics);
    }
}

impl Case<'_> {
    /// A host renews at once where the time has come, so one that is long past is renewed without end.
    fn renewal(&mut self, renew_at: Option<&prost_types::Timestamp>) {
        let Some(renew_at) = renew_at else { return };
        match time(renew_at) {
            None => self.fault(format!("renew_at is no point in time: {renew_at:?}")),
            Some(time) if time < SystemTime::now() - CLOCK_SKEW => {
                self.fault(format!("renew_at has long passed: {renew_at}"));
            }
            Some(_) => {}
        }
    }
}

/// `None` where it is not in the years 1 to 9999 or its parts don't fit, as the protocol's definition has it.
pub(crate) fn time(timestamp: &prost_types::Timestamp) -> Option<SystemTime> {
    const YEARS_1_TO_9999: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
    let fits = YEARS_1_TO_9999.contains(&timestamp.seconds) && (0..1_000_000_000).contains(&timestamp.nanos);
    fits.then(|| SystemTime::try_from(*timestamp).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use prost_types::Timestamp;
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::rules::fixture::{TOKEN, checker, error, garbage, packed, reports_each};
    use crate::values::unknown;
    use wire::{close_ephemeral_resource as close, open_ephemeral_resource as open};

    fn sent(json: &Json) -> Option<wire::DynamicValue> {
        packed(json, &checker().schemas().ephemeral_resources[TOKEN].ty())
    }

    fn in_an_hour() -> Option<Timestamp> {
        Some((SystemTime::now() + Duration::from_secs(3600)).into())
    }

    #[test]
    fn each_fault_of_an_open_is_reported() {
        let sound = || {
            let config = sent(&json!({ "name": "a" }));
            let request = open::Request { type_name: TOKEN.to_owned(), config, client_capabilities: None };
            let result = sent(&json!({ "name": "a", "value": "s" }));
            (request, open::Response { result, renew_at: in_an_hour(), ..Default::default() })
        };
        reports_each!(sound, |request, response| {
            response.result = None => "the result is missing";
            response.result = garbage() => "does not conform to the schema";
            response.result = sent(&json!({ "name": "a", "value": unknown() }))
                => "the result is not wholly known";
            response.result = sent(&json!({ "name": "b", "value": "s" }))
                => r#"name is "b", and the configuration says "a""#;
            response.diagnostics = error("") => "no host will close it";
            response.diagnostics = error("nmae") => "which the schema does not have";
            response.deferred = Some(wire::Deferred::default()) => "the host does not allow";
            response.renew_at = Some(Timestamp::default()) => "renew_at has long passed";
            response.renew_at.as_mut().unwrap().nanos = -1 => "no point in time";
            response.renew_at.as_mut().unwrap().seconds *= 1000 => "no point in time";
            request.config = garbage() => "the configuration does not have its type";
            request.type_name = "test_tokn".to_owned() => "no such type";
        });
    }

    #[test]
    fn each_fault_of_a_renewal_is_reported() {
        use wire::renew_ephemeral_resource::{Request, Response};
        let sound = || {
            let private = Some(b"opened".to_vec());
            let request = Request { type_name: TOKEN.to_owned(), private: private.clone() };
            (request, Response { renew_at: in_an_hour(), private, diagnostics: Vec::new() })
        };
        reports_each!(sound, |request, response| {
            response.private = None => "the private bytes are lost";
            response.renew_at = Some(Timestamp::default()) => "renew_at has long passed";
            request.type_name = "test_tokn".to_owned() => "no such type";
        });
    }

    #[test]
    fn each_fault_of_a_close_is_reported() {
        let sound = || (close::Request { type_name: TOKEN.to_owned(), private: None }, Default::default());
        reports_each!(sound, |request, response| {
            response.diagnostics = vec![wire::Diagnostic::default()] => "no summary";
            request.type_name = "test_tokn".to_owned() => "no such type";
        });
    }
}
