//! Forwards HTTP/2 requests and keeps copies of the calls of the provider's own service.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body::Frame;
use http_body_util::BodyExt as _;
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
        let copy = asked.clone();
        let request = request.map(|body| Body::new(body.map_frame(move |frame| copy.note(frame))));
        let response = self.pass(request).await;
        let status = Status::from_header_map(response.headers());
        let mut answer = Answer { rpc, asked, answered: Copied::default(), status, witness };
        response.map(|body| Body::new(body.map_frame(move |frame| answer.note(frame))))
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
    fn note(&self, frame: Frame<Bytes>) -> Frame<Bytes> {
        if let Some(data) = frame.data_ref() {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(data);
        }
        frame
    }

    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An answer that passes, with what to tell of it at its end.
#[derive(Debug)]
struct Answer {
    rpc: String,
    asked: Copied,
    answered: Copied,
    status: Option<Status>,
    witness: Witness,
}

impl Answer {
    fn note(&mut self, frame: Frame<Bytes>) -> Frame<Bytes> {
        if let Some(trailers) = frame.trailers_ref() {
            self.status = Status::from_header_map(trailers);
        }
        self.answered.note(frame)
    }
}

/// A body is dropped once it has passed, or when the host no longer wants it: then there is no status, and
/// nothing to judge.
impl Drop for Answer {
    fn drop(&mut self) {
        if let Some(status) = self.status.take() {
            let (rpc, request, answer) =
                (std::mem::take(&mut self.rpc), self.asked.take(), self.answered.take());
            self.witness.saw(Call { rpc, request, answer, status });
        }
    }
}
