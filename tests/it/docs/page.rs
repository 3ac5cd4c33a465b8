//! A page of the Registry, in the layout that tfplugindocs writes and checks.

use std::fmt::Write as _;
use std::path::Path;

use framework::{IdentitySchema, ImportPresence, Parameter, Schema, Signature};
use plugin_host::engine::{Feature, Product};

use super::entry::{Content, Entry, Kind};
use super::schema_section;
use super::type_name;
use crate::engines::used;
use crate::files::{read, repository};
use crate::markdown::plain_first_paragraph;

/// The provider's name in titles.
const PROVIDER: &str = "Turso";

const IMPORT_BLOCK: &str =
    "With an [`import` block](https://developer.hashicorp.com/terraform/language/import)";
const IMPORT_COMMAND: &str =
    "With the command [`terraform import`](https://developer.hashicorp.com/terraform/cli/commands/import)";

/// The whole page.
pub(super) fn render(entry: &Entry) -> String {
    let mut sections = vec![front_matter(entry), heading(entry), description(entry)];
    sections.extend(requirement(entry.kind));
    sections.extend(example_usage(entry));
    sections.extend(notes(entry));
    match &entry.content {
        Content::Block(schema) => sections.push(schema_section::render(schema)),
        Content::Resource { schema, is_importable } => {
            sections.push(schema_section::render(schema));
            sections.extend(is_importable.then(|| import(entry, schema)));
        }
        Content::Function(signature) => sections.extend(signature_sections(&entry.name, signature)),
    }
    sections.iter().map(|section| section.trim()).collect::<Vec<_>>().join("\n\n") + "\n"
}

fn front_matter(entry: &Entry) -> String {
    let (title, text) = match (&entry.content, entry.kind) {
        (Content::Function(signature), kind) => {
            (format!("{} {} - {PROVIDER}", entry.name, kind.title()), signature.summary.to_owned())
        }
        (Content::Block(schema), Kind::Provider) => {
            (format!("{PROVIDER} Provider"), schema.description.clone())
        }
        (Content::Block(schema) | Content::Resource { schema, .. }, kind) => {
            (format!("{} {} - {PROVIDER}", entry.name, kind.title()), schema.description.clone())
        }
    };
    let subcategory = if entry.kind == Kind::Provider { "" } else { "subcategory: \"\"\n" };
    format!(
        "---\n# generated from the schema, examples/ and templates/ by `UPDATE_GOLDEN=1 cargo test --test it`\n\
         page_title: \"{title}\"\n{subcategory}description: |-\n  {}\n---",
        plain_first_paragraph(&text)
    )
}

fn heading(entry: &Entry) -> String {
    match entry.kind {
        Kind::Provider => format!("# {PROVIDER} Provider"),
        Kind::Function => format!("# {}: {}", entry.kind.title(), entry.name),
        kind => format!("# {} ({})", entry.name, kind.title()),
    }
}

fn description(entry: &Entry) -> String {
    match &entry.content {
        Content::Block(schema) | Content::Resource { schema, .. } => schema.description.clone(),
        Content::Function(signature) => signature.description.clone(),
    }
}

/// What an engine must be to know this kind of thing, where not every one in use does.
fn requirement(kind: Kind) -> Option<String> {
    needed(kind).map(|feature| match feature {
        Feature::Query => format!("`{feature}` needs at least {}: {}.", since(feature), refusal(feature)),
        feature => need(feature),
    })
}

fn needed(kind: Kind) -> Option<Feature> {
    match kind {
        Kind::ListResource => Some(Feature::Query),
        Kind::EphemeralResource => Some(Feature::EphemeralResources),
        Kind::Function => Some(Feature::Functions),
        Kind::Provider | Kind::Resource | Kind::DataSource => None,
    }
}

/// Such as `Check blocks need at least Terraform 1.5 …`.
fn need(feature: Feature) -> String {
    let name = feature.to_string();
    let (first, rest) = name.split_at(1);
    format!("{}{rest} need at least {}: {}.", first.to_uppercase(), since(feature), refusal(feature))
}

/// What a person sees whose engine is too old. The full stop is the sentence's.
fn refusal(feature: Feature) -> String {
    format!("another engine says `{}`", feature.refusal().trim_end_matches('.'))
}

/// Such as `Terraform 1.8 or OpenTofu 1.7`.
fn since(feature: Feature) -> String {
    let products = [Product::Terraform, Product::OpenTofu].into_iter().filter_map(|product| {
        feature.since(product).map(|version| format!("{product} {}.{}", version.major, version.minor))
    });
    products.collect::<Vec<_>>().join(" or ")
}

fn example_usage(entry: &Entry) -> Option<String> {
    let files = entry.examples();
    let hcl: String = files.iter().map(|file| read(file)).collect();
    let blocks = files.iter().map(|file| code_block("terraform", file));
    let needs = used(&hcl).filter(|feature| needed(entry.kind) != Some(*feature)).map(need);
    let parts: Vec<_> = blocks.chain(needs).collect();
    (!files.is_empty()).then(|| format!("## Example Usage\n\n{}", parts.join("\n\n")))
}

fn notes(entry: &Entry) -> Option<String> {
    let file = repository().join(entry.notes());
    file.exists().then(|| read(&file))
}

/// The ways to import, each with its example. The schema of the identity has a heading, so its way is the last.
fn import(entry: &Entry, schema: &Schema) -> String {
    let block = |name: &str, language| entry.import_example(name).map(|file| code_block(language, &file));
    let by_id = block("import-by-string-id.tf", "terraform").map(|code| {
        let (since, refusal) = (since(Feature::ImportBlocks), refusal(Feature::ImportBlocks));
        format!("{IMPORT_BLOCK} that gives the ID (at least {since}; {refusal}):\n\n{code}")
    });
    let by_command = block("import.sh", "shell").map(|code| format!("{IMPORT_COMMAND}:\n\n{code}"));
    let by_identity = schema.identity().zip(block("import-by-identity.tf", "terraform"));
    let by_identity = by_identity.map(|(identity, code)| {
        let (since, schema) = (since(Feature::Identity), identity_schema(&identity));
        format!(
            "{IMPORT_BLOCK} that gives the identity (at least {since}; {}):\n\n{code}\n\n{schema}",
            refusal(Feature::Identity)
        )
    });
    let ways: Vec<_> = [by_id, by_command, by_identity].into_iter().flatten().collect();
    format!("## Import\n\n{}", ways.join("\n\n"))
}

fn identity_schema(identity: &IdentitySchema) -> String {
    let mut text = "### Identity Schema".to_owned();
    for (title, presence) in [("Required", ImportPresence::Required), ("Optional", ImportPresence::Optional)]
    {
        let attributes: Vec<_> =
            identity.attributes.iter().filter(|attribute| attribute.import == presence).collect();
        if !attributes.is_empty() {
            let _ = write!(text, "\n\n#### {title}\n");
        }
        for attribute in attributes {
            let _ = write!(text, "\n- `{}` (String) {}", attribute.name, attribute.description);
        }
    }
    text
}

fn signature_sections(name: &str, signature: &Signature) -> Vec<String> {
    let typed = |parameter: &Parameter| format!("{} {}", parameter.name, type_name::in_hcl(&parameter.ty));
    let parameters = signature.parameters.iter().map(typed);
    let further = signature.variadic.iter().map(|parameter| format!("{}...", typed(parameter)));
    let parameters: Vec<_> = parameters.chain(further).collect();
    let returns = type_name::in_hcl(&signature.returns);

    let told = |kind: &str, parameter: &Parameter| {
        let ty = type_name::in_docs(&parameter.ty);
        format!("1. `{}` ({kind}{ty}) {}", parameter.name, parameter.description)
    };
    let arguments = signature.parameters.iter().map(|parameter| told("", parameter));
    let further = signature.variadic.iter().map(|parameter| told("Variadic, ", parameter));
    let arguments: Vec<_> = arguments.chain(further).collect();

    let mut sections =
        vec![format!("## Signature\n\n```text\n{name}({}) {returns}\n```", parameters.join(", "))];
    if !arguments.is_empty() {
        sections.push(format!("## Arguments\n\n{}", arguments.join("\n")));
    }
    sections
}

fn code_block(language: &str, file: &Path) -> String {
    format!("```{language}\n{}\n```", read(file).trim_end())
}
