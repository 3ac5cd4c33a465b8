//! What is stored: upgrading, reading, importing and moving it.

use serde_json::Value as Json;

use super::{Case, Exchange};
use crate::types::Type;
use crate::values::Value;
use crate::wire::tfplugin6 as wire;

impl Exchange for wire::upgrade_resource_state::Request {
    type Response = wire::upgrade_resource_state::Response;
    const RPC: &'static str = "UpgradeResourceState";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        let schemas = case.schemas;
        let found = case.schema_of(&schemas.resources, &self.type_name, &response.diagnostics);
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
        let upgraded = case.answered_known("upgraded identity", identity, &schema.ty());
        if let (Some(upgraded), true) = (upgraded, self.version == schema.version) {
            case.unchanged(self.raw_identity.as_ref(), &schema.ty(), &upgraded);
        }
    }
}

impl Exchange for wire::read_resource::Request {
    type Response = wire::read_resource::Response;
    const RPC: &'static str = "ReadResource";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        let schemas = case.schemas;
        let found = case.schema_of(&schemas.resources, &self.type_name, &response.diagnostics);
        let deferred = case.deferral(response.deferred.as_ref(), self.client_capabilities.as_ref());
        let Some((schema, failed)) = found else { return };
        case.asked("current state", self.current_state.as_ref(), &schema.ty(), failed);
        if failed || deferred {
            return;
        }
        let Some(state) = case.answered("new state", response.new_state.as_ref(), &schema.ty()) else {
            return;
        };
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
        let schemas = case.schemas;
        let found = case.schema_of(&schemas.resources, &self.type_name, &response.diagnostics);
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
        let schemas = case.schemas;
        let found = case.schema_of(&schemas.resources, &self.target_type_name, &response.diagnostics);
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
            self.identity_of_existing(type_name, identity, asked);
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
