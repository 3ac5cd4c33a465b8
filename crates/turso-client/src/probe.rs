//! Asks a database whether it takes a token: one statement that reads nothing, by Hrana over HTTP. Not a part of the
//! Platform API, and it shares no token and no HTTP client with it.
//!
//! Turso tells the reasons of a refusal apart by words alone. Those of a key that is not known and of claims for something
//! else were seen in the field; that of an expired token was not, and is recognised by the word "expired".

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use thiserror::Error;
use tokio::sync::OnceCell;
use transport::{Obstacle, SetupError};
use url::Url;

use super::base_url::is_loopback;
use super::echo::Echo;

/// How long a database may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How much of an answer is read, in bytes, and how many letters of it are told.
const SIZE_LIMIT: usize = 64 * 1024;
const READABLE: usize = 300;

/// Asks databases. Costs nothing until the first of them.
#[derive(Debug)]
pub struct Prober {
    user_agent: String,
    client: OnceCell<reqwest::Client>,
    loopback_client: OnceCell<reqwest::Client>,
}

/// Where a database is reached: a host name, with a port where it has one of its own. Plain http is for this machine alone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DatabaseHost(Url);

/// Why a text is no [`DatabaseHost`].
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum DatabaseHostError {
    /// A URL.
    #[error(
        "the hostname is a URL: write the bare host name of the database, such as app-acme.turso.io, which is `hostname` of \
         a turso_jwt_template"
    )]
    Url,
    /// Anything else.
    #[error("this is no host name: write that of the database, such as app-acme.turso.io")]
    NoHost,
}

/// A token that can be sent.
#[derive(Clone)]
pub struct DatabaseToken(HeaderValue);

/// Why a text can't be sent as a token. It is not repeated.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("the token is empty, or has white space or letters that no token has")]
pub struct DatabaseTokenError;

/// What came of asking.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProbeAnswer {
    /// Which answer it was.
    pub outcome: ProbeOutcome,
    /// The server's words on one line, or why there are none.
    pub words: String,
    /// What stood in the way, where there was no answer.
    pub obstacle: Option<Obstacle>,
}

/// What a database says of a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ProbeOutcome {
    /// It runs statements with it. What they may do is another matter.
    Accepted,
    /// The token is good, and for something else.
    NoAccess,
    /// No key that the organization trusts has signed it.
    UnknownKey,
    /// Its time is over.
    Expired,
    /// Neither yes nor no: no answer, or one that says none of these.
    Unreachable,
}

impl Prober {
    /// One that calls itself `user_agent`, with no client built yet.
    pub fn new(user_agent: &str) -> Self {
        Self { user_agent: user_agent.to_owned(), client: OnceCell::new(), loopback_client: OnceCell::new() }
    }

    /// Asks once. Redirects are not followed, since the token is for one host.
    pub async fn ask(&self, host: &DatabaseHost, token: &DatabaseToken) -> ProbeAnswer {
        let told = match self.exchange(host, token).await {
            Ok((status, body)) => judge(status, &body),
            Err(NoAnswer { words, obstacle }) => {
                ProbeAnswer { outcome: ProbeOutcome::Unreachable, words, obstacle: Some(obstacle) }
            }
        };
        ProbeAnswer { words: token.taken_out_of(&told.words), ..told }
    }

    async fn exchange(
        &self,
        DatabaseHost(host): &DatabaseHost,
        token: &DatabaseToken,
    ) -> Result<(u16, Vec<u8>), NoAnswer> {
        let body = json!({
            "requests": [{"type": "execute", "stmt": {"sql": "SELECT 1"}}, {"type": "close"}],
        });
        let mut url = host.clone();
        url.set_path("/v2/pipeline");
        let request = self
            .client(is_loopback(host))
            .await?
            .post(url)
            .header(AUTHORIZATION, token.0.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string());
        let lost = |error| NoAnswer::lost(error, host);
        let mut response = request.send().await.map_err(lost)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            body.extend_from_slice(&chunk);
            if body.len() > SIZE_LIMIT {
                break;
            }
        }
        Ok((response.status().as_u16(), body))
    }

    async fn client(&self, is_loopback: bool) -> Result<&reqwest::Client, SetupError> {
        let build = |builder: reqwest::ClientBuilder| {
            let builder = builder.user_agent(&self.user_agent).timeout(TIMEOUT).redirect(Policy::none());
            Ok(builder.build()?)
        };
        if is_loopback {
            self.loopback_client.get_or_try_init(async || build(transport::loopback())).await
        } else {
            self.client.get_or_try_init(async || build(transport::https()?)).await
        }
    }
}

/// Why there is no answer.
struct NoAnswer {
    words: String,
    obstacle: Obstacle,
}

impl NoAnswer {
    fn lost(error: reqwest::Error, host: &Url) -> Self {
        let obstacle = Obstacle::of(&error, host);
        let error = error.without_url();
        let words = if error.is_timeout() {
            format!("no answer within {TIMEOUT:?}")
        } else {
            transport::innermost(&error).to_string()
        };
        Self { words, obstacle }
    }
}

impl From<SetupError> for NoAnswer {
    fn from(error: SetupError) -> Self {
        Self { words: error.to_string(), obstacle: Obstacle::from(&error) }
    }
}

impl FromStr for DatabaseHost {
    type Err = DatabaseHostError;

    fn from_str(text: &str) -> Result<Self, DatabaseHostError> {
        if text.contains("://") || text.contains('/') {
            return Err(DatabaseHostError::Url);
        }
        if !text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-.:[]".contains(letter)) {
            return Err(DatabaseHostError::NoHost);
        }
        let with = |scheme| Url::parse(&format!("{scheme}://{text}/")).map_err(|_| DatabaseHostError::NoHost);
        let url = with("https")?;
        // A host that the parser mends, such as `127.1`, is another one than was written.
        let is_as_written = |host: &str| text.to_ascii_lowercase().starts_with(host);
        if !url.host_str().is_some_and(is_as_written) {
            return Err(DatabaseHostError::NoHost);
        }
        Ok(Self(if is_loopback(&url) { with("http")? } else { url }))
    }
}

impl FromStr for DatabaseToken {
    type Err = DatabaseTokenError;

    fn from_str(text: &str) -> Result<Self, DatabaseTokenError> {
        if text.is_empty() || !text.chars().all(|letter| letter.is_ascii_graphic()) {
            return Err(DatabaseTokenError);
        }
        let mut header = HeaderValue::from_str(&format!("Bearer {text}")).map_err(|_| DatabaseTokenError)?;
        header.set_sensitive(true);
        Ok(Self(header))
    }
}

impl DatabaseToken {
    /// What a server says, for a person: without the token, which it may repeat, and cut after that, or the first half of a
    /// token would be no token any more.
    fn taken_out_of(&self, words: &str) -> String {
        let token = self.0.to_str().unwrap_or_default().trim_start_matches("Bearer ");
        excerpt::line(&Echo::of(token).taken_out_of(words).unwrap_or_else(|| words.to_owned()), READABLE)
    }
}

impl fmt::Debug for DatabaseToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseToken(…)")
    }
}

impl ProbeOutcome {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::NoAccess => "no_access",
            Self::UnknownKey => "unknown_key",
            Self::Expired => "expired",
            Self::Unreachable => "unreachable",
        }
    }
}

/// What an answer says of the token. Whatever else came instead, such as the page of another server, says nothing.
fn judge(status: u16, body: &[u8]) -> ProbeAnswer {
    let json = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let result = json.pointer("/results/0");
    if status == 200
        && let Some(result) = result
    {
        // A statement that is denied was judged by the token's claims, so that the token was taken.
        let words = result.pointer("/error/message").and_then(Value::as_str).unwrap_or("the statement ran");
        return ProbeAnswer { outcome: ProbeOutcome::Accepted, words: words.to_owned(), obstacle: None };
    }
    let words = match json.get("error").and_then(Value::as_str) {
        Some(words) => words.to_owned(),
        None => format!("status {status}, and no word of Turso's"),
    };
    let outcome = match status {
        401 if words.contains("can't be decoded with any of the existing keys") => ProbeOutcome::UnknownKey,
        401 if words.contains("does not have the permissions to access the database") => {
            ProbeOutcome::NoAccess
        }
        400 | 401 if words.to_ascii_lowercase().contains("expired") => ProbeOutcome::Expired,
        _ => ProbeOutcome::Unreachable,
    };
    ProbeAnswer { outcome, words, obstacle: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_told_by_its_status_and_words() {
        const REFUSED: &str = "Unauthorized: `unauthorized access attempt on database: ";
        let error = |words: &str| json!({"error": format!("{REFUSED}{words}`")}).to_string();
        let ran = json!({"results": [{"type": "ok", "response": {}}, {"type": "ok"}]}).to_string();
        let denied =
            json!({"results": [{"type": "error", "error": {"message": "not authorized"}}]}).to_string();
        let unknown = error("invalid JWT token: can't be decoded with any of the existing keys");
        for (status, body, outcome) in [
            (200, &ran, ProbeOutcome::Accepted),
            (200, &denied, ProbeOutcome::Accepted),
            (401, &unknown, ProbeOutcome::UnknownKey),
            (
                401,
                &error("token does not have the permissions to access the database"),
                ProbeOutcome::NoAccess,
            ),
            (401, &error("invalid JWT token: the token has expired"), ProbeOutcome::Expired),
            (400, &json!({"error": "JWT error: ExpiredSignature"}).to_string(), ProbeOutcome::Expired),
            (401, &error("empty JWT token"), ProbeOutcome::Unreachable),
            (403, &unknown, ProbeOutcome::Unreachable),
            (500, &unknown, ProbeOutcome::Unreachable),
            (302, &ran, ProbeOutcome::Unreachable),
            (200, &"<html>Sign in</html>".to_owned(), ProbeOutcome::Unreachable),
            (200, &"{\"results\":[]}".to_owned(), ProbeOutcome::Unreachable),
            (404, &String::new(), ProbeOutcome::Unreachable),
        ] {
            assert_eq!(judge(status, body.as_bytes()).outcome, outcome, "{status} {body}");
        }
        assert_eq!(judge(200, denied.as_bytes()).words, "not authorized");
        assert_eq!(judge(502, b"<html>").words, "status 502, and no word of Turso's");
    }

    #[test]
    fn a_host_is_bare_and_asked_by_https_unless_it_is_this_machine() {
        for (text, url) in [
            ("app-acme.turso.io", "https://app-acme.turso.io/"),
            ("App-acme.aws-eu-west-1.turso.io", "https://app-acme.aws-eu-west-1.turso.io/"),
            ("db.example.com:8443", "https://db.example.com:8443/"),
            ("127.0.0.1:8080", "http://127.0.0.1:8080/"),
            ("localhost:8080", "http://localhost:8080/"),
            ("[::1]:8080", "http://[::1]:8080/"),
            ("10.0.0.1", "https://10.0.0.1/"),
        ] {
            assert_eq!(text.parse::<DatabaseHost>().unwrap().0.as_str(), url);
        }
        for (text, error) in [
            ("libsql://app-acme.turso.io", DatabaseHostError::Url),
            ("http://app-acme.turso.io", DatabaseHostError::Url),
            ("app-acme.turso.io/", DatabaseHostError::Url),
            ("", DatabaseHostError::NoHost),
            ("user@app-acme.turso.io", DatabaseHostError::NoHost),
            ("127.1", DatabaseHostError::NoHost),
            ("a b", DatabaseHostError::NoHost),
            (":80", DatabaseHostError::NoHost),
            ("a:b", DatabaseHostError::NoHost),
        ] {
            assert_eq!(text.parse::<DatabaseHost>(), Err(error), "{text}");
        }
    }

    #[test]
    fn a_token_is_never_shown() {
        const TOKEN: &str = "head.payload-of-a-token.signature-of-a-token";
        let token: DatabaseToken = TOKEN.parse().unwrap();
        assert_eq!(format!("{token:?}"), "DatabaseToken(…)");
        assert_eq!(token.taken_out_of(&format!("got {TOKEN}")), "got [redacted]");
        for echo in ["payload-of-a-token", "head%2Epayload-of-a-token%2Esignature-of-a-token"] {
            assert!(!token.taken_out_of(&format!("got {echo}")).contains(echo));
        }
        let cut = token.taken_out_of(&format!("{}{TOKEN}", "x".repeat(READABLE - 20)));
        assert!(!cut.contains("payload"), "{cut}");
        for text in ["", "Bearer x", "x\n", "ä"] {
            assert_eq!(text.parse::<DatabaseToken>().unwrap_err(), DatabaseTokenError);
        }
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap();
        let served = tokio::spawn(async move {
            use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = [0; 4096];
            let length = stream.read(&mut head).await.unwrap();
            let answer = format!(
                "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{host}/elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
            drop(stream);
            let again = tokio::time::timeout(Duration::from_millis(300), listener.accept()).await;
            (String::from_utf8_lossy(&head[..length]).into_owned(), again.is_ok())
        });
        let asked =
            Prober::new("probe/1").ask(&host.to_string().parse().unwrap(), &"a.b.c".parse().unwrap()).await;
        assert_eq!(asked.outcome, ProbeOutcome::Unreachable);
        assert_eq!(asked.words, "status 307, and no word of Turso's");
        let (head, asked_again) = served.await.unwrap();
        assert!(head.starts_with("POST /v2/pipeline HTTP/1.1\r\n"), "{head}");
        assert!(head.to_ascii_lowercase().contains("authorization: bearer a.b.c\r\n"), "{head}");
        assert!(!asked_again, "the redirect was followed");
    }
}
