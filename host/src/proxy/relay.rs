//! Forwards HTTP/2 requests and keeps copies of the calls of the provider's own service.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::sync::{Notify, futures::OwnedNotified};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Service as _;
use tonic::transport::Channel;

use super::witness::{Call, Witness};
use crate::framing::answer;

const SERVICE: &str = "/tfplugin6.Provider/";
const SHUTDOWN: &str = "/plugin.GRPCController/Shutdown";

/// Forwards requests to the provider.
#[derive(Clone, Debug)]
pub(super) struct Relay {
    channel: Channel,
    witness: Witness,
    shutdown: Arc<Notify>,
}

impl Relay {
    /// Also returns what completes once the host wants the provider to end.
    pub(super) fn new(channel: Channel, witness: Witness) -> (Self, OwnedNotified) {
        let shutdown = Arc::new(Notify::new());
        let told = Arc::clone(&shutdown).notified_owned();
        (Self { channel, witness, shutdown }, told)
    }

    /// Answers a request with the provider's answer. The end of the process is answered here: it takes the
    /// provider's process with it, and the connection, before an answer could come back.
    pub(super) async fn forward(self, request: http::Request<Incoming>) -> http::Response<Body> {
        if request.uri().path() == SHUTDOWN {
            self.shutdown.notify_one();
            return answer(&[Vec::new()]);
        }
        match request.uri().path().strip_prefix(SERVICE).map(str::to_owned) {
            Some(rpc) => self.forward_copied(rpc, request).await,
            None => self.pass(request.map(Body::new)).await,
        }
    }

    async fn forward_copied(self, rpc: String, request: http::Request<Incoming>) -> http::Response<Body> {
        let (witness, asked) = (self.witness.clone(), Copied::default());
        let request = request.map(|body| Body::new(Copying { body, copy: asked.clone(), on_end: None }));
        let response = self.pass(request).await;
        let status = Status::from_header_map(response.headers());
        let (headers, body) = response.into_parts();
        let on_end = OnEnd { rpc, asked, status, witness };
        http::Response::from_parts(
            headers,
            Body::new(Copying { body, copy: Copied::default(), on_end: Some(on_end) }),
        )
    }

    async fn pass(mut self, request: http::Request<Body>) -> http::Response<Body> {
        let failed = |error: tonic::transport::Error| {
            Status::unavailable(format!("the provider does not answer: {error}")).into_http()
        };
        if let Err(error) = std::future::poll_fn(|context| self.channel.poll_ready(context)).await {
            return failed(error);
        }
        self.channel.call(request).await.unwrap_or_else(failed)
    }
}

/// The bytes of a body that have passed.
#[derive(Clone, Debug, Default)]
struct Copied(Arc<Mutex<Vec<u8>>>);

impl Copied {
    fn extend(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
    }

    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A body that is copied while it passes.
#[derive(Debug)]
struct Copying<B> {
    body: B,
    copy: Copied,
    on_end: Option<OnEnd>,
}

/// What to tell when the answer has passed.
#[derive(Debug)]
struct OnEnd {
    rpc: String,
    asked: Copied,
    status: Option<Status>,
    witness: Witness,
}

impl<B: HttpBody<Data = Bytes> + Unpin> HttpBody for Copying<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            self.note(frame.data_ref(), frame.trailers_ref());
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B> Copying<B> {
    fn note(&mut self, data: Option<&Bytes>, trailers: Option<&HeaderMap>) {
        if let Some(data) = data {
            self.copy.extend(data);
        }
        if let (Some(trailers), Some(on_end)) = (trailers, &mut self.on_end) {
            on_end.status = Status::from_header_map(trailers);
        }
    }
}

/// A body is dropped once it has passed, or when the host no longer wants it: then there is no status, and
/// nothing to judge.
impl<B> Drop for Copying<B> {
    fn drop(&mut self) {
        if let Some(OnEnd { rpc, asked, status: Some(status), witness }) = self.on_end.take() {
            witness.saw(Call { rpc, request: asked.take(), answer: self.copy.take(), status });
        }
    }
}
