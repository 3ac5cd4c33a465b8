//! The services that every plugin has beside its own: the controller, the stdio stream, and the health check.
//! The broker is not among them: Terraform opens it and never uses it, and may be told UNIMPLEMENTED.

use std::pin::Pin;

use tokio_stream::{Pending, Stream, StreamExt as _, once, pending};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

/// The services as generated from `proto/go_plugin.proto`.
#[expect(
    unreachable_pub,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated code"
)]
pub(super) mod proto {
    tonic::include_proto!("plugin");
}

/// gRPC's health check, as generated from `proto/health.proto`.
#[expect(
    unreachable_pub,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated code"
)]
pub(super) mod health_proto {
    tonic::include_proto!("grpc.health.v1");
}

use health_proto::health_check_response::ServingStatus;
use health_proto::health_server::Health;
use health_proto::{HealthCheckRequest, HealthCheckResponse};
use proto::grpc_controller_server::GrpcController;
use proto::grpc_stdio_server::GrpcStdio;

/// Ends the process when its host asks for that. In debug mode the process outlives its hosts, and goes on.
pub(super) struct Controller {
    /// Cancelled by a host's Shutdown.
    pub(super) shutdown: Option<CancellationToken>,
}

#[tonic::async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _: Request<proto::Empty>) -> Result<Response<proto::Empty>, Status> {
        if let Some(shutdown) = &self.shutdown {
            shutdown.cancel();
        }
        Ok(Response::new(proto::Empty {}))
    }
}

/// Sends nothing: the process prints only the handshake line, and logs to stderr, which the host reads itself. The stream
/// stays open, since a host complains where it ends early.
pub(super) struct Stdio;

#[tonic::async_trait]
impl GrpcStdio for Stdio {
    type StreamStdioStream = Pending<Result<proto::StdioData, Status>>;

    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<Self::StreamStdioStream>, Status> {
        Ok(Response::new(pending()))
    }
}

/// Answers SERVING for as long as the process runs.
pub(super) struct AlwaysServing;

/// The service that go-plugin's hosts ask about.
const CHECKED_SERVICE: &str = "plugin";

#[tonic::async_trait]
impl Health for AlwaysServing {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        match status_of(&request.into_inner().service) {
            ServingStatus::ServiceUnknown => Err(Status::not_found("no such service here")),
            status => Ok(Response::new(HealthCheckResponse { status: status.into() })),
        }
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let status = status_of(&request.into_inner().service).into();
        Ok(Response::new(Box::pin(once(Ok(HealthCheckResponse { status })).chain(pending()))))
    }
}

/// The empty name asks about the process as a whole.
fn status_of(service: &str) -> ServingStatus {
    match service {
        "" | CHECKED_SERVICE => ServingStatus::Serving,
        _ => ServingStatus::ServiceUnknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(service: &str) -> Request<HealthCheckRequest> {
        Request::new(HealthCheckRequest { service: service.to_owned() })
    }

    #[tokio::test]
    async fn the_plugin_and_the_whole_process_are_serving() {
        for service in ["plugin", ""] {
            let response = AlwaysServing.check(about(service)).await.unwrap().into_inner();
            assert_eq!(response.status(), ServingStatus::Serving, "{service:?}");
        }
    }

    #[tokio::test]
    async fn a_check_of_another_service_is_not_found() {
        let status = AlwaysServing.check(about("database")).await.unwrap_err();
        assert_eq!(status.code(), tonic::Code::NotFound);
    }

    #[tokio::test]
    async fn a_watch_tells_the_status_at_once() {
        for (service, expected) in
            [("plugin", ServingStatus::Serving), ("database", ServingStatus::ServiceUnknown)]
        {
            let mut watched = AlwaysServing.watch(about(service)).await.unwrap().into_inner();
            assert_eq!(watched.next().await.unwrap().unwrap().status(), expected, "{service}");
        }
    }
}
