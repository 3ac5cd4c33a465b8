//! Ephemeral resources.
//!
//! A host renews what it opened in the background and closes it at the end of the command. Here a test does so, and
//! says which private bytes the provider gets: Terraform renews with those of the last call and closes with those of the
//! open; OpenTofu closes with those of the last renewal.

use serde_json::Value as Json;

use super::outcome::has_errors;
use super::{Diagnostic, Host, Opened, Result, named, received, sent, written};
use crate::rules::ephemeral::time;
use crate::schema::Schema;
use crate::values::Value;
use crate::wire::tfplugin6 as wire;

impl Host {
    /// `terraform validate` of an ephemeral resource.
    pub async fn validate_ephemeral(&self, type_name: &str, config: &Json) -> Result<Vec<Diagnostic>> {
        let config = Some(written(config, &self.ephemeral(type_name)?.ty())?);
        let request =
            wire::validate_ephemeral_resource_config::Request { type_name: type_name.to_owned(), config };
        Ok(Diagnostic::all(&self.ask(&request).await?.diagnostics))
    }

    /// Validates and opens an ephemeral resource. It is left unopened where its configuration is not wholly known.
    pub async fn open_ephemeral(&self, type_name: &str, config: &Json) -> Result<Opened> {
        let ty = self.ephemeral(type_name)?.ty();
        let diagnostics = self.validate_ephemeral(type_name, config).await?;
        let mut opened = Opened { diagnostics, ..Opened::default() };
        let config = Value::from_json(config, &ty)?;
        opened.deferred = !config.is_wholly_known();
        if opened.deferred || has_errors(&opened.diagnostics) {
            return Ok(opened);
        }
        let request = wire::open_ephemeral_resource::Request {
            type_name: type_name.to_owned(),
            config: Some(sent(&config)),
            client_capabilities: Some(self.capabilities),
        };
        let response = self.ask(&request).await?;
        opened.diagnostics.extend(Diagnostic::all(&response.diagnostics));
        opened.deferred = response.deferred.is_some();
        if !opened.deferred && !has_errors(&opened.diagnostics) {
            opened.result = received(response.result.as_ref(), &ty)?;
            opened.private = response.private.unwrap_or_default();
            opened.renew_at = response.renew_at.as_ref().and_then(time);
        }
        Ok(opened)
    }

    /// Renews what was opened.
    pub async fn renew_ephemeral(&self, type_name: &str, private: &[u8]) -> Result<Opened> {
        let request = wire::renew_ephemeral_resource::Request {
            type_name: type_name.to_owned(),
            private: handed_over(private),
        };
        let response = self.ask(&request).await?;
        Ok(Opened {
            private: response.private.unwrap_or_default(),
            renew_at: response.renew_at.as_ref().and_then(time),
            diagnostics: Diagnostic::all(&response.diagnostics),
            ..Opened::default()
        })
    }

    /// Closes what was opened.
    pub async fn close_ephemeral(&self, type_name: &str, private: &[u8]) -> Result<Vec<Diagnostic>> {
        let request = wire::close_ephemeral_resource::Request {
            type_name: type_name.to_owned(),
            private: handed_over(private),
        };
        Ok(Diagnostic::all(&self.ask(&request).await?.diagnostics))
    }

    fn ephemeral(&self, type_name: &str) -> Result<Schema> {
        named(&self.lock().schemas().ephemeral_resources, type_name).cloned()
    }
}

fn handed_over(private: &[u8]) -> Option<Vec<u8>> {
    (!private.is_empty()).then(|| private.to_owned())
}
