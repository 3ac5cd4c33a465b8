//! What is stored: upgrading, reading, importing and moving it.

use serde_json::Value as Json;

use super::{Case, Exchange};
use crate::types::Type;
use crate::values::{Refinement, Value};
use crate::wire::tfplugin6 as wire;

impl Exchange for wire::upgrade_resource_state::Request {
    type Response = wire::upgrade_resource_state::Response;
    const RPC: &'static str = "UpgradeResourceState";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        let found = case.schema_of(&case.schemas.resources, &self.type_name, &response.diagnostics);
        let Some((schema, false)) = found else { return };
        let ty = schema.ty();
        let upgraded = case.answered_known("upgraded state", response.upgraded_state.as_ref(), &ty);
        if let (Some(upgraded), true) = (upgraded, self.version == schema.version) {
            case.unchanged(self.raw_state.as_ref(), &ty, &upgraded);
        }
    }
}

impl Exchange for wire::upgrade_resource_identity::Request {
    type Response = wire::upgrade_resource_identity::Response;
    const RPC: &'static str = "UpgradeResourceIdentity";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        let failed = case.diagnostics(&response.diagnostics, None);
        let Some(schema) = case.schemas.identities.get(&self.type_name) else {
            if !failed {
                case.fault(format!("{:?} was accepted, and it has no identity", self.type_name));
            }
            return;
        };
        if failed {
            return;
        }
        let identity =
            response.upgraded_identity.as_ref().and_then(|identity| identity.identity_data.as_ref());
        let upgraded = case.answered_known("upgraded identity", identity, &schema.ty);
        if let (Some(upgraded), true) = (upgraded, self.version == schema.version) {
            case.unchanged(self.raw_identity.as_ref(), &schema.ty, &upgraded);
        }
    }
}

impl Exchange for wire::read_resource::Request {
    type Response = wire::read_resource::Response;
    const RPC: &'static str = "ReadResource";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        let found = case.schema_of(&case.schemas.resources, &self.type_name, &response.diagnostics);
        let deferred = case.deferral(response.deferred.as_ref(), self.client_capabilities.as_ref());
        let Some((schema, failed)) = found else { return };
        let current = case.asked("current state", self.current_state.as_ref(), &schema.ty(), failed);
        if deferred {
            return;
        }
        let Some(state) = case.answered("new state", response.new_state.as_ref(), &schema.ty()) else {
            return;
        };
        if failed {
            // Terraform then keeps what it had.
            if state.is_null() && current.is_some_and(|current| !current.is_null()) {
                case.fault("the read failed, and null says that the object is gone");
            }
            return;
        }
        if state.is_null() {
            case.no_identity(response.new_identity.as_ref());
            return;
        }
        case.known("new state", &state);
        let before = case.asked_identity(&self.type_name, self.current_identity.as_ref());
        case.identity_of_existing(&self.type_name, response.new_identity.as_ref(), &before);
        if response.private != self.private {
            case.fault("the private bytes came back changed");
        }
    }
}

impl Exchange for wire::import_resource_state::Request {
    type Response = wire::import_resource_state::Response;
    const RPC: &'static str = "ImportResourceState";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        let found = case.schema_of(&case.schemas.resources, &self.type_name, &response.diagnostics);
        let deferred = case.deferral(response.deferred.as_ref(), self.client_capabilities.as_ref());
        let Some((schema, failed)) = found else { return };
        if failed || deferred {
            return;
        }
        let [imported] = response.imported_resources.as_slice() else {
            case.fault(format!("{} objects were imported, not one", response.imported_resources.len()));
            return;
        };
        if imported.type_name != self.type_name {
            case.fault(format!("a {:?} was imported, not a {:?}", imported.type_name, self.type_name));
            return;
        }
        case.answered_known("imported state", imported.state.as_ref(), &schema.ty());
        let asked = case.asked_identity(&self.type_name, self.identity.as_ref());
        case.imported_identity(&self.type_name, &asked, imported.identity.as_ref());
    }
}

impl Exchange for wire::move_resource_state::Request {
    type Response = wire::move_resource_state::Response;
    const RPC: &'static str = "MoveResourceState";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        let found = case.schema_of(&case.schemas.resources, &self.target_type_name, &response.diagnostics);
        let Some((schema, false)) = found else { return };
        case.answered_known("moved state", response.target_state.as_ref(), &schema.ty());
        if let Some(identity) = case.identity(&self.target_type_name, response.target_identity.as_ref()) {
            case.known("identity", &identity);
        }
    }
}

impl Case<'_> {
    /// An import by ID may leave the identity to the read that follows; an import by identity returns it.
    fn imported_identity(
        &mut self,
        type_name: &str,
        asked: &Value,
        identity: Option<&wire::ResourceIdentityData>,
    ) {
        if !asked.is_null() {
            self.identity_of_existing(type_name, identity, &left_open(asked));
        } else if let Some(identity) = self.identity(type_name, identity) {
            self.known("identity", &identity);
        }
    }

    /// What was stored under the present version is only read: all that the schema still has stays as it is.
    fn unchanged(&mut self, raw: Option<&wire::RawState>, ty: &Type, upgraded: &Value) {
        let raw = raw.and_then(|raw| serde_json::from_slice::<Json>(&raw.json).ok());
        let (Some(Json::Object(raw)), Type::Object(attributes)) = (raw, ty) else { return };
        for (name, ty) in attributes {
            let stored = raw.get(name).and_then(|stored| Value::from_json(stored, ty).ok());
            match stored {
                Some(stored) if stored != upgraded[name] => {
                    let now = &upgraded[name];
                    self.fault(format!("{name} was stored as {stored} under this version and is {now}"));
                }
                _ => {}
            }
        }
    }
}

/// The attributes of an identity that an import leaves out are the provider's to fill in.
fn left_open(asked: &Value) -> Value {
    let Value::Map(attributes) = asked else { return asked.clone() };
    let open =
        |value: &Value| if value.is_null() { Value::Unknown(Refinement::default()) } else { value.clone() };
    Value::Map(attributes.iter().map(|(name, value)| (name.clone(), open(value))).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::fixture::{SOUND, THING, error, garbage, identity, reports_each, sent, stored, thing};
    use crate::values::unknown;

    fn raw(json: &Json) -> Option<wire::RawState> {
        Some(wire::RawState { json: json.to_string().into_bytes(), flatmap: [].into() })
    }

    #[test]
    fn each_fault_of_an_upgrade_is_reported() {
        let sound = || {
            let request = wire::upgrade_resource_state::Request {
                type_name: THING.to_owned(),
                version: 2,
                raw_state: raw(&thing(&json!({ "attribute of an older schema": 1 }))),
            };
            let upgraded_state = stored!();
            (request, wire::upgrade_resource_state::Response { upgraded_state, diagnostics: Vec::new() })
        };
        reports_each!(sound, |request, response| {
            // An older state may change.
            { request.version = 1; response.upgraded_state = stored!("id": "b"); } => SOUND;
            response.upgraded_state = None => "the upgraded state is missing";
            response.upgraded_state = garbage() => "does not conform to the schema";
            response.upgraded_state = stored!("id": unknown()) => "not wholly known";
            response.upgraded_state = stored!("id": "b")
                => r#"id was stored as "acme/a" under this version and is "b""#;
            {
                let json = thing(&json!({})).to_string().into_bytes();
                response.upgraded_state = Some(wire::DynamicValue { msgpack: Vec::new(), json });
            } => "is JSON";
        });
    }

    #[test]
    fn each_fault_of_an_identity_upgrade_is_reported() {
        let sound = || {
            let request = wire::upgrade_resource_identity::Request {
                type_name: THING.to_owned(),
                version: 1,
                raw_identity: raw(&json!({ "name": "a" })),
            };
            let upgraded_identity = identity(&json!("a"));
            (request, wire::upgrade_resource_identity::Response { upgraded_identity, ..Default::default() })
        };
        reports_each!(sound, |request, response| {
            response.upgraded_identity = None => "the upgraded identity is missing";
            response.upgraded_identity = identity(&json!("b")) => "name was stored as";
            request.type_name = "test_other".to_owned() => "it has no identity";
        });
    }

    #[test]
    fn each_fault_of_a_read_is_reported() {
        let sound = || {
            let request = wire::read_resource::Request {
                type_name: THING.to_owned(),
                current_state: stored!(),
                current_identity: identity(&json!("a")),
                private: b"kept".to_vec(),
                ..Default::default()
            };
            let response = wire::read_resource::Response {
                new_state: stored!("url": "https://drifted.example"),
                new_identity: identity(&json!("a")),
                private: b"kept".to_vec(),
                ..Default::default()
            };
            (request, response)
        };
        reports_each!(sound, |request, response| {
            response.new_state = garbage() => "does not conform to the schema";
            response.new_state = stored!("id": unknown()) => "the new state is not wholly known";
            response.new_state = sent(&json!(null)) => "does not exist";
            response.new_identity = None => "no identity was returned";
            response.new_identity = identity(&json!("b")) => "the identity changed";
            response.new_identity = identity(&unknown()) => "identity is not wholly known";
            response.private.clear() => "the private bytes came back changed";
            response.deferred = Some(wire::Deferred::default()) => "the host does not allow";
            request.current_state = garbage() => "the current state does not have its type";
            response.diagnostics = error("") => SOUND;
            (response.diagnostics, response.new_state) = (error(""), None)
                => "the read failed, and null says that the object is gone";
            // There is nothing else to answer where the state can't be read.
            {
                request.current_state = garbage();
                (response.diagnostics, response.new_state) = (error(""), None);
            } => SOUND;
        });
    }

    #[test]
    fn each_fault_of_an_import_is_reported() {
        let sound = || {
            let request = wire::import_resource_state::Request {
                type_name: THING.to_owned(),
                identity: identity(&json!("a")),
                ..Default::default()
            };
            let imported = wire::import_resource_state::ImportedResource {
                type_name: THING.to_owned(),
                state: sent(&json!({ "name": "a" })),
                identity: identity(&json!("a")),
                private: Vec::new(),
            };
            let response = wire::import_resource_state::Response {
                imported_resources: vec![imported],
                ..Default::default()
            };
            (request, response)
        };
        reports_each!(sound, |request, response| {
            // An import by ID may leave the identity to the read.
            { request.identity = None; response.imported_resources[0].identity = None; } => SOUND;
            // An import by identity fills in what was left out.
            request.identity = identity(&json!(null)) => SOUND;
            response.imported_resources.clear() => "0 objects were imported";
            response.imported_resources.push(response.imported_resources[0].clone())
                => "2 objects were imported";
            response.imported_resources[0].type_name = "test_other".to_owned()
                => r#"a "test_other" was imported"#;
            response.imported_resources[0].state = None => "the imported state is missing";
            response.imported_resources[0].identity = None => "no identity was returned";
            response.imported_resources[0].identity = identity(&json!("b")) => "the identity changed";
            {
                request.identity = None;
                response.imported_resources[0].identity = identity(&unknown());
            } => "identity is not wholly known";
        });
    }

    #[test]
    fn each_fault_of_a_move_is_reported() {
        let sound = || {
            let request = wire::move_resource_state::Request {
                target_type_name: THING.to_owned(),
                ..Default::default()
            };
            let response = wire::move_resource_state::Response {
                target_state: stored!(),
                target_identity: identity(&json!("a")),
                ..Default::default()
            };
            (request, response)
        };
        reports_each!(sound, |request, response| {
            response.target_state = None => "the moved state is missing";
            response.target_identity = identity(&unknown()) => "not wholly known";
            request.target_type_name = "test_other".to_owned() => "no such type";
        });
    }
}
