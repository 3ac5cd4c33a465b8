//! A host's connection to a plugin: a unix socket, mutual TLS pinned to the certificate of the handshake line,
//! and HTTP/2 agreed on it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;
use tokio_rustls::TlsConnector;
use tonic::codegen::http::Uri;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

use crate::certificate::{Identity, client_config, is_http2, server_name};
use crate::handshake::Handshake;
use crate::wire::health::HealthCheckRequest;
use crate::wire::health::health_check_response::ServingStatus;
use crate::wire::health::health_client::HealthClient;

/// The name under which every go-plugin process reports its health.
const HEALTH_SERVICE: &str = "plugin";

/// Why a host could not connect.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// A certificate is not usable
    #[error("a certificate is not usable")]
    Identity(#[from] rustls::Error),
    /// The socket or the TLS handshake failed
    #[error("no connection to the plugin")]
    Transport(#[source] tonic::transport::Error),
    /// The connection was closed or the health check refused; a refused certificate shows here
    #[error("no answer to the health check")]
    Health(#[source] tonic::Status),
    /// The plugin says of itself that it does not serve
    #[error("the plugin reports the health {0:?}")]
    Unhealthy(ServingStatus),
}

/// Connects and checks the plugin's health, which a host does before anything else.
///
/// # Errors
///
/// Where a host could not use the plugin. A certificate that the plugin refuses is one of the reasons.
pub async fn connect(handshake: &Handshake, identity: Option<&Identity>) -> Result<Channel, ConnectError> {
    connect_with(handshake, identity, rustls::ALL_VERSIONS).await
}

/// As [`connect`], with certain versions of TLS only.
///
/// # Errors
///
/// As [`connect`].
pub async fn connect_with(
    handshake: &Handshake,
    identity: Option<&Identity>,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<Channel, ConnectError> {
    let config = |certificate| client_config(certificate, identity, versions);
    let tls = handshake.certificate.as_deref().map(config).transpose()?.map(Arc::new);
    let socket = handshake.socket.clone();
    let connect = move |_: Uri| {
        let opened = open(socket.clone(), tls.clone());
        async { opened.await.map(TokioIo::new) }
    };
    let channel = Endpoint::from_static("http://localhost")
        .connect_with_connector(service_fn(connect))
        .await
        .map_err(ConnectError::Transport)?;
    let request = HealthCheckRequest { service: HEALTH_SERVICE.to_owned() };
    let health = HealthClient::new(channel.clone()).check(request).await.map_err(ConnectError::Health)?;
    match health.into_inner().status() {
        ServingStatus::Serving => Ok(channel),
        status => Err(ConnectError::Unhealthy(status)),
    }
}

pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

async fn open(socket: PathBuf, tls: Option<Arc<ClientConfig>>) -> io::Result<Box<dyn Stream>> {
    let plain = UnixStream::connect(socket).await?;
    let Some(config) = tls else { return Ok(Box::new(plain)) };
    let encrypted = TlsConnector::from(config).connect(server_name(), plain).await?;
    match is_http2(encrypted.get_ref().1.alpn_protocol()) {
        true => Ok(Box::new(encrypted)),
        false => Err(io::Error::other("the plugin did not agree on HTTP/2 in the TLS handshake")),
    }
}
