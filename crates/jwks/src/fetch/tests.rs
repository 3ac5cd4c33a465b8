//! Against servers on loopback with a certificate made for the test.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

#[tokio::test]
async fn a_document_is_fetched_also_through_a_redirect_to_https() {
    let server = Server::start().await;
    for path in ["/jwks", "/redirect"] {
        assert_eq!(server.fetch(path).await.unwrap().keys(), []);
    }
}

#[tokio::test]
async fn the_request_carries_no_credentials() {
    let error = Server::start().await.fetch("/headers").await.unwrap_err();
    let FetchError::NotJwks { cause, .. } = error else { panic!("{error}") };
    assert_eq!(cause.to_string(), "it has no member `keys`");
}

#[tokio::test]
async fn a_failure_on_the_way_is_told_by_its_kind() {
    let server = Server::start().await;
    for (path, message) in [
        ("/missing", "URL answered with status 404"),
        ("/empty", "URL answered with status 204"),
        ("/html", "URL is not a JWKS document: it is a web page, not JSON: the path of the URL may be wrong"),
        ("/endless", "URL answered with more than 1048576 bytes"),
        ("/loop", "URL redirects to URL, which is not followed: these are more than 3 redirects"),
        (
            "/to-http",
            "URL redirects to http://localhost/jwks, which is not followed: the URL of a JWKS document must begin with \
             https://",
        ),
        ("/broken", "URL can't be reached: "),
        (
            "/gzip",
            "URL is not a JWKS document: it is compressed with gzip, though uncompressed text was asked for",
        ),
        ("/encoded", "URL answered in the encoding \"br\", though none was asked for"),
    ] {
        let url = server.url(path);
        let printed = chain(&server.fetch(path).await.unwrap_err()).replace(url.as_str(), "URL");
        assert!(printed.starts_with(message), "{path}: {printed}");
    }
}

#[tokio::test]
async fn a_failure_after_a_redirect_names_the_url_that_failed() {
    let server = Server::start().await;
    for (target, message) in [
        ("/missing", "URL/missing answered with status 404"),
        ("/html", "URL/html is not a JWKS document"),
        ("/broken", "URL/broken can't be reached"),
        ("/endless", "URL/endless answered with more than"),
        ("/to-http", "URL/to-http redirects to http://localhost/jwks,"),
    ] {
        let error = server.fetch(&format!("/to{target}")).await.unwrap_err();
        let printed = chain(&error).replace(&server.origin, "URL");
        assert!(printed.starts_with(message), "{target}: {printed}");
    }
}

#[tokio::test]
async fn where_a_refused_redirect_leads_is_told_without_secrets_and_cut() {
    let server = Server::start().await;
    for (path, target) in [("/to-secret", "https://example.com/xxx"), ("/to-no-url", "…@[/xxx")] {
        let printed = chain(&server.fetch(path).await.unwrap_err());
        assert!(printed.contains(&format!("redirects to {target}")), "{printed}");
        assert!(!printed.contains("s3cr3t") && printed.len() < 500, "{printed}");
    }
}

#[tokio::test]
async fn a_server_in_trouble_is_asked_again_unless_it_asks_for_more_time_than_there_is() {
    let server = Server::start().await;
    assert_eq!(server.fetch("/busy").await.unwrap().keys(), []);
    let started = Instant::now();
    let error = server.fetch("/overrun").await.unwrap_err();
    assert!(matches!(error, FetchError::Status { status: 429, .. }), "{error}");
    assert!(started.elapsed() < PAUSES[0], "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_server_that_stays_in_trouble_is_told_by_its_status_also_where_the_time_is_up() {
    let mut server = Server::start().await;
    server.fetcher.timeout = PAUSES[0] + Duration::from_millis(300);
    let error = server.fetch("/busy-then-slow").await.unwrap_err();
    assert!(matches!(error, FetchError::Status { status: 503, .. }), "{error}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let hasty = Fetcher { timeout: Duration::from_millis(100), ..Fetcher::new("test/1") };
    let error = hasty.fetch(&url).await.unwrap_err();
    assert_eq!(chain(&error), format!("{url} did not answer within 100ms"));
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_a_failure_of_tls() {
    let server = Server::start().await;
    let error = Fetcher::new("test/1").fetch(&server.url("/jwks")).await.unwrap_err();
    assert!(matches!(error, FetchError::Tls { .. }), "{}", chain(&error));
    assert!(chain(&error).contains("certificate"), "{}", chain(&error));
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let error = Fetcher::new("test/1").fetch(&url).await.unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }), "{}", chain(&error));
}

#[tokio::test]
async fn a_url_that_is_not_safe_is_never_asked() {
    for (url, message) in [
        ("http://127.0.0.1/jwks", "the URL of a JWKS document must begin with https://"),
        (
            "https://u:s3cr3t@example.com/",
            "the URL of a JWKS document must have no user name or password in it",
        ),
    ] {
        let fetcher = Fetcher::new("test/1");
        let error = fetcher.fetch(&url.parse().unwrap()).await.unwrap_err();
        assert_eq!(chain(&error), message);
        assert!(!fetcher.client.initialized());
    }
}

/// A server with a certificate of its own, and a fetcher that trusts it.
struct Server {
    fetcher: Fetcher,
    origin: String,
}

impl Server {
    async fn start() -> Self {
        let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = issued.cert.der().clone();
        let key = PrivatePkcs8KeyDer::from(issued.signing_key.serialize_der());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let root = reqwest::Certificate::from_der(&certificate).unwrap();
        let client =
            configured(Client::builder().tls_certs_only([root]).no_proxy(), "test/1").build().unwrap();
        tokio::spawn(serve(listener, acceptor(certificate, key.into()), origin.clone()));
        Self {
            fetcher: Fetcher { client: OnceCell::new_with(Some(client)), ..Fetcher::new("test/1") },
            origin,
        }
    }

    fn url(&self, path: &str) -> Url {
        format!("{}{path}", self.origin).parse().unwrap()
    }

    async fn fetch(&self, path: &str) -> Result<Document, FetchError> {
        self.fetcher.fetch(&self.url(path)).await
    }
}

fn acceptor(certificate: CertificateDer<'static>, key: PrivateKeyDer<'static>) -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.unwrap().with_no_client_auth().with_single_cert(vec![certificate], key);
    TlsAcceptor::from(Arc::new(config.unwrap()))
}

/// One request a connection. A client that turns away, as from a certificate, is not the server's concern.
async fn serve(listener: TcpListener, acceptor: TlsAcceptor, origin: String) {
    let busy = Arc::new(AtomicUsize::new(0));
    while let Ok((connection, _)) = listener.accept().await {
        let (acceptor, origin, busy) = (acceptor.clone(), origin.clone(), Arc::clone(&busy));
        tokio::spawn(async move {
            let mut connection = acceptor.accept(connection).await?;
            let mut request = vec![0; 4096];
            let length = connection.read(&mut request).await?;
            let request = String::from_utf8_lossy(&request[..length]).to_lowercase();
            let is_first = !request.contains("/busy") || busy.fetch_add(1, Ordering::Relaxed) == 0;
            connection.write_all(&response(&request, &origin, is_first).await).await?;
            connection.shutdown().await
        });
    }
}

async fn response(request: &str, origin: &str, is_first: bool) -> Vec<u8> {
    let path = request.split(' ').nth(1).unwrap_or_default();
    let ok = |body: &str| format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{body}");
    let redirect = |to: &str| format!("HTTP/1.1 302 Found\r\nconnection: close\r\nlocation: {to}\r\n\r\n");
    let answer = match path {
        "/jwks" => ok(r#"{"keys":[]}"#),
        "/headers" if request.contains("authorization") || request.contains("cookie") => ok("credentials"),
        "/headers" => ok("{}"),
        "/redirect" => redirect(&format!("{origin}/jwks")),
        "/loop" => redirect(&format!("{origin}/loop")),
        "/to-http" => redirect("http://localhost/jwks"),
        "/to-secret" => redirect(&format!("https://u:s3cr3t@example.com/{}?s3cr3t", "x".repeat(3000))),
        "/to-no-url" => redirect(&format!("https://u:s3cr3t@[/{}?s3cr3t", "x".repeat(3000))),
        to if to.starts_with("/to/") => redirect(&format!("{origin}{}", &to[3..])),
        "/gzip" => return [ok("").as_bytes(), b"\x1f\x8b\x08\0"].concat(),
        "/encoded" => "HTTP/1.1 200 OK\r\ncontent-encoding: br\r\nconnection: close\r\n\r\n".to_owned(),
        "/busy" | "/busy-then-slow" if is_first => {
            "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n".to_owned()
        }
        "/busy" => ok(r#"{"keys":[]}"#),
        "/busy-then-slow" => std::future::pending().await,
        "/overrun" => {
            "HTTP/1.1 429 Too Many Requests\r\nretry-after: 60\r\nconnection: close\r\n\r\n".to_owned()
        }
        "/html" => ok("<!doctype html>"),
        "/endless" => ok(&" ".repeat(SIZE_LIMIT + 1)),
        "/empty" => "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_owned(),
        "/broken" => "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{".to_owned(),
        _ => "HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n".to_owned(),
    };
    answer.into_bytes()
}

/// The message and its causes, as a person reads them.
fn chain(error: &FetchError) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[test]
fn a_fetch_can_move_between_threads() {
    fn is_send(_: impl Send) {}
    is_send(Fetcher::new("test/1").fetch(&Url::parse("https://example.com").unwrap()));
}
