//! An https server on loopback with a thread and a runtime of its own, so that synchronous tests can hold it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use super::{CertificateAuthority, StartError};

/// A server that has its port and its certificate, but answers nothing yet.
pub(super) struct BoundServer {
    listener: TcpListener,
    address: SocketAddr,
    tls: Arc<ServerConfig>,
}

impl BoundServer {
    pub(super) fn bind(authority: &CertificateAuthority) -> Result<Self, StartError> {
        let tls = authority.server_config()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(StartError::Server)?;
        // Tokio takes over only sockets that don't block.
        listener.set_nonblocking(true).map_err(StartError::Server)?;
        let address = listener.local_addr().map_err(StartError::Server)?;
        Ok(Self { listener, address, tls })
    }

    pub(super) fn domain(&self) -> String {
        domain(self.address)
    }

    pub(super) fn serve(self, routes: Router) -> Result<HttpsServer, StartError> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Server)?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(self.listener).map_err(StartError::Server)?
        };
        let (stop, stopped) = oneshot::channel();
        let acceptor = TlsAcceptor::from(self.tls);
        let thread = thread::Builder::new()
            .name("identity-provider".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = accept(listener, acceptor, routes) => {}
                        _ = stopped => {}
                    }
                });
                runtime.shutdown_background();
            })
            .map_err(StartError::Server)?;
        Ok(HttpsServer { address: self.address, stop: Some(stop), thread: Some(thread) })
    }
}

/// A server that answers until it is dropped.
#[derive(Debug)]
pub(super) struct HttpsServer {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl HttpsServer {
    pub(super) fn domain(&self) -> String {
        domain(self.address)
    }
}

impl Drop for HttpsServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic over there was already reported by the thread itself; a drop has no better place for it.
            let _ = thread.join();
        }
    }
}

/// Publishable keys and tenant domains are names, so the server goes by its name and not by its number.
fn domain(address: SocketAddr) -> String {
    format!("localhost:{}", address.port())
}

async fn accept(listener: tokio::net::TcpListener, acceptor: TlsAcceptor, routes: Router) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(converse(stream, acceptor.clone(), routes.clone()));
            }
            // Out of file descriptors, most likely: it passes, and trying again at once would only spin.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// Speaks with one client. A failed handshake or a broken connection ends here: the client is the one who sees it.
async fn converse(stream: TcpStream, acceptor: TlsAcceptor, routes: Router) {
    let _ = stream.set_nodelay(true);
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let service = TowerToHyperService::new(routes);
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::super::testing::{authority, client};
    use super::super::{CertificateAuthority, IdentityProvider};

    #[test]
    fn a_client_that_trusts_the_authority_reaches_the_server_by_name_and_by_number() {
        let provider = IdentityProvider::start(authority()).unwrap();
        for host in ["localhost", "127.0.0.1"] {
            let url = provider.jwks_url().replace("localhost", host);
            assert_eq!(client(&provider).get(&url).send().unwrap().status(), 200, "{url}");
        }
    }

    #[test]
    fn a_client_that_trusts_another_authority_is_not_served() {
        let provider = IdentityProvider::start(authority()).unwrap();
        let stranger = IdentityProvider::start(&CertificateAuthority::new().unwrap()).unwrap();
        assert!(client(&stranger).get(provider.jwks_url()).send().is_err());
        assert_eq!(provider.jwks().requests(), 0);
    }

    #[test]
    fn a_client_that_says_nothing_does_not_keep_others_waiting() {
        let provider = IdentityProvider::start(authority()).unwrap();
        let _mute = TcpStream::connect(provider.domain().replace("localhost", "127.0.0.1")).unwrap();
        assert_eq!(client(&provider).get(provider.jwks_url()).send().unwrap().status(), 200);
    }

    #[test]
    fn dropping_a_provider_frees_its_port() {
        let provider = IdentityProvider::start(authority()).unwrap();
        let address = provider.domain().replace("localhost", "127.0.0.1");
        drop(provider);
        assert!(TcpStream::connect(address).is_err());
    }

    #[test]
    fn one_authority_makes_several_providers_trusted() {
        let first = IdentityProvider::start(authority()).unwrap();
        let second = IdentityProvider::start(authority()).unwrap();
        assert_ne!(first.url(), second.url());
        assert_eq!(client(&first).get(second.jwks_url()).send().unwrap().status(), 200);
    }

    #[test]
    fn the_authority_writes_the_certificate_that_clients_trust() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        authority().write_pem(&file).unwrap();
        assert_eq!(std::fs::read_to_string(file).unwrap(), authority().pem());
        assert!(!format!("{:?}", authority()).contains("PRIVATE KEY"));
    }
}
