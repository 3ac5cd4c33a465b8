//! Turso's own command line against the emulator as it comes: the requests that it sent, replayed, and what it needs of
//! the answers to print what it printed.

use super::*;

const RECORDED: &str = include_str!("turso_cli.tsv");

/// The field of an answer that a command prints, and what it has to be.
fn printed(command: &str, line: &str) -> Vec<(&'static str, Value)> {
    let path = line.split_once(' ').unwrap().1.split('?').next().unwrap();
    match (command, path.rsplit('/').next().unwrap()) {
        (_, "validate") => vec![("/exp", json!(-1))],
        (_, "organizations") => {
            vec![("/organizations/0/name", json!("acme")), ("/organizations/0/slug", json!("acme"))]
        }
        ("turso org jwks list", _) => vec![
            ("/jwks/0/jwks_name", json!("clerk")),
            ("/jwks/0/jwks_url", json!("https://clerk.example.com/.well-known/jwks.json")),
        ],
        ("turso org jwks template", _) => {
            vec![("/error", json!("Either database or group must be specified"))]
        }
        ("turso org jwks template --database app", _) => vec![("/template/id", json!(ID))],
        (_, "jwks-template") => vec![
            ("/template/a", json!("ro")),
            ("/template/gid", json!(GID)),
            ("/template/perm/1", json!({"t": ["comments"], "a": ["data_add", "data_update"]})),
        ],
        // What is printed of a write is not read from its answer.
        (_, "clerk") => vec![("", json!({}))],
        ("turso db list --group eu", _) => {
            vec![
                ("/databases/0/Name", json!("other")),
                ("/databases/0/group", json!("eu")),
                ("/databases/1", Value::Null),
            ]
        }
        ("turso db show app --branches", _) => vec![("/databases", json!([]))],
        (_, "databases") => vec![
            ("/databases/0/Name", json!("app")),
            ("/databases/0/DbId", json!(ID)),
            ("/databases/0/group", json!("default")),
            ("/databases/0/regions", json!(["local"])),
            ("/databases/1/Name", json!("other")),
        ],
        ("turso group show default", _) => vec![("/delete_protection", json!(false))],
        (_, "configuration") => vec![("/delete_protection", json!(false))],
        (_, "usage") => vec![("/database/uuid", json!(ID)), ("/database/usage/storage_bytes", json!(0))],
        (_, "instances") => {
            vec![("/instances/0/type", json!("primary")), ("/instances/0/region", json!("local"))]
        }
        (_, "groups") => vec![
            ("/groups/0/name", json!("default")),
            ("/groups/0/locations", json!(["local"])),
            ("/groups/0/primary", json!("local")),
            ("/groups/0/status/locations/0/status", json!("up")),
            ("/groups/1/name", json!("eu")),
        ],
        _ => panic!("nothing is known of {command}"),
    }
}

#[test]
fn turso_cli_finds_what_it_asks_for_in_an_emulator_as_it_comes() {
    let emulator = emulator();
    emulator.add_database("acme", "other", "eu").unwrap();
    let (headers, requests): (Vec<_>, Vec<_>) =
        RECORDED.lines().filter(|line| !line.starts_with('#')).partition(|line| line.starts_with("header\t"));
    let headers: String =
        headers.iter().map(|line| format!("{}\r\n", line.trim_start_matches("header\t"))).collect();
    assert!(requests.len() > 15, "{requests:?}");
    for row in requests {
        let [command, line, status, body] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let body = if body.is_empty() { String::new() } else { format!("{body}\n") };
        let (answered, answer) = send_with(&emulator, line, &headers, &body).unwrap();
        assert_eq!(answered.to_string(), status, "{row}: {answer}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        for (pointer, expected) in printed(command, line) {
            assert_eq!(
                answer.pointer(pointer).unwrap_or(&Value::Null),
                &expected,
                "{pointer} of {row}: {answer}"
            );
        }
    }
    assert_eq!(emulator.refusals(), [""; 0]);
    assert_eq!(names(&emulator), [""; 0]);
}
