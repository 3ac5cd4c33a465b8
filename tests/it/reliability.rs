//! The guide to what was tried: each command in it runs something that exists.

use std::path::PathBuf;

use crate::files::{read, repository, under};

#[test]
fn every_command_of_the_guide_runs_something_that_exists() {
    let guide = read(&repository().join("docs/guides/reliability.md"));
    let code = guide.split('`').skip(1).step_by(2);
    let commands: Vec<_> = code.filter(|code| code.contains("cargo ") || code.starts_with(".ci/")).collect();
    assert!(commands.len() > 10, "{commands:?}");
    let missing: Vec<_> = commands.iter().filter_map(|command| missing(command)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn a_command_that_runs_nothing_is_found() {
    for (command, what) in [
        ("cargo test --test it chaos_ends", None),
        ("cargo test --test nothing", Some("nothing")),
        ("cargo test --test it no_such_test", Some("no_such_test")),
        ("NO_SUCH_VARIABLE=1 cargo test --test it chaos", Some("NO_SUCH_VARIABLE=1")),
        ("cargo test -p no-such-crate", Some("no-such-crate")),
        ("cargo test -p excerpt no_such_test", Some("no_such_test")),
        ("cargo run --release --example nothing -- --endpoints 5", Some("nothing")),
        ("cargo +nightly fuzz run --fuzz-dir tests/fuzz --sanitizer none jwks -- -max_len=4096", None),
        ("cargo +nightly fuzz run --fuzz-dir tests/fuzz --sanitizer none no_target", Some("no_target")),
        (".ci/nothing", Some(".ci/nothing")),
    ] {
        assert_eq!(missing(command), what.map(|what| format!("{what} of {command}")));
    }
}

/// The first word of a command that names nothing here.
fn missing(command: &str) -> Option<String> {
    let mut words = command.split_whitespace();
    let mut sources = PathBuf::from("tests");
    while let Some(word) = words.next() {
        let named = match word {
            "--" => break,
            "-p" | "--package" | "--test" | "--example" | "--fuzz-dir" | "--sanitizer" => words.next()?,
            word => word,
        };
        let exists = match word {
            "cargo" | "test" | "run" | "mutants" | "--release" | "--locked" | "--lib" | "--workspace" => true,
            "+nightly" | "fuzz" | "--sanitizer" => true,
            "--fuzz-dir" => {
                sources = PathBuf::from(named);
                repository().join(named).is_dir()
            }
            "--example" => repository().join("examples").join(named).join("main.rs").exists(),
            "-p" | "--package" | "--test" => {
                sources = PathBuf::from(if word == "--test" { "tests" } else { "crates" }).join(named);
                repository().join(&sources).is_dir()
            }
            script if script.starts_with(".ci/") => repository().join(script).exists(),
            variable if variable.contains('=') => variable
                .split_once('=')
                .is_some_and(|(name, _)| is_in(&PathBuf::from("tests"), &[format!("\"{name}\"")])),
            filter => is_in(&sources, &[format!("mod {filter}"), format!("fn {filter}")]),
        };
        if !exists {
            return Some(format!("{named} of {command}"));
        }
    }
    None
}

fn is_in(folder: &std::path::Path, texts: &[String]) -> bool {
    let files = under(&repository().join(folder));
    let mut rust = files.iter().filter(|file| file.extension().is_some_and(|end| end == "rs"));
    rust.any(|file| {
        let source = read(file);
        // Not the names that are made up here.
        !file.ends_with("reliability.rs") && texts.iter().any(|text| source.contains(text))
    })
}
