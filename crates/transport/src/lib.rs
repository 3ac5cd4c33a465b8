//! What went wrong on the way to an answer, as far as it can be told without reading an error's text.

use std::error::Error;
use std::io;

use hyper_util::client::proxy::matcher::Matcher;

/// Whether TLS refused the connection: a certificate that is not trusted, or another peer than the one that was named.
pub fn is_tls(error: &reqwest::Error) -> bool {
    error.is_connect() && innermost(error).downcast_ref().is_some_and(is_of_tls)
}

/// A connection that ended at a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyFault {
    /// Host and port of the proxy, without the password that may be in the variable which names it.
    pub proxy: String,
    /// Whether the proxy answered 407: it accepts no user, or another one. Otherwise it could not be reached, or did not
    /// connect, and may do so later.
    pub unauthorized: bool,
}

/// Whether a connection to this URL ended at the proxy that HTTPS_PROXY or ALL_PROXY names.
pub fn proxy_fault(error: &reqwest::Error, url: &str) -> Option<ProxyFault> {
    fault_at(&Matcher::from_env(), error, url)
}

/// hyper-util does not export the type of these errors, so that only their text tells them apart.
fn fault_at(matcher: &Matcher, error: &reqwest::Error, url: &str) -> Option<ProxyFault> {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    let said = causes.map(ToString::to_string).find(|text| text.starts_with("tunnel error: "))?;
    let proxy = matcher.intercept(&url.parse().ok()?)?;
    let host = proxy.uri().host()?;
    Some(ProxyFault {
        proxy: proxy.uri().port_u16().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
        unauthorized: said == "tunnel error: proxy authorization required",
    })
}

/// The first cause of an error.
pub fn innermost<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost
}

/// rustls speaks through an `io::Error` of this kind, which a connection that is refused or lost never has.
/// It is wrapped in another, and `source` passes over an `io::Error` within an `io::Error`.
fn is_of_tls(error: &io::Error) -> bool {
    let wrapped = || error.get_ref()?.downcast_ref::<io::Error>();
    error.kind() == io::ErrorKind::InvalidData || wrapped().is_some_and(is_of_tls)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    /// The fault of a connection through a proxy that answers so, or closes its port.
    fn fault(answer: Option<&'static str>) -> ProxyFault {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        // A password may hold what ends it elsewhere.
        let proxy = format!("http://ann:s3@cret@{}", listener.local_addr().unwrap());
        match answer {
            None => drop(listener),
            Some(answer) => drop(std::thread::spawn(move || {
                let (mut connection, _) = listener.accept().unwrap();
                let _ = connection.read(&mut [0; 1024]);
                connection.write_all(answer.as_bytes()).unwrap();
            })),
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = reqwest::Client::builder().proxy(reqwest::Proxy::all(&proxy).unwrap()).build().unwrap();
        let error = runtime.block_on(client.get("https://api.example.com/x").send()).unwrap_err();
        let fault =
            fault_at(&Matcher::builder().all(proxy.as_str()).build(), &error, "https://api.example.com");
        let fault = fault.unwrap_or_else(|| panic!("{error:?}"));
        assert_eq!(format!("http://ann:s3@cret@{}", fault.proxy), proxy);
        fault
    }

    #[test]
    fn a_proxy_is_named_and_its_407_told_from_what_may_pass() {
        assert!(fault(Some("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")).unauthorized);
        for passes in [None, Some("HTTP/1.1 503 Busy\r\n\r\n"), Some("")] {
            assert!(!fault(passes).unauthorized, "{passes:?}");
        }
    }

    #[test]
    fn a_connection_without_a_proxy_ends_at_none() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let error = runtime.block_on(client.get(format!("https://{free}/")).send()).unwrap_err();
        let matcher = Matcher::builder().all("http://127.0.0.1:1").build();
        assert_eq!(fault_at(&matcher, &error, "https://api.example.com"), None);
    }
}
