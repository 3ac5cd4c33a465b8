//! The built binary under the real Terraform or OpenTofu, with nothing in between: how it starts and ends.

use std::fs;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use turso_emulator::{ApiToken, Call, Effect, Emulator, Fault, OrganizationKind, Settings};

use crate::engine::{REQUIRED_PROVIDERS, Runner, said};

/// Asks the engine to validate, for which it starts the provider, with a variable set.
fn validated(variable: &str, value: impl AsRef<std::ffi::OsStr>) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.tf"), format!("{REQUIRED_PROVIDERS}provider \"turso\" {{}}\n"))
        .unwrap();
    Runner::new().command(folder.path(), &["validate", "-no-color"]).env(variable, value).output().unwrap()
}

/// What is in a directory of the sockets of providers.
fn sockets(directory: &Path) -> Vec<std::ffi::OsString> {
    let names = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().starts_with("plugin")).collect()
}

#[test]
fn it_starts_wherever_tmpdir_points() {
    let folder = tempfile::tempdir().unwrap();
    let of_length = |length: usize| {
        let directory = folder.path().join("d".repeat(length - folder.path().as_os_str().len() - 1));
        fs::create_dir(&directory).unwrap();
        directory
    };
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();

    for directory in [of_length(86), of_length(90), of_length(91), of_length(200)] {
        let output = validated("TMPDIR", &directory);
        assert!(output.status.success(), "{}: {}", directory.display(), said(&output));
        assert!(sockets(&directory).is_empty(), "{:?}", sockets(&directory));
    }
    for unusable in [&file, &folder.path().join("absent"), Path::new("/dev/null"), Path::new("")] {
        let output = validated("TMPDIR", unusable);
        assert!(output.status.success(), "{}: {}", unusable.display(), said(&output));
    }
}

#[test]
fn a_person_reads_why_it_did_not_start() {
    let output = validated("PLUGIN_UNIX_SOCKET_DIR", "/absent");

    assert!(!output.status.success());
    let said = said(&output).replace(['│', '\n'], " ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains(
            "Unrecognized remote plugin message: terraform-provider-turso: cannot make a Unix socket in \
             \"/absent\": No such file or directory (os error 2)"
        ),
        "{said}"
    );
}

/// Killed in the middle of a call, the host can't send Shutdown.
#[test]
fn a_host_that_is_killed_leaves_no_process_behind() {
    let turso = Emulator::start(Settings::default()).unwrap();
    turso.add_organization("acme", OrganizationKind::Team);
    turso.add_token(ApiToken::owner("token"));
    turso.inject(Fault::once(Call::Save, Effect::Delay(Duration::from_secs(60))));
    let folder = tempfile::tempdir().unwrap();
    let temporary = folder.path().join("tmp");
    fs::create_dir(&temporary).unwrap();
    let hcl = r#"
        provider "turso" {
          organization = "acme"
          preflight    = "off"
        }
        resource "turso_jwks_endpoint" "clerk" {
          name = "clerk"
          url  = "https://clerk.example.com/jwks.json"
        }
    "#;
    fs::write(folder.path().join("main.tf"), format!("{REQUIRED_PROVIDERS}{hcl}")).unwrap();
    let runner = Runner::new();
    let mut engine = runner
        .command(folder.path(), &["apply", "-no-color", "-auto-approve"])
        .env("TMPDIR", &temporary)
        .env("TURSO_API_BASEURL", turso.base_url())
        .env("TURSO_API_TOKEN", "token")
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    wait_until("Turso has received the save", || {
        turso.requests().iter().any(|recorded| recorded.request.method == "PUT")
    });
    assert_eq!(sockets(&temporary).len(), 1, "the provider that applies");

    engine.kill().unwrap();
    engine.wait().unwrap();

    // The socket goes when the process ends, and in no other way.
    wait_until("the provider has ended", || sockets(&temporary).is_empty());
}

#[track_caller]
fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(20), "in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
