//! The wire's `DynamicValue`, `RawState` and identity to values, and back.

use tonic::Status;

use super::catalog::Identity;
use super::error::ValueError;
use super::json::{self, Attributes};
use super::msgpack;
use super::proto::{DynamicValue, RawState, ResourceIdentityData};
use framework::{Object, Type, Value};

/// The value that a host sent. An absent or empty one is null.
pub(super) fn decode(sent: Option<DynamicValue>, ty: &Type, what: &str) -> Result<Value, Status> {
    let decoded = match sent {
        Some(sent) if !sent.msgpack.is_empty() => msgpack::decode(&sent.msgpack, ty),
        Some(sent) if !sent.json.is_empty() => json::decode(&sent.json, ty, Attributes::Exact),
        _ => Ok(Value::Null),
    };
    decoded.map_err(|error| unreadable(what, &error))
}

/// The object that a host sent, or none for null.
pub(super) fn decode_object(
    sent: Option<DynamicValue>,
    ty: &Type,
    what: &str,
) -> Result<Option<Object>, Status> {
    object_or_null(decode(sent, ty, what)?, what)
}

/// The object that a host sent. Null is refused.
pub(super) fn decode_present(sent: Option<DynamicValue>, ty: &Type, what: &str) -> Result<Object, Status> {
    decode_object(sent, ty, what)?.ok_or_else(|| Status::invalid_argument(format!("the {what} is null")))
}

/// The identity that a host sent, or none; what is sent of a resource without identity means nothing.
pub(super) fn decode_identity(
    sent: Option<ResourceIdentityData>,
    identity: Option<&Identity>,
) -> Result<Option<Object>, Status> {
    let Some(identity) = identity else { return Ok(None) };
    decode_object(sent.and_then(|sent| sent.identity_data), &identity.ty, "identity")
}

/// The object in stored state, which another version of the schema may have written.
pub(super) fn decode_stored(sent: Option<RawState>, ty: &Type, what: &str) -> Result<Option<Object>, Status> {
    let sent = sent.unwrap_or_default();
    if !sent.flatmap.is_empty() {
        return Err(Status::invalid_argument(format!(
            "the {what} is in the form of Terraform 0.11, which this provider never wrote"
        )));
    }
    if sent.json.is_empty() {
        return Ok(None);
    }
    let value =
        json::decode(&sent.json, ty, Attributes::AsStored).map_err(|error| unreadable(what, &error))?;
    object_or_null(value, what)
}

/// The value for a host.
pub(super) fn encode(value: &Value, ty: &Type) -> Result<DynamicValue, Status> {
    let msgpack = msgpack::encode(value, ty).map_err(|error| {
        Status::internal(format!("a value does not fit its schema (a bug in the provider): {error}"))
    })?;
    Ok(DynamicValue { msgpack, json: Vec::new() })
}

/// The object for a host; none is null.
pub(super) fn encode_object(object: Option<Object>, ty: &Type) -> Result<DynamicValue, Status> {
    encode(&object.map_or(Value::Null, Value::Object), ty)
}

/// The identity for a host; none is left out.
pub(super) fn encode_identity(
    object: Option<Object>,
    identity: Option<&Identity>,
) -> Result<Option<ResourceIdentityData>, Status> {
    let (Some(object), Some(identity)) = (object, identity) else { return Ok(None) };
    let identity_data = Some(encode(&Value::Object(object), &identity.ty)?);
    Ok(Some(ResourceIdentityData { identity_data }))
}

fn object_or_null(value: Value, what: &str) -> Result<Option<Object>, Status> {
    match value {
        Value::Object(object) => Ok(Some(object)),
        Value::Null => Ok(None),
        _ => Err(Status::invalid_argument(format!("the {what} is unknown as a whole"))),
    }
}

fn unreadable(what: &str, error: &ValueError) -> Status {
    Status::invalid_argument(format!("the {what} does not fit its schema: {error}"))
}
