//! The house, held to `ARCHITECTURE.md`: the tables of that document are the rules, and the sources keep them.

mod document;
mod judge;
mod source;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::files::{self, read, repository};
use document::{Places, Rules};
use source::{Root, Sources};

const PROVIDER: &str = "terraform-provider-turso";
/// Longer files hide a second noun or verb.
const MOST_LINES: usize = 600;

#[test]
fn rooms_import_what_the_table_says() {
    let rules = rules();
    let mut forbidden = judge::forbidden_imports(&rules, &library(), "the root");
    forbidden.extend(judge::forbidden_imports(&rules, &binary(), "main"));
    assert_none("imports that ARCHITECTURE.md does not have", &forbidden);
}

#[test]
fn rooms_name_the_crates_that_the_table_says() {
    let rules = rules();
    let mut forbidden = judge::forbidden_crates(&rules, &library(), "the root");
    forbidden.extend(judge::forbidden_crates(&rules, &binary(), "main"));
    assert_none("crates in rooms that ARCHITECTURE.md does not give them", &forbidden);
}

#[test]
fn each_place_of_a_crate_in_the_table_names_it() {
    let unused = judge::unused_places(&rules(), &[(&library(), "the root"), (&binary(), "main")]);
    assert_none("places in ARCHITECTURE.md that stand for nothing", &unused);
}

#[test]
fn crates_of_generated_code_are_named_there() {
    let generated: String = ["tfplugin6", "plugin", "grpc.health.v1"]
        .iter()
        .map(|name| read(&Path::new(env!("OUT_DIR")).join(format!("{name}.rs"))))
        .collect();
    let rules = rules();
    let crates = rules.crates.iter().filter(|(_, places)| **places == Places::GeneratedCode);
    let unnamed: Vec<_> =
        crates.map(|(name, _)| name).filter(|name| !generated.contains(&name.replace('-', "_"))).collect();
    assert_none("crates that generated code does not name", &unnamed);
}

#[test]
fn the_table_of_rooms_is_the_house() {
    let rules = rules();
    let mut house: BTreeSet<String> = library().root_modules;
    house.insert("main".to_owned());
    house.extend(workspace_crates().into_iter().map(|member| member.folder));
    assert_eq!(
        rules.rooms.keys().cloned().collect::<BTreeSet<_>>(),
        house,
        "ARCHITECTURE.md against the house"
    );
    for (name, room) in &rules.rooms {
        assert!(repository().join(&room.place).exists(), "{name} is not at {}", room.place);
        let named: Vec<_> =
            room.may_import.iter().filter(|import| !rules.rooms.contains_key(*import)).collect();
        assert_none(&format!("rooms that {name} may import and that are none"), &named);
    }
}

#[test]
fn the_table_of_crates_is_the_providers_dependencies() {
    let dependencies: BTreeSet<String> =
        dependencies(PROVIDER, |kind| kind == "normal").into_iter().collect();
    let written: BTreeSet<String> = rules().crates.into_keys().collect();
    assert_eq!(written, dependencies, "the crates in ARCHITECTURE.md against Cargo.toml");
}

/// Where the emulator or the host shared a type with the provider, a misspelt field would agree with itself.
#[test]
fn the_other_crates_share_nothing_with_the_provider() {
    for member in workspace_crates() {
        let shared: Vec<_> = dependencies(&member.name, |_| true)
            .into_iter()
            .filter(|name| name == PROVIDER || workspace_crates().iter().any(|other| &other.name == name))
            .collect();
        assert_none(&format!("crates of the workspace that {} depends on", member.name), &shared);
    }
}

#[test]
fn the_lower_rooms_do_not_know_what_the_provider_is_for() {
    let rules = rules();
    let mut said = Vec::new();
    for (words, rooms) in &rules.words {
        for room in rooms {
            let files = rust_files(&repository().join(&rules.rooms[room].place));
            said.extend(files.iter().flat_map(|file| words_in(file, words)));
        }
    }
    assert_none("words that a room never says", &said);
}

#[test]
fn every_file_of_the_provider_is_a_module() {
    let walked: BTreeSet<PathBuf> = library().files.into_iter().chain(binary().files).collect();
    let stray: Vec<_> =
        rust_files(&repository().join("src")).into_iter().filter(|file| !walked.contains(file)).collect();
    assert_none("files that no module declares", &stray);
}

#[test]
fn no_lint_is_allowed_and_nothing_is_left_to_do_or_ignored() {
    let tests = repository().join("tests");
    // Only a room must be where its name says: a test may borrow a file of an example by its path.
    let is_borrowed = |file: &Path, found: &str| file.starts_with(&tests) && found.ends_with("#[path]");
    let forbidden = |file: &PathBuf| {
        let found = Sources::of_file(file).forbidden.into_iter();
        found.filter(|found| !is_borrowed(file, found)).collect::<Vec<_>>()
    };
    let found: Vec<_> = all_rust_files().iter().flat_map(forbidden).collect();
    assert_none("attributes and macros that the house does not have", &found);
}

#[test]
fn no_file_is_longer_than_a_reader_would_like() {
    let long: Vec<_> = all_rust_files()
        .into_iter()
        .map(|file| (read(&file).lines().count(), file))
        .filter(|(lines, _)| *lines > MOST_LINES)
        .collect();
    assert_none(&format!("files of more than {MOST_LINES} lines"), &long);
}

fn rules() -> Rules {
    Rules::parse(&read(&repository().join("ARCHITECTURE.md")))
}

fn library() -> Sources {
    Sources::walk(Root { file: &repository().join("src/lib.rs"), library: None })
}

fn binary() -> Sources {
    Sources::walk(Root { file: &repository().join("src/main.rs"), library: Some("terraform_provider_turso") })
}

/// A member of the workspace beside the provider.
struct Member {
    name: String,
    folder: String,
}

fn workspace_crates() -> Vec<Member> {
    let members = packages().into_iter().filter(|package| package["name"] != PROVIDER);
    let members = members.map(|package| {
        let manifest = PathBuf::from(text(&package["manifest_path"]));
        let folder = manifest.parent().and_then(Path::file_name).expect("a manifest is in a folder");
        Member { name: text(&package["name"]), folder: folder.to_string_lossy().into_owned() }
    });
    members.collect()
}

fn dependencies(package: &str, of_kind: fn(&str) -> bool) -> Vec<String> {
    let packages = packages();
    let package = packages.iter().find(|found| found["name"] == package).expect("cargo knows the package");
    let dependencies = package["dependencies"].as_array().expect("a package has dependencies");
    let of_kind = |found: &&Value| of_kind(found["kind"].as_str().unwrap_or("normal"));
    dependencies.iter().filter(of_kind).map(|found| text(&found["name"])).collect()
}

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(repository())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo answers in JSON");
    metadata["packages"].as_array().expect("a workspace has packages").clone()
}

fn text(value: &Value) -> String {
    value.as_str().expect("cargo gives text").to_owned()
}

fn all_rust_files() -> Vec<PathBuf> {
    ["src", "tests", "examples", "emulator", "host"]
        .iter()
        .map(|folder| repository().join(folder))
        .filter(|folder| folder.exists())
        .flat_map(|folder| rust_files(&folder))
        .collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let files = files::under(folder);
    let files: Vec<_> =
        files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "rs")).collect();
    assert!(!files.is_empty(), "no sources in {folder:?}");
    files
}

fn words_in(file: &Path, words: &BTreeSet<String>) -> Vec<String> {
    let text = read(file).to_lowercase();
    let lines = text.lines().enumerate();
    lines
        .flat_map(|(index, line)| {
            let said = words.iter().filter(move |word| line.contains(word.as_str()));
            said.map(move |word| format!("{}:{}: {word}", file.display(), index + 1))
        })
        .collect()
}

fn assert_none<T: Debug>(what: &str, found: &[T]) {
    assert!(found.is_empty(), "{what}: {found:#?}");
}
