//! Starting and ending a process.

use std::time::Duration;

use plugin_host::certificate::Identity;
use plugin_host::connection::ConnectError;
use plugin_host::handshake::COOKIE_KEY;
use plugin_host::process::{Launch, StartError};

use crate::fake;

#[tokio::test]
async fn a_provider_serves_over_mutual_tls_and_ends_when_asked() {
    let process = fake("").start().await.unwrap();
    assert!(process.handshake().certificate.is_some());
    let channel = process.connect().await.unwrap();
    let stopped = process.stop(channel).await.unwrap();
    assert_eq!(stopped.problems(), Vec::<String>::new());
    assert!(stopped.took < Duration::from_secs(1), "{:?}", stopped.took);
}

#[tokio::test]
async fn a_provider_serves_without_tls_where_none_is_offered() {
    let process = fake("").without_tls().start().await.unwrap();
    assert_eq!(process.handshake().certificate, None);
    process.connect().await.unwrap();
}

#[tokio::test]
async fn a_client_with_no_certificate_or_another_one_is_refused() {
    let process = fake("").start().await.unwrap();
    let stranger = Identity::of_a_host();
    for identity in [None, Some(&stranger)] {
        let refused = process.connect_as(identity).await.unwrap_err();
        assert!(matches!(refused, ConnectError::Transport(_) | ConnectError::Health(_)), "{refused}");
    }
    process.connect().await.unwrap();
}

#[tokio::test]
async fn another_certificate_than_the_announced_one_is_refused() {
    let (process, other) = (fake("").start().await.unwrap(), fake("").start().await.unwrap());
    let mut handshake = process.handshake().clone();
    handshake.certificate = other.handshake().certificate.clone();
    plugin_host::connection::connect(&handshake, None).await.unwrap_err();
}

#[tokio::test]
async fn a_process_that_ends_before_its_handshake_says_why() {
    let error = fake("").without_env(COOKIE_KEY).start().await.unwrap_err();
    let StartError::Ended { status, stderr } = error else { panic!("{error}") };
    assert!(!status.success());
    assert!(stderr.contains("this is a plugin"), "{stderr}");
}

#[tokio::test]
async fn a_first_line_that_is_no_handshake_is_refused() {
    let error = fake("babbles").start().await.unwrap_err();
    assert!(matches!(error, StartError::Handshake(_)), "{error}");
}

#[tokio::test]
async fn a_program_that_does_not_exist_is_named() {
    let error = Launch::new("/nonexistent/provider").start().await.unwrap_err();
    assert_eq!(error.to_string(), r#""/nonexistent/provider" can't be started"#);
}

#[tokio::test]
async fn a_process_that_misbehaves_is_told_on() {
    for (manner, problem) in [
        ("lingers", "and was killed"),
        ("litters", "behind"),
        ("exposes", "its socket has the mode 666"),
        ("chats", "it printed to stdout: more"),
        ("mumbles", "not a JSON object: not JSON"),
    ] {
        let process = fake(manner).start().await.unwrap();
        let channel = process.connect().await.unwrap();
        let problems = process.stop(channel).await.unwrap().problems();
        assert!(problems.iter().any(|told| told.contains(problem)), "{manner}: {problems:?}");
    }
}

#[tokio::test]
async fn the_developers_environment_stays_out() {
    let process = Launch::new("/bin/sh").arg("-c").arg("env >&2").start().await.unwrap_err();
    let StartError::Ended { stderr, .. } = process else { panic!("{process}") };
    let keys: Vec<_> = stderr.lines().filter_map(|line| line.split('=').next()).collect();
    assert!(keys.contains(&"PLUGIN_CLIENT_CERT"), "{keys:?}");
    assert!(!keys.contains(&"CARGO_PKG_NAME"), "{keys:?}");
}
