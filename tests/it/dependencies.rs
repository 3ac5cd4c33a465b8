//! What the workspace is built of: the page that gives each dependency its reason is the list of the `Cargo.toml` files.

use std::collections::BTreeSet;
use std::path::PathBuf;

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
