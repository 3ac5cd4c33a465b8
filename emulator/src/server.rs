//! The HTTP server under both planes: it hands a [`Request`] to a service and writes its answer, or closes the
//! connection without one.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;

use crate::answer::Answer;
use crate::request::Request;

/// What answers requests.
pub(crate) trait Service: Send + Sync + 'static {
    /// The answer, or `None` to close the connection without one.
    fn answer(self: Arc<Self>, request: Request) -> impl Future<Output = Option<Answer>> + Send;
}

/// A listener on loopback; port 0 takes a free one.
pub(crate) fn listen(port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves until the runtime ends.
pub(crate) async fn serve(listener: TcpListener, service: Arc<impl Service>) -> io::Result<Infallible> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        let Ok((connection, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: it passes, and asking at once again would burn a core until then.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let service = Arc::clone(&service);
        tokio::spawn(async move {
            // Small answers in two writes would otherwise wait 40 ms for the client's delayed acknowledgement.
            let _ = connection.set_nodelay(true);
            let respond = hyper::service::service_fn(|request| respond(request, Arc::clone(&service)));
            // An error here is a client that left, or our own wish to close: there is nobody to tell.
            let _ = hyper::server::conn::http1::Builder::new()
                .half_close(true)
                .serve_connection(TokioIo::new(connection), respond)
                .await;
        });
    }
}

const LARGEST_BODY: usize = 16 << 20;

/// Tells hyper to close the connection instead of answering.
#[derive(Debug)]
struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the connection is closed without an answer")
    }
}

impl std::error::Error for Closed {}

async fn respond(
    request: hyper::Request<Incoming>,
    service: Arc<impl Service>,
) -> Result<hyper::Response<Full<Bytes>>, Closed> {
    let answer = match received(request).await {
        Some(request) => service.answer(request).await.ok_or(Closed)?,
        None => Answer::error(400, "turso-emulator: the body can't be read, or is larger than 16 MiB"),
    };
    written(answer).map_err(|_| Closed)
}

async fn received(request: hyper::Request<Incoming>) -> Option<Request> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, LARGEST_BODY).collect().await.ok()?.to_bytes();
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Some(Request {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: body.to_vec(),
    })
}

fn written(answer: Answer) -> Result<hyper::Response<Full<Bytes>>, hyper::http::Error> {
    let mut response = hyper::Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, &*value);
    }
    response.body(Full::new(Bytes::from(answer.body)))
}
