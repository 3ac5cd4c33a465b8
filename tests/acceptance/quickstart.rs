//! The README's first command.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use plugin_host::engine::workspace_example;
use serde_json::Value;

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

#[test]
fn what_is_kept_up_can_be_asked_with_each_token_that_it_prints() {
    let place = tempfile::tempdir().unwrap();
    let mut kept = Command::new(workspace_example("quickstart").unwrap())
        .arg("--keep")
        .env("TMPDIR", place.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(kept.stdout.take().unwrap()).lines().map(Result::unwrap);
    let lines: Vec<_> = lines.take_while(|line| !line.starts_with("Ctrl-C ends it.")).collect();
    let tokens = lines.iter().filter_map(|line| line.trim_start().strip_prefix("export ")?.split_once('='));
    let after = |start: &str| lines.iter().find_map(|line| line.trim_start().strip_prefix(start)).unwrap();
    let url = after("curl ").split(' ').next().unwrap();
    let statement = after("-H \"Content-Type: application/json\" -d ");
    let mut asked = Vec::new();
    for (name, token) in tokens.filter_map(|(name, rest)| Some((name, rest.split_once(" # ")?.0))) {
        let answer = ask(url, token, statement.trim_matches('\''));
        asked.push((name, answer.is_some_and(|answer| answer["results"][0]["type"] == "ok")));
    }
    kill(Pid::from_raw(kept.id().try_into().unwrap()), Signal::SIGINT).unwrap();
    assert!(kept.wait().unwrap().success());
    let nothing = ["ADA_SESSION", "GRACE_ID"];
    let expected = ["ADA", "ADA_SESSION", "GRACE", "GRACE_ID", "LINUS", "ANYONE"];
    assert_eq!(asked, expected.map(|name| (name, !nothing.contains(&name))), "{lines:#?}");
}

/// The answer of a database, or none where it refuses the token.
fn ask(url: &str, token: &str, statement: &str) -> Option<Value> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = http
            .post(url)
            .bearer_auth(token)
            .header("content-type", "application/json")
            .body(statement.to_owned());
        let answer = request.send().await.unwrap();
        let text = (answer.status() == 200).then_some(answer)?.text().await.unwrap();
        Some(serde_json::from_str(&text).unwrap())
    })
}
