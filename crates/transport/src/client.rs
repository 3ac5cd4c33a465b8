//! Builders of HTTP clients, and what stands in the way where a request fails.

use std::error::Error as _;

use reqwest::{ClientBuilder, Proxy, Url};
use thiserror::Error;

use crate::is_tls;
use crate::proxy::HttpsProxy;

/// Why no HTTP client can be set up.
#[derive(Debug, Error)]
pub enum SetupError {
    /// The environment names a proxy that can't be used. What it names is not told: it may hold a password.
    #[error("the proxy in {variable} can't be used: {reason}")]
    Proxy {
        /// The variable that names it.
        variable: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// There is no root certificate to check a server's with.
    #[error("there are no root certificates on this machine")]
    NoCertificates,
    /// Any other reason.
    #[error(transparent)]
    Client(#[from] reqwest::Error),
}

/// What stands in the way of an answer, as far as a person can do something about it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Obstacle {
    /// The environment names a proxy that can't be used.
    BadProxy {
        /// The variable that names it.
        variable: &'static str,
    },
    /// There is no root certificate on the machine.
    NoCertificates,
    /// The server's certificate is of no authority that is known, or for another name.
    Untrusted,
    /// The connection was to go through a proxy, and there was none.
    Proxy {
        /// Its scheme, host and port.
        proxy: String,
        /// Whether the proxy answered 407: it accepts no user, or another one. Otherwise it could not be reached, or did
        /// not connect, and may do so later.
        unauthorized: bool,
    },
    /// The connection was there, and the answer did not come in time.
    TimedOut,
    /// Anything else between here and there.
    Network,
}

impl Obstacle {
    /// What stood in the way of a request to `target`.
    pub fn of(error: &reqwest::Error, target: &Url) -> Self {
        let proxy = || HttpsProxy::of_environment().ok()??.for_target(target);
        if is_tls(error) {
            return Self::Untrusted;
        }
        match proxy().filter(|_| error.is_connect() && target.scheme() == "https") {
            Some(proxy) => {
                Self::Proxy { proxy: without_credentials(&proxy), unauthorized: is_unauthorized(error) }
            }
            None if error.is_timeout() && !error.is_connect() => Self::TimedOut,
            None => Self::Network,
        }
    }

    /// Whether asking again is of no use, since only a person can take it away.
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::BadProxy { .. } | Self::NoCertificates | Self::Untrusted => true,
            Self::Proxy { unauthorized, .. } => *unauthorized,
            Self::TimedOut | Self::Network => false,
        }
    }
}

/// Whether a proxy answered 407. hyper-util does not export the type of this error, so only its text tells.
fn is_unauthorized(error: &reqwest::Error) -> bool {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.into_iter().any(|cause| cause.to_string() == "tunnel error: proxy authorization required")
}

impl From<&SetupError> for Obstacle {
    fn from(error: &SetupError) -> Self {
        match error {
            SetupError::Proxy { variable, .. } => Self::BadProxy { variable },
            SetupError::NoCertificates => Self::NoCertificates,
            SetupError::Client(_) => Self::Network,
        }
    }
}

fn without_credentials(proxy: &Url) -> String {
    let host = proxy.host_str().unwrap_or_default();
    let port = proxy.port_or_known_default().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{host}{port}", proxy.scheme())
}

/// A client that speaks https only, with the proxy and the root certificates that Terraform uses.
///
/// # Errors
/// Where the environment names a proxy that can't be used, or the machine has no root certificates.
pub fn https() -> Result<ClientBuilder, SetupError> {
    with_certificates(through(HttpsProxy::of_environment()?))
}

/// A client for plain http to this machine: it needs no certificates, and a proxy would carry the request, and the token
/// in it, to another machine in the clear.
pub fn loopback() -> ClientBuilder {
    common().tls_certs_only([])
}

/// What all clients have in common. Without `no_proxy`, reqwest would look for proxies by rules of its own.
fn common() -> ClientBuilder {
    reqwest::Client::builder().no_proxy().referer(false)
}

fn through(proxy: Option<HttpsProxy>) -> ClientBuilder {
    let builder = common().https_only(true);
    match proxy {
        Some(proxy) => builder.proxy(Proxy::custom(move |target| proxy.for_target(target))),
        None => builder,
    }
}

#[cfg(all(unix, not(target_vendor = "apple")))]
fn with_certificates(builder: ClientBuilder) -> Result<ClientBuilder, SetupError> {
    trusting(crate::roots::Places::of_environment().certificates(), builder)
}

#[cfg(all(unix, not(target_vendor = "apple")))]
fn trusting(roots: rustls::RootCertStore, builder: ClientBuilder) -> Result<ClientBuilder, SetupError> {
    if roots.is_empty() {
        return Err(SetupError::NoCertificates);
    }
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has cipher suites for both versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(builder.tls_backend_preconfigured(config))
}

#[cfg(not(all(unix, not(target_vendor = "apple"))))]
fn with_certificates(builder: ClientBuilder) -> Result<ClientBuilder, SetupError> {
    Ok(builder)
}

#[cfg(test)]
#[cfg(all(unix, not(target_vendor = "apple")))]
mod tests;
