//! Asks a URL for its JWKS document. No token goes with the request, and the client is not the one of Turso's
//! API: the URL is whatever a configuration says.
//!
//! Certificates are verified with the platform's roots, so that on Linux `SSL_CERT_FILE` and `SSL_CERT_DIR`
//! are honoured (rustls-platform-verifier reads them through rustls-native-certs).

use std::error::Error;
use std::fmt;
use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, ClientBuilder, StatusCode, Url};
use tokio::sync::OnceCell;

use super::{Document, DocumentError};

/// How long an answer may take in all, redirects and body included.
pub const TIMEOUT: Duration = Duration::from_secs(5);

/// The largest document that is read, in bytes: thousands of keys.
pub const SIZE_LIMIT: usize = 1024 * 1024;

/// Fetches JWKS documents. Costs nothing until the first of them.
#[derive(Debug)]
pub struct Fetcher {
    client: OnceCell<Client>,
    user_agent: String,
    timeout: Duration,
}

impl Fetcher {
    /// A fetcher that calls itself `user_agent`, with no client built yet.
    pub fn new(user_agent: &str) -> Self {
        Self { client: OnceCell::new(), user_agent: user_agent.to_owned(), timeout: TIMEOUT }
    }

    /// Asks `url`, which must be https and without credentials, for its document.
    ///
    /// # Errors
    /// Each kind of failure on the way to a document is a variant. What is wrong with the keys in it is not
    /// an error here but a matter of [`judge`](super::judge()).
    pub async fn fetch(&self, url: &Url) -> Result<Document, FetchError> {
        refuse_unsafe(url)?;
        let client = self.client.get_or_try_init(async || builder(&self.user_agent).build());
        let client = client.await.map_err(|cause| FetchError::Client(Cause(cause)))?;
        let body = tokio::time::timeout(self.timeout, download(client, url)).await;
        let body = body.map_err(|_| FetchError::TimedOut { url: url.to_string(), limit: self.timeout })??;
        Document::parse(&body).map_err(|cause| FetchError::NotJwks { url: url.to_string(), cause })
    }
}

/// Why there is no document.
#[expect(missing_docs, reason = "the message and the name say what a field is")]
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// A URL that is never asked.
    #[error("the URL of a JWKS document must {0}")]
    Unsafe(&'static str),
    /// The HTTP client could not be built, for lack of root certificates mostly.
    #[error("no HTTP client for JWKS documents could be set up")]
    Client(#[source] Cause),
    /// No connection, or one that broke.
    #[error("{url} can't be reached")]
    Unreachable {
        url: String,
        /// Why, such as an unknown host.
        #[source]
        cause: Cause,
    },
    /// A server that can't be trusted.
    #[error("no trusted TLS connection to {url}")]
    Tls {
        url: String,
        /// What is wrong with it or its certificate.
        #[source]
        cause: Cause,
    },
    /// No complete answer in time.
    #[error("{url} did not answer within {limit:?}")]
    TimedOut {
        url: String,
        /// The time that it had.
        limit: Duration,
    },
    /// A redirect that is not followed.
    #[error("{url} redirects to where it is not followed")]
    Redirect {
        url: String,
        /// Where to, and why not.
        #[source]
        cause: Cause,
    },
    /// Another status than 200.
    #[error("{url} answered with status {status}")]
    Status { url: String, status: u16 },
    /// More than [`SIZE_LIMIT`].
    #[error("{url} answered with more than {SIZE_LIMIT} bytes")]
    TooLarge { url: String },
    /// An answer that is no JWKS document.
    #[error("{url} is not a JWKS document")]
    NotJwks {
        url: String,
        /// What it is.
        #[source]
        cause: DocumentError,
    },
}

/// Why a request failed, without the layers of the HTTP client that say only that it did.
pub struct Cause(reqwest::Error);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(transport::innermost(&self.0), f)
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Error for Cause {}

/// Credentials would go into a header; plain http lets anyone on the way put in keys of their own.
fn refuse_unsafe(url: &Url) -> Result<(), FetchError> {
    if url.scheme() != "https" {
        Err(FetchError::Unsafe("begin with https://"))
    } else if !url.username().is_empty() || url.password().is_some() {
        Err(FetchError::Unsafe("have no user name or password in it"))
    } else {
        Ok(())
    }
}

fn builder(user_agent: &str) -> ClientBuilder {
    Client::builder()
        .user_agent(user_agent)
        .https_only(true)
        .referer(false)
        .redirect(Policy::custom(follow_https))
}

fn follow_https(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    const FOLLOWED: usize = 3;

    if let Err(refusal) = refuse_unsafe(attempt.url()) {
        attempt.error(refusal)
    } else if attempt.previous().len() > FOLLOWED {
        attempt.error(format!("more than {FOLLOWED} redirects"))
    } else {
        attempt.follow()
    }
}

async fn download(client: &Client, url: &Url) -> Result<Vec<u8>, FetchError> {
    let failed = |error| classify(url, error);
    let accepted = HeaderValue::from_static("application/jwk-set+json, application/json");
    let mut response = client.get(url.clone()).header(ACCEPT, accepted).send().await.map_err(failed)?;
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status { url: url.to_string(), status: response.status().as_u16() });
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > SIZE_LIMIT {
            return Err(FetchError::TooLarge { url: url.to_string() });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn classify(url: &Url, error: reqwest::Error) -> FetchError {
    let (url, cause) = (url.to_string(), Cause(error.without_url()));
    if cause.0.is_redirect() {
        FetchError::Redirect { url, cause }
    } else if transport::is_tls(&cause.0) {
        FetchError::Tls { url, cause }
    } else {
        FetchError::Unreachable { url, cause }
    }
}

#[cfg(test)]
mod tests;
