//! What a host only reads: data sources, functions, lists.

use serde_json::Value as Json;

use super::outcome::has_errors;
use super::{
    CallError, Data, Diagnostic, FunctionFailure, Host, Listed, Result, named, received, sent, written,
};
use crate::values::{Refinement, Value};
use crate::wire::tfplugin6 as wire;

impl Host {
    /// Validates and reads a data source.
    pub async fn read_data_source(&self, type_name: &str, config: &Json) -> Result<Data> {
        let ty = self.data_source(type_name)?.ty();
        let mut diagnostics = self.validate_data_source(type_name, config).await?;
        if has_errors(&diagnostics) {
            return Ok(Data { diagnostics, ..Data::default() });
        }
        let request = wire::read_data_source::Request {
            type_name: type_name.to_owned(),
            config: Some(written(config, &ty)?),
            provider_meta: None,
            client_capabilities: Some(self.capabilities),
        };
        let response = self.ask(&request).await?;
        diagnostics.extend(Diagnostic::all(&response.diagnostics));
        let state = match has_errors(&diagnostics) {
            true => Value::Null,
            false => received(response.state.as_ref(), &ty)?,
        };
        Ok(Data { state, deferred: response.deferred.is_some(), diagnostics })
    }

    /// Calls a function, twice, since it must be pure. What a function does not take, a host answers on its own:
    /// null with a failure, unknown with unknown.
    pub async fn call_function(
        &self,
        name: &str,
        arguments: &[Json],
    ) -> Result<Result<Value, FunctionFailure>> {
        let schemas = self.schemas();
        let function = named(&schemas.functions, name)?;
        let mut sent_arguments = Vec::new();
        for (position, json) in arguments.iter().enumerate() {
            let parameter = function.parameter(position).ok_or(CallError::Answer)?;
            let argument = Value::from_json(json, &parameter.ty)?;
            if argument.is_null() && !parameter.allows_null {
                let argument = i64::try_from(position).ok();
                return Ok(Err(FunctionFailure { text: "argument must not be null".to_owned(), argument }));
            }
            if !argument.is_wholly_known() && !parameter.allows_unknown {
                return Ok(Ok(Value::Unknown(Refinement::default())));
            }
            sent_arguments.push(sent(&argument));
        }
        let request = wire::call_function::Request { name: name.to_owned(), arguments: sent_arguments };
        self.ask(&request).await?;
        let response = self.ask(&request).await?;
        match response.error {
            Some(error) => Ok(Err(FunctionFailure { text: error.text, argument: error.function_argument })),
            None => received(response.result.as_ref(), &function.returns).map(Ok),
        }
    }

    /// Validates and runs a list block of `terraform query`.
    pub async fn list(
        &self,
        type_name: &str,
        config: &Json,
        include_object: bool,
        limit: i64,
    ) -> Result<Vec<Listed>> {
        let schemas = self.schemas();
        let list = named(&schemas.list_resources, type_name)?;
        let validation =
            self.validate_list(type_name, config, &Json::Bool(include_object), &Json::from(limit)).await?;
        if has_errors(&validation) {
            return Ok(vec![Listed { diagnostics: validation, ..Listed::default() }]);
        }
        let request = wire::list_resource::Request {
            type_name: type_name.to_owned(),
            config: Some(written(config, &list.ty())?),
            include_resource_object: include_object,
            limit,
        };
        let events = self.list_events(&request).await?;
        let object = named(&schemas.resources, type_name)?.ty();
        let identity = &named(&schemas.identities, type_name)?.ty;
        events
            .iter()
            .map(|event| {
                let data = event.identity.as_ref().and_then(|identity| identity.identity_data.as_ref());
                Ok(Listed {
                    identity: received(data, identity)?,
                    display_name: event.display_name.clone(),
                    object: event
                        .resource_object
                        .as_ref()
                        .map(|sent| received(Some(sent), &object))
                        .transpose()?,
                    diagnostics: Diagnostic::all(&event.diagnostic),
                })
            })
            .collect()
    }

    async fn list_events(
        &self,
        request: &wire::list_resource::Request,
    ) -> Result<Vec<wire::list_resource::Event>> {
        let collected = async {
            let mut stream = self.raw().list_resource(request.clone()).await?.into_inner();
            let mut events = Vec::new();
            while let Some(event) = stream.message().await? {
                events.push(event);
            }
            Ok(tonic::Response::new(events))
        };
        self.judged(request, collected.await)
    }
}
