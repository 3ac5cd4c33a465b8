//! What a provider names beside its blocks: functions and identities, and the lists of all that it has.

use std::collections::BTreeSet;

use prost::Message as _;

use super::schema::is_name;
use super::{Case, Exchange};
use crate::schema::{Function, Schemas};
use crate::types::Type;
use crate::wire::tfplugin6 as wire;

impl Exchange for wire::get_resource_identity_schemas::Request {
    type Response = wire::get_resource_identity_schemas::Response;
    const RPC: &'static str = "GetResourceIdentitySchemas";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        case.diagnostics(&response.diagnostics, None);
        for (name, schema) in &response.identity_schemas {
            if !case.schemas.resources.is_empty() && !case.schemas.resources.contains_key(name) {
                case.fault(format!("{name:?} has an identity, and there is no such resource"));
            }
            case.identity_schema(name, schema);
        }
    }

    fn repeatable(&self, response: &Self::Response) -> Option<Vec<u8>> {
        Some(response.encode_to_vec())
    }
}

impl Exchange for wire::get_functions::Request {
    type Response = wire::get_functions::Response;
    const RPC: &'static str = "GetFunctions";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        case.diagnostics(&response.diagnostics, None);
        for (name, function) in &response.functions {
            case.function(name, function);
        }
        case.same_names("functions", response.functions.keys(), case.schemas.functions.keys());
    }
}

impl Exchange for wire::get_metadata::Request {
    type Response = wire::get_metadata::Response;
    const RPC: &'static str = "GetMetadata";

    fn judge(&self, response: &Self::Response, case: &mut Case<'_>) {
        case.diagnostics(&response.diagnostics, None);
        let Schemas { resources, data_sources, list_resources, ephemeral_resources, functions, .. } =
            case.schemas;
        let names = response.resources.iter().map(|entry| &entry.type_name);
        case.same_names("resources", names, resources.keys());
        let names = response.data_sources.iter().map(|entry| &entry.type_name);
        case.same_names("data sources", names, data_sources.keys());
        let names = response.list_resources.iter().map(|entry| &entry.type_name);
        case.same_names("list resources", names, list_resources.keys());
        let names = response.ephemeral_resources.iter().map(|entry| &entry.type_name);
        case.same_names("ephemeral resources", names, ephemeral_resources.keys());
        let names = response.functions.iter().map(|entry| &entry.name);
        case.same_names("functions", names, functions.keys());
    }
}

impl Case<'_> {
    pub(super) fn function(&mut self, name: &str, function: &wire::Function) {
        let place = format!("function {name}");
        if !is_name(name) {
            self.fault(format!("{name:?} is not a name that HCL can say"));
        }
        if function.summary.trim().is_empty() {
            self.fault(format!("{place} has no summary"));
        }
        self.described(&place, &function.description, function.description_kind);
        let parameters = || function.parameters.iter().chain(&function.variadic_parameter);
        self.names(&place, parameters().map(|parameter| &parameter.name));
        for parameter in parameters() {
            self.described(
                &format!("{place}, {}", parameter.name),
                &parameter.description,
                parameter.description_kind,
            );
        }
        if let Err(error) = Function::parse(name, function) {
            let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            self.fault(format!("{error} {cause}"));
        }
    }

    fn identity_schema(&mut self, resource: &str, schema: &wire::ResourceIdentitySchema) {
        let place = format!("the identity of {resource}");
        if schema.version < 0 {
            self.fault(format!("{place} has the version {}", schema.version));
        }
        if schema.identity_attributes.is_empty() {
            self.fault(format!("{place} has no attributes"));
        }
        self.names(&place, schema.identity_attributes.iter().map(|attribute| &attribute.name));
        for attribute in &schema.identity_attributes {
            let place = format!("{place}, {}", attribute.name);
            self.described(&place, &attribute.description, 0);
            if attribute.required_for_import == attribute.optional_for_import {
                self.fault(format!("{place} is neither required nor optional for import, or both"));
            }
            match Type::parse(&attribute.r#type) {
                Ok(ty)
                    if is_primitive(&ty) || matches!(&ty, Type::List(element) if is_primitive(element)) => {}
                Ok(ty) => self
                    .fault(format!("{place} has the type {ty}, and hosts take primitives and lists of them")),
                Err(error) => self.fault(format!("{place}: {error}")),
            }
        }
    }

    fn same_names<'n>(
        &mut self,
        what: &str,
        said: impl Iterator<Item = &'n String>,
        schema: impl Iterator<Item = &'n String>,
    ) {
        let (said, schema): (BTreeSet<_>, BTreeSet<_>) = (said.collect(), schema.collect());
        if said != schema {
            self.fault(format!("the {what} are {said:?}, and the schema has {schema:?}"));
        }
    }
}

fn is_primitive(ty: &Type) -> bool {
    matches!(ty, Type::Bool | Type::Number | Type::String)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixture::{THING, TOKEN, faults, identities, reports_each, schemas};
    use crate::wire::tfplugin6::get_provider_schema::{Request, Response};

    fn described() -> (Request, Response) {
        (Request {}, schemas())
    }

    fn function(response: &mut Response) -> &mut wire::Function {
        response.functions.get_mut("join").expect("is there")
    }

    #[test]
    fn each_fault_of_a_function_s_signature_is_reported() {
        reports_each!(described, |request, schemas| {
            function(schemas).summary.clear() => "function join has no summary";
            function(schemas).description.clear() => "function join has no description";
            function(schemas).r#return = None => "join is incomplete";
            function(schemas).parameters[0].r#type.clear() => "parameter parts of join";
            function(schemas).parameters[0].description.clear() => "join, parts has no description";
            {
                let function = function(schemas);
                function.variadic_parameter = Some(function.parameters[0].clone());
            } => r#""parts" is there twice"#;
            {
                let join = function(schemas).clone();
                schemas.functions.insert("Join".to_owned(), join);
            } => r#""Join" is not a name"#;
        });
    }

    #[test]
    fn each_fault_of_an_identity_schema_is_reported() {
        fn schema(
            response: &mut wire::get_resource_identity_schemas::Response,
        ) -> &mut wire::ResourceIdentitySchema {
            response.identity_schemas.get_mut(THING).expect("is there")
        }
        let sound = || (wire::get_resource_identity_schemas::Request {}, identities());
        reports_each!(sound, |request, response| {
            schema(response).version = -1 => "has the version -1";
            schema(response).identity_attributes.clear() => "has no attributes";
            schema(response).identity_attributes[0].name = "Name".to_owned() => "is not a name";
            schema(response).identity_attributes[0].description.clear() => "has no description";
            schema(response).identity_attributes[0].optional_for_import = true => "or both";
            schema(response).identity_attributes[0].r#type = b"text".to_vec() => "is not a type constraint";
            schema(response).identity_attributes[0].r#type = br#"["set","string"]"#.to_vec()
                => "hosts take primitives and lists of them";
            {
                let schema = schema(response).clone();
                response.identity_schemas.insert("test_other".to_owned(), schema);
            } => "there is no such resource";
        });
    }

    #[test]
    fn names_that_differ_from_those_of_the_schema_are_reported() {
        let named = |type_name: &str| type_name.to_owned();
        let sound = || {
            let response = wire::get_metadata::Response {
                resources: vec![wire::get_metadata::ResourceMetadata { type_name: named(THING) }],
                data_sources: vec![wire::get_metadata::DataSourceMetadata { type_name: named("test_look") }],
                ephemeral_resources: vec![wire::get_metadata::EphemeralMetadata { type_name: named(TOKEN) }],
                list_resources: vec![wire::get_metadata::ListResourceMetadata { type_name: named(THING) }],
                functions: vec![wire::get_metadata::FunctionMetadata { name: named("join") }],
                ..Default::default()
            };
            (wire::get_metadata::Request {}, response)
        };
        reports_each!(sound, |request, response| {
            response.resources.clear() => "the resources are {}";
            response.data_sources.clear() => "the data sources are {}";
            response.list_resources.clear() => "the list resources are {}";
            response.functions.clear() => "the functions are {}";
            response.ephemeral_resources.clear() => "the ephemeral resources are {}";
        });
        let response = wire::get_functions::Response::default();
        assert!(faults(&wire::get_functions::Request {}, &response)[0].contains("the functions are {}"));
    }
}
