//! The RPCs of list resources.

use tonic::Status;

use super::catalog::ResourceEntry;
use super::diagnostics::stopped;
use super::proto::{self, list_resource::Event};
use super::service::Service;
use super::{diagnostics, dynamic_value};
use framework::{Diagnostics, ListedObject, Provider, Value};

/// The stream of one list.
pub(super) type Events = tokio_stream::Iter<std::vec::IntoIter<Result<Event, Status>>>;

impl<P: Provider> Service<P> {
    pub(super) async fn validate_list(
        &self,
        request: proto::validate_list_resource_config::Request,
    ) -> Result<proto::validate_list_resource_config::Response, Status> {
        let entry = self.catalog().list_resource(&request.type_name)?;
        let config = dynamic_value::decode_object(request.config, &entry.block.ty, "configuration")?;
        let found = entry.block.schema.validate(&config.unwrap_or_default());
        Ok(proto::validate_list_resource_config::Response { diagnostics: diagnostics::encode(found) })
    }

    pub(super) async fn list(&self, request: proto::list_resource::Request) -> Result<Events, Status> {
        let entry = self.catalog().list_resource(&request.type_name)?;
        let resource = self.catalog().resource(&request.type_name)?;
        let config = dynamic_value::decode_object(request.config, &entry.block.ty, "configuration")?;
        let config = config.unwrap_or_default();
        let limit = usize::try_from(request.limit).unwrap_or(0);
        let listed = match entry.block.schema.validate(&config).or_errors() {
            Ok(_) => self.until_stopped(entry.offered.list(config, limit)).await,
            Err(errors) => Some(Err(errors)),
        };
        let events = match listed.unwrap_or_else(|| Err(stopped(&request.type_name))) {
            Ok(objects) => objects
                .into_iter()
                .map(|object| encode_object(object, resource, request.include_resource_object))
                .collect(),
            Err(errors) => vec![Ok(encode_errors(errors))],
        };
        Ok(tokio_stream::iter(events))
    }
}

fn encode_object(object: ListedObject, resource: &ResourceEntry, include: bool) -> Result<Event, Status> {
    let identity = resource.identity_of(&object.state);
    Ok(Event {
        identity: dynamic_value::encode_identity(identity, resource.identity.as_ref())?,
        display_name: object.display_name,
        resource_object: include
            .then(|| dynamic_value::encode(&Value::Object(object.state), &resource.block.ty))
            .transpose()?,
        diagnostic: Vec::new(),
    })
}

/// A list that failed is an event that carries nothing but its diagnostics: an empty list would say "there are none".
fn encode_errors(errors: Diagnostics) -> Event {
    Event { diagnostic: diagnostics::encode(errors), ..Default::default() }
}
