//! The README's first command.

use std::process::{Command, Stdio};

#[test]
fn the_quickstart_comes_to_its_end_and_every_statement_to_what_the_claims_promise() {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--example", "quickstart"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .output()
        .unwrap();

    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    for words in
        ["No changes.", "1 imported", "0 added, 1 changed", "Destroy complete! Resources: 2 destroyed."]
    {
        assert!(said.contains(words), "{words:?} is missing in:\n{said}");
    }
    assert_eq!(said.matches("  true   ").count(), 9, "{said}");
    assert!(said.contains("Client: @tursodatabase/serverless"), "Node.js is needed for this test:\n{said}");
}
