//! The plugin's side of the handshake, for programs that stand between a host and a provider, or in for one.

use std::convert::Infallible;
use std::fs::Permissions;
use std::future::Future;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ServerConfig;
use tokio::net::{UnixListener, UnixStream};
use tokio_rustls::TlsAcceptor;
use tonic::body::Body;

use crate::certificate::{Identity, server_config};
use crate::connection::Stream;
use crate::handshake::{CLIENT_CERT, COOKIE, COOKIE_KEY, Handshake, SOCKET_DIR};

/// The user's alone.
const SOCKET_MODE: u32 = 0o600;

/// A socket that a host is about to connect to.
#[derive(Debug)]
pub struct Server {
    listener: UnixListener,
    handshake: Handshake,
    tls: Option<Arc<ServerConfig>>,
    folder: PathBuf,
}

impl Server {
    /// Opens a socket where the host wants it, with TLS where the host offers it.
    ///
    /// # Errors
    ///
    /// Where no host started this process, or the socket or a certificate can't be used.
    pub fn bind() -> anyhow::Result<Self> {
        let offered = |key| std::env::var(key).ok().filter(|value| !value.is_empty());
        if offered(COOKIE_KEY).as_deref() != Some(COOKIE) {
            anyhow::bail!("this is a plugin: Terraform starts it");
        }
        let (tls, certificate) = match offered(CLIENT_CERT) {
            Some(client) => {
                let identity = Identity::of_a_plugin();
                let config = server_config(&identity, &client)?;
                (Some(Arc::new(config)), Some(identity.certificate.to_vec()))
            }
            None => (None, None),
        };
        let parent = offered(SOCKET_DIR).map_or_else(std::env::temp_dir, PathBuf::from);
        // Private to us, so that nobody reaches the socket before its mode is set.
        let folder = tempfile::Builder::new().prefix("plugin").tempdir_in(parent)?.keep();
        let socket = folder.join("socket");
        let listener = UnixListener::bind(&socket)?;
        std::fs::set_permissions(&socket, Permissions::from_mode(SOCKET_MODE))?;
        Ok(Self { listener, handshake: Handshake { socket, certificate }, tls, folder })
    }

    /// Prints the handshake line, which lets the host connect.
    ///
    /// # Errors
    ///
    /// Where stdout is closed.
    pub fn announce(&self) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{}", self.handshake.line())?;
        stdout.flush()
    }

    /// The folder that holds the socket, to be removed at the end.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Answers every request of every connection with `answer`, until the listener fails.
    ///
    /// # Errors
    ///
    /// Where the listener fails.
    pub async fn serve<A, F>(self, answer: A) -> io::Result<Infallible>
    where
        A: Fn(http::Request<Incoming>) -> F + Clone + Send + 'static,
        F: Future<Output = http::Response<Body>> + Send + 'static,
    {
        loop {
            let (stream, _) = self.listener.accept().await?;
            tokio::spawn(welcome(stream, self.tls.clone(), answer.clone()));
        }
    }
}

/// A client that is refused, or goes away, ends its own connection only.
async fn welcome<A, F>(stream: UnixStream, tls: Option<Arc<ServerConfig>>, answer: A)
where
    A: Fn(http::Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = http::Response<Body>> + Send + 'static,
{
    let stream: Box<dyn Stream> = match tls.map(TlsAcceptor::from) {
        None => Box::new(stream),
        Some(acceptor) => match acceptor.accept(stream).await {
            Ok(encrypted) => Box::new(encrypted),
            Err(_) => return,
        },
    };
    let service = service_fn(move |request| {
        let answered = answer(request);
        async move { Ok::<_, Infallible>(answered.await) }
    });
    // An error is the end of the connection, which the client knows better than we do.
    let _ = http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}
