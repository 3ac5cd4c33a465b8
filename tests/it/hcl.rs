//! The HCL that people copy: formatted as the engine does it, and valid for the built provider.

use std::fs;
use std::path::{Path, PathBuf};

use plugin_host::engine::Feature;

use crate::docs::entry::{Entry, Kind};
use crate::engine::{REQUIRED_PROVIDERS, Runner, said};
use crate::files::{read, repository, under};
use crate::markdown::code_blocks;
use crate::prose::pages;

/// Examples of whole configurations that need other providers too. The acceptance tests plan them with stand-ins.
const WITH_OTHER_PROVIDERS: [&str; 0] = [];

/// Folders of examples that are no configurations of their own.
const OF_ENTRIES: [&str; 5] = ["provider", "resources", "data-sources", "list-resources", "functions"];

#[test]
fn hcl_is_formatted_in_examples_and_on_pages() {
    let runner = Runner::new();
    let folder = tempfile::tempdir().unwrap();
    let mut places = Vec::new();
    for (place, text) in all_hcl() {
        // The engine knows its files by their endings, older ones not by all of them.
        fs::write(folder.path().join(format!("{}.tf", places.len())), text).unwrap();
        places.push(place);
    }
    let output = runner.run(folder.path(), &["fmt", "-check", "-diff", "-no-color"]);
    let listed: Vec<_> =
        places.iter().enumerate().map(|(index, place)| format!("{index}.tf is {place}")).collect();
    assert!(output.status.success(), "not formatted: {}\n{}", said(&output), listed.join("\n"));
}

#[test]
fn the_examples_of_each_entry_are_valid() {
    let runner = Runner::new();
    for entry in Entry::all() {
        for example in entry.examples() {
            if entry.kind != Kind::ListResource {
                validate(&runner, &[&example]);
            } else if runner.engine.can(Feature::Query) {
                validate_query(&runner, &example);
            } else {
                eprintln!("not validated, since {} has no queries: {}", runner.engine, example.display());
            }
        }
        for (name, needs) in
            [("import-by-string-id.tf", None), ("import-by-identity.tf", Some(Feature::Identity))]
        {
            let Some(import) = entry.import_example(name) else { continue };
            if needs.is_none_or(|feature| runner.engine.can(feature)) {
                let resource = repository().join(entry.examples_folder()).join("resource.tf");
                validate(&runner, &[&resource, &import]);
            } else {
                eprintln!("not validated, since {} has no identity: {}", runner.engine, import.display());
            }
        }
    }
}

#[test]
fn whole_configurations_are_valid_where_they_need_no_other_provider() {
    let runner = Runner::new();
    for folder in configurations() {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let files: Vec<_> =
            hcl_files(&folder).into_iter().filter(|file| file.parent() == Some(&folder)).collect();
        let needs_others = files.iter().any(|file| other_providers(&read(file)));
        assert_eq!(needs_others, WITH_OTHER_PROVIDERS.contains(&name.as_str()), "other providers in {name}");
        if !needs_others {
            validate(&runner, &files.iter().map(PathBuf::as_path).collect::<Vec<_>>());
        }
    }
    for name in WITH_OTHER_PROVIDERS {
        assert!(repository().join("examples").join(name).exists(), "there is no example {name}");
    }
}

/// Validates files as one configuration.
fn validate(runner: &Runner, files: &[&Path]) {
    let folder = tempfile::tempdir().unwrap();
    copy(files, folder.path());
    let output = runner.run(folder.path(), &["validate", "-no-color"]);
    assert!(output.status.success(), "{files:?}: {}", said(&output));
}

fn validate_query(runner: &Runner, file: &Path) {
    let folder = tempfile::tempdir().unwrap();
    copy(&[file], folder.path());
    let output = runner.run(folder.path(), &["validate", "-query", "-no-color"]);
    assert!(output.status.success(), "{file:?}: {}", said(&output));
}

fn copy(files: &[&Path], folder: &Path) {
    for file in files {
        fs::copy(file, folder.join(file.file_name().expect("a file has a name"))).unwrap();
    }
    if !files.iter().any(|file| read(file).contains("required_providers")) {
        fs::write(folder.join("required_providers.tf"), REQUIRED_PROVIDERS).unwrap();
    }
}

/// Every piece of HCL with its place: the files of the examples, and the blocks on pages.
fn all_hcl() -> Vec<(String, String)> {
    let files = hcl_files(&repository().join("examples"))
        .into_iter()
        .map(|file| (file.display().to_string(), read(&file)));
    let blocks = pages().into_iter().flat_map(|page| {
        let blocks = code_blocks(&read(&page)).into_iter();
        let hcl = blocks.filter(|block| ["hcl", "terraform"].contains(&block.language.as_str()));
        hcl.map(|block| (format!("{}:{}", page.display(), block.line), block.text)).collect::<Vec<_>>()
    });
    files.chain(blocks).collect()
}

/// The folders of examples that are configurations of their own.
fn configurations() -> Vec<PathBuf> {
    let mut folders: Vec<_> = hcl_files(&repository().join("examples"))
        .iter()
        .filter_map(|file| {
            file.strip_prefix(repository().join("examples")).ok()?.iter().next().map(PathBuf::from)
        })
        .filter(|folder| !OF_ENTRIES.iter().any(|name| folder.as_os_str() == *name))
        .map(|folder| repository().join("examples").join(folder))
        .collect();
    folders.dedup();
    folders
}

fn hcl_files(folder: &Path) -> Vec<PathBuf> {
    let is_hcl =
        |file: &PathBuf| file.extension().is_some_and(|end| ["tf", "hcl"].iter().any(|hcl| end == *hcl));
    under(folder).into_iter().filter(is_hcl).collect()
}

/// Whether a configuration asks for a provider that is not this one.
fn other_providers(text: &str) -> bool {
    let sources =
        text.lines().filter_map(|line| line.trim().strip_prefix("source")?.trim().strip_prefix('='));
    sources.map(str::trim).any(|source| !source.starts_with("\".") && source != "\"turso-community/turso\"")
}
