//! The built binary as a process: what it says to a person, whom it lets in, and how it ends.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use rustls::version::{TLS12, TLS13};
use serde_json::{Value, json};

use crate::started::{Answer, COOKIE, Host, Identity, Plugin, binary, binary_for_a_host, within_limit};

const CHECK: &str = "/grpc.health.v1.Health/Check";
const SHUTDOWN: &str = "/plugin.GRPCController/Shutdown";
const STDIO: &str = "/plugin.GRPCStdio/StreamStdio";
const BROKER: &str = "/plugin.GRPCBroker/StartStream";

/// `service: "plugin"`, and `status: SERVING`.
const ABOUT_PLUGIN: &[u8] = b"\x0a\x06plugin";
const SERVING: &[u8] = b"\x08\x01";

fn ok(message: &[u8]) -> Answer {
    Answer { status: "0".to_owned(), message: message.to_vec() }
}

async fn shut_down(host: &mut Host) {
    assert_eq!(host.call(SHUTDOWN, b"").await, ok(b""));
}

// ---- A person runs it

#[tokio::test]
async fn run_by_hand_it_explains_itself_and_fails() {
    let strangers = [("HOME", "/"), (COOKIE.0, "another"), ("PLUGIN_PROTOCOL_VERSIONS", "6")];
    for variable in strangers {
        let output = binary().envs([variable]).output().await.unwrap();

        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{variable:?}");
        assert!(stderr.contains("Terraform and OpenTofu start it by themselves"), "{stderr}");
        assert!(stderr.contains("required_providers"), "{stderr}");
        assert!(output.stdout.is_empty(), "stdout belongs to the handshake");
    }
}

#[tokio::test]
async fn version_and_help_are_said_on_stdout() {
    let (version, build) = (env!("CARGO_PKG_VERSION"), terraform_provider_turso::BUILD);
    let version = format!("terraform-provider-turso {version} (plugin protocol 6.11, {build})\n");
    for (flag, start) in [("-version", version.as_str()), ("--version", &version), ("-help", &version)] {
        let output = binary().arg(flag).output().await.unwrap();

        let stdout = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{flag}");
        assert!(stdout.starts_with(start), "{flag}: {stdout}");
        assert!(output.stderr.is_empty(), "{flag}");
    }
}

#[tokio::test]
async fn an_unknown_flag_is_named() {
    let output = binary_for_a_host().arg("-verbose").output().await.unwrap();

    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "terraform-provider-turso: unknown argument \"-verbose\"; -help lists the flags\n"
    );
}

#[tokio::test]
async fn debug_mode_serves_one_host_after_another_until_it_is_interrupted() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        debug_mode_serves_until(signal).await;
    }
}

async fn debug_mode_serves_until(signal: Signal) {
    let mut command = binary();
    command.arg("-debug");
    let mut plugin = Plugin::start_with(command, None).await;

    let reattach = plugin.reattach_value().await;
    let socket = reattach["turso-community/turso"]["Addr"]["String"].as_str().unwrap();
    let expected = json!({ "turso-community/turso": {
        "Protocol": "grpc",
        "ProtocolVersion": 6,
        "Pid": plugin.process(),
        "Test": true,
        "Addr": { "Network": "unix", "String": socket },
    }});
    assert_eq!(reattach, expected);

    for _ in 0..2 {
        let mut host = Host::at(socket.as_ref()).await.unwrap();
        assert_eq!(host.call(CHECK, ABOUT_PLUGIN).await, ok(SERVING));
        shut_down(&mut host).await;
    }
    let _connected = Host::at(socket.as_ref()).await.unwrap();
    plugin.signal(signal);
    let ended = plugin.ended().await;
    assert!(ended.status.success(), "{signal}");
    assert!(ended.files_left.is_empty(), "{signal}: {:?}", ended.files_left);
}

// ---- A host starts it

/// Runs a start that fails. The reason stands on stdout, since that is what a host shows, and in the log.
async fn failed_start(variables: &[(&str, impl AsRef<OsStr>)]) -> String {
    let output =
        binary_for_a_host().envs(variables.iter().map(|(name, value)| (name, value))).output().await.unwrap();

    let (stdout, stderr) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(1), "{stdout}");
    let reason = stdout.strip_prefix("terraform-provider-turso: ").expect("it says who it is");
    let reason = reason.strip_suffix('\n').expect("hosts read lines");
    assert!(!reason.contains(['\n', '|']), "a host could take this for a handshake: {reason}");
    let logged: Value = serde_json::from_str(&stderr).unwrap();
    assert_eq!(logged["@level"], "error");
    assert!(logged["@message"].as_str().unwrap().starts_with("cannot start: "), "{logged}");
    reason.to_owned()
}

#[tokio::test]
async fn a_host_without_protocol_6_is_told_so() {
    for (versions, said) in [("5", "version 5"), ("4,5,7", "version 4,5,7"), ("", "no version")] {
        let reason = failed_start(&[("PLUGIN_PROTOCOL_VERSIONS", versions)]).await;

        assert!(reason.starts_with(&format!("the host offers plugin protocol {said}, ")), "{reason}");
    }
}

#[tokio::test]
async fn a_host_certificate_that_is_none_stops_the_start() {
    let reason = failed_start(&[("PLUGIN_CLIENT_CERT", "not a certificate")]).await;

    assert!(reason.starts_with("the host's certificate is no PEM"), "{reason}");
    assert!(!reason.contains("not a certificate"), "{reason}");
}

/// Without its certificate the host would be served without TLS, and so would everyone else.
#[tokio::test]
async fn a_host_certificate_that_can_not_be_read_is_not_taken_for_none() {
    for (value, said) in [
        (b"\xff\xfe".as_slice(), "PLUGIN_CLIENT_CERT is not UTF-8"),
        (b" ", "the host's certificate is no PEM"),
        (
            b"-----BEGIN CERTIFICATE-----\nZ2FyYmFnZQ==\n-----END CERTIFICATE-----\n",
            "the host's certificate is PEM, but no certificate",
        ),
    ] {
        let reason = failed_start(&[("PLUGIN_CLIENT_CERT", OsStr::from_bytes(value))]).await;

        assert!(reason.starts_with(said), "{reason}");
    }
}

#[tokio::test]
async fn a_socket_that_can_not_be_made_stops_the_start() {
    let long = format!("/tmp/{}", "d".repeat(120));
    for (variable, value, said) in [
        ("PLUGIN_UNIX_SOCKET_DIR", "/absent", "in \"/absent\": No such file or directory"),
        ("PLUGIN_UNIX_SOCKET_DIR", long.as_str(), "the path is too long for a Unix socket"),
        ("PLUGIN_UNIX_SOCKET_DIR", "1|6|unix|/absent", r#"in "1\u{7c}6\u{7c}unix\u{7c}/absent""#),
        ("PLUGIN_UNIX_SOCKET_GROUP", "no-such-group", "the group \"no-such-group\""),
    ] {
        let reason = failed_start(&[(variable, value)]).await;

        assert!(reason.contains(said), "{reason}");
    }
}

#[tokio::test]
async fn without_a_usable_tmpdir_the_socket_is_in_a_private_directory_and_both_are_removed() {
    let mut command = binary_for_a_host();
    command.env("TMPDIR", "/absent");
    let plugin = Plugin::start_where_it_likes(command).await;

    let directory = plugin.socket().parent().unwrap().to_owned();
    assert_eq!(directory.parent(), Some(Path::new("/tmp")));
    assert_eq!(fs::metadata(&directory).unwrap().mode() & 0o777, 0o700);
    let mut host = plugin.connect_without_tls().await.unwrap();
    shut_down(&mut host).await;
    assert!(plugin.ended().await.status.success());
    assert!(!directory.exists());
}

#[tokio::test]
async fn an_empty_tmpdir_counts_as_absent() {
    let mut command = binary_for_a_host();
    command.env("TMPDIR", "");
    let plugin = Plugin::start_where_it_likes(command).await;

    assert_eq!(plugin.socket().parent(), Some(Path::new("/tmp")));
    plugin.signal(Signal::SIGTERM);
    plugin.ended().await;
}

#[tokio::test]
async fn the_handshake_line_says_where_and_with_which_certificate() {
    let plugin = Plugin::start(Some(&Identity::of_a_host())).await;

    let fields: Vec<&str> = plugin.line.split('|').collect();
    let socket = plugin.socket().to_str().unwrap();
    assert_eq!(fields[..5], ["1", "6", "unix", socket, "grpc"]);
    assert!(socket.starts_with(plugin.directory().to_str().unwrap()));
    assert!(!plugin.certificate().is_empty());
    assert_eq!(fields.len(), 6);
}

#[tokio::test]
async fn without_a_host_certificate_there_is_no_tls() {
    let plugin = Plugin::start(None).await;

    assert_eq!(plugin.field(5), "");
    let mut host = plugin.connect_without_tls().await.unwrap();
    assert_eq!(host.call(CHECK, ABOUT_PLUGIN).await, ok(SERVING));
}

#[tokio::test]
async fn only_the_owner_may_open_the_socket() {
    let plugin = Plugin::start(Some(&Identity::of_a_host())).await;

    let socket = fs::metadata(plugin.socket()).unwrap();
    assert!(socket.file_type().is_socket());
    assert_eq!(socket.mode() & 0o777, 0o600);
}

// ---- Whom it lets in

#[tokio::test]
async fn the_host_is_let_in_with_tls_1_3_and_1_2() {
    let identity = Identity::of_a_host();
    let plugin = Plugin::start(Some(&identity)).await;

    for version in [&TLS13, &TLS12] {
        let mut host = plugin.connect_with(Some(&identity), &[version]).await.unwrap();
        assert_eq!(host.call(CHECK, ABOUT_PLUGIN).await, ok(SERVING));
    }
}

#[tokio::test]
async fn everyone_else_is_refused_before_grpc_begins() {
    let identity = Identity::of_a_host();
    let plugin = Plugin::start(Some(&identity)).await;
    let other = Identity::of_a_host();
    let thief = Identity::thief_of(&identity.certificate);

    let strangers = [("no certificate", None), ("another", Some(&other)), ("without its key", Some(&thief))];
    for (who, stranger) in strangers {
        for version in [&TLS13, &TLS12] {
            let outcome = plugin.connect_with(stranger, &[version]).await;
            assert!(outcome.is_err(), "{who} was let in with {version:?}");
        }
    }
    assert!(plugin.connect_without_tls().await.is_err(), "a client without TLS was let in");
    assert!(plugin.connect(&identity).await.is_ok(), "the host is still let in");
}

// ---- How it serves and ends

#[tokio::test]
async fn the_broker_is_unimplemented() {
    let identity = Identity::of_a_host();
    let plugin = Plugin::start(Some(&identity)).await;
    let mut host = plugin.connect(&identity).await.unwrap();

    assert_eq!(host.call(BROKER, b"").await.status, "12");
}

#[tokio::test]
async fn shutdown_ends_the_process_at_once_although_streams_are_open() {
    let identity = Identity::of_a_host();
    let plugin = Plugin::start(Some(&identity)).await;
    let mut host = plugin.connect(&identity).await.unwrap();
    let _stdio = host.open(STDIO).await;
    let _watch = host.open("/grpc.health.v1.Health/Watch").await;

    let asked = Instant::now();
    shut_down(&mut host).await;
    let ended = plugin.ended().await;

    assert!(asked.elapsed() < Duration::from_secs(1), "it took {:?}", asked.elapsed());
    assert!(ended.status.success());
    assert_eq!((ended.rest_of_stdout.as_str(), ended.stderr.as_str()), ("", ""));
    assert!(ended.files_left.is_empty(), "{:?}", ended.files_left);
}

#[tokio::test]
async fn a_host_that_hangs_up_after_shutdown_is_not_kept_waiting() {
    let identity = Identity::of_a_host();
    let plugin = Plugin::start(Some(&identity)).await;
    let mut host = plugin.connect(&identity).await.unwrap();
    let stdio = host.open(STDIO).await;

    let asked = Instant::now();
    shut_down(&mut host).await;
    drop((host, stdio));
    plugin.ended().await;

    assert!(asked.elapsed() < Duration::from_millis(200), "it took {:?}", asked.elapsed());
}

#[tokio::test]
async fn an_interrupt_is_left_to_the_host() {
    let identity = Identity::of_a_host();
    let plugin = Plugin::start(Some(&identity)).await;
    let mut host = plugin.connect(&identity).await.unwrap();

    for _ in 0..3 {
        plugin.signal(Signal::SIGINT);
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(host.call(CHECK, ABOUT_PLUGIN).await, ok(SERVING));
    }
    shut_down(&mut host).await;
    assert!(plugin.ended().await.status.success());
}

#[tokio::test]
async fn sigterm_is_left_to_a_host_that_is_connected() {
    let identity = Identity::of_a_host();
    let plugin = Plugin::start(Some(&identity)).await;
    let mut host = plugin.connect(&identity).await.unwrap();

    for _ in 0..3 {
        plugin.signal(Signal::SIGTERM);
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(host.call(CHECK, ABOUT_PLUGIN).await, ok(SERVING));
    }
    shut_down(&mut host).await;
    let ended = plugin.ended().await;

    assert!(ended.status.success());
    assert!(ended.files_left.is_empty(), "{:?}", ended.files_left);
}

#[tokio::test]
async fn after_sigterm_the_end_of_the_hosts_connection_ends_the_process() {
    let identity = Identity::of_a_host();
    let plugin = Plugin::start(Some(&identity)).await;
    let mut host = plugin.connect(&identity).await.unwrap();
    let stdio = host.open(STDIO).await;
    plugin.signal(Signal::SIGTERM);
    assert_eq!(host.call(CHECK, ABOUT_PLUGIN).await, ok(SERVING));

    let closed = Instant::now();
    drop((host, stdio));
    let ended = plugin.ended().await;

    assert!(closed.elapsed() < Duration::from_millis(500), "it took {:?}", closed.elapsed());
    assert!(ended.status.success());
    assert!(ended.files_left.is_empty(), "{:?}", ended.files_left);
}

#[tokio::test]
async fn sigterm_ends_a_process_that_nobody_is_connected_to() {
    let plugin = Plugin::start(Some(&Identity::of_a_host())).await;

    let asked = Instant::now();
    plugin.signal(Signal::SIGTERM);
    let ended = plugin.ended().await;

    assert!(asked.elapsed() < Duration::from_millis(500), "it took {:?}", asked.elapsed());
    assert!(ended.status.success());
    assert!(ended.files_left.is_empty(), "{:?}", ended.files_left);
}

#[tokio::test]
async fn a_host_that_is_gone_without_shutdown_takes_the_process_with_it() {
    let identity = Identity::of_a_host();
    let plugin = Plugin::start(Some(&identity)).await;
    let mut host = plugin.connect(&identity).await.unwrap();
    let stdio = host.open(STDIO).await;

    let closed = Instant::now();
    drop((host, stdio));
    let ended = plugin.ended().await;

    assert!(closed.elapsed() < Duration::from_secs(5), "it took {:?}", closed.elapsed());
    assert!(ended.status.success());
    assert!(ended.files_left.is_empty(), "{:?}", ended.files_left);
}

// ---- What it logs

#[tokio::test]
async fn logs_are_json_lines_on_stderr_when_asked_for_and_hold_no_certificate() {
    let identity = Identity::of_a_host();
    let mut command = binary_for_a_host();
    command.env("TF_LOG_PROVIDER_TURSO", "trace");
    let plugin = Plugin::start_with(command, Some(&identity)).await;
    assert!(plugin.connect(&Identity::of_a_host()).await.is_err());
    let mut host = plugin.connect(&identity).await.unwrap();
    shut_down(&mut host).await;

    let ended = plugin.ended().await;

    let lines: Vec<Value> = ended.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(!lines.is_empty(), "a refused connection is worth a line");
    for line in lines {
        for key in ["@level", "@message", "@timestamp", "@module"] {
            assert!(line[key].is_string(), "{key} in {line}");
        }
        assert_eq!(line["tf_provider_addr"], "turso-community/turso");
    }
    assert!(!ended.stderr.contains("CERTIFICATE"), "{}", ended.stderr);
    assert_eq!(ended.rest_of_stdout, "", "stdout belongs to the handshake");
}

#[tokio::test]
async fn a_host_whose_stdout_is_closed_is_not_served() {
    let mut command = binary_for_a_host();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let child = command.stdout(writer).spawn().unwrap();

    let output = within_limit(child.wait_with_output()).await.unwrap();

    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr.contains("cannot tell the host where to connect"), "{stderr}");
}
