//! The emulator's command line: what it prints can be pasted, and what it refuses it names.

#![expect(
    clippy::unwrap_used,
    reason = "clippy knows tests, but not what helps them, where a panic fails the test too"
)]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

use reqwest::Certificate;
use reqwest::blocking::{Client, Response};
use serde_json::{Value, json};

const EMULATOR: &str = env!("CARGO_BIN_EXE_turso-emulator");

#[test]
fn what_it_refuses_it_names_and_points_to_help() {
    for (arguments, words) in [
        (&["--port", "many"][..], "--port: the port is a number from 0 to 65535"),
        (&["--port"], "--port: a value is missing"),
        (&["--endpoint", "clerk"], "--endpoint: it takes NAME=URL"),
        (&["--template-method", "put"], "--template-method: it takes post, get or both"),
        (&["--sql", "no-such-file"], "--sql: can't read no-such-file"),
        (&["--prot", "1"], "--prot: there is no such option; see `turso-emulator --help`"),
        (&["please"], "see `turso-emulator --help`"),
    ] {
        let output = run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(words), "{arguments:?}: {said}");
    }
}

#[test]
fn it_tells_its_version_and_its_options() {
    let version = format!("turso-emulator {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8_lossy(&run(&["--version"]).stdout), version);
    for help in ["--help", "-h"] {
        assert!(String::from_utf8_lossy(&run(&[help]).stdout).contains("--clerk"));
    }
}

/// From a template at an identity provider to a database that its token opens.
#[test]
fn what_it_exports_leads_to_turso_and_to_a_token_that_turso_takes() {
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("authority.pem");
    let served = Served::start(&["--clerk", "--auth0", "--authority", authority.to_str().unwrap()]);
    let exported = |name: &str| served.exported[name].as_str();
    assert_eq!(exported("SSL_CERT_FILE"), authority.to_str().unwrap());
    let root = Certificate::from_pem(&std::fs::read(&authority).unwrap()).unwrap();
    let http = Client::builder().no_proxy().tls_certs_merge([root]).build().unwrap();
    let json_of = |response: Response| {
        assert!(response.status().is_success(), "{response:?}");
        response.json::<Value>().unwrap()
    };

    let organization =
        format!("{}/v2/organizations/{}", exported("TURSO_API_BASEURL"), exported("TURSO_ORGANIZATION"));
    for (name, url) in [("clerk", "CLERK_JWKS_URL"), ("auth0", "AUTH0_JWKS_URL")] {
        assert!(json_of(http.get(exported(url)).send().unwrap())["keys"][0]["kid"].is_string());
        let saved = http
            .put(format!("{organization}/jwks/{name}"))
            .bearer_auth(exported("TURSO_API_TOKEN"))
            .json(&json!({ "jwks_url": exported(url), "region": "" }));
        assert!(saved.send().unwrap().status().is_success());
    }
    let asked = http
        .post(format!("{organization}/jwks-template"))
        .bearer_auth(exported("TURSO_API_TOKEN"))
        .json(&json!({ "database": "app", "group": null, "scope": "full-access", "permissions": [] }));
    let claims = json_of(asked.send().unwrap())["template"].clone();

    let clerk = |path: &str| {
        http.post(format!("{}/v1{path}", exported("CLERK_API_URL"))).bearer_auth(exported("CLERK_SECRET_KEY"))
    };
    json_of(clerk("/jwt_templates").json(&json!({ "name": "turso", "claims": claims })).send().unwrap());
    let token = clerk(&format!("/sessions/{}/tokens/turso", exported("CLERK_SESSION"))).send().unwrap();
    let token = json_of(token)["jwt"].as_str().unwrap().to_owned();

    let statement = json!({ "requests": [{ "type": "execute", "stmt": { "sql": "SELECT 1" } }] });
    let database = served.comments.iter().find_map(|line| line.strip_prefix("# database")).unwrap();
    let url = database.split_whitespace().last().unwrap();
    let answer = http.post(format!("{url}/v2/pipeline")).bearer_auth(token).json(&statement).send().unwrap();
    assert_eq!(json_of(answer)["results"][0]["type"], "ok");
}

fn run(arguments: &[&str]) -> Output {
    Command::new(EMULATOR).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// One that runs, and what it printed.
struct Served {
    child: Child,
    exported: BTreeMap<String, String>,
    comments: Vec<String>,
}

impl Served {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(EMULATOR).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut served = Self { child, exported: BTreeMap::new(), comments: Vec::new() };
        for line in lines {
            match line.strip_prefix("export ").and_then(|rest| rest.split_once('=')) {
                Some((name, value)) => drop(served.exported.insert(name.to_owned(), value.to_owned())),
                None => served.comments.push(line),
            }
            // The last line that it prints.
            if served.exported.contains_key("AUTH0_JWKS_URL") {
                break;
            }
        }
        assert!(served.comments.iter().all(|line| line.starts_with("# ")), "{:?}", served.comments);
        served
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().and_then(|()| self.child.wait()).expect("the child is ours");
    }
}
