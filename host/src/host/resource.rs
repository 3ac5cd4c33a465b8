//! The life of a managed resource.

use serde_json::Value as Json;

use super::outcome::has_errors;
use super::proposed::proposed;
use super::{
    Action, Answered, Applied, CallError, Diagnostic, Host, Imported, Instance, MoveFrom, Planned, ReadBack,
    Result, Severity, received, sent,
};
use crate::path::Path;
use crate::types::Type;
use crate::values::Value;
use crate::wire::tfplugin6 as wire;

impl Host {
    /// Plans from what is stored (nothing: create) to a configuration (none: delete), after validating it.
    ///
    /// A replacement is planned twice, as hosts do: the second time without the prior state, with what the first left in
    /// the private bytes. The plan is that of the second, and so are the errors; its warnings are dropped.
    pub async fn plan(
        &self,
        type_name: &str,
        prior: Option<&Instance>,
        config: Option<&Json>,
    ) -> Result<Planned> {
        let config = self.config(type_name, config)?;
        let nothing = Instance::default();
        let prior = prior.unwrap_or(&nothing);
        let validation = match config.is_null() {
            true => Vec::new(),
            false => self.validate_resource_value(type_name, sent(&config)).await?,
        };
        if has_errors(&validation) {
            return Ok(Planned { diagnostics: validation, ..Planned::default() });
        }
        let mut planned = self.plan_value(type_name, prior, &config, &[]).await?;
        planned.diagnostics.splice(0..0, validation);
        if planned.action != Action::Replace {
            return Ok(planned);
        }
        let gone = Instance { state: Value::Null, private: planned.private, ..prior.clone() };
        let mut new = self.plan_value(type_name, &gone, &config, &[]).await?;
        new.diagnostics.retain(|diagnostic| diagnostic.severity == Severity::Error);
        new.diagnostics.splice(0..0, planned.diagnostics);
        Ok(Planned { action: Action::Replace, replaces: planned.replaces, ..new })
    }

    /// Plans, and applies the plan.
    pub async fn apply(
        &self,
        type_name: &str,
        prior: Option<&Instance>,
        config: Option<&Json>,
    ) -> Result<Applied> {
        let planned = self.plan(type_name, prior, config).await?;
        self.apply_plan(type_name, prior, config, planned).await
    }

    /// Applies a plan, saved or just made: plans once more, as hosts do, and makes the change. A replacement deletes
    /// first.
    pub async fn apply_plan(
        &self,
        type_name: &str,
        prior: Option<&Instance>,
        config: Option<&Json>,
        planned: Planned,
    ) -> Result<Applied> {
        let config = self.config(type_name, config)?;
        if has_errors(&planned.diagnostics) || planned.deferred || planned.action == Action::NoOp {
            let Planned { action, diagnostics, .. } = planned;
            return Ok(Applied { action, instance: prior.cloned(), diagnostics });
        }
        let nothing = Instance::default();
        let prior = prior.unwrap_or(&nothing);
        let mut applied = match planned.action {
            Action::Replace => {
                let deletion = Planned::destroy(prior);
                let deleted = self.change(type_name, prior, &Value::Null, &deletion).await?;
                match has_errors(&deleted.diagnostics) {
                    true => deleted,
                    false => self.change(type_name, &nothing, &config, &planned).await?,
                }
            }
            _ => self.change(type_name, prior, &config, &planned).await?,
        };
        applied.action = planned.action;
        applied.diagnostics.splice(0..0, planned.diagnostics);
        Ok(applied)
    }

    /// Upgrades a stored object and reads it, as every plan begins.
    pub async fn read(&self, type_name: &str, stored: &Instance) -> Result<ReadBack> {
        let version = self.resource(type_name)?.version;
        let upgraded = self.upgrade(type_name, version, &stored.state.to_state_json()).await?;
        if has_errors(&upgraded.diagnostics) {
            let diagnostics = upgraded.diagnostics;
            return Ok(ReadBack { instance: Some(stored.clone()), deferred: false, diagnostics });
        }
        let mut stored = Instance { state: upgraded.value, ..stored.clone() };
        if !stored.identity.is_null() {
            let version = self.schemas().identities.get(type_name).map_or(0, |schema| schema.version);
            let upgraded =
                self.upgrade_identity(type_name, version, &stored.identity.to_state_json()).await?;
            if !has_errors(&upgraded.diagnostics) {
                stored.identity = upgraded.value;
            }
        }
        self.read_instance(type_name, &stored).await
    }

    /// Brings a stored state to the present schema.
    pub async fn upgrade(&self, type_name: &str, version: i64, raw: &Json) -> Result<Answered> {
        let ty = self.resource(type_name)?.ty();
        let request = wire::upgrade_resource_state::Request {
            type_name: type_name.to_owned(),
            version,
            raw_state: Some(stored(raw)),
        };
        let response = self.ask(&request).await?;
        Answered::new(response.upgraded_state.as_ref(), &ty, &response.diagnostics)
    }

    /// Brings a stored identity to the present schema.
    pub async fn upgrade_identity(&self, type_name: &str, version: i64, raw: &Json) -> Result<Answered> {
        let ty = self.identity_type(type_name)?;
        let request = wire::upgrade_resource_identity::Request {
            type_name: type_name.to_owned(),
            version,
            raw_identity: Some(stored(raw)),
        };
        let response = self.ask(&request).await?;
        let identity = response.upgraded_identity.and_then(|identity| identity.identity_data);
        Answered::new(identity.as_ref(), &ty, &response.diagnostics)
    }

    /// `terraform import` with an ID, and the read that follows.
    pub async fn import_by_id(&self, type_name: &str, id: &str) -> Result<Imported> {
        let request = wire::import_resource_state::Request {
            type_name: type_name.to_owned(),
            id: id.to_owned(),
            client_capabilities: Some(self.capabilities),
            identity: None,
        };
        self.import(request).await
    }

    /// An `import` block with an identity, and the read that follows.
    pub async fn import_by_identity(&self, type_name: &str, identity: &Json) -> Result<Imported> {
        let identity = Value::from_json(identity, &self.identity_type(type_name)?)?;
        let request = wire::import_resource_state::Request {
            type_name: type_name.to_owned(),
            id: String::new(),
            client_capabilities: Some(self.capabilities),
            identity: sent_identity(&identity),
        };
        self.import(request).await
    }

    /// A `moved` block from another type.
    pub async fn move_state(
        &self,
        type_name: &str,
        from: &MoveFrom,
    ) -> Result<(Option<Instance>, Vec<Diagnostic>)> {
        let request = wire::move_resource_state::Request {
            source_provider_address: from.provider.clone(),
            source_type_name: from.type_name.clone(),
            source_schema_version: from.version,
            source_state: Some(stored(&from.state)),
            target_type_name: type_name.to_owned(),
            source_private: from.private.clone(),
            source_identity: (!from.identity.is_null()).then(|| stored(&from.identity)),
            source_identity_schema_version: 0,
        };
        let response = self.ask(&request).await?;
        let diagnostics = Diagnostic::all(&response.diagnostics);
        if has_errors(&diagnostics) {
            return Ok((None, diagnostics));
        }
        let (state, identity) = (response.target_state.as_ref(), response.target_identity.as_ref());
        let moved = self.instance(type_name, state, identity, response.target_private)?;
        Ok((Some(moved), diagnostics))
    }

    /// The configuration that a person would write for a state.
    pub async fn generate_config(&self, type_name: &str, state: &Value) -> Result<Answered> {
        let ty = self.resource(type_name)?.ty();
        let request = wire::generate_resource_config::Request {
            type_name: type_name.to_owned(),
            state: Some(sent(state)),
        };
        let response = self.ask(&request).await?;
        Answered::new(response.config.as_ref(), &ty, &response.diagnostics)
    }

    fn config(&self, type_name: &str, config: Option<&Json>) -> Result<Value> {
        Ok(Value::from_json(config.unwrap_or(&Json::Null), &self.resource(type_name)?.ty())?)
    }

    async fn plan_value(
        &self,
        type_name: &str,
        prior: &Instance,
        config: &Value,
        planned_private: &[u8],
    ) -> Result<Planned> {
        let schema = self.resource(type_name)?;
        if config.is_null() && !self.schemas().plans_destroy {
            return Ok(Planned::destroy(prior));
        }
        let request = wire::plan_resource_change::Request {
            type_name: type_name.to_owned(),
            prior_state: Some(sent(&prior.state)),
            proposed_new_state: Some(sent(&proposed(&schema.block, &prior.state, config))),
            config: Some(sent(config)),
            prior_private: prior.private.clone(),
            provider_meta: None,
            client_capabilities: Some(self.capabilities),
            prior_identity: sent_identity(&prior.identity),
            planned_private: planned_private.to_owned(),
        };
        let response = self.ask(&request).await?;
        let diagnostics = Diagnostic::all(&response.diagnostics);
        if has_errors(&diagnostics) {
            return Ok(Planned { diagnostics, ..Planned::default() });
        }
        let state = received(response.planned_state.as_ref(), &schema.ty())?;
        let replaces: Vec<_> = response.requires_replace.iter().filter_map(Path::from_wire).collect();
        Ok(Planned {
            action: action(&prior.state, &state, &replaces),
            identity: self.received_identity(type_name, response.planned_identity.as_ref())?,
            replaces: replaces.iter().map(ToString::to_string).collect(),
            private: response.planned_private,
            deferred: response.deferred.is_some(),
            state,
            diagnostics,
        })
    }

    /// Plans once more, with a result that the plan allows if the provider is sound, and makes the change.
    async fn change(
        &self,
        type_name: &str,
        prior: &Instance,
        config: &Value,
        planned: &Planned,
    ) -> Result<Applied> {
        let ty = self.resource(type_name)?.ty();
        let kept: &[u8] = match self.capabilities.store_planned_private && !config.is_null() {
            true => &planned.private,
            false => &[],
        };
        let again = self.plan_value(type_name, prior, config, kept).await?;
        if has_errors(&again.diagnostics) {
            let Planned { action, diagnostics, .. } = again;
            return Ok(Applied { action, instance: prior.existing(), diagnostics });
        }
        self.hold_to_plan(&ty, &planned.state, &again.state);
        let request = wire::apply_resource_change::Request {
            type_name: type_name.to_owned(),
            prior_state: Some(sent(&prior.state)),
            planned_state: Some(sent(&again.state)),
            config: Some(sent(config)),
            planned_private: again.private,
            provider_meta: None,
            planned_identity: sent_identity(&again.identity),
        };
        let response = self.ask(&request).await?;
        let diagnostics = Diagnostic::all(&response.diagnostics);
        let (state, identity) = (response.new_state.as_ref(), response.new_identity.as_ref());
        let new = self.instance(type_name, state, identity, response.private)?.existing();
        let instance = new.or_else(|| prior.existing().filter(|_| has_errors(&diagnostics)));
        Ok(Applied { action: again.action, instance, diagnostics })
    }

    async fn read_instance(&self, type_name: &str, stored: &Instance) -> Result<ReadBack> {
        let request = wire::read_resource::Request {
            type_name: type_name.to_owned(),
            current_state: Some(sent(&stored.state)),
            private: stored.private.clone(),
            provider_meta: None,
            client_capabilities: Some(self.capabilities),
            current_identity: sent_identity(&stored.identity),
        };
        let response = self.ask(&request).await?;
        let (diagnostics, deferred) = (Diagnostic::all(&response.diagnostics), response.deferred.is_some());
        if has_errors(&diagnostics) || deferred {
            return Ok(ReadBack { instance: Some(stored.clone()), deferred, diagnostics });
        }
        let (state, identity) = (response.new_state.as_ref(), response.new_identity.as_ref());
        let instance = self.instance(type_name, state, identity, response.private)?.existing();
        Ok(ReadBack { instance, deferred, diagnostics })
    }

    async fn import(&self, request: wire::import_resource_state::Request) -> Result<Imported> {
        let type_name = request.type_name.clone();
        let response = self.ask(&request).await?;
        let (deferred, diagnostics) = (response.deferred.is_some(), Diagnostic::all(&response.diagnostics));
        let mut imported = Imported { deferred, diagnostics, ..Imported::default() };
        if has_errors(&imported.diagnostics) || imported.deferred {
            return Ok(imported);
        }
        let [object] = response.imported_resources.as_slice() else { return Err(CallError::Answer) };
        let (state, identity) = (object.state.as_ref(), object.identity.as_ref());
        let stored = self.instance(&type_name, state, identity, object.private.clone())?;
        imported.before_read = stored.state.clone();
        let read = self.read_instance(&type_name, &stored).await?;
        imported.diagnostics.extend(read.diagnostics);
        imported.deferred = read.deferred;
        if read.instance.is_none() {
            imported.diagnostics.push(nothing_to_import());
        }
        imported.instance = read.instance.filter(|_| !has_errors(&imported.diagnostics));
        Ok(imported)
    }

    fn instance(
        &self,
        type_name: &str,
        state: Option<&wire::DynamicValue>,
        identity: Option<&wire::ResourceIdentityData>,
        private: Vec<u8>,
    ) -> Result<Instance> {
        let state = received(state, &self.resource(type_name)?.ty())?;
        Ok(Instance { state, identity: self.received_identity(type_name, identity)?, private })
    }

    fn identity_type(&self, type_name: &str) -> Result<Type> {
        let schemas = self.schemas();
        super::named(&schemas.identities, type_name).map(|schema| schema.ty.clone())
    }

    fn received_identity(
        &self,
        type_name: &str,
        identity: Option<&wire::ResourceIdentityData>,
    ) -> Result<Value> {
        match identity.and_then(|identity| identity.identity_data.as_ref()) {
            Some(data) => received(Some(data), &self.identity_type(type_name)?),
            None => Ok(Value::Null),
        }
    }
}

impl Planned {
    /// What a host plans on its own where the provider does not ask to plan destroys.
    fn destroy(prior: &Instance) -> Self {
        let Instance { identity, private, .. } = prior.clone();
        Self { action: Action::Delete, private, identity, ..Self::default() }
    }
}

impl Instance {
    fn existing(&self) -> Option<Self> {
        (!self.state.is_null()).then(|| self.clone())
    }
}

impl Answered {
    fn new(value: Option<&wire::DynamicValue>, ty: &Type, diagnostics: &[wire::Diagnostic]) -> Result<Self> {
        let diagnostics = Diagnostic::all(diagnostics);
        let value = match has_errors(&diagnostics) {
            true => Value::Null,
            false => received(value, ty)?,
        };
        Ok(Self { value, diagnostics })
    }
}

/// A path calls for replacement only where the plan changes something there.
fn action(prior: &Value, planned: &Value, replaces: &[Path]) -> Action {
    match (prior.is_null(), planned.is_null()) {
        (true, true) => Action::NoOp,
        (true, false) => Action::Create,
        (false, true) => Action::Delete,
        (false, false) if prior == planned => Action::NoOp,
        (false, false) => match replaces.iter().any(|path| path.of(prior) != path.of(planned)) {
            true => Action::Replace,
            false => Action::Update,
        },
    }
}

fn nothing_to_import() -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        summary: "Cannot import non-existent remote object".to_owned(),
        detail: String::new(),
        attribute: None,
    }
}

fn stored(raw: &Json) -> wire::RawState {
    wire::RawState { json: raw.to_string().into_bytes(), flatmap: [].into() }
}

fn sent_identity(identity: &Value) -> Option<wire::ResourceIdentityData> {
    (!identity.is_null()).then(|| wire::ResourceIdentityData { identity_data: Some(sent(identity)) })
}
