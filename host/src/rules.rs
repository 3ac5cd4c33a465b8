//! The checker: what hosts enforce of a provider, applied to one request and its answer at a time.
//!
//! A broken rule is a [`Violation`], a value. Nothing here panics or stops, so one run reports everything. The
//! rules of each RPC are in the modules below, one for each kind of work.

mod apply;
mod catalogue;
pub(crate) mod compare;
mod data;
pub(crate) mod ephemeral;
#[cfg(test)]
mod fixture;
mod function;
mod generate;
mod list;
mod plan;
mod schema;
mod state;
mod validate;
mod wire_bytes;

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use prost::Message;
use tonic::{Code, Status};

use crate::path::Path;
use crate::schema::{Block, Schema, Schemas};
use crate::types::Type;
use crate::values::Value;
use crate::wire::tfplugin6 as wire;

/// A rule that an answer broke.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Violation {
    /// The RPC, as the protocol names it; `process` for what is wrong beside any RPC
    pub rpc: String,
    /// What is wrong, for the developer of the provider
    pub text: String,
}

/// A request whose answer can be judged.
pub(crate) trait Exchange: Message + Default {
    /// What the provider answers with.
    type Response;

    /// The RPC's name in the protocol.
    const RPC: &'static str;

    /// Holds the answer against the rules.
    fn judge(&self, response: &Self::Response, case: &mut Case<'_>);

    /// The part of the answer that must be the same whenever the same request is made, if there is such a part.
    fn repeatable(&self, response: &Self::Response) -> Option<Vec<u8>> {
        let _ = response;
        None
    }
}

/// Judges the answers of one provider process.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    schemas: Schemas,
    answers: HashMap<(&'static str, Vec<u8>), Vec<u8>>,
}

impl Checker {
    /// A checker that knows the provider's schemas. Without them (`Checker::default()`) it can judge only the
    /// RPCs that ask for schemas.
    pub(crate) fn new(schemas: Schemas) -> Self {
        Self { schemas, ..Self::default() }
    }

    /// Tells the checker what the provider manages, once that is known.
    pub(crate) fn learn(&mut self, schemas: Schemas) {
        self.schemas = schemas;
    }

    /// What the provider manages.
    pub(crate) fn schemas(&self) -> &Schemas {
        &self.schemas
    }

    /// Judges one answer.
    pub(crate) fn check<E: Exchange>(&mut self, request: &E, response: &E::Response) -> Vec<Violation> {
        let mut case = Case { schemas: &self.schemas, faults: Vec::new() };
        request.judge(response, &mut case);
        let mut faults = case.faults;
        if E::RPC == wire::configure_provider::Request::RPC {
            // What a plan answers may depend on how the provider is configured.
            self.answers.clear();
        }
        if let Some(answer) = request.repeatable(response) {
            let earlier =
                self.answers.entry((E::RPC, request.encode_to_vec())).or_insert_with(|| answer.clone());
            if *earlier != answer {
                faults.push("the same request was answered differently before".to_owned());
            }
        }
        faults.into_iter().map(|text| Violation { rpc: E::RPC.to_owned(), text }).collect()
    }

    /// Judges a call that failed as a gRPC call: a provider answers with diagnostics, which a host can show.
    pub(crate) fn check_status(&self, rpc: &str, status: &Status) -> Option<Violation> {
        let excused = match status.code() {
            // The host itself went away.
            Code::Cancelled => true,
            Code::Unimplemented => {
                let schemas = &self.schemas;
                let offered =
                    [("Ephemeral", &schemas.ephemeral_resources), ("List", &schemas.list_resources)];
                OPTIONAL.iter().any(|part| rpc.contains(part))
                    && !offered.iter().any(|(part, schemas)| rpc.contains(part) && !schemas.is_empty())
            }
            _ => false,
        };
        (!excused).then(|| Violation {
            rpc: rpc.to_owned(),
            text: format!("failed with the gRPC status {:?} ({:?})", status.code(), status.message()),
        })
    }
}

fn has_errors(diagnostics: &[wire::Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity() == wire::diagnostic::Severity::Error)
}

/// What the names of RPCs contain that a provider without such objects need not implement.
const OPTIONAL: [&str; 9] = [
    "Ephemeral",
    "Action",
    "ListResource",
    "StateStore",
    "StateBytes",
    "LockState",
    "UnlockState",
    "GetStates",
    "DeleteState",
];

/// One answer being judged.
#[derive(Debug)]
pub(crate) struct Case<'a> {
    schemas: &'a Schemas,
    faults: Vec<String>,
}

impl<'a> Case<'a> {
    fn fault(&mut self, text: impl Into<String>) {
        self.faults.push(text.into());
    }

    /// Whether the diagnostics, which are judged on the way, hold an error.
    fn diagnostics(&mut self, diagnostics: &[wire::Diagnostic], block: Option<&Block>) -> bool {
        use wire::diagnostic::Severity;
        for diagnostic in diagnostics {
            let summary = &diagnostic.summary;
            if summary.trim().is_empty() {
                self.fault("a diagnostic has no summary");
            }
            if diagnostic.severity() == Severity::Invalid {
                self.fault(format!("the diagnostic {summary:?} has no valid severity"));
            }
            let Some(attribute) = diagnostic.attribute.as_ref().filter(|path| !path.steps.is_empty()) else {
                continue;
            };
            match Path::from_wire(attribute) {
                None => self.fault(format!("the diagnostic {summary:?} has a path with an empty step")),
                Some(path) if block.is_some_and(|block| !block.has(&path)) => {
                    self.fault(format!(
                        "the diagnostic {summary:?} is at {path}, which the schema does not have"
                    ));
                }
                Some(_) => {}
            }
        }
        has_errors(diagnostics)
    }

    /// The schema of a type that the request names. A type that the provider does not have calls for an error.
    fn schema_of(
        &mut self,
        schemas: &'a BTreeMap<String, Schema>,
        type_name: &str,
        diagnostics: &[wire::Diagnostic],
    ) -> Option<(&'a Schema, bool)> {
        let schema = schemas.get(type_name);
        let failed = self.diagnostics(diagnostics, schema.map(|schema| &schema.block));
        match schema {
            Some(schema) => Some((schema, failed)),
            None => {
                if !failed {
                    self.fault(format!("{type_name:?} was accepted, and the schema has no such type"));
                }
                None
            }
        }
    }

    /// A value that the host sent. One that does not fit its type calls for an error.
    fn asked(
        &mut self,
        what: &str,
        value: Option<&wire::DynamicValue>,
        ty: &Type,
        failed: bool,
    ) -> Option<Value> {
        let decoded = decode(value, ty);
        if decoded.is_err() && !failed {
            self.fault(format!("the {what} does not have its type and was accepted"));
        }
        decoded.ok()
    }

    /// A value that the provider sent; `None`, and a fault, where it does not fit its type exactly.
    fn answered(&mut self, what: &str, value: Option<&wire::DynamicValue>, ty: &Type) -> Option<Value> {
        if value.is_some_and(|value| !value.json.is_empty()) {
            self.fault(format!("the {what} is JSON, and providers answer in MessagePack"));
        }
        match decode(value, ty) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.fault(format!("the {what} does not conform to the schema: {problem}"));
                None
            }
        }
    }

    /// As [`Case::answered`], for what must be there and be known in all its parts.
    fn answered_known(&mut self, what: &str, value: Option<&wire::DynamicValue>, ty: &Type) -> Option<Value> {
        let value = self.answered(what, value, ty)?;
        if value.is_null() {
            self.fault(format!("the {what} is missing"));
            return None;
        }
        self.known(what, &value);
        Some(value)
    }

    fn known(&mut self, what: &str, value: &Value) {
        if !value.is_wholly_known() {
            self.fault(format!("the {what} is not wholly known: {value}"));
        }
    }

    /// The identity that a provider sent, null where it sent none; `None`, and a fault, where it does not conform.
    fn identity(&mut self, type_name: &str, identity: Option<&wire::ResourceIdentityData>) -> Option<Value> {
        let data = identity.and_then(|identity| identity.identity_data.as_ref());
        let Some(schema) = self.schemas.identities.get(type_name) else {
            if data.is_some() {
                self.fault("an identity was returned, and the type has no identity schema");
            }
            return None;
        };
        self.answered("identity", data, &schema.ty)
    }

    /// The identity that a host sent.
    fn asked_identity(&self, type_name: &str, identity: Option<&wire::ResourceIdentityData>) -> Value {
        let data = identity.and_then(|identity| identity.identity_data.as_ref());
        let schema = self.schemas.identities.get(type_name);
        schema.and_then(|schema| decode(data, &schema.ty).ok()).unwrap_or(Value::Null)
    }

    /// The identity of something that exists: there, known, and the one that it had.
    fn identity_of_existing(
        &mut self,
        type_name: &str,
        identity: Option<&wire::ResourceIdentityData>,
        before: &Value,
    ) {
        let Some(now) = self.identity(type_name, identity) else { return };
        if now.is_null() {
            self.fault("the object exists, and no identity was returned");
            return;
        }
        self.known("identity", &now);
        self.identity_stays(type_name, before, &now);
    }

    fn identity_stays(&mut self, type_name: &str, before: &Value, now: &Value) {
        let Some(schema) = self.schemas.identities.get(type_name) else { return };
        if !before.is_null() && !compare::completion_faults(&schema.ty, before, now).is_empty() {
            self.fault(format!("the identity changed from {before} to {now}"));
        }
    }

    fn no_identity(&mut self, identity: Option<&wire::ResourceIdentityData>) {
        let data = identity.and_then(|identity| identity.identity_data.as_ref());
        // The byte 0xc0 is MessagePack's null.
        if data.is_some_and(|data| !matches!(data.msgpack.as_slice(), [] | [0xc0])) {
            self.fault("an identity was returned for an object that does not exist");
        }
    }

    fn deferral(
        &mut self,
        deferred: Option<&wire::Deferred>,
        client: Option<&wire::ClientCapabilities>,
    ) -> bool {
        if deferred.is_some() && !client.is_some_and(|client| client.deferral_allowed) {
            self.fault("the answer is deferred, and the host does not allow that");
        }
        deferred.is_some()
    }

    fn legacy_type_system(&mut self, set: bool) {
        if set {
            self.fault("legacy_type_system is set");
        }
    }
}

/// Absent and empty are null; a host may send JSON.
fn decode(value: Option<&wire::DynamicValue>, ty: &Type) -> Result<Value, String> {
    match value {
        Some(wire::DynamicValue { msgpack, .. }) if !msgpack.is_empty() => {
            Value::from_msgpack(msgpack, ty).map_err(|error| error.to_string())
        }
        Some(wire::DynamicValue { json, .. }) if !json.is_empty() => {
            let json = serde_json::from_slice(json).map_err(|error| error.to_string())?;
            Value::from_json(&json, ty).map_err(|error| error.to_string())
        }
        _ => Ok(Value::Null),
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.rpc, self.text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::fixture::*;
    use super::*;
    use crate::wire::tfplugin6::validate_resource_config as validate;

    fn sound() -> (validate::Request, validate::Response) {
        let request = validate::Request {
            type_name: THING.to_owned(),
            config: sent(&config(&json!({}))),
            client_capabilities: None,
        };
        (request, validate::Response { diagnostics: error("url") })
    }

    #[test]
    fn diagnostics_that_a_person_can_t_read_are_reported() {
        reports_each!(sound, |request, response| {
            response.diagnostics[0].summary = " ".to_owned() => "no summary";
            response.diagnostics[0].severity = 0 => "no valid severity";
            response.diagnostics[0].severity = 7 => "no valid severity";
            response.diagnostics = error("nmae")
                => r#"the diagnostic "It failed" is at nmae, which the schema does not have"#;
            {
                let mut path = path("url");
                path.steps[0].selector = None;
                response.diagnostics[0].attribute = Some(path);
            } => "an empty step";
        });
    }

    #[test]
    fn what_calls_for_an_error_and_gets_none_is_reported() {
        reports_each!(sound, |request, response| {
            { request.type_name = "test_thnig".to_owned(); response.diagnostics.clear(); } => "no such type";
            {
                request.config = garbage();
                response.diagnostics.clear();
            } => "the configuration does not have its type and was accepted";
        });
    }

    #[test]
    fn a_call_that_fails_as_a_call_is_reported_unless_it_may() {
        for (rpc, code, reported) in [
            ("ReadResource", Code::Internal, true),
            ("ReadResource", Code::Unimplemented, true),
            ("ReadResource", Code::Cancelled, false),
            ("UpgradeResourceState", Code::Unimplemented, true),
            ("OpenEphemeralResource", Code::Unimplemented, true),
            ("ListResource", Code::Unimplemented, true),
            ("PlanAction", Code::Unimplemented, false),
        ] {
            let violation = checker().check_status(rpc, &Status::new(code, "broken"));
            assert_eq!(violation.is_some(), reported, "{rpc} {code:?}");
        }
        for rpc in ["OpenEphemeralResource", "ListResource"] {
            let violation = Checker::default().check_status(rpc, &Status::new(Code::Unimplemented, ""));
            assert_eq!(violation, None, "the provider has no such objects");
        }
    }

    #[test]
    fn an_answer_that_differs_from_an_earlier_one_is_reported_until_the_provider_is_configured_anew() {
        let mut checker = checker();
        let request = wire::call_function::Request { name: "join".to_owned(), arguments: Vec::new() };
        let failed = |text: &str| wire::call_function::Response {
            result: None,
            error: Some(wire::FunctionError { text: text.to_owned(), function_argument: None }),
        };
        assert_eq!(checker.check(&request, &failed("one")), []);
        assert_eq!(checker.check(&request, &failed("one")), []);
        assert!(checker.check(&request, &failed("two"))[0].text.contains("differently before"));

        let configure = wire::configure_provider::Request::default();
        assert_eq!(checker.check(&configure, &wire::configure_provider::Response::default()), []);
        assert_eq!(checker.check(&request, &failed("two")), []);
    }
}
