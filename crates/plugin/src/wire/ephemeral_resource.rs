//! The RPCs of ephemeral resources.

use std::time::SystemTime;

use prost_types::Timestamp;
use tonic::Status;

use framework::{Diagnostics, Opened, Provider, Renewed, Value};

use super::deferral::deferred;
use super::diagnostics::{split, stopped};
use super::service::Service;
use super::{diagnostics, dynamic_value, private, proto};

impl<P: Provider> Service<P> {
    pub(super) async fn validate_ephemeral(
        &self,
        request: proto::validate_ephemeral_resource_config::Request,
    ) -> Result<proto::validate_ephemeral_resource_config::Response, Status> {
        let entry = self.catalog().ephemeral_resource(&request.type_name)?;
        let config = dynamic_value::decode_present(request.config, &entry.block.ty, "configuration")?;
        let found = entry.offered.validate(config);
        Ok(proto::validate_ephemeral_resource_config::Response { diagnostics: diagnostics::encode(found) })
    }

    pub(super) async fn open(
        &self,
        request: proto::open_ephemeral_resource::Request,
    ) -> Result<proto::open_ephemeral_resource::Response, Status> {
        let entry = self.catalog().ephemeral_resource(&request.type_name)?;
        let config = dynamic_value::decode_present(request.config, &entry.block.ty, "configuration")?;
        if let Some(deferred) = deferred(&self.provider, request.client_capabilities) {
            return Ok(proto::open_ephemeral_resource::Response {
                result: Some(dynamic_value::encode(&Value::Unknown, &entry.block.ty)?),
                deferred: Some(deferred),
                ..Default::default()
            });
        }
        let opened = match entry.block.schema.validate(&config).or_errors() {
            Ok(_) => self.until_stopped(entry.offered.open(config)).await,
            Err(errors) => Some(Err(errors)),
        };
        let (opened, found) = split(opened.unwrap_or_else(|| Err(stopped(&request.type_name))));
        let Some(Opened { state, renew_at, private, warnings }) = opened else {
            return Ok(proto::open_ephemeral_resource::Response {
                result: Some(dynamic_value::encode_object(None, &entry.block.ty)?),
                diagnostics: diagnostics::encode(found),
                ..Default::default()
            });
        };
        Ok(proto::open_ephemeral_resource::Response {
            result: Some(dynamic_value::encode_object(Some(state), &entry.block.ty)?),
            renew_at: renew_at.map(timestamp),
            private: Some(private::encode(&private)),
            diagnostics: diagnostics::encode(warnings),
            deferred: None,
        })
    }

    pub(super) async fn renew(
        &self,
        request: proto::renew_ephemeral_resource::Request,
    ) -> Result<proto::renew_ephemeral_resource::Response, Status> {
        let entry = self.catalog().ephemeral_resource(&request.type_name)?;
        let notes = private::decode(request.private.as_deref().unwrap_or_default());
        let renewed = self.until_stopped(entry.offered.renew(notes)).await;
        let (renewed, found) = split(renewed.unwrap_or_else(|| Err(stopped(&request.type_name))));
        let (renew_at, private) = match renewed {
            Some(Renewed { renew_at, private }) => (renew_at.map(timestamp), Some(private::encode(&private))),
            // What is still open has to be closed with the notes that it was opened with.
            None => (None, request.private),
        };
        Ok(proto::renew_ephemeral_resource::Response {
            renew_at,
            private,
            diagnostics: diagnostics::encode(found),
        })
    }

    /// A stop does not end this: it is how a host cleans up after one.
    pub(super) async fn close(
        &self,
        request: proto::close_ephemeral_resource::Request,
    ) -> Result<proto::close_ephemeral_resource::Response, Status> {
        let entry = self.catalog().ephemeral_resource(&request.type_name)?;
        let notes = private::decode(request.private.as_deref().unwrap_or_default());
        let found = entry.offered.close(notes).await.err().unwrap_or_else(Diagnostics::none);
        Ok(proto::close_ephemeral_resource::Response { diagnostics: diagnostics::encode(found) })
    }
}

fn timestamp(time: SystemTime) -> Timestamp {
    Timestamp::from(time)
}
