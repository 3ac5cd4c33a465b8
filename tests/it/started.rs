//! The built binary, started by the workspace's host with what the test wants, and gRPC calls as bytes.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::BodyExt as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
pub(crate) use plugin_host::certificate::Identity;
use plugin_host::connection::{ConnectError, connect, connect_with};
use plugin_host::framing::{framed, messages};
use plugin_host::handshake::{CLIENT_CERT, COOKIE as COOKIE_VALUE, COOKIE_KEY, Handshake};
use plugin_host::process::{Launch, Process};
use rustls::SupportedProtocolVersion;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, UnixTime};
use tokio::process::Command;
use tonic::body::Body;
use tonic::codegen::{Service as _, http};
use tonic::transport::Channel;

pub(crate) const COOKIE: (&str, &str) = (COOKIE_KEY, COOKIE_VALUE);

/// Longer than anything here takes: a test that reaches it fails.
const LIMIT: Duration = Duration::from_secs(20);

/// The binary without any of the variables that a host sets, whoever runs the tests.
pub(crate) fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terraform-provider-turso"));
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// The binary with what every host sets.
pub(crate) fn binary_for_a_host() -> Command {
    let mut command = binary();
    command.envs([COOKIE, ("PLUGIN_PROTOCOL_VERSIONS", "6,5")]);
    command
}

/// A plugin that runs and has told where.
pub(crate) struct Plugin {
    process: Process,
    /// The line that says where, without its newline.
    pub(crate) line: String,
}

/// What a plugin left when it ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) rest_of_stdout: String,
    pub(crate) stderr: String,
    pub(crate) files_left: Vec<PathBuf>,
}

impl Plugin {
    /// Starts a plugin for a host that shows `identity`, or for one without TLS.
    pub(crate) async fn start(identity: Option<&Identity>) -> Self {
        Self::start_with(binary_for_a_host(), identity).await
    }

    /// As `start`, with variables of the test's own.
    pub(crate) async fn start_with(mut command: Command, identity: Option<&Identity>) -> Self {
        if let Some(identity) = identity {
            command.env(CLIENT_CERT, identity.pem());
        }
        let is_debug = command.as_std().get_args().any(|argument| argument == "-debug");
        let launch = Launch::of(command).without_tls();
        Self::launch(if is_debug { launch.debugged() } else { launch }).await
    }

    /// Starts a plugin without TLS for a host that names no directory for its socket.
    pub(crate) async fn start_where_it_likes(command: Command) -> Self {
        Self::launch(Launch::of(command).without_tls().without_socket_folder()).await
    }

    async fn launch(launch: Launch) -> Self {
        let process = within_limit(launch.start()).await.unwrap();
        Self { line: process.line().to_owned(), process }
    }

    pub(crate) fn field(&self, number: usize) -> &str {
        self.line.split('|').nth(number).expect("the handshake line has the field")
    }

    pub(crate) fn socket(&self) -> &Path {
        &self.process.handshake().socket
    }

    /// The certificate that the plugin announced; empty where there is none.
    pub(crate) fn certificate(&self) -> CertificateDer<'_> {
        self.process.handshake().certificate.as_deref().unwrap_or_default().into()
    }

    pub(crate) fn directory(&self) -> &Path {
        self.process.sockets()
    }

    /// Connects as a host with `identity` does, in any TLS version.
    pub(crate) async fn connect(&self, identity: &Identity) -> Result<Host, ConnectError> {
        self.connect_with(Some(identity), rustls::ALL_VERSIONS).await
    }

    /// Connects, and asks for the plugin's health: in TLS 1.3 a client learns only afterwards that it was refused.
    pub(crate) async fn connect_with(
        &self,
        identity: Option<&Identity>,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Result<Host, ConnectError> {
        assert_holds_for_a_stock_client(&self.certificate());
        within_limit(connect_with(self.process.handshake(), identity, versions)).await.map(Host)
    }

    pub(crate) async fn connect_without_tls(&self) -> Result<Host, ConnectError> {
        Host::at(self.socket()).await
    }

    /// The value of `TF_REATTACH_PROVIDERS`, which a plugin in debug mode prints.
    pub(crate) async fn reattach_value(&mut self) -> serde_json::Value {
        let value = self.line.trim().strip_prefix("TF_REATTACH_PROVIDERS='").expect("it is in debug mode");
        serde_json::from_str(value.trim_end_matches('\'')).unwrap()
    }

    pub(crate) fn process(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.process().try_into().unwrap()), signal).unwrap();
    }

    /// Waits for the process to end.
    pub(crate) async fn ended(self) -> Ended {
        let stopped = self.process.wait(Instant::now(), LIMIT).await.unwrap();
        assert!(!stopped.killed, "the plugin ends in time");
        Ended {
            status: stopped.status,
            rest_of_stdout: stopped.stdout.join("\n"),
            stderr: stopped.stderr.join("\n"),
            files_left: stopped.left,
        }
    }
}

/// The workspace's host takes any certificate that is the announced one. Terraform, as other clients do, also reads it.
fn assert_holds_for_a_stock_client(certificate: &CertificateDer<'_>) {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate.clone().into_owned()).unwrap();
    let crypto = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), crypto).build().unwrap();
    let name = "localhost".try_into().unwrap();
    verifier.verify_server_cert(certificate, &[], &name, &[], UnixTime::now()).unwrap();
}

/// A connection to a plugin, from the host's end.
pub(crate) struct Host(Channel);

/// What a method answered: its gRPC status, and its message without the frame.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: String,
    pub(crate) message: Vec<u8>,
}

impl Host {
    /// Connects without TLS.
    pub(crate) async fn at(socket: &Path) -> Result<Self, ConnectError> {
        let handshake = Handshake { socket: socket.to_owned(), certificate: None };
        within_limit(connect(&handshake, None)).await.map(Self)
    }

    /// Calls a method and waits for all of its answer.
    pub(crate) async fn call(&mut self, path: &str, message: &[u8]) -> Answer {
        let (head, body) = self.send(path, message).await.into_parts();
        let body = within_limit(body.collect()).await.unwrap();
        // An answer without a message has its status in the head.
        let status = body
            .trailers()
            .and_then(|trailers| trailers.get("grpc-status"))
            .or(head.headers.get("grpc-status"));
        let status = status.expect("an answer has a status").to_str().unwrap().to_owned();
        let body = body.to_bytes();
        let messages = messages(&body).expect("the body is whole");
        Answer { status, message: messages.first().copied().unwrap_or_default().to_vec() }
    }

    /// Opens a stream that nobody ends.
    pub(crate) async fn open(&mut self, path: &str) -> http::Response<Body> {
        self.send(path, b"").await
    }

    async fn send(&mut self, path: &str, message: &[u8]) -> http::Response<Body> {
        let request = http::Request::post(format!("http://localhost{path}"))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(Body::new(http_body_util::Full::from(framed(&[message]))))
            .unwrap();
        let answer = async {
            std::future::poll_fn(|context| self.0.poll_ready(context)).await?;
            self.0.call(request).await
        };
        within_limit(answer).await.unwrap()
    }
}

/// What a future gives, or a failed test.
pub(crate) async fn within_limit<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, future).await.expect("the plugin answers in time")
}
