//! Identity providers on one machine: they sign tokens and publish the keys to check them with, over https on
//! loopback.
//!
//! | module | holds |
//! |---|---|
//! | [`authority`] | the certificate authority of a run, which clients are told to trust |
//! | [`keys`] | signing keys, their rotation, and signatures good and bad |
//! | [`jwks`] | the JWKS document's URL, and the ways in which such a document can be wrong |
//! | [`clerk`] | a service like Clerk: JWT templates with shortcodes, session tokens, and what else it signs |
//! | [`auth0`] | a service like Auth0: Actions, which it runs in Node.js, and the tokens that none is run for |
//!
//! Its limit: nobody logs in here. There is no password, no browser and no consent; a caller names a user and is
//! given that user's token. What is in the token, and what is refused, follows the two services' documentation.

pub mod auth0;
pub mod authority;
pub mod clerk;
pub mod jwks;
pub mod keys;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;

pub use auth0::Auth0Like;
pub use authority::CertificateAuthority;
pub use clerk::ClerkLike;
pub use jwks::{JwksAnswer, JwksDocument};
pub use keys::{KeyError, KeyId, KeyRing, OldKeys, Signature};

use crate::server::{self, Background};

/// A provider with keys and a JWKS URL, without users: it signs whatever claims it is given.
///
/// [`ClerkLike`] and [`Auth0Like`] are built on one. Dropping it stops its server and frees its port.
#[derive(Debug)]
pub struct IdentityProvider {
    keys: Arc<KeyRing>,
    jwks: Arc<JwksDocument>,
    address: SocketAddr,
    _background: Background,
}

impl IdentityProvider {
    /// Starts one on a free port of 127.0.0.1, with one new key and a certificate of `authority`.
    ///
    /// # Errors
    /// Where no key or certificate can be made, or there is no free port or thread.
    pub fn start(authority: &CertificateAuthority) -> Result<Self, StartError> {
        Ok(Self::with_routes(authority, |_, _| (Router::new(), ()))?.0)
    }

    /// Starts one that also serves routes of its own. They are made from the provider's URL and keys, which
    /// their tokens need; `T` is what the caller keeps of them.
    fn with_routes<T>(
        authority: &CertificateAuthority,
        routes: impl FnOnce(String, Arc<KeyRing>) -> (Router, T),
    ) -> Result<(Self, T), StartError> {
        let (listener, address) = server::listen(0).map_err(StartError::Server)?;
        let keys = Arc::new(KeyRing::new()?);
        let jwks = Arc::new(JwksDocument::new(Arc::clone(&keys)));
        let background = Background::start("identity-provider").map_err(StartError::Server)?;
        let (routes, service) = routes(format!("https://{}", domain(address)), Arc::clone(&keys));
        let routes = routes.merge(jwks::routes(Arc::clone(&jwks)));
        let tls = authority.server_config()?.into();
        background.runtime.spawn(server::serve(listener, routes, Some(tls)));
        Ok((Self { keys, jwks, address, _background: background }, service))
    }

    /// The name and port, as `localhost:34567`: what Auth0 calls a tenant's domain, and Clerk a Frontend API host.
    pub fn domain(&self) -> String {
        domain(self.address)
    }

    /// The base URL, as `https://localhost:34567`.
    pub fn url(&self) -> String {
        format!("https://{}", self.domain())
    }

    /// The URL of the JWKS document. The server's certificate is also good for the same port of 127.0.0.1.
    pub fn jwks_url(&self) -> String {
        format!("{}{}", self.url(), jwks::PATH)
    }

    /// The JWKS document as a URL: what it answers, and how often it was asked.
    pub fn jwks(&self) -> &JwksDocument {
        &self.jwks
    }

    /// The keys, to rotate them and to sign with them.
    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }
}

/// Why an identity provider did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The certificate authority, or a certificate by it, could not be made.
    #[error("could not make a certificate for the identity provider")]
    Certificate(#[from] rcgen::Error),
    /// The TLS library refused the certificate that was just made.
    #[error("could not use the identity provider's certificate")]
    Tls(#[from] rustls::Error),
    /// The first signing key could not be made.
    #[error("could not start the identity provider without a signing key")]
    Key(#[from] KeyError),
    /// There was no free port, thread or temporary file.
    #[error("could not start the identity provider's server")]
    Server(#[source] io::Error),
}

/// By name and not by address, as publishable keys and tenant domains are.
fn domain(address: SocketAddr) -> String {
    format!("localhost:{}", address.port())
}

/// Seconds since 1970, as the `iat`, `nbf` and `exp` claims count them (RFC 7519, section 2). Times before are 0.
fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
