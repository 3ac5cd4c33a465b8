//! Which words a crate may not know, in code and comments alike. Who may know which crate stands in each `Cargo.toml`,
//! and the compiler holds it.

use crate::files::{read, repository, under};

/// Another provider could stand on these tomorrow.
const FOR_ANY_PROVIDER: [&str; 3] = ["crates/framework", "crates/plugin", "proto"];
const OF_TURSO: [&str; 5] = ["turso", "libsql", "jwks", "clerk", "auth0"];

/// A program that is no plugin could use these tomorrow.
const FOR_ANY_PROGRAM: [&str; 3] = ["crates/claims", "crates/jwks", "crates/turso-client"];
const OF_TERRAFORM: [&str; 5] = ["terraform", "opentofu", "tofu ", "provider block", "tfstate"];

#[test]
fn what_serves_any_provider_has_no_word_of_this_one() {
    assert_unspoken(&FOR_ANY_PROVIDER, &OF_TURSO);
}

#[test]
fn what_serves_any_program_has_no_word_of_terraform() {
    assert_unspoken(&FOR_ANY_PROGRAM, &OF_TERRAFORM);
}

fn assert_unspoken(folders: &[&str], words: &[&str]) {
    let mut spoken = Vec::new();
    for folder in folders {
        let files = under(&repository().join(folder));
        assert!(!files.is_empty(), "{folder} is empty");
        // What is rendered into JavaScript is read by people who use Terraform.
        for file in files.iter().filter(|file| file.extension().is_none_or(|end| end != "js")) {
            for (number, line) in read(file).lines().enumerate() {
                let line = line.to_lowercase();
                spoken.extend(
                    words
                        .iter()
                        .filter(|word| line.contains(**word))
                        .map(|word| format!("{}:{}: {word}", file.display(), number + 1)),
                );
            }
        }
    }
    assert!(spoken.is_empty(), "words that don't belong there:\n{}", spoken.join("\n"));
}
