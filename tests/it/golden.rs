//! Golden files: what is expected as a file that a person reads. `UPDATE_GOLDEN=1 cargo test --test it` renews them.

use std::env;
use std::fs;
use std::path::Path;

/// Whether the files are to be written, not compared.
pub(crate) fn are_renewed() -> bool {
    env::var_os("UPDATE_GOLDEN").is_some_and(|value| !value.is_empty() && value != "0")
}

/// Asserts that a file holds exactly this, or writes it.
#[track_caller]
pub(crate) fn assert_is(file: &Path, expected: &str) {
    if let Err(complaint) = check(file, expected) {
        panic!("{complaint}");
    }
}

/// Where a file does not hold exactly this, what is wrong with it; or writes it.
pub(crate) fn check(file: &Path, expected: &str) -> Result<(), String> {
    let found = fs::read_to_string(file).unwrap_or_default();
    if found == expected {
        return Ok(());
    }
    if are_renewed() {
        let folder = file.parent().expect("a file is in a folder");
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(file, expected));
        return written.map_err(|error| format!("{}: {error}", file.display()));
    }
    Err(format!("{} is stale: {}\n{RENEW}", file.display(), first_difference(&found, expected)))
}

/// How to bring golden files up to date.
pub(crate) const RENEW: &str =
    "Renew it with `UPDATE_GOLDEN=1 cargo test --test it`, and read the difference.";

fn first_difference(found: &str, expected: &str) -> String {
    let mut found = found.lines();
    for (index, expected) in expected.lines().enumerate() {
        match found.next() {
            Some(found) if found == expected => {}
            Some(found) => return format!("line {} is\n  {found}\nand should be\n  {expected}", index + 1),
            None => return format!("line {} is missing:\n  {expected}", index + 1),
        }
    }
    found.next().map_or_else(
        || "its line ends differ".to_owned(),
        |more| format!("it has a line too many:\n  {more}"),
    )
}
