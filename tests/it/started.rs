//! The built binary, started as a host starts it, and a client that speaks to it as a host does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::SendRequest;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, PKCS_ECDSA_P521_SHA512};
use rustls::SupportedProtocolVersion;
use rustls::client::ResolvesClientCert;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, ChildStdout, Command};
use tokio_rustls::TlsConnector;
use tonic::codegen::Bytes;

const BINARY: &str = env!("CARGO_BIN_EXE_terraform-provider-turso");
pub(crate) const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// Longer than anything here takes: a test that reaches it fails.
const LIMIT: Duration = Duration::from_secs(20);

/// The binary without any of the variables that a host sets, whoever runs the tests.
pub(crate) fn binary() -> Command {
    let mut command = Command::new(BINARY);
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
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// Holds the socket where the host named a directory, and nothing else.
    directory: tempfile::TempDir,
    /// The handshake line without its newline.
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
        let directory = tempfile::tempdir().unwrap();
        command.env("PLUGIN_UNIX_SOCKET_DIR", directory.path());
        if let Some(identity) = identity {
            command.env("PLUGIN_CLIENT_CERT", identity.pem());
        }
        Self::spawn(command, directory).await
    }

    /// Starts a plugin without TLS for a host that names no directory for its socket.
    pub(crate) async fn start_where_it_likes(command: Command) -> Self {
        Self::spawn(command, tempfile::tempdir().unwrap()).await
    }

    async fn spawn(mut command: Command, directory: tempfile::TempDir) -> Self {
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        within_limit(stdout.read_line(&mut line)).await.unwrap();
        let line = line.strip_suffix('\n').expect("the line ends with a newline").to_owned();
        Self { child, stdout, directory, line }
    }

    pub(crate) fn field(&self, number: usize) -> &str {
        self.line.split('|').nth(number).expect("the handshake line has the field")
    }

    pub(crate) fn socket(&self) -> &Path {
        Path::new(self.field(3))
    }

    /// The certificate that the plugin announced.
    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        STANDARD_NO_PAD.decode(self.field(5)).expect("the certificate is base64 without padding").into()
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Connects as a host with `identity` does, in any TLS version.
    pub(crate) async fn connect(&self, identity: &Identity) -> Result<Host, Refused> {
        self.connect_with(Some(identity), &[&TLS13, &TLS12]).await
    }

    /// Connects with TLS, and says hello in HTTP/2: in TLS 1.3 a client learns only afterwards that it was refused.
    pub(crate) async fn connect_with(
        &self,
        identity: Option<&Identity>,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Result<Host, Refused> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.certificate()).unwrap();
        let builder = rustls::ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match identity {
            Some(identity) => builder.with_client_cert_resolver(identity.resolver()),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        let socket = UnixStream::connect(self.socket()).await.unwrap();
        let name = "localhost".try_into().unwrap();
        let stream = within_limit(TlsConnector::from(Arc::new(config)).connect(name, socket))
            .await
            .map_err(|_| Refused)?;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
        Host::over(stream).await
    }

    pub(crate) async fn connect_without_tls(&self) -> Result<Host, Refused> {
        Host::at(self.socket()).await
    }

    /// What a plugin in debug mode prints after its first line: the value of `TF_REATTACH_PROVIDERS`.
    pub(crate) async fn reattach_value(&mut self) -> serde_json::Value {
        let mut line = String::new();
        loop {
            line.clear();
            let length = within_limit(self.stdout.read_line(&mut line)).await.unwrap();
            assert_ne!(length, 0, "the plugin ended before it told the variable");
            if let Some(value) = line.trim().strip_prefix("TF_REATTACH_PROVIDERS='") {
                return serde_json::from_str(value.trim_end_matches('\'')).unwrap();
            }
        }
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id().expect("the plugin runs")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.process().try_into().unwrap()), signal).unwrap();
    }

    /// Waits for the process to end.
    pub(crate) async fn ended(mut self) -> Ended {
        let output = async {
            let mut rest_of_stdout = String::new();
            self.stdout.read_to_string(&mut rest_of_stdout).await.unwrap();
            let output = self.child.wait_with_output().await.unwrap();
            (output, rest_of_stdout)
        };
        let (output, rest_of_stdout) = within_limit(output).await;
        let files = fs::read_dir(self.directory.path()).unwrap();
        Ended {
            status: output.status,
            rest_of_stdout,
            stderr: String::from_utf8(output.stderr).unwrap(),
            files_left: files.map(|file| file.unwrap().path()).collect(),
        }
    }
}

/// The plugin let nobody in.
#[derive(Debug)]
pub(crate) struct Refused;

/// A connection to a plugin, from the host's end.
pub(crate) struct Host(SendRequest<Full<Bytes>>);

/// What a method answered: its gRPC status, and its message without the frame.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: String,
    pub(crate) message: Vec<u8>,
}

impl Host {
    /// Connects without TLS.
    pub(crate) async fn at(socket: &Path) -> Result<Self, Refused> {
        Self::over(UnixStream::connect(socket).await.unwrap()).await
    }

    async fn over(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Result<Self, Refused> {
        let (sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
                .await
                .map_err(|_| Refused)?;
        tokio::spawn(connection);
        let mut host = Self(sender);
        host.send("/grpc.health.v1.Health/Check", b"").await.map_err(|_| Refused)?;
        Ok(host)
    }

    /// Calls a method and waits for all of its answer.
    pub(crate) async fn call(&mut self, path: &str, message: &[u8]) -> Answer {
        let (head, body) = within_limit(self.send(path, message)).await.unwrap().into_parts();
        let body = within_limit(body.collect()).await.unwrap();
        // An answer without a message has its status in the head.
        let status = body
            .trailers()
            .and_then(|trailers| trailers.get("grpc-status"))
            .or(head.headers.get("grpc-status"));
        let status = status.expect("an answer has a status").to_str().unwrap().to_owned();
        let message = body.to_bytes().get(5..).unwrap_or_default().to_vec();
        Answer { status, message }
    }

    /// Opens a stream that nobody ends.
    pub(crate) async fn open(&mut self, path: &str) -> Response<Incoming> {
        within_limit(self.send(path, b"")).await.unwrap()
    }

    async fn send(&mut self, path: &str, message: &[u8]) -> hyper::Result<Response<Incoming>> {
        let length = u32::try_from(message.len()).unwrap().to_be_bytes();
        let framed = [&[0], length.as_slice(), message].concat();
        let request = Request::post(format!("http://localhost{path}"))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(Full::from(framed))
            .unwrap();
        self.0.ready().await?;
        self.0.send_request(request).await
    }
}

/// A certificate with a key to prove it.
pub(crate) struct Identity {
    pub(crate) certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    /// What Terraform makes: a P-521 certificate that signed itself and is marked as an authority.
    pub(crate) fn of_a_host() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512).unwrap();
        let mut parameters = CertificateParams::new(["localhost".to_owned()]).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = parameters.self_signed(&key).unwrap().der().clone();
        Self { certificate, key: PrivatePkcs8KeyDer::from(key.serialize_der()).into() }
    }

    /// Someone who shows `certificate` but has only a key of its own.
    pub(crate) fn thief_of(certificate: &CertificateDer<'static>) -> Self {
        Self { certificate: certificate.clone(), ..Self::of_a_host() }
    }

    pub(crate) fn pem(&self) -> String {
        let body = STANDARD.encode(&self.certificate);
        format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    }

    /// Shows the certificate without a look at whether the key is its own.
    fn resolver(&self) -> Arc<dyn ResolvesClientCert> {
        let key = aws_lc_rs::sign::any_supported_type(&self.key).unwrap();
        Arc::new(SingleCertAndKey::from(CertifiedKey::new(vec![self.certificate.clone()], key)))
    }
}

/// What a future gives, or a failed test.
pub(crate) async fn within_limit<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, future).await.expect("the plugin answers in time")
}
