//! Starts a provider as a host does, and ends it as a host does.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinHandle;
use tonic::transport::Channel;

use crate::certificate::Identity;
use crate::connection::{ConnectError, connect};
use crate::handshake::{
    CLIENT_CERT, COOKIE, COOKIE_KEY, Handshake, HandshakeError, MULTIPLEX, PROTOCOL_VERSIONS, REATTACH,
    SOCKET_DIR,
};
use crate::log;
use crate::wire::go_plugin::Empty;
use crate::wire::go_plugin::grpc_controller_client::GrpcControllerClient;

/// How long a host waits for the handshake line.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How long a host waits after `Shutdown` before it kills the process.
const STOP_LIMIT: Duration = Duration::from_secs(2);
/// The protocol versions that hosts offer.
const VERSIONS: &str = "5,6";
/// What a plugin needs of the environment where it is not to see the whole of it.
const BASIC_ENVIRONMENT: [&str; 2] = ["PATH", "LLVM_PROFILE_FILE"];
/// A home without any settings. Where the variable is unset, programs find the developer's own home.
const NO_HOME: &str = "/nonexistent";

/// A provider about to be started.
#[derive(Debug)]
pub struct Launch {
    command: Command,
    tls: bool,
    echo: bool,
    debug: bool,
    names_folder: bool,
}

/// Why a provider did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no such program, or it can't be run
    #[error("{program:?} can't be started")]
    Spawn {
        /// The program
        program: PathBuf,
        /// What the system said
        #[source]
        source: io::Error,
    },
    /// It ended before it printed a handshake
    #[error("the plugin ended with {status} before its handshake, saying: {stderr}")]
    Ended {
        /// How it ended
        status: ExitStatus,
        /// All that it wrote to stderr
        stderr: String,
    },
    /// It printed something else first
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    /// It printed nothing in the time that a host allows
    #[error("no handshake within 60 s")]
    Late,
    /// The system refused a socket folder, a pipe or a wait
    #[error("the plugin can't be watched")]
    Watch(#[source] io::Error),
}

/// A provider that runs. Only the system's own refusals to watch or end a process are errors of its methods, and what
/// [`connect`] says.
#[derive(Debug)]
pub struct Process {
    child: Child,
    line: String,
    handshake: Handshake,
    took: Duration,
    identity: Option<Identity>,
    sockets: TempDir,
    socket_problems: Vec<String>,
    stdout: Captured,
    stderr: Captured,
}

/// How a provider ended.
#[derive(Debug)]
pub struct Stopped {
    /// From the request to the end of the process
    pub took: Duration,
    /// Whether it had to be killed
    pub killed: bool,
    /// Its exit status
    pub status: ExitStatus,
    /// What was wrong with its socket
    pub socket: Vec<String>,
    /// What it left in the folder for sockets
    pub left: Vec<PathBuf>,
    /// What it printed to stdout after the handshake, where nothing belongs
    pub stdout: Vec<String>,
    /// What it wrote to stderr
    pub stderr: Vec<String>,
}

impl Launch {
    /// The program, with nothing of this process's environment but what programs need to run at all.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let mut launch = Self::inheriting(program);
        launch.command.env_clear();
        for key in BASIC_ENVIRONMENT {
            if let Some(value) = std::env::var_os(key) {
                launch.command.env(key, value);
            }
        }
        launch.command.env("HOME", NO_HOME).env(COOKIE_KEY, COOKIE).env(PROTOCOL_VERSIONS, VERSIONS);
        launch
    }

    /// The program, with the whole environment of this process, as Terraform starts it.
    pub fn inheriting(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.env(COOKIE_KEY, COOKIE).env(PROTOCOL_VERSIONS, VERSIONS);
        command.env_remove(MULTIPLEX).env_remove(CLIENT_CERT);
        Self::of(command)
    }

    /// A program whose environment is the caller's own: only the folder for sockets is set, and the certificate.
    pub fn of(command: Command) -> Self {
        Self { command, tls: true, echo: false, debug: false, names_folder: true }
    }

    /// Sets a variable of the program's environment.
    #[must_use]
    pub fn env(mut self, key: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    /// Unsets a variable of the program's environment, be it the cookie.
    #[must_use]
    pub fn without_env(mut self, key: impl AsRef<OsStr>) -> Self {
        self.command.env_remove(key);
        self
    }

    /// Adds an argument. Hosts give none.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.command.arg(argument.into());
        self
    }

    /// Makes and offers no certificate, as a host does under `TF_DISABLE_PLUGIN_TLS`.
    #[must_use]
    pub fn without_tls(mut self) -> Self {
        self.tls = false;
        self
    }

    /// Takes the program to be one that a person started with `-debug`, which says where it is in
    /// `TF_REATTACH_PROVIDERS`.
    #[must_use]
    pub fn debugged(mut self) -> Self {
        self.debug = true;
        self.without_tls()
    }

    /// Names no folder for sockets, as hosts do: the program looks for one itself.
    #[must_use]
    pub fn without_socket_folder(mut self) -> Self {
        self.names_folder = false;
        self
    }

    /// Writes the program's stderr to our own, too.
    #[must_use]
    pub fn echoing(mut self) -> Self {
        self.echo = true;
        self
    }

    /// Starts the program and reads its handshake line.
    ///
    /// # Errors
    ///
    /// Where a host would give up on the plugin: it does not start, ends, or prints no sound handshake in time.
    pub async fn start(mut self) -> Result<Process, StartError> {
        let identity = self.tls.then(Identity::of_a_host);
        let sockets = tempfile::Builder::new().prefix("plugin-").tempdir().map_err(StartError::Watch)?;
        let program = PathBuf::from(self.command.as_std().get_program());
        if let Some(identity) = &identity {
            self.command.env(CLIENT_CERT, identity.pem());
        }
        if self.names_folder {
            self.command.env(SOCKET_DIR, sockets.path());
        }
        let began = Instant::now();
        let mut child = self
            .command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| StartError::Spawn { program, source })?;
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let stderr = Captured::from(child.stderr.take().expect("stderr is piped"), self.echo);
        let first_line = first_line(&mut stdout, self.debug);
        let read = tokio::time::timeout(START_LIMIT, first_line).await.map_err(|_| StartError::Late)?;
        let line = read.map_err(StartError::Watch)?;
        if line.is_empty() {
            let status = child.wait().await.map_err(StartError::Watch)?;
            return Err(StartError::Ended { status, stderr: stderr.finish().await.join("\n") });
        }
        let took = began.elapsed();
        let handshake = match self.debug {
            true => Handshake::parse_reattach(&line)?,
            false => Handshake::parse(&line)?,
        };
        let stdout = Captured::from(stdout, false);
        let socket_problems = socket_problems(&handshake.socket, sockets.path());
        Ok(Process { child, line, handshake, took, identity, sockets, socket_problems, stdout, stderr })
    }
}

impl Process {
    /// The line that says where the provider is, without its newline.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// What the provider said of itself.
    pub fn handshake(&self) -> &Handshake {
        &self.handshake
    }

    /// The time from the start of the process to its handshake line.
    pub fn took(&self) -> Duration {
        self.took
    }

    /// The process id; 0 once it has ended.
    pub fn id(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// The folder that the host gave for sockets.
    pub fn sockets(&self) -> &Path {
        self.sockets.path()
    }

    /// What it wrote to stderr until now.
    pub fn stderr(&self) -> Vec<String> {
        self.stderr.lines()
    }

    /// Connects with the certificate that the plugin was told of.
    ///
    /// # Errors
    ///
    /// Where a host could not use the plugin.
    pub async fn connect(&self) -> Result<Channel, ConnectError> {
        connect(&self.handshake, self.identity.as_ref()).await
    }

    /// Connects with another certificate, or with none: a sound plugin refuses both.
    pub async fn connect_as(&self, identity: Option<&Identity>) -> Result<Channel, ConnectError> {
        connect(&self.handshake, identity).await
    }

    /// Sends a signal by its name, `INT` or `TERM`, through the system's `kill`.
    pub async fn signal(&self, name: &str) -> io::Result<()> {
        Command::new("kill").arg(format!("-{name}")).arg(self.id().to_string()).status().await.map(drop)
    }

    /// Asks the process to end and kills it 2 s later, as a host does. The host's streams stay open meanwhile.
    pub async fn stop(self, channel: Channel) -> io::Result<Stopped> {
        self.stop_within(STOP_LIMIT, channel).await
    }

    /// As [`Process::stop`], with another limit.
    pub async fn stop_within(self, limit: Duration, channel: Channel) -> io::Result<Stopped> {
        let began = Instant::now();
        let mut controller = GrpcControllerClient::new(channel);
        // Not awaited: a process that ends at once may take the answer with it.
        let asking = tokio::spawn(async move { controller.shutdown(Empty {}).await });
        let stopped = self.wait(began, limit).await;
        asking.abort();
        stopped
    }

    /// Waits for the process to end on its own, and kills it where that takes longer than `limit`.
    pub async fn wait(mut self, began: Instant, limit: Duration) -> io::Result<Stopped> {
        let (status, killed) = match tokio::time::timeout(limit, self.child.wait()).await {
            Ok(status) => (status?, false),
            Err(_) => {
                self.child.kill().await?;
                (self.child.wait().await?, true)
            }
        };
        let took = began.elapsed();
        let left = std::fs::read_dir(self.sockets.path())?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<io::Result<_>>()?;
        let (stdout, stderr) = (self.stdout.finish().await, self.stderr.finish().await);
        Ok(Stopped { took, killed, status, socket: self.socket_problems, left, stdout, stderr })
    }
}

impl Stopped {
    /// What a host, or the next process that uses the folder for sockets, would hold against the provider.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = self.socket.clone();
        if self.killed {
            problems.push(format!("it was still there {:.1?} after Shutdown and was killed", self.took));
        } else if !self.status.success() {
            problems.push(format!("it ended with {}", self.status));
        }
        problems.extend(self.left.iter().map(|path| format!("it left {} behind", path.display())));
        problems.extend(self.stdout.iter().map(|line| format!("it printed to stdout: {line}")));
        problems.extend(self.stderr.iter().filter_map(|line| log::problem(line)));
        problems
    }
}

/// The handshake line, or that of a program in debug mode, without its newline; empty where there is none.
async fn first_line(stdout: &mut BufReader<ChildStdout>, debug: bool) -> io::Result<String> {
    let mut line = String::new();
    loop {
        line.clear();
        let length = stdout.read_line(&mut line).await?;
        if length == 0 || !debug || line.contains(REATTACH) {
            return Ok(line.trim_end_matches('\n').to_owned());
        }
    }
}

/// The socket belongs into the folder that the host names, and to nobody but the user.
fn socket_problems(socket: &Path, folder: &Path) -> Vec<String> {
    let mut problems = Vec::new();
    if !socket.starts_with(folder) {
        problems.push(format!("its socket {} is not in {}", socket.display(), folder.display()));
    }
    match std::fs::metadata(socket).map(|socket| socket.permissions().mode() & 0o777) {
        Ok(0o600) => {}
        Ok(mode) => problems.push(format!("its socket has the mode {mode:o}")),
        Err(error) => problems.push(format!("its socket can't be seen: {error}")),
    }
    problems
}

/// The lines of a stream, collected while it is open.
#[derive(Debug)]
struct Captured {
    lines: Arc<Mutex<Vec<String>>>,
    reader: JoinHandle<()>,
}

impl Captured {
    fn from(stream: impl AsyncRead + Send + Unpin + 'static, echo: bool) -> Self {
        let lines = Arc::default();
        let reader = tokio::spawn(collect(BufReader::new(stream), Arc::clone(&lines), echo));
        Self { lines, reader }
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for the end of the stream. A grandchild may keep it open, so not for long.
    async fn finish(self) -> Vec<String> {
        let lines = Arc::clone(&self.lines);
        let abort = self.reader.abort_handle();
        if tokio::time::timeout(STOP_LIMIT, self.reader).await.is_err() {
            abort.abort();
        }
        let lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.clone()
    }
}

async fn collect<R: AsyncRead + Unpin>(mut stream: BufReader<R>, lines: Arc<Mutex<Vec<String>>>, echo: bool) {
    let mut line = Vec::new();
    while stream.read_until(b'\n', &mut line).await.is_ok_and(|length| length > 0) {
        if echo {
            // Where our own stderr is gone there is nobody left to tell.
            let _ = io::stderr().write_all(&line);
        }
        let text = String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned();
        lines.lock().unwrap_or_else(PoisonError::into_inner).push(text);
        line.clear();
    }
}
