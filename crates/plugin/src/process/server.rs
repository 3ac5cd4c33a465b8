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
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;

use super::listener::{Listener, Stream};
use super::routes::{GrpcService, Routes};

/// How long answers that are under way may take once the process is asked to end. A host closes its connection as
/// soon as its Shutdown is answered, so this is spent only where it does not; it kills after 2 s.
const DRAIN_LIMIT: Duration = Duration::from_millis(250);

/// How long a client may take to prove who it is. A host does it in milliseconds.
const TLS_HANDSHAKE_LIMIT: Duration = Duration::from_secs(5);

/// How many clients may be about to prove who they are. More of them wait to be accepted.
const TLS_HANDSHAKES: usize = 4;

/// A pause after a connection that could not be accepted: the usual cause is a lack of file descriptors, which a loop
/// without a pause would not cure.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long a plugin goes on without a connection. A host that was killed never sends Shutdown, and nothing else tells
/// that it is gone: hosts give no stdin, and may start plugins through a process that ends.
#[derive(Clone, Copy)]
pub(super) struct HostLimits {
    /// From the start to the host's first connection.
    pub(super) connect: Duration,
    /// From the end of the host's last connection to a new one.
    pub(super) reconnect: Duration,
}

impl HostLimits {
    /// A host connects as soon as it has read the handshake line, and its one connection lasts as long as it does. A
    /// gRPC client whose connection breaks opens another at once.
    pub(super) const USUAL: Self =
        Self { connect: Duration::from_secs(60), reconnect: Duration::from_secs(1) };
}

/// What is served, to whom, and until when.
pub(super) struct Server<S> {
    pub(super) routes: Routes<S>,
    /// None serves whoever connects, as a debugger's host and one with `TF_DISABLE_PLUGIN_TLS` want it.
    pub(super) tls: Option<Arc<ServerConfig>>,
    /// Cancelled when the process is to end, whoever is connected.
    pub(super) shutdown: CancellationToken,
    /// Cancelled when the process is to end as soon as nobody is connected.
    pub(super) shutdown_when_idle: CancellationToken,
    /// None in debug mode, where hosts come and go.
    pub(super) host_limits: Option<HostLimits>,
}

/// Whose connection it was.
enum Client {
    Host,
    /// It had no proof that it is the host.
    Stranger,
}

impl<S: GrpcService> Server<S> {
    /// Serves until `shutdown` is cancelled, or nobody is connected and either `shutdown_when_idle` is cancelled or the
    /// host has been away for too long.
    pub(super) async fn serve(self, listener: &Listener) {
        let mut connections = JoinSet::new();
        let handshakes = Arc::new(Semaphore::new(TLS_HANDSHAKES));
        let mut lost_at = self.host_limits.map(|limits| Instant::now() + limits.connect);
        loop {
            tokio::select! {
                accepted = accept(listener, &handshakes) => match accepted {
                    Ok((stream, turn)) => { connections.spawn(self.connection(stream, turn)); }
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept a connection");
                        sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(ended) = connections.join_next() => {
                    if !matches!(ended, Ok(Client::Stranger)) {
                        lost_at = self.host_limits.map(|limits| Instant::now() + limits.reconnect);
                    }
                }
                () = self.shutdown.cancelled() => break,
                () = self.shutdown_when_idle.cancelled(), if connections.is_empty() => break,
                () = until(lost_at), if connections.is_empty() => {
                    tracing::warn!("the host is gone, and did not send Shutdown");
                    break;
                }
            }
        }
        // Streams that a host holds open would never end on their own.
        let _ = timeout(DRAIN_LIMIT, async { while connections.join_next().await.is_some() {} }).await;
    }

    /// Serves one connection until it ends, and tells whose it was. Errors end it, and are the host's to report. `turn`
    /// is given back once the client is known.
    fn connection(
        &self,
        stream: Stream,
        turn: OwnedSemaphorePermit,
    ) -> impl Future<Output = Client> + Send + 'static {
        let (routes, shutdown) = (self.routes.clone(), self.shutdown.clone());
        let tls = self.tls.clone().map(TlsAcceptor::from);
        async move {
            let served = match tls {
                None => {
                    drop(turn);
                    serve_connection(stream, routes, shutdown).await
                }
                Some(tls) => {
                    let accepted = timeout(TLS_HANDSHAKE_LIMIT, tls.accept(stream)).await;
                    drop(turn);
                    match accepted.unwrap_or_else(|late| Err(late.into())) {
                        Ok(stream) => serve_connection(stream, routes, shutdown).await,
                        Err(error) => {
                            tracing::debug!(%error, "a connection was refused");
                            return Client::Stranger;
                        }
                    }
                }
            };
            if let Err(error) = served {
                tracing::debug!(error, "a connection ended early");
            }
            Client::Host
        }
    }
}

/// The next connection, once it may have a turn at the handshake.
async fn accept(
    listener: &Listener,
    handshakes: &Arc<Semaphore>,
) -> io::Result<(Stream, OwnedSemaphorePermit)> {
    let turn = Arc::clone(handshakes).acquire_owned().await.expect("nobody closes the semaphore");
    Ok((listener.accept().await?, turn))
}

/// Waits for a moment, or forever.
async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => pending().await,
    }
}

async fn serve_connection<S: GrpcService>(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    routes: Routes<S>,
    shutdown: CancellationToken,
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
        () = shutdown.cancelled() => connection.as_mut().graceful_shutdown(),
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
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;
    use tonic::Status;
    use tonic::codegen::http::{Request, Response};
    use tonic::codegen::{Bytes, Service};
    use tonic::server::NamedService;

    use super::super::listener::{Address, Place};
    use super::super::tls::MutualTls;
    use super::*;

    const CHECK: &str = "/grpc.health.v1.Health/Check";

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

    const PATIENT: Option<HostLimits> = Some(HostLimits::USUAL);
    const IMPATIENT: Option<HostLimits> =
        Some(HostLimits { connect: Duration::from_secs(60), reconnect: Duration::from_millis(50) });

    /// A server in a task, and what ends it.
    struct Started {
        address: Address,
        shutdown_when_idle: CancellationToken,
        server: tokio::task::JoinHandle<()>,
    }

    /// Serves on a TCP port, as on Windows.
    fn started(host_limits: Option<HostLimits>) -> Started {
        started_with(None, host_limits)
    }

    fn started_with(tls: Option<Arc<ServerConfig>>, host_limits: Option<HostLimits>) -> Started {
        let listener = Listener::bind(Place::Tcp(0..=0)).unwrap();
        let address = listener.address().unwrap();
        let (shutdown, shutdown_when_idle) = (CancellationToken::new(), CancellationToken::new());
        let routes = Routes::new(Idle, Some(shutdown.clone()));
        let server =
            Server { routes, tls, shutdown, shutdown_when_idle: shutdown_when_idle.clone(), host_limits };
        let server = tokio::spawn(async move { server.serve(&listener).await });
        Started { address, shutdown_when_idle, server }
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
        let plugin = started(None);
        let mut host = connected(&plugin.address).await;

        let response = call(&mut host, CHECK).await;

        let serving = [0, 0, 0, 0, 2, 8, 1];
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), serving.as_slice());
    }

    #[tokio::test]
    async fn shutdown_is_answered_and_does_not_wait_for_open_streams() {
        let plugin = started(None);
        let mut host = connected(&plugin.address).await;
        let _stdio = call(&mut host, "/plugin.GRPCStdio/StreamStdio").await;

        let asked = Instant::now();
        let response = call(&mut host, "/plugin.GRPCController/Shutdown").await;
        let trailers = response.into_body().collect().await.unwrap().trailers().cloned().unwrap();
        plugin.server.await.unwrap();

        assert_eq!(trailers["grpc-status"], "0");
        assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_never_comes_is_waited_for_and_then_given_up() {
        let plugin = started(PATIENT);

        let begin = Instant::now();
        plugin.server.await.unwrap();

        assert_eq!(begin.elapsed().as_secs(), HostLimits::USUAL.connect.as_secs());
    }

    #[tokio::test]
    async fn a_host_that_goes_without_a_word_is_given_up() {
        let plugin = started(IMPATIENT);
        let mut host = connected(&plugin.address).await;
        call(&mut host, CHECK).await;

        sleep(Duration::from_millis(200)).await;
        assert!(!plugin.server.is_finished(), "the host is still there");

        drop(host);
        timeout(Duration::from_secs(5), plugin.server).await.expect("it ends").unwrap();
    }

    #[tokio::test]
    async fn a_host_whose_connection_broke_may_open_another() {
        let plugin = started(PATIENT);
        for _ in 0..2 {
            let mut host = connected(&plugin.address).await;
            call(&mut host, CHECK).await;
        }
    }

    fn tls() -> Arc<ServerConfig> {
        let host_certificate = rcgen::generate_simple_self_signed([String::new()]).unwrap().cert.pem();
        MutualTls::with_host(&host_certificate).unwrap().config
    }

    async fn stranger(address: &Address) -> TcpStream {
        TcpStream::connect(address.to_string()).await.unwrap()
    }

    /// Speaks, and waits to be refused.
    async fn turned_away(stranger: &mut TcpStream) {
        stranger.write_all(b"no TLS at all").await.unwrap();
        stranger.read_to_end(&mut Vec::new()).await.unwrap();
    }

    #[tokio::test]
    async fn only_a_few_clients_may_be_about_to_prove_who_they_are() {
        let plugin = started_with(Some(tls()), PATIENT);
        let mut silent = Vec::new();
        for _ in 0..TLS_HANDSHAKES {
            silent.push(stranger(&plugin.address).await);
        }
        let mut next = stranger(&plugin.address).await;

        let early = timeout(Duration::from_millis(300), turned_away(&mut next)).await;
        assert!(early.is_err(), "one too many was attended to");

        silent.pop();
        let mut answer = Vec::new();
        let answered = timeout(Duration::from_secs(5), next.read_to_end(&mut answer)).await;
        answered.expect("its turn comes").unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_never_proves_who_it_is_is_hung_up_on() {
        let plugin = started_with(Some(tls()), None);
        let mut silent = stranger(&plugin.address).await;

        let begin = Instant::now();
        let hung_up = timeout(TLS_HANDSHAKE_LIMIT * 2, silent.read_to_end(&mut Vec::new())).await;

        assert!(hung_up.is_ok(), "it is still connected");
        assert!(begin.elapsed() >= TLS_HANDSHAKE_LIMIT, "{:?}", begin.elapsed());
    }

    /// Someone who looks at the port before the host comes must not shorten the wait for it.
    #[tokio::test]
    async fn a_stranger_that_is_refused_is_not_taken_for_a_host_that_goes() {
        let plugin = started_with(Some(tls()), IMPATIENT);

        turned_away(&mut stranger(&plugin.address).await).await;
        sleep(Duration::from_millis(200)).await;

        assert!(!plugin.server.is_finished());
    }

    #[tokio::test]
    async fn a_shutdown_when_idle_is_immediate_where_nobody_is_connected() {
        let plugin = started(None);

        plugin.shutdown_when_idle.cancel();

        timeout(Duration::from_secs(5), plugin.server).await.expect("it ends").unwrap();
    }

    #[tokio::test]
    async fn a_shutdown_when_idle_waits_for_the_last_connection_to_close() {
        let plugin = started(PATIENT);
        let (mut first, mut last) = (connected(&plugin.address).await, connected(&plugin.address).await);
        call(&mut first, CHECK).await;
        call(&mut last, CHECK).await;

        plugin.shutdown_when_idle.cancel();
        drop(first);
        sleep(Duration::from_millis(100)).await;
        call(&mut last, CHECK).await;
        drop(last);

        let closed = Instant::now();
        timeout(Duration::from_secs(5), plugin.server).await.expect("it ends").unwrap();
        assert!(closed.elapsed() < HostLimits::USUAL.reconnect, "{:?}", closed.elapsed());
    }
}
