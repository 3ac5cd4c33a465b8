//! Hands each request to the service that its path names. A panic there becomes an answer.

use std::convert::Infallible;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::{Request, Response};
use tonic::server::NamedService;

use super::services::health_proto::health_server::{self, HealthServer};
use super::services::proto::{grpc_controller_server, grpc_stdio_server};
use super::services::{AlwaysServing, Controller, Stdio};
use grpc_controller_server::GrpcControllerServer;
use grpc_stdio_server::GrpcStdioServer;

/// What the server types that tonic generates have in common.
pub trait GrpcService:
    Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
    + NamedService
    + Clone
    + Send
    + 'static
{
}

impl<S> GrpcService for S where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
        + NamedService
        + Clone
        + Send
        + 'static
{
}

/// The plugin's own service, and those that every plugin has.
#[derive(Clone)]
pub(super) struct Routes<S> {
    own: S,
    controller: GrpcControllerServer<Controller>,
    stdio: GrpcStdioServer<Stdio>,
    health: HealthServer<AlwaysServing>,
}

impl<S: GrpcService> Routes<S> {
    /// Serves `own`. A host's Shutdown cancels `shutdown`, or does nothing.
    pub(super) fn new(own: S, shutdown: Option<CancellationToken>) -> Self {
        Self {
            own,
            controller: GrpcControllerServer::new(Controller { shutdown }),
            stdio: GrpcStdioServer::new(Stdio),
            health: HealthServer::new(AlwaysServing),
        }
    }

    /// Answers a request; with UNIMPLEMENTED where no service has that name.
    pub(super) async fn answer(self, request: Request<Body>) -> Result<Response<Body>, Infallible> {
        match service_named_in(request.uri().path()) {
            service if service == S::NAME => call(self.own, request).await,
            grpc_controller_server::SERVICE_NAME => call(self.controller, request).await,
            grpc_stdio_server::SERVICE_NAME => call(self.stdio, request).await,
            health_server::SERVICE_NAME => call(self.health, request).await,
            _ => Ok(Status::unimplemented("no such service here").into_http()),
        }
    }
}

/// The `a.B` of `/a.B/Method`.
fn service_named_in(path: &str) -> &str {
    path.trim_start_matches('/').split('/').next().unwrap_or_default()
}

/// Calls a service. A panic would reset the stream, and the host would report a broken connection instead of a bug.
async fn call<S: GrpcService>(mut service: S, request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let calling = async {
        poll_fn(|context| service.poll_ready(context)).await?;
        service.call(request).await
    };
    let mut calling = pin!(calling);
    poll_fn(|context| {
        // Safe to assert: what panicked is never polled again.
        catch_unwind(AssertUnwindSafe(|| calling.as_mut().poll(context))).unwrap_or_else(|_| {
            let bug = "the provider panicked. This is a bug in the provider, please report it";
            Poll::Ready(Ok(Status::internal(bug).into_http()))
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::future::{Ready, ready};
    use std::task::Context;

    use super::*;

    /// Answers OK on one path and panics on another.
    #[derive(Clone)]
    struct Example;

    impl NamedService for Example {
        const NAME: &'static str = "example.Example";
    }

    impl Service<Request<Body>> for Example {
        type Response = Response<Body>;
        type Error = Infallible;
        type Future = Ready<Result<Response<Body>, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: Request<Body>) -> Self::Future {
            assert!(!request.uri().path().ends_with("Panic"), "as the test asks");
            ready(Ok(Status::ok("from the example").into_http()))
        }
    }

    async fn status_of(path: &str) -> Status {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let Ok(response) = Routes::new(Example, None).answer(request).await;
        Status::from_header_map(response.headers()).expect("the answer has a status")
    }

    #[tokio::test]
    async fn the_own_service_is_found_by_its_name() {
        assert_eq!(status_of("/example.Example/Method").await.message(), "from the example");
    }

    #[tokio::test]
    async fn a_request_to_nobody_is_unimplemented() {
        for path in
            ["/plugin.GRPCBroker/StartStream", "/example.Other/Method", "/", "/example.Example2/Method"]
        {
            assert_eq!(status_of(path).await.code(), tonic::Code::Unimplemented, "{path}");
        }
    }

    #[tokio::test]
    async fn a_panic_is_answered_as_our_bug() {
        let status = status_of("/example.Example/Panic").await;

        assert_eq!(status.code(), tonic::Code::Internal);
        assert!(status.message().contains("please report it"));
    }
}
