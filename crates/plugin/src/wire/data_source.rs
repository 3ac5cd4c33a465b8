//! The RPCs of data sources.

use tonic::Status;

use super::deferral::deferred;
use super::diagnostics::stopped;
use super::proto;
use super::service::Service;
use super::{diagnostics, dynamic_value};
use framework::{Provider, Value};

impl<P: Provider> Service<P> {
    pub(super) async fn validate_data_source(
        &self,
        request: proto::validate_data_resource_config::Request,
    ) -> Result<proto::validate_data_resource_config::Response, Status> {
        let entry = self.catalog().data_source(&request.type_name)?;
        let config = dynamic_value::decode_present(request.config, &entry.block.ty, "configuration")?;
        let found = entry.offered.validate(config);
        Ok(proto::validate_data_resource_config::Response { diagnostics: diagnostics::encode(found) })
    }

    pub(super) async fn read_data(
        &self,
        request: proto::read_data_source::Request,
    ) -> Result<proto::read_data_source::Response, Status> {
        let entry = self.catalog().data_source(&request.type_name)?;
        let config = dynamic_value::decode_present(request.config, &entry.block.ty, "configuration")?;
        if let Some(deferred) = deferred(&self.provider, request.client_capabilities) {
            return Ok(proto::read_data_source::Response {
                state: Some(dynamic_value::encode(&Value::Unknown, &entry.block.ty)?),
                deferred: Some(deferred),
                ..Default::default()
            });
        }
        let read = match entry.block.schema.validate(&config).or_errors() {
            Ok(_) => self.until_stopped(entry.offered.read(config)).await,
            Err(errors) => Some(Err(errors)),
        };
        let (state, found) = match read.unwrap_or_else(|| Err(stopped(&request.type_name))) {
            Ok((state, warnings)) => (Some(state), warnings),
            Err(errors) => (None, errors),
        };
        Ok(proto::read_data_source::Response {
            state: Some(dynamic_value::encode_object(state, &entry.block.ty)?),
            diagnostics: diagnostics::encode(found),
            deferred: None,
        })
    }
}
