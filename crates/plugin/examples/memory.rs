//! A provider that has no server and does no work: what it is asked, it answers from what the host sends along.
//!
//! It is what the bench measures other providers against. Nothing on `framework` and `plugin` can be faster.

use std::process::ExitCode;

use framework::{
    Applied, DataSource, Diagnostics, DynDataSource, DynResource, DynamicValue, Field, Lookup, Managed,
    Model as _, Private, Provider, Resource, Type, Value,
};
use plugin::Plugin;

framework::model! {
    /// It remembers nothing.
    struct Block, BlockConfig {
        /// Whose all is.
        organization: String = required(),
    }
}

framework::model! {
    /// Something with a name and a URL.
    struct Endpoint, PlannedEndpoint {
        /// Another name means another one.
        name: String = required().replaces().identity("The name."),
        /// Where it is.
        url: String = required(),
        /// Whose it is.
        organization: String = optional_computed().replaces().keeps_prior().optional_identity("Whose it is."),
        /// Not read.
        preflight: Option<String> = optional(),
        /// Not read.
        region: Option<String> = optional(),
        /// Not read.
        only: Option<Vec<String>> = optional(),
        /// The name.
        id: String = computed().keeps_prior(),
        /// The URL.
        registration: String = computed().keeps_prior(),
    }
}

framework::model! {
    /// Something that is read.
    struct Template, TemplateConfig {
        /// What it is for.
        database: Option<String> = optional(),
        /// What else it may be for.
        group: Option<String> = optional(),
        /// How far it goes.
        scope: String = optional_computed(),
        /// What it may do.
        permissions: Option<Vec<String>> = optional(),
        /// Whose it is.
        organization: String = optional_computed(),
        /// A text.
        json: String = computed(),
        /// The same text.
        claims: DynamicValue = computed(),
        /// Always null.
        database_id: Option<String> = computed(),
        /// Always null.
        group_id: Option<String> = computed(),
        /// Always null.
        hostname: Option<String> = computed(),
        /// A text.
        summary: String = computed(),
        /// Always empty.
        grants: Vec<String> = computed(),
    }
}

struct EndpointResource;

impl Resource for EndpointResource {
    type State = Endpoint;

    fn type_name(&self) -> &'static str {
        "memory_endpoint"
    }

    async fn create(&self, planned: PlannedEndpoint, _: &mut Private) -> Applied<Endpoint> {
        written(planned)
    }

    async fn update(&self, _: Endpoint, planned: PlannedEndpoint, _: &mut Private) -> Applied<Endpoint> {
        written(planned)
    }

    async fn delete(&self, _: Endpoint, _: &Private) -> Result<(), Diagnostics> {
        Ok(())
    }

    async fn read(&self, state: Endpoint, _: &mut Private) -> Result<Lookup<Endpoint>, Diagnostics> {
        Ok(Lookup::Found(state))
    }
}

fn written(planned: PlannedEndpoint) -> Applied<Endpoint> {
    let organization = match planned.organization {
        Field::Known(organization) => Field::Known(organization),
        Field::Null | Field::Unknown => Field::Known("acme".to_owned()),
    };
    let (id, registration) = (planned.name.clone(), planned.url.clone());
    match Endpoint::settled(PlannedEndpoint { organization, id, registration, ..planned }) {
        Ok(endpoint) => Applied::done(endpoint),
        Err(errors) => Applied::Failed { remains: None, errors },
    }
}

struct TemplateDataSource;

impl DataSource for TemplateDataSource {
    type State = Template;

    fn type_name(&self) -> &'static str {
        "memory_template"
    }

    async fn read(&self, config: TemplateConfig) -> Result<(Template, Diagnostics), Diagnostics> {
        let text = |text: &str| Field::Known(text.to_owned());
        let template = Template::settled(TemplateConfig {
            scope: text("full-access"),
            organization: text("acme"),
            json: text("{}"),
            claims: Field::Known(DynamicValue { ty: Type::String, value: Value::Null }),
            database_id: Field::Null,
            group_id: Field::Null,
            hostname: Field::Null,
            summary: text("nothing"),
            grants: Field::Known(Vec::new()),
            ..config
        })?;
        Ok((template, Diagnostics::none()))
    }
}

struct Memory;

impl Provider for Memory {
    type Block = Block;

    fn configure(&self, _: BlockConfig) -> Diagnostics {
        Diagnostics::none()
    }

    fn resources(&self) -> Vec<Box<dyn DynResource>> {
        vec![Box::new(Managed::new(EndpointResource))]
    }

    fn data_sources(&self) -> Vec<Box<dyn DynDataSource>> {
        vec![Box::new(TemplateDataSource)]
    }
}

const PLUGIN: Plugin = Plugin {
    name: "terraform-provider-memory",
    source_address: "example/memory",
    version: "0.1.0",
    build: "an example",
    log_targets: &[],
};

fn main() -> ExitCode {
    plugin::serve(&PLUGIN, || Memory)
}
