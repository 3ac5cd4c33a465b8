//! Accepts the host's connections and serves them until the process is asked to end, or the host is gone.

use std::future::pending;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tonic::body::Body;

use super::listener::{Listener, Stream};
use super::routes::{GrpcService, Routes};
use super::shutdown::Shutdown;

/// How long answers that are under way may take once the process is asked to end. A host closes its connection as
/// soon as its Shutdown is answered, so this is spent only where it does not; it kills after 2 s.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// How long a plugin without any connection waits for its host. A host connects at once and stays until it ends, so
/// one that has been away for so long was killed, and will never send Shutdown. (Neither a closed stdin nor another
/// parent process would prove it: hosts give no stdin, and may start plugins through a process that ends.)
pub(super) const HOST_LOST_AFTER: Duration = Duration::from_secs(60);

/// How long a client may take to prove who it is.
const TLS_HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);

/// A pause after a connection that could not be accepted: the usual cause is a lack of file descriptors, which a loop
/// without a pause would not cure.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What is served, to whom, and until when.
pub(super) struct Server<S> {
    pub(super) routes: Routes<S>,
    /// None serves whoever connects, as a debugger's host and one with `TF_DISABLE_PLUGIN_TLS` want it.
    pub(super) tls: Option<Arc<ServerConfig>>,
    pub(super) shutdown: Shutdown,
    /// None waits for hosts forever.
    pub(super) host_lost_after: Option<Duration>,
}

impl<S: GrpcService> Server<S> {
    /// Serves until `shutdown` is requested or the host is lost.
    pub(super) async fn serve(self, listener: &Listener) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok(stream) => { connections.spawn(self.connection(stream)); }
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept a connection");
                        sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(_) = connections.join_next() => {}
                () = self.shutdown.requested() => break,
                () = host_lost(self.host_lost_after), if connections.is_empty() => {
                    tracing::warn!("the host is gone without a word");
                    break;
                }
            }
        }
        // Streams that a host holds open would never end on their own.
        let _ = timeout(LAST_WORDS, async { while connections.join_next().await.is_some() {} }).await;
    }

    /// One connection from its first byte to its last. Errors end it, and are the host's to report.
    fn connection(&self, stream: Stream) -> impl Future<Output = ()> + Send + 'static {
        let (routes, shutdown) = (self.routes.clone(), self.shutdown.clone());
        let tls = self.tls.clone().map(TlsAcceptor::from);
        async move {
            let served = match tls {
                None => serve_connection(stream, routes, shutdown).await,
                Some(tls) => match timeout(TLS_HANDSHAKE_LIMIT, tls.accept(stream)).await {
                    Ok(Ok(stream)) => serve_connection(stream, routes, shutdown).await,
                    Ok(Err(error)) => Err(error.into()),
                    Err(late) => Err(io::Error::from(late).into()),
                },
            };
            if let Err(error) = served {
                tracing::debug!(error, "a connection ended early");
            }
        }
    }
}

async fn host_lost(after: Option<Duration>) {
    match after {
        Some(after) => sleep(after).await,
        None => pending().await,
    }
}

async fn serve_connection<S: GrpcService>(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    routes: Routes<S>,
    shutdown: Shutdown,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let answer = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        routes.clone().answer(request.map(Body::new))
    });
    let connection = http2::Builder::new(TokioExecutor::new())
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), answer);
    let mut connection = pin!(connection);
    tokio::select! {
        served = connection.as_mut() => return Ok(served?),
        () = shutdown.requested() => connection.as_mut().graceful_shutdown(),
    }
    // Hosts hang up in the middle of this, which is no error to tell of.
    let _ = connection.await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::future::{Ready, ready};
    use std::task::{Context, Poll};

    use http_body_util::{BodyExt as _, Full};
    use hyper::client::conn::http2::SendRequest;
    use tokio::net::TcpStream;
    use tokio::time::Instant;
    use tonic::Status;
    use tonic::codegen::http::{Request, Response};
    use tonic::codegen::{Bytes, Service};
    use tonic::server::NamedService;

    use super::super::listener::{Address, Place};
    use super::*;

    /// A service that is never called.
    #[derive(Clone)]
    struct Idle;

    impl NamedService for Idle {
        const NAME: &'static str = "example.Idle";
    }

    impl Service<Request<Body>> for Idle {
        type Response = Response<Body>;
        type Error = Infallible;
        type Future = Ready<Result<Response<Body>, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request<Body>) -> Self::Future {
            ready(Ok(Status::ok("").into_http()))
        }
    }

    /// Serves on a TCP port, as on Windows.
    fn started(host_lost_after: Option<Duration>) -> (Address, tokio::task::JoinHandle<()>) {
        let listener = Listener::bind(Place::Tcp(0..=0)).unwrap();
        let address = listener.address().unwrap();
        let shutdown = Shutdown::new();
        let routes = Routes::new(Idle, Some(shutdown.clone()));
        let server = Server { routes, tls: None, shutdown, host_lost_after };
        (address, tokio::spawn(async move { server.serve(&listener).await }))
    }

    async fn connected(address: &Address) -> SendRequest<Full<Bytes>> {
        let stream = TcpStream::connect(address.to_string()).await.unwrap();
        let (sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        sender
    }

    /// Calls a method with an empty message.
    async fn call(
        sender: &mut SendRequest<Full<Bytes>>,
        path: &str,
    ) -> hyper::Response<hyper::body::Incoming> {
        let request = Request::post(format!("http://localhost{path}"))
            .header("content-type", "application/grpc")
            .body(Full::from(vec![0; 5]))
            .unwrap();
        sender.send_request(request).await.unwrap()
    }

    #[tokio::test]
    async fn a_host_on_tcp_is_answered() {
        let (address, _server) = started(None);
        let mut host = connected(&address).await;

        let response = call(&mut host, "/grpc.health.v1.Health/Check").await;

        let serving = [0, 0, 0, 0, 2, 8, 1];
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), serving.as_slice());
    }

    #[tokio::test]
    async fn shutdown_is_answered_and_does_not_wait_for_open_streams() {
        let (address, server) = started(None);
        let mut host = connected(&address).await;
        let _stdio = call(&mut host, "/plugin.GRPCStdio/StreamStdio").await;

        let asked = Instant::now();
        let response = call(&mut host, "/plugin.GRPCController/Shutdown").await;
        let trailers = response.into_body().collect().await.unwrap().trailers().cloned().unwrap();
        server.await.unwrap();

        assert_eq!(trailers["grpc-status"], "0");
        assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_never_comes_is_waited_for_and_then_given_up() {
        let (_, server) = started(Some(HOST_LOST_AFTER));

        let begin = Instant::now();
        server.await.unwrap();

        assert!(begin.elapsed() >= HOST_LOST_AFTER);
    }

    #[tokio::test]
    async fn a_host_that_goes_without_a_word_is_given_up() {
        let (address, server) = started(Some(Duration::from_millis(50)));
        let mut host = connected(&address).await;
        call(&mut host, "/grpc.health.v1.Health/Check").await;

        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(!server.is_finished(), "the host is still there");

        drop(host);
        server.await.unwrap();
    }
}
