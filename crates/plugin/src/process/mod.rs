//! The process that a Terraform host starts: how it starts, whom it serves, what it logs, and how it ends.
//!
//! Hosts speak HashiCorp's go-plugin protocol. The plugin finds out whether a host started it and prints one line that
//! says where it listens (`handshake`), listens there (`listener`) with a certificate made for this run (`tls`), and
//! answers gRPC (`server`, `routes`) until its host ends it or is gone. Nothing here knows what the plugin provides.

mod command_line;
mod environment;
mod handshake;
mod listener;
mod log_line;
mod logs;
mod panics;
mod reattach;
mod routes;
mod server;
mod services;
mod signals;
mod tls;
#[cfg(unix)]
mod unix_socket;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use tokio_util::sync::CancellationToken;

use command_line::Command;
use environment::{Environment, NotUtf8};
use handshake::{Handshake, Refusal};
use listener::{ListenError, Listener, Place};
use log_line::LogLine;
use routes::Routes;
use server::{HostLimits, Server};
use tls::{MutualTls, TlsError};

pub use routes::GrpcService;

/// What the plugin calls itself.
#[derive(Clone, Copy, Debug)]
pub struct Plugin {
    /// The binary's name, as in `terraform-provider-example`.
    pub name: &'static str,
    /// What a configuration calls it, as in `someone/example`.
    pub source_address: &'static str,
    /// The version, without a `v`.
    pub version: &'static str,
    /// What the version line says of the build beside the version and the protocol: the target, a commit.
    pub build: &'static str,
    /// The crates whose log reaches the host, beside this one. What other libraries log may hold secrets and stays
    /// inside.
    pub log_targets: &'static [&'static str],
}

impl Plugin {
    /// The last part of the source address: the local name that configurations usually take.
    fn label(&self) -> &'static str {
        self.source_address.rsplit('/').next().unwrap_or(self.source_address)
    }
}

/// Why the process serves nobody. All of it happens before a host has read a handshake line.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Unreadable(#[from] NotUtf8),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error("cannot start the runtime")]
    Runtime(#[source] io::Error),
    #[error("cannot tell the host where to connect")]
    Announce(#[source] io::Error),
}

/// Does what the command line asks: by default, serves the host that started the process until that ends it.
///
/// `make_service` is called once, after the host knows where to connect, so that nothing it loads delays the start.
pub(crate) fn serve<S: GrpcService>(plugin: &Plugin, make_service: impl FnOnce() -> S) -> ExitCode {
    let mode = match command_line::parse(std::env::args().skip(1)) {
        Ok(Command::Serve) => Mode::Hosted,
        Ok(Command::Debug) => Mode::Debug,
        Ok(Command::Version) => {
            return say(&mut io::stdout(), &format!("{}\n", command_line::version(plugin)));
        }
        Ok(Command::Help) => return say(&mut io::stdout(), &command_line::help(plugin)),
        Err(unknown) => {
            say(&mut io::stderr(), &format!("{}: {unknown}; -help lists the flags\n", plugin.name));
            return ExitCode::from(2);
        }
    };
    match run(plugin, mode, make_service) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(ServeError::Refused(Refusal::NotAHost)) => {
            say(&mut io::stderr(), &command_line::help(plugin));
        }
        Err(error) if mode == Mode::Hosted => tell_host(plugin, &error),
        Err(error) => {
            say(&mut io::stderr(), &format!("{}: {}\n", plugin.name, with_causes(&error)));
        }
    }
    ExitCode::FAILURE
}

/// Tells a host why there is no handshake line. What stands in its place on stdout is shown to the person, as
/// `Unrecognized remote plugin message: …`; stderr is shown in the host's log only.
fn tell_host(plugin: &Plugin, error: &ServeError) {
    let reason = with_causes(error);
    say(&mut io::stdout(), &format!("{}: {}\n", plugin.name, handshake::not_a_handshake(&reason)));
    let line = LogLine {
        level: tracing::Level::ERROR,
        target: env!("CARGO_CRATE_NAME"),
        message: &format!("cannot start: {reason}"),
        source_address: plugin.source_address,
        fields: &serde_json::Map::new(),
    };
    say(&mut io::stderr(), &format!("{line}\n"));
}

/// Whom the process serves, and how long.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// The host that started it, until that ends it.
    Hosted,
    /// Whoever connects, until a person interrupts it.
    Debug,
}

/// Runs on one thread: calls spend their time waiting for a network. More threads would cost time at the start, and
/// memory.
fn run<S: GrpcService>(
    plugin: &Plugin,
    mode: Mode,
    make_service: impl FnOnce() -> S,
) -> Result<(), ServeError> {
    let environment = Environment::of_this_process()?;
    if mode == Mode::Hosted {
        handshake::agree(&environment)?;
    }
    panics::report(plugin);
    logs::start(plugin, &environment);

    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(ServeError::Runtime)?;
    let served = runtime.block_on(listen_and_serve(plugin, mode, &environment, make_service));
    // The resolver runs on a thread of its own; a lookup that is under way must not delay the end.
    runtime.shutdown_background();
    served
}

async fn listen_and_serve<S: GrpcService>(
    plugin: &Plugin,
    mode: Mode,
    environment: &Environment,
    make_service: impl FnOnce() -> S,
) -> Result<(), ServeError> {
    let (shutdown, shutdown_when_idle) = (CancellationToken::new(), CancellationToken::new());
    match mode {
        Mode::Hosted => signals::watch(None, shutdown_when_idle.clone()),
        Mode::Debug => signals::watch(Some(shutdown.clone()), shutdown.clone()),
    }
    .map_err(ServeError::Runtime)?;

    let tls = match environment.value(environment::CLIENT_CERTIFICATE) {
        Some(host_certificate) if mode == Mode::Hosted => Some(MutualTls::with_host(host_certificate)?),
        _ => None,
    };
    let listener = Listener::bind(Place::asked_for(environment)?)?;
    announce(plugin, mode, environment, &listener, tls.as_ref()).map_err(ServeError::Announce)?;

    let hosted = mode == Mode::Hosted;
    let server = Server {
        routes: Routes::new(make_service(), hosted.then(|| shutdown.clone())),
        tls: tls.map(|tls| tls.config),
        shutdown,
        shutdown_when_idle,
        host_limits: hosted.then_some(HostLimits::USUAL),
    };
    server.serve(&listener).await;
    Ok(())
}

/// Prints where the process listens: nothing else goes to stdout once it serves.
fn announce(
    plugin: &Plugin,
    mode: Mode,
    environment: &Environment,
    listener: &Listener,
    tls: Option<&MutualTls>,
) -> io::Result<()> {
    let address = listener.address()?;
    let text = match mode {
        Mode::Hosted => {
            let certificate = tls.map(|tls| tls.certificate.as_ref());
            format!("{}\n", Handshake::new(environment, &address, certificate))
        }
        Mode::Debug => format!(
            "{} serves until it is interrupted. Set this where Terraform or OpenTofu runs:\n\n    {}\n\n",
            plugin.name,
            reattach::variable(plugin.source_address, std::process::id(), &address)
        ),
    };
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Writes for a person. A closed pipe fails the process, but there is nobody to tell.
fn say(to: &mut impl Write, text: &str) -> ExitCode {
    match to.write_all(text.as_bytes()).and_then(|()| to.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// An error with what caused it, on one line.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}
