//! Clients against a TLS server on loopback, under a name that no resolver knows: only a proxy leads there.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::RootCertStore;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::*;

const NAME: &str = "api.example.test";

/// A server that answers `ok`, whose certificate is of an authority of its own.
struct Server {
    port: u16,
    authority: RootCertStore,
}

impl Server {
    async fn start() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new([NAME.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        let mut authority = RootCertStore::empty();
        authority.add(issuer.der().clone()).unwrap();

        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let mut stream = acceptor.accept(stream).await?;
                    let length = stream.read(&mut [0; 4096]).await?;
                    assert!(length > 0, "a request is asked");
                    stream
                        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
                        .await?;
                    stream.shutdown().await
                });
            }
        });
        Self { port, authority }
    }

    fn url(&self) -> Url {
        format!("https://{NAME}:{}/", self.port).parse().unwrap()
    }
}

/// A proxy that leads to `port` of this machine whoever asks for [`NAME`], and tells the name that it was asked for.
async fn proxy(port: u16, speaks_socks: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(relay(stream, port, speaks_socks));
        }
    });
    own
}

/// One connection: SOCKS 5 (RFC 1928) without a password, or CONNECT (RFC 9110, section 9.3.6).
async fn relay(mut client: TcpStream, port: u16, speaks_socks: bool) -> std::io::Result<()> {
    if speaks_socks {
        let mut greeting = [0; 2];
        client.read_exact(&mut greeting).await?;
        client.read_exact(&mut vec![0; greeting[1].into()]).await?;
        client.write_all(&[5, 0]).await?;
        let mut request = [0; 5];
        client.read_exact(&mut request).await?;
        assert_eq!(request[..4], [5, 1, 0, 3], "a name is asked for, and is looked up here");
        let mut name = vec![0; request[4].into()];
        client.read_exact(&mut name).await?;
        client.read_exact(&mut [0; 2]).await?;
        assert_eq!(name, NAME.as_bytes());
        client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    } else {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(client.read_u8().await?);
        }
        assert!(head.starts_with(format!("CONNECT {NAME}:").as_bytes()));
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    }
    let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

fn through_proxy(value: &str) -> ClientBuilder {
    through(HttpsProxy::read(|name| (name == "HTTPS_PROXY").then(|| value.to_owned())).unwrap())
}

#[tokio::test]
async fn every_kind_of_proxy_leads_to_a_name_that_only_the_proxy_knows() {
    let server = Server::start().await;
    for (scheme, speaks_socks) in [("http", false), ("socks5", true), ("socks5h", true)] {
        let proxy = format!("{scheme}://127.0.0.1:{}", proxy(server.port, speaks_socks).await);
        let client = trusting(server.authority.clone(), through_proxy(&proxy)).unwrap().build().unwrap();

        let answer = client.get(server.url()).send().await.unwrap();

        assert_eq!(answer.text().await.unwrap(), "ok", "{proxy}");
    }
}

#[tokio::test]
async fn an_authority_that_is_not_known_is_told_apart_also_behind_a_proxy() {
    let (server, other) = (Server::start().await, Server::start().await);
    for (scheme, speaks_socks) in [("http", false), ("socks5", true)] {
        let proxy = format!("{scheme}://127.0.0.1:{}", proxy(server.port, speaks_socks).await);
        let client = trusting(other.authority.clone(), through_proxy(&proxy)).unwrap().build().unwrap();

        let error = client.get(server.url()).send().await.unwrap_err();

        assert_eq!(Obstacle::of(&error, &server.url()), Obstacle::Untrusted, "{error:?}");
    }
}

#[test]
fn no_certificates_are_an_error_except_for_plain_http_to_this_machine() {
    let error = trusting(RootCertStore::empty(), through(None)).unwrap_err();
    assert_eq!(error.to_string(), "there are no root certificates on this machine");
    assert_eq!(Obstacle::from(&error), Obstacle::NoCertificates);
    loopback().build().unwrap();
}

#[tokio::test]
async fn a_proxy_that_wants_a_user_is_told_from_one_that_may_let_through_later() {
    for (answer, is_lasting) in
        [("407 Proxy Authentication Required", true), ("503 Busy", false), ("403 Forbidden", false)]
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            let _ = connection.read(&mut [0; 1024]).await;
            connection.write_all(format!("HTTP/1.1 {answer}\r\n\r\n").as_bytes()).await.unwrap();
        });
        let client =
            trusting(Server::start().await.authority, through_proxy(&proxy)).unwrap().build().unwrap();

        let error = client.get("https://api.example.com/x").send().await.unwrap_err();

        assert_eq!(is_unauthorized(&error), is_lasting, "{answer}");
    }
}
