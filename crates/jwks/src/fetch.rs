//! Asks a URL for its JWKS document. No token goes with the request, and the client is not the one of Turso's
//! API: the URL is whatever a configuration says.
//!
//! Certificates are verified with the platform's roots, so that on Linux `SSL_CERT_FILE` and `SSL_CERT_DIR`
//! are honoured (rustls-platform-verifier reads them through rustls-native-certs).

use std::error::Error;
use std::fmt;
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, StatusCode, Url};
use tokio::sync::OnceCell;
use tokio::time::sleep;
use transport::{Obstacle, SetupError};

use super::{Document, DocumentError};

/// How long an answer may take in all, redirects, further tries and body included.
pub const TIMEOUT: Duration = Duration::from_secs(5);

/// The largest document that is read, in bytes: many times [`KEY_LIMIT`](super::KEY_LIMIT) keys.
pub const SIZE_LIMIT: usize = 1024 * 1024;

/// How many redirects are followed.
const REDIRECTS: usize = 3;

/// The pauses before a server in trouble is asked again, where it doesn't say how long to wait.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(1)];

/// How much of a URL or a name from outside is told, in characters.
const READABLE: usize = 200;

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
        refuse_unsafe(url).map_err(FetchError::Unsafe)?;
        let client = self
            .client
            .get_or_try_init(async || builder(&self.user_agent)?.build().map_err(SetupError::from));
        let client = client.await.map_err(FetchError::Client)?;
        let mut way = Way { at: url.clone(), last: None, started: Instant::now(), limit: self.timeout };
        let document = tokio::time::timeout(self.timeout, way.document(client, url)).await;
        document.unwrap_or_else(|_| {
            Err(way.last.unwrap_or(FetchError::TimedOut { url: shown(&way.at), limit: self.timeout }))
        })
    }
}

/// Why there is no document.
#[expect(missing_docs, reason = "the message and the name say what a field is")]
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// A URL that is never asked.
    #[error("the URL of a JWKS document must {0}")]
    Unsafe(&'static str),
    /// The HTTP client could not be built, for lack of root certificates or by a proxy that can't be used.
    #[error("no HTTP client for JWKS documents could be set up")]
    Client(#[source] SetupError),
    /// No connection, or one that broke.
    #[error("{url} can't be reached")]
    Unreachable {
        url: String,
        /// What stands in the way.
        obstacle: Obstacle,
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
    #[error("{url} redirects to {target}, which is not followed: {reason}")]
    Redirect {
        url: String,
        /// Where to, without credentials and query.
        target: String,
        reason: String,
    },
    /// Another status than 200.
    #[error("{url} answered with status {status}")]
    Status {
        url: String,
        status: u16,
        /// How long the server asked to wait.
        retry_after: Option<Duration>,
    },
    /// A form that was not asked for.
    #[error("{url} answered in the encoding {encoding}, though none was asked for")]
    Encoded { url: String, encoding: String },
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

impl FetchError {
    /// Whether the same question may be answered a moment later: the server is busy, or in trouble.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Status { status: 408 | 425 | 429 | 500.., .. })
    }
}

/// Credentials would go into a header; plain http lets anyone on the way put in keys of their own.
fn refuse_unsafe(url: &Url) -> Result<(), &'static str> {
    if url.scheme() != "https" {
        Err("begin with https://")
    } else if !url.username().is_empty() || url.password().is_some() {
        Err("have no user name or password in it")
    } else {
        Ok(())
    }
}

/// Redirects are followed here, so that every failure knows at which URL it came about.
fn builder(user_agent: &str) -> Result<ClientBuilder, SetupError> {
    Ok(configured(transport::https()?, user_agent))
}

fn configured(builder: ClientBuilder, user_agent: &str) -> ClientBuilder {
    let accepted = HeaderValue::from_static("application/jwk-set+json, application/json");
    let headers = [(ACCEPT, accepted), (ACCEPT_ENCODING, HeaderValue::from_static("identity"))];
    builder.default_headers(HeaderMap::from_iter(headers)).user_agent(user_agent).redirect(Policy::none())
}

/// The way to a document.
struct Way {
    /// The URL that is asked.
    at: Url,
    /// Why the last try failed, where another followed.
    last: Option<FetchError>,
    started: Instant,
    limit: Duration,
}

impl Way {
    /// Asks again where the server may recover while there is time.
    async fn document(&mut self, client: &Client, url: &Url) -> Result<Document, FetchError> {
        for pause in PAUSES {
            let error = match self.once(client, url).await {
                Err(error) if error.may_pass() => error,
                outcome => return outcome,
            };
            let FetchError::Status { retry_after, .. } = &error else { return Err(error) };
            let pause = retry_after.unwrap_or(pause);
            if self.started.elapsed() + pause >= self.limit {
                return Err(error);
            }
            self.last = Some(error);
            sleep(pause).await;
        }
        self.once(client, url).await
    }

    async fn once(&mut self, client: &Client, url: &Url) -> Result<Document, FetchError> {
        self.at = url.clone();
        for _ in 0..=REDIRECTS {
            let response = client.get(self.at.clone()).send().await.map_err(|error| self.lost(error))?;
            match self.target(&response)? {
                Some(target) => self.at = target,
                None => return self.read(response).await,
            }
        }
        Err(self.not_followed(&self.at, format!("these are more than {REDIRECTS} redirects")))
    }

    /// Where the answer sends whoever asks, if it does.
    fn target(&self, response: &reqwest::Response) -> Result<Option<Url>, FetchError> {
        let Some(location) = response.headers().get(LOCATION).filter(|_| response.status().is_redirection())
        else {
            return Ok(None);
        };
        let location = String::from_utf8_lossy(location.as_bytes());
        let target = self.at.join(&location).map_err(|error| FetchError::Redirect {
            url: shown(&self.at),
            target: excerpt::line(&transport::redirect_target(&location), READABLE),
            reason: format!("it is no URL ({error})"),
        })?;
        match refuse_unsafe(&target) {
            Ok(()) => Ok(Some(target)),
            Err(reason) => {
                Err(self.not_followed(&target, format!("the URL of a JWKS document must {reason}")))
            }
        }
    }

    fn not_followed(&self, target: &Url, reason: String) -> FetchError {
        let mut target = target.clone();
        target.set_query(None);
        FetchError::Redirect { url: shown(&self.at), target: shown(&target), reason }
    }

    async fn read(&self, mut response: reqwest::Response) -> Result<Document, FetchError> {
        let url = || shown(&self.at);
        if response.status() != StatusCode::OK {
            let retry_after = transport::retry_after(response.headers());
            return Err(FetchError::Status { url: url(), status: response.status().as_u16(), retry_after });
        }
        let encoding = response.headers().get(CONTENT_ENCODING).map(HeaderValue::as_bytes);
        if let Some(encoding) = encoding.filter(|encoding| !encoding.eq_ignore_ascii_case(b"identity")) {
            let encoding = excerpt::quoted(&String::from_utf8_lossy(encoding), READABLE);
            return Err(FetchError::Encoded { url: url(), encoding });
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.lost(error))? {
            if body.len() + chunk.len() > SIZE_LIMIT {
                return Err(FetchError::TooLarge { url: url() });
            }
            body.extend_from_slice(&chunk);
        }
        Document::parse(&body).map_err(|cause| FetchError::NotJwks { url: url(), cause })
    }

    fn lost(&self, error: reqwest::Error) -> FetchError {
        let url = shown(&self.at);
        let obstacle = Obstacle::of(&error, &self.at);
        let cause = Cause(error.without_url());
        match obstacle {
            Obstacle::Untrusted => FetchError::Tls { url, cause },
            obstacle => FetchError::Unreachable { url, obstacle, cause },
        }
    }
}

/// A URL in a message: without credentials, and cut. It may come from a server.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // These fail for URLs that can have none.
    let _ = (url.set_username(""), url.set_password(None));
    excerpt::line(url.as_str(), READABLE)
}

#[cfg(test)]
mod tests;
