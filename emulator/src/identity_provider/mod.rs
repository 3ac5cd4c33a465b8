//! Identity providers on one machine: they sign tokens and publish the keys to check them with, over https on
//! loopback.
//!
//! | module | holds |
//! |---|---|
//! | [`authority`] | the certificate authority of a run, which clients are told to trust |
//! | [`keys`] | signing keys, their rotation, and signatures good and bad |
//! | [`jwks`] | the JWKS document's URL, and the ways in which such a document can be wrong |
//! | [`clerk`] | a service like Clerk: JWT templates with shortcodes |
//! | [`auth0`] | a service like Auth0: Actions, which it runs in Node.js |
//!
//! Its limit: nobody logs in here. There is no password, no browser and no consent; a caller names a user and is
//! given that user's token. What is in the token, and what is refused, follows the two services' documentation.

pub mod auth0;
pub mod authority;
pub mod clerk;
pub mod jwks;
pub mod keys;
mod server;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;

pub use auth0::Auth0Like;
pub use authority::CertificateAuthority;
pub use clerk::ClerkLike;
pub use jwks::{JwksAnswer, JwksEndpoint};
pub use keys::{KeyError, KeyId, KeyRing, OldKeys, Signature};

use server::{BoundServer, HttpsServer};

/// A provider with keys and a JWKS URL, and no opinion about users: it signs whatever claims it is handed.
///
/// [`ClerkLike`] and [`Auth0Like`] are built on one. Dropping it stops its server and frees its port.
#[derive(Debug)]
pub struct IdentityProvider {
    keys: Arc<KeyRing>,
    jwks: Arc<JwksEndpoint>,
    certificate_authority_pem: String,
    server: HttpsServer,
}

impl IdentityProvider {
    /// Starts one on a free port of 127.0.0.1, with one new key and a certificate of `authority`.
    ///
    /// # Errors
    /// Where no key or certificate can be made, or no port or thread be had.
    pub fn start(authority: &CertificateAuthority) -> Result<Self, StartError> {
        let foundation = Foundation::lay(authority)?;
        foundation.open(Router::new())
    }

    /// The host and port, as `localhost:34567`: what Auth0 calls a tenant's domain, and Clerk a Frontend API host.
    pub fn domain(&self) -> String {
        self.server.domain()
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
    pub fn jwks(&self) -> &JwksEndpoint {
        &self.jwks
    }

    /// The keys, to rotate them and to sign with them.
    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// The certificate authority that a client has to trust, as PEM.
    pub fn certificate_authority_pem(&self) -> &str {
        &self.certificate_authority_pem
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
    /// No port, thread or temporary file was to be had.
    #[error("could not start the identity provider's server")]
    Server(#[source] io::Error),
}

/// A provider whose address is known while its routes are still being decided: a service's tokens name the address
/// that its routes are served at.
struct Foundation {
    keys: Arc<KeyRing>,
    certificate_authority_pem: String,
    server: BoundServer,
}

impl Foundation {
    fn lay(authority: &CertificateAuthority) -> Result<Self, StartError> {
        Ok(Self {
            keys: Arc::new(KeyRing::new()?),
            certificate_authority_pem: authority.pem().to_owned(),
            server: BoundServer::bind(authority)?,
        })
    }

    fn url(&self) -> String {
        format!("https://{}", self.server.domain())
    }

    fn open(self, routes: Router) -> Result<IdentityProvider, StartError> {
        let jwks = Arc::new(JwksEndpoint::new(Arc::clone(&self.keys)));
        let server = self.server.serve(routes.merge(jwks::routes(Arc::clone(&jwks))))?;
        Ok(IdentityProvider {
            keys: self.keys,
            jwks,
            certificate_authority_pem: self.certificate_authority_pem,
            server,
        })
    }
}

/// Seconds since 1970, as the `iat`, `nbf` and `exp` claims count them (RFC 7519, section 2). Times before are 0.
fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

/// Locks state that is replaced whole under its lock, so that a panic elsewhere can't have left half of it.
fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod testing;
