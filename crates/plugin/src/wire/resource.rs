//! The RPCs of managed resources.

use tonic::Status;

use super::catalog::ResourceEntry;
use super::deferral::deferred;
use super::diagnostics::{split, stopped};
use super::proto;
use super::service::Service;
use super::{diagnostics, dynamic_value, private};
use framework::{
    Change, Diagnostic, Diagnostics, ImportRequest, PlanRequest, PlanResponse, Provider, StateResponse, Value,
};

impl<P: Provider> Service<P> {
    pub(super) async fn validate_resource(
        &self,
        request: proto::validate_resource_config::Request,
    ) -> Result<proto::validate_resource_config::Response, Status> {
        let entry = self.catalog().resource(&request.type_name)?;
        let config = dynamic_value::decode_present(request.config, &entry.block.ty, "configuration")?;
        let found = entry.resource.validate(config);
        Ok(proto::validate_resource_config::Response { diagnostics: diagnostics::encode(found) })
    }

    pub(super) async fn upgrade_state(
        &self,
        request: proto::upgrade_resource_state::Request,
    ) -> Result<proto::upgrade_resource_state::Response, Status> {
        let entry = self.catalog().resource(&request.type_name)?;
        let stored = dynamic_value::decode_stored(request.raw_state, &entry.block.ty, "stored state")?;
        let (upgraded, found) =
            split(stored.map(|state| entry.resource.upgrade(request.version, state)).transpose());
        Ok(proto::upgrade_resource_state::Response {
            upgraded_state: Some(dynamic_value::encode_object(upgraded.flatten(), &entry.block.ty)?),
            diagnostics: diagnostics::encode(found),
        })
    }

    pub(super) async fn upgrade_identity(
        &self,
        request: proto::upgrade_resource_identity::Request,
    ) -> Result<proto::upgrade_resource_identity::Response, Status> {
        let entry = self.catalog().resource(&request.type_name)?;
        let Some(identity) = &entry.identity else {
            return Err(Status::unimplemented(format!("{} has no identity", request.type_name)));
        };
        let mut found = Diagnostics::none();
        if request.version > identity.schema.version {
            found.push(Diagnostic::error(
                "Identity of a newer provider",
                format!(
                    "The identity of this {} was saved at version {}, and this provider knows versions up to {}. \
                     Use the newer version of the provider that saved it.",
                    request.type_name, request.version, identity.schema.version
                ),
            ));
        }
        let stored = dynamic_value::decode_stored(request.raw_identity, &identity.ty, "stored identity")?;
        Ok(proto::upgrade_resource_identity::Response {
            upgraded_identity: dynamic_value::encode_identity(stored, Some(identity))?,
            diagnostics: diagnostics::encode(found),
        })
    }

    pub(super) async fn read(
        &self,
        request: proto::read_resource::Request,
    ) -> Result<proto::read_resource::Response, Status> {
        let entry = self.catalog().resource(&request.type_name)?;
        let state = dynamic_value::decode_present(request.current_state, &entry.block.ty, "current state")?;
        let identity = dynamic_value::decode_identity(request.current_identity, entry.identity.as_ref())?;
        let deferred = deferred(&self.provider, request.client_capabilities);
        let notes = private::decode(&request.private);
        let unread = |diagnostics| StateResponse {
            identity: identity.or_else(|| entry.identity_of(&state)),
            state: Some(state.clone()),
            private: notes.clone(),
            diagnostics,
        };
        let response = if deferred.is_some() {
            unread(Diagnostics::none())
        } else {
            match self.until_stopped(entry.resource.read(state.clone(), notes.clone())).await {
                Some(response) => response,
                None => unread(stopped(&request.type_name)),
            }
        };
        Ok(proto::read_resource::Response {
            new_state: Some(dynamic_value::encode_object(response.state, &entry.block.ty)?),
            new_identity: dynamic_value::encode_identity(response.identity, entry.identity.as_ref())?,
            private: private::encode(&response.private),
            diagnostics: diagnostics::encode(response.diagnostics),
            deferred,
        })
    }

    pub(super) async fn plan(
        &self,
        request: proto::plan_resource_change::Request,
    ) -> Result<proto::plan_resource_change::Response, Status> {
        let entry = self.catalog().resource(&request.type_name)?;
        let plan_request = PlanRequest {
            change: decode_change(entry, request.prior_state, request.proposed_new_state)?,
            config: dynamic_value::decode_object(request.config, &entry.block.ty, "configuration")?,
            identity: dynamic_value::decode_identity(request.prior_identity, entry.identity.as_ref())?,
            private: private::decode(&request.prior_private),
        };
        let unplanned = PlanResponse {
            planned: None,
            requires_replace: Vec::new(),
            identity: plan_request.identity.clone(),
            private: plan_request.private.clone(),
            diagnostics: Diagnostics::none(),
        };
        let checked = plan_request.config.as_ref().map(|config| entry.block.schema.validate(config));
        let response = match checked.unwrap_or_else(Diagnostics::none).or_errors() {
            Ok(_) => self.until_stopped(entry.resource.plan(plan_request)).await,
            Err(diagnostics) => Some(PlanResponse { diagnostics, ..unplanned.clone() }),
        };
        let stopped = || PlanResponse { diagnostics: stopped(&request.type_name), ..unplanned };
        let response = response.unwrap_or_else(stopped);
        Ok(proto::plan_resource_change::Response {
            planned_state: Some(dynamic_value::encode_object(response.planned, &entry.block.ty)?),
            planned_identity: dynamic_value::encode_identity(response.identity, entry.identity.as_ref())?,
            requires_replace: response.requires_replace.iter().map(diagnostics::encode_path).collect(),
            planned_private: private::encode(&response.private),
            diagnostics: diagnostics::encode(response.diagnostics),
            deferred: deferred(&self.provider, request.client_capabilities),
            ..Default::default()
        })
    }

    pub(super) async fn apply(
        &self,
        request: proto::apply_resource_change::Request,
    ) -> Result<proto::apply_resource_change::Response, Status> {
        let entry = self.catalog().resource(&request.type_name)?;
        let change = decode_change(entry, request.prior_state, request.planned_state)?;
        let response = entry.resource.apply(change, private::decode(&request.planned_private)).await;
        Ok(proto::apply_resource_change::Response {
            new_state: Some(dynamic_value::encode_object(response.state, &entry.block.ty)?),
            new_identity: dynamic_value::encode_identity(response.identity, entry.identity.as_ref())?,
            private: private::encode(&response.private),
            diagnostics: diagnostics::encode(response.diagnostics),
            ..Default::default()
        })
    }

    pub(super) async fn import(
        &self,
        request: proto::import_resource_state::Request,
    ) -> Result<proto::import_resource_state::Response, Status> {
        let entry = self.catalog().resource(&request.type_name)?;
        let target = match dynamic_value::decode_identity(request.identity, entry.identity.as_ref())? {
            Some(identity) if request.id.is_empty() => ImportRequest::Identity(identity),
            _ => ImportRequest::Id(request.id),
        };
        if let Some(deferred) = deferred(&self.provider, request.client_capabilities) {
            return Ok(proto::import_resource_state::Response {
                deferred: Some(deferred),
                ..Default::default()
            });
        }
        let found = match self.until_stopped(entry.resource.import(target)).await {
            Some(found) => found,
            None => Err(stopped(&request.type_name)),
        };
        let (imported, found) = split(found);
        let imported = imported.map(|state| {
            Ok::<_, Status>(proto::import_resource_state::ImportedResource {
                type_name: request.type_name,
                identity: dynamic_value::encode_identity(entry.identity_of(&state), entry.identity.as_ref())?,
                state: Some(dynamic_value::encode(&Value::Object(state), &entry.block.ty)?),
                private: Vec::new(),
            })
        });
        Ok(proto::import_resource_state::Response {
            imported_resources: imported.transpose()?.into_iter().collect(),
            diagnostics: diagnostics::encode(found),
            deferred: None,
        })
    }

    /// A move from the same resource type of another provider address (a mirror or a fork) carries its state over.
    pub(super) async fn move_state(
        &self,
        request: proto::move_resource_state::Request,
    ) -> Result<proto::move_resource_state::Response, Status> {
        let entry = self.catalog().resource(&request.target_type_name)?;
        let moved = if request.source_type_name == request.target_type_name {
            dynamic_value::decode_stored(request.source_state, &entry.block.ty, "source state")?
                .map(|state| entry.resource.upgrade(request.source_schema_version, state))
                .transpose()
        } else {
            Err(no_move(&request.source_type_name, &request.target_type_name))
        };
        let (state, found) = split(moved);
        let state = state.flatten();
        Ok(proto::move_resource_state::Response {
            target_identity: dynamic_value::encode_identity(
                state.as_ref().and_then(|state| entry.identity_of(state)),
                entry.identity.as_ref(),
            )?,
            target_state: Some(dynamic_value::encode_object(state, &entry.block.ty)?),
            target_private: request.source_private,
            diagnostics: diagnostics::encode(found),
        })
    }

    pub(super) async fn generate_config(
        &self,
        request: proto::generate_resource_config::Request,
    ) -> Result<proto::generate_resource_config::Response, Status> {
        let entry = self.catalog().resource(&request.type_name)?;
        let state = dynamic_value::decode_object(request.state, &entry.block.ty, "state")?;
        let configuration = match state {
            Some(state) => {
                let configuration = self.until_stopped(entry.resource.configuration(state)).await;
                configuration.unwrap_or_else(|| Err(stopped(&request.type_name)))
            }
            None => Err(without_state(&request.type_name)),
        };
        let (config, found) = split(configuration);
        Ok(proto::generate_resource_config::Response {
            config: Some(dynamic_value::encode_object(config, &entry.block.ty)?),
            diagnostics: diagnostics::encode(found),
        })
    }
}

/// Terraform 1.14.0, and no other, asks for configuration with no state to make it of.
fn without_state(type_name: &str) -> Diagnostics {
    Diagnostic::error(
        "Configuration not generated",
        format!(
            "The host asked for the configuration of a {type_name} without its state, as Terraform 1.14.0 does by mistake. \
             Use Terraform 1.14.1 or later, or write the block by hand."
        ),
    )
    .into()
}

fn decode_change(
    entry: &ResourceEntry,
    prior: Option<proto::DynamicValue>,
    planned: Option<proto::DynamicValue>,
) -> Result<Change, Status> {
    let prior = dynamic_value::decode_object(prior, &entry.block.ty, "prior state")?;
    let planned = dynamic_value::decode_object(planned, &entry.block.ty, "planned state")?;
    match (prior, planned) {
        (None, Some(planned)) => Ok(Change::Create { planned }),
        (Some(prior), Some(planned)) => Ok(Change::Update { prior, planned }),
        (Some(prior), None) => Ok(Change::Delete { prior }),
        (None, None) => Err(Status::invalid_argument("neither a prior nor a planned state was sent")),
    }
}

fn no_move(from: &str, to: &str) -> Diagnostics {
    Diagnostic::error(
        "Move not supported",
        format!(
            "The state of {from} can't become that of {to}. Import the object into {to} instead, and let go of the \
             other with a removed block that has destroy = false."
        ),
    )
    .into()
}
