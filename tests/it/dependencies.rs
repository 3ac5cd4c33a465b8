//! What the workspace is built of: the page that gives each dependency its reason is the list of the `Cargo.toml` files.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use crate::files::{read, repository, under};

/// Dependencies of these are not in the provider.
const FOR_TESTS: [&str; 2] = ["emulator", "host"];

#[test]
fn the_page_of_dependencies_lists_each_with_a_reason_and_no_other() {
    let page = read(&repository().join("docs/decisions/0007-each-dependency-has-a-reason.md"));
    let (provider, tests) = page.split_once("## In tests").expect("the page has two tables");
    let (mut used, mut used_by_tests) = (BTreeSet::new(), BTreeSet::new());
    for manifest in manifests() {
        let is_for_tests = FOR_TESTS.iter().any(|folder| manifest.starts_with(repository().join(folder)));
        for (section, name) in dependencies(&read(&manifest)) {
            let is_for_tests = is_for_tests || section.contains("dev-dependencies");
            if is_for_tests { &mut used_by_tests } else { &mut used }.insert(name);
        }
    }
    let only_tests: BTreeSet<_> = used_by_tests.difference(&used).cloned().collect();
    assert!(used.len() > 20 && only_tests.len() > 5, "few dependencies were found: {used:?} {only_tests:?}");
    assert_eq!(listed(provider), used);
    assert_eq!(listed(tests), only_tests);
}

#[test]
fn no_crate_may_have_unsafe_code() {
    assert!(read(&repository().join("Cargo.toml")).contains("\nunsafe_code = \"forbid\"\n"));
    for manifest in manifests() {
        assert!(read(&manifest).contains("\n[lints]\nworkspace = true\n"), "{}", manifest.display());
    }
}

/// Cargo builds a dependency once for each set of features that it is used with, and whatever depends on it with it. The
/// quickstart is built for this package, the tests and the quickstart's provider for all of the workspace.
#[test]
fn the_quickstart_and_the_tests_are_built_of_the_same_dependencies() {
    let [quickstart, tests] = [&["--package=terraform-provider-turso"], &["--workspace"]].map(|of| built(of));
    assert!(quickstart.len() > 100, "{quickstart:?}");
    let again: Vec<_> = quickstart.difference(&tests).collect();
    assert!(again.is_empty(), "built again for the tests, with other features: {again:#?}");
}

/// The crates that a selection is built of, each with its version and features.
fn built(selection: &[&str]) -> BTreeSet<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(repository())
        .args(["tree", "--locked", "--prefix=none", "--format={p} {f}"])
        .args(selection);
    let output = cargo.output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    // What is there already is marked, and the members that were selected are told apart by empty lines.
    lines
        .lines()
        .map(|line| line.trim_end_matches(" (*)").to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

fn manifests() -> Vec<PathBuf> {
    let folders = ["crates", "emulator", "host"].map(|folder| under(&repository().join(folder)));
    let members = folders.into_iter().flatten().filter(|file| file.ends_with("Cargo.toml"));
    members.chain([repository().join("Cargo.toml")]).collect()
}

/// The sections and names of dependencies from outside the workspace.
fn dependencies(manifest: &str) -> Vec<(String, String)> {
    let own = under(&repository().join("crates")).into_iter().filter(|file| file.ends_with("Cargo.toml"));
    let mut own: BTreeSet<_> =
        own.filter_map(|file| Some(file.parent()?.file_name()?.to_str()?.to_owned())).collect();
    own.extend(["turso-emulator".to_owned(), "plugin-host".to_owned()]);
    let mut section = String::new();
    let mut found = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            line.clone_into(&mut section);
        } else if section.ends_with("dependencies]")
            && section != "[workspace.dependencies]"
            && let Some((name, _)) = line.split_once(['.', ' ', '='])
            && name != "#"
            && !own.contains(name)
        {
            found.push((section.clone(), name.to_owned()));
        }
    }
    found
}

/// The first cells of a table whose second cells say something.
fn listed(page: &str) -> BTreeSet<String> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "));
    let rows: Vec<_> = rows.filter(|(name, _)| *name != "crate").collect();
    assert!(rows.iter().all(|(_, reason)| reason.len() > 5), "{rows:?}");
    rows.into_iter().map(|(name, _)| name.to_owned()).collect()
}
