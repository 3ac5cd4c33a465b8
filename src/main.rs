//! The provider's binary: composes the rooms and serves.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::process::ExitCode;
use std::task::{Context, Poll};

use terraform_provider_turso::plugin::{self, Plugin};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::{Request, Response};
use tonic::server::NamedService;

const PLUGIN: Plugin = Plugin {
    name: env!("CARGO_PKG_NAME"),
    source_address: "turso-community/turso",
    version: env!("CARGO_PKG_VERSION"),
    log_target: env!("CARGO_CRATE_NAME"),
};

fn main() -> ExitCode {
    plugin::serve(&PLUGIN, |_| NothingYet)
}

/// Stands where the provider's service will.
#[derive(Clone)]
struct NothingYet;

impl NamedService for NothingYet {
    const NAME: &'static str = "tfplugin6.Provider";
}

impl Service<Request<Body>> for NothingYet {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        ready(Ok(Status::unimplemented("nothing yet").into_http()))
    }
}
