//! The HTTP server under everything here: axum's routes on a port of loopback, with TLS or without.
//!
//! A response marked with [`HangUp`] closes the connection unanswered. axum has no way to do that, so the connections
//! are hyper's.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use hyper::body::{Body as HttpBody, Bytes, Frame, SizeHint};
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Sleep, sleep};
use tokio_rustls::TlsAcceptor;

use crate::answer::{Answer, Flow};
use crate::request::Request;

/// How long a drop waits for statements that still run.
const SHUTDOWN: Duration = Duration::from_secs(1);

const LARGEST_BODY: usize = 16 << 20;

/// A runtime in a thread of its own, until this is dropped. Whoever holds it may be in another runtime, where
/// to drop a runtime would panic.
#[derive(Debug)]
pub(crate) struct Background {
    pub(crate) runtime: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    pub(crate) fn start(name: &str) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            let _ = runtime.block_on(stopped);
            runtime.shutdown_timeout(SHUTDOWN);
        })?;
        Ok(Self { runtime: handle, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of that thread was reported by the thread itself.
            let _ = thread.join();
        }
    }
}

/// A listener on loopback; port 0 takes a free one.
pub(crate) fn listen(port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    // Tokio takes over only sockets that don't block.
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves until the runtime ends, or the task is aborted.
pub(crate) async fn serve(listener: TcpListener, routes: Router, tls: Option<TlsAcceptor>) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        let Ok((connection, _)) = listener.accept().await else {
            // Out of file descriptors, most likely. That passes; without a pause this loop would take up a
            // core until then.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        // Small answers in two writes would otherwise wait 40 ms for the client's delayed acknowledgement.
        let _ = connection.set_nodelay(true);
        let (routes, tls) = (routes.clone(), tls.clone());
        tokio::spawn(async move {
            match tls {
                None => converse(connection, routes).await,
                Some(tls) => {
                    // The client sees for itself that the handshake failed.
                    if let Ok(connection) = tls.accept(connection).await {
                        converse(connection, routes).await;
                    }
                }
            }
        });
    }
}

/// Serves one connection. Its errors are ignored: the client left, or the connection was closed on purpose.
async fn converse(connection: impl AsyncRead + AsyncWrite + Unpin, routes: Router) {
    let routes = TowerToHyperService::new(routes);
    let respond = service_fn(|request| {
        let answered = routes.call(request);
        async {
            match answered.await {
                Ok(response) if response.extensions().get::<HangUp>().is_none() => Ok(response),
                _ => Err("the connection is closed without an answer"),
            }
        }
    });
    // With half_close, a request is carried out even when its client has shut its side of the connection.
    let http = http1::Builder::new().half_close(true).serve_connection(TokioIo::new(connection), respond);
    let _ = http.await;
}

/// Marks a response in whose place the connection is closed.
#[derive(Clone, Copy)]
struct HangUp;

/// Answers every request, whatever its path.
pub(crate) trait Service: Send + Sync + 'static {
    /// The answer, or `None` to close the connection without one.
    fn answer(self: Arc<Self>, request: Request) -> impl Future<Output = Option<Answer>> + Send;
}

/// The routes of a service: all lead to it.
pub(crate) fn routes(service: Arc<impl Service>) -> Router {
    Router::new().fallback(async move |request: axum::extract::Request| {
        let answer = match received(request).await {
            Some(request) => service.answer(request).await,
            None => {
                Some(Answer::error(400, "turso-emulator: the body can't be read, or is larger than 16 MiB"))
            }
        };
        answer.and_then(written).unwrap_or_else(|| {
            let mut response = Response::default();
            response.extensions_mut().insert(HangUp);
            response
        })
    })
}

async fn received(request: axum::extract::Request) -> Option<Request> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, LARGEST_BODY).await.ok()?;
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    Some(Request {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: head
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
            .collect(),
        body: body.to_vec(),
    })
}

/// `None` where a test chose a status or header that HTTP has no form for.
fn written(answer: Answer) -> Option<Response> {
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, &*value);
    }
    response.body(body(answer.body, answer.flow)).ok()
}

fn body(bytes: Vec<u8>, flow: Flow) -> Body {
    let (pause, is_cut) = match flow {
        Flow::Whole => return Body::from(bytes),
        Flow::Cut => (Duration::ZERO, true),
        Flow::Slow(pause) => (pause, false),
    };
    let whole = bytes.len() as u64;
    let mut first = Bytes::from(bytes);
    let second = first.split_off(first.len() / 2);
    Body::new(Halves {
        whole,
        first: Some(first),
        pause: Box::pin(sleep(pause)),
        second: Some(second),
        is_cut,
    })
}

/// A body whose `Content-Length` is that of both halves, whether the second comes or not.
struct Halves {
    whole: u64,
    first: Option<Bytes>,
    pause: Pin<Box<Sleep>>,
    second: Option<Bytes>,
    is_cut: bool,
}

impl HttpBody for Halves {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        ready!(self.pause.as_mut().poll(context));
        Poll::Ready(match self.second.take() {
            Some(_) if self.is_cut => Some(Err("the answer is cut")),
            second => second.map(Frame::data).map(Ok),
        })
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.whole)
    }
}
