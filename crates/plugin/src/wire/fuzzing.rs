//! What fuzz targets call: values and stored state without a host. Built with the feature `fuzzing` alone, and no part of
//! what the crate offers.

use super::json::{self, Attributes};
use super::proto::{RawState, upgrade_resource_state};
use super::service::Service;
use super::{msgpack, types};
use framework::{Provider, Type, Value};

/// The type that JSON names.
///
/// # Errors
/// What is wrong with it.
pub fn type_from_json(bytes: &[u8]) -> Result<Type, String> {
    types::decode(bytes).map_err(|error| error.to_string())
}

/// A value of MessagePack.
///
/// # Errors
/// How it does not fit its type.
pub fn from_msgpack(bytes: &[u8], ty: &Type) -> Result<Value, String> {
    msgpack::decode(bytes, ty).map_err(|error| error.to_string())
}

/// A value as MessagePack.
///
/// # Errors
/// How it does not fit its type.
pub fn to_msgpack(value: &Value, ty: &Type) -> Result<Vec<u8>, String> {
    msgpack::encode(value, ty).map_err(|error| error.to_string())
}

/// A value of JSON: of the present schema.
///
/// # Errors
/// How it does not fit its type.
pub fn from_json(bytes: &[u8], ty: &Type) -> Result<Value, String> {
    json::decode(bytes, ty, Attributes::Exact).map_err(|error| error.to_string())
}

/// A value of JSON: as another version of the schema may have stored it.
///
/// # Errors
/// How it does not fit its type.
pub fn from_stored_json(bytes: &[u8], ty: &Type) -> Result<Value, String> {
    json::decode(bytes, ty, Attributes::AsStored).map_err(|error| error.to_string())
}

/// What a provider makes of the stored state of a resource.
#[derive(Debug)]
pub struct Upgraded {
    /// The state as MessagePack. Nil where there is none.
    pub state: Vec<u8>,
    /// The details of errors and warnings.
    pub diagnostics: Vec<String>,
}

/// A provider that is asked for upgrades.
pub struct Upgrades<P>(Service<P>);

impl<P: Provider> Upgrades<P> {
    /// Upgrades by this provider.
    pub fn by(provider: P) -> Self {
        Self(Service::new(provider))
    }

    /// Upgrades the stored state of a resource.
    ///
    /// # Errors
    /// What a host is told where the request is refused.
    pub async fn upgrade(&self, type_name: &str, version: i64, json: &[u8]) -> Result<Upgraded, String> {
        let request = upgrade_resource_state::Request {
            type_name: type_name.to_owned(),
            version,
            raw_state: Some(RawState { json: json.to_vec(), ..RawState::default() }),
        };
        let response = self.0.upgrade_state(request).await.map_err(|status| status.message().to_owned())?;
        Ok(Upgraded {
            state: response.upgraded_state.unwrap_or_default().msgpack,
            diagnostics: response.diagnostics.into_iter().map(|found| found.detail).collect(),
        })
    }
}
