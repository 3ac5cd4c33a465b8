//! What the provider offers: the entries that each need a page, an example and an acceptance case.

use std::path::{Path, PathBuf};

use framework::{Provider, Schema, Signature};
use terraform_provider_turso::TursoProvider;

use crate::files::{repository, under};

/// The name that all type names of the provider begin with.
const PREFIX: &str = "turso_";

/// One thing that a person can write in HCL.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    /// As HCL has it: `turso_jwks_endpoint`, or the name of a function.
    pub(crate) name: String,
    pub(crate) content: Content,
}

/// What kind of thing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Provider,
    Resource,
    DataSource,
    EphemeralResource,
    ListResource,
    Function,
}

/// What there is to say of it.
#[derive(Debug)]
pub(crate) enum Content {
    Block(Schema),
    Resource { schema: Schema, is_importable: bool },
    Function(Signature),
}

impl Entry {
    /// Everything that the provider offers, itself first.
    pub(crate) fn all() -> Vec<Self> {
        let provider = TursoProvider::new("docs/1");
        let block = Schema::of::<<TursoProvider as Provider>::Block>();
        let mut entries = vec![Self::new(Kind::Provider, "turso", Content::Block(block))];
        entries.extend(provider.resources().iter().map(|resource| {
            let content = Content::Resource {
                schema: resource.schema().clone(),
                is_importable: resource.is_importable(),
            };
            Self::new(Kind::Resource, resource.type_name(), content)
        }));
        entries.extend(provider.ephemeral_resources().iter().map(|resource| {
            Self::new(Kind::EphemeralResource, resource.type_name(), Content::Block(resource.schema()))
        }));
        entries.extend(
            provider.data_sources().iter().map(|source| {
                Self::new(Kind::DataSource, source.type_name(), Content::Block(source.schema()))
            }),
        );
        entries.extend(
            provider
                .list_resources()
                .iter()
                .map(|list| Self::new(Kind::ListResource, list.type_name(), Content::Block(list.schema()))),
        );
        entries.extend(provider.functions().iter().map(|function| {
            Self::new(Kind::Function, function.name(), Content::Function(function.signature()))
        }));
        entries
    }

    /// Its page, from the root of the repository.
    pub(crate) fn page(&self) -> PathBuf {
        Path::new("docs").join(self.page_in_folder())
    }

    /// What a person wrote to stand on the page between the example and the schema. It need not be there.
    pub(crate) fn notes(&self) -> PathBuf {
        Path::new("templates").join(self.page_in_folder())
    }

    /// The folder of its examples, from the root of the repository.
    pub(crate) fn examples_folder(&self) -> PathBuf {
        match self.kind {
            Kind::Provider => "examples/provider".into(),
            kind => Path::new("examples").join(kind.folder()).join(&self.name),
        }
    }

    /// Its examples of use: the Registry shows every file whose name begins so.
    pub(crate) fn examples(&self) -> Vec<PathBuf> {
        let (start, end) = self.kind.example_file();
        let files = under(&repository().join(self.examples_folder()));
        let is_example = |file: &PathBuf| {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.starts_with(start) && name.ends_with(end)
        };
        files.into_iter().filter(is_example).collect()
    }

    /// A file that shows how to import one, if it is there.
    pub(crate) fn import_example(&self, name: &str) -> Option<PathBuf> {
        Some(repository().join(self.examples_folder()).join(name)).filter(|file| file.exists())
    }

    /// What HCL that uses it holds.
    pub(crate) fn mark(&self) -> String {
        match self.kind {
            Kind::Provider => format!("provider \"{}\"", self.name),
            Kind::Resource => format!("resource \"{}\"", self.name),
            Kind::DataSource => format!("data \"{}\"", self.name),
            Kind::EphemeralResource => format!("ephemeral \"{}\"", self.name),
            Kind::ListResource => format!("list \"{}\"", self.name),
            Kind::Function => format!("provider::turso::{}", self.name),
        }
    }

    fn new(kind: Kind, name: &str, content: Content) -> Self {
        Self { kind, name: name.to_owned(), content }
    }

    fn page_in_folder(&self) -> PathBuf {
        match self.kind {
            Kind::Provider => "index.md".into(),
            kind => {
                let short = self.name.strip_prefix(PREFIX).unwrap_or(&self.name);
                Path::new(kind.folder()).join(format!("{short}.md"))
            }
        }
    }
}

impl Kind {
    /// Its folder, of pages and of examples.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Resource => "resources",
            Self::DataSource => "data-sources",
            Self::EphemeralResource => "ephemeral-resources",
            Self::ListResource => "list-resources",
            Self::Function => "functions",
        }
    }

    /// As the title of a page calls it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Provider => "Provider",
            Self::Resource => "Resource",
            Self::DataSource => "Data Source",
            Self::EphemeralResource => "Ephemeral Resource",
            Self::ListResource => "List Resource",
            Self::Function => "function",
        }
    }

    fn example_file(self) -> (&'static str, &'static str) {
        match self {
            Self::Provider => ("provider", ".tf"),
            Self::Resource => ("resource", ".tf"),
            Self::DataSource => ("data-source", ".tf"),
            Self::EphemeralResource => ("ephemeral-resource", ".tf"),
            Self::ListResource => ("list-resource", ".tfquery.hcl"),
            Self::Function => ("function", ".tf"),
        }
    }
}
