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
const WITH_OTHER_PROVIDERS: [&str; 4] =
    ["auth0/main.tf", "by-role/main.tf", "clerk/main.tf", "many-databases/main.tf"];

/// Folders of examples that are no configurations of their own.
const OF_ENTRIES: [&str; 5] = ["provider", "resources", "data-sources", "list-resources", "functions"];

#[test]
fn hcl_is_formatted_in_examples_and_on_pages() {
    let runner = Runner::new();
    let folder = tempfile::tempdir().unwrap();
    for (place, text) in all_hcl() {
        // The engine knows its files by their endings, older ones not by all of them.
        fs::write(folder.path().join(format!("{place}.tf")), text).unwrap();
    }
    let output = runner.run(folder.path(), &["fmt", "-check", "-diff", "-no-color"]);
    assert!(output.status.success(), "not formatted, or no HCL: {}", said(&output));
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
    let examples = repository().join("examples");
    let with_others = WITH_OTHER_PROVIDERS.map(|name| examples.join(name));
    for file in hcl_files(&examples).into_iter().filter(|file| !is_of_entry(file)) {
        assert_eq!(needs_other_providers(&read(&file)), with_others.contains(&file), "{}", file.display());
        if !with_others.contains(&file) {
            validate(&runner, &[&file]);
        }
    }
    for file in with_others {
        assert!(file.exists(), "there is no example {}", file.display());
    }
}

/// Validates files as one configuration.
fn validate(runner: &Runner, files: &[&Path]) {
    validate_with(runner, files, &["validate", "-no-color"]);
}

fn validate_query(runner: &Runner, file: &Path) {
    validate_with(runner, &[file], &["validate", "-query", "-no-color"]);
}

fn validate_with(runner: &Runner, files: &[&Path], arguments: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    copy(files, folder.path());
    let output = runner.run(folder.path(), arguments);
    assert!(output.status.success(), "{files:?}: {}", said(&output));
}

fn copy(files: &[&Path], folder: &Path) {
    for file in files {
        fs::copy(file, folder.join(file.file_name().expect("a file has a name"))).unwrap();
    }
    if !files.iter().any(|file| read(file).contains("required_providers")) {
        fs::write(folder.join("required_providers.tf"), REQUIRED_PROVIDERS).unwrap();
    }
}

/// Every piece of HCL with its place as a file name: the files of the examples, and the blocks on pages.
fn all_hcl() -> Vec<(String, String)> {
    let files = hcl_files(&repository().join("examples")).into_iter();
    let files = files.map(|file| (place(&file), read(&file)));
    let blocks = pages().into_iter().flat_map(|page| {
        let blocks = code_blocks(&read(&page)).into_iter();
        let hcl = blocks.filter(|block| ["hcl", "terraform"].contains(&block.language.as_str()));
        hcl.map(|block| (format!("{}, line {}", place(&page), block.line), block.text)).collect::<Vec<_>>()
    });
    files.chain(blocks).collect()
}

/// A path in the repository as the name of a file.
fn place(file: &Path) -> String {
    let path = file.strip_prefix(repository()).expect("it is a file of the repository");
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("-")
}

/// Whether an example is of something that the provider has, and no configuration of its own.
fn is_of_entry(example: &Path) -> bool {
    OF_ENTRIES.iter().any(|folder| example.starts_with(repository().join("examples").join(folder)))
}

fn hcl_files(folder: &Path) -> Vec<PathBuf> {
    let is_hcl =
        |file: &PathBuf| file.extension().is_some_and(|end| ["tf", "hcl"].iter().any(|hcl| end == *hcl));
    under(folder).into_iter().filter(is_hcl).collect()
}

/// Whether a configuration asks for a provider that is not this one.
fn needs_other_providers(text: &str) -> bool {
    let sources =
        text.lines().filter_map(|line| line.trim().strip_prefix("source")?.trim().strip_prefix('='));
    sources.map(str::trim).any(|source| !source.starts_with("\".") && source != "\"turso-community/turso\"")
}
