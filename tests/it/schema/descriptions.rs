//! Everything in a provider's answers that a person reads about, with its description.

use plugin_host::wire::tfplugin6 as wire;

/// Each thing and what is said of it.
pub(super) type Descriptions<'a> = Vec<(String, &'a str)>;

/// All descriptions, be they empty.
pub(super) fn all<'a>(
    schemas: &'a wire::get_provider_schema::Response,
    identities: &'a wire::get_resource_identity_schemas::Response,
) -> Descriptions<'a> {
    let mut all = Descriptions::new();
    if let Some(provider) = &schemas.provider {
        add_schema(&mut all, "provider", provider);
    }
    for (kind, schemas) in [
        ("resource", &schemas.resource_schemas),
        ("data source", &schemas.data_source_schemas),
        ("list resource", &schemas.list_resource_schemas),
    ] {
        for (name, schema) in schemas {
            add_schema(&mut all, &format!("{kind} {name}"), schema);
        }
    }
    for (name, function) in &schemas.functions {
        add_function(&mut all, &format!("function {name}"), function);
    }
    for (name, identity) in &identities.identity_schemas {
        let attributes = identity.identity_attributes.iter();
        all.extend(
            attributes.map(|one| (format!("identity of {name}, {}", one.name), one.description.as_str())),
        );
    }
    all
}

fn add_schema<'a>(all: &mut Descriptions<'a>, place: &str, schema: &'a wire::Schema) {
    if let Some(block) = &schema.block {
        all.push((place.to_owned(), &block.description));
        add_attributes(all, place, &block.attributes);
    }
}

fn add_attributes<'a>(all: &mut Descriptions<'a>, place: &str, attributes: &'a [wire::schema::Attribute]) {
    for attribute in attributes {
        let place = format!("{place}, {}", attribute.name);
        if let Some(nested) = &attribute.nested_type {
            add_attributes(all, &place, &nested.attributes);
        }
        all.push((place, &attribute.description));
    }
}

fn add_function<'a>(all: &mut Descriptions<'a>, place: &str, function: &'a wire::Function) {
    all.push((place.to_owned(), &function.description));
    for parameter in function.parameters.iter().chain(&function.variadic_parameter) {
        all.push((format!("{place}, {}", parameter.name), &parameter.description));
    }
}
