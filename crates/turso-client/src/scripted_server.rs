//! A server for tests of this room: it gives the answers of a script, in order, and records what it was asked. It
//! knows nothing of Turso.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::OrganizationSlug;

use super::{ApiToken, Client, Credentials, Environment, Given, JwksEndpoint, RequestTimeout, Timing};

/// The token of [`Server::client`].
pub(crate) const TOKEN: &str = "s3cret-t0ken-of-acme";

/// The user agent of each client in tests.
pub(crate) const USER_AGENT: &str = "client-test/1";

pub(crate) struct Server {
    url: String,
    script: Arc<Mutex<Script>>,
}

#[derive(Default)]
struct Script {
    answers: VecDeque<Answer>,
    requests: Vec<Recorded>,
    /// Requests that the script has no answer for.
    surplus: usize,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Recorded {
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Clone)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    end: End,
    delay: Duration,
    repeats: bool,
    is_last: bool,
}

#[derive(Clone, Copy)]
enum End {
    Whole,
    /// The connection is closed with no answer.
    Unanswered,
    /// The body ends before its announced length.
    CutShort,
}

pub(crate) fn json(status: u16, body: &str) -> Answer {
    Answer {
        status,
        headers: vec![],
        body: body.as_bytes().to_vec(),
        end: End::Whole,
        delay: Duration::ZERO,
        repeats: false,
        is_last: false,
    }
}

/// The list of these names and URLs.
pub(crate) fn list(endpoints: &[(&str, &str)]) -> Answer {
    let entries =
        endpoints.iter().map(|(name, url)| serde_json::json!({ "jwks_name": name, "jwks_url": url }));
    json(200, &serde_json::json!({ "jwks": entries.collect::<Vec<_>>() }).to_string())
}

/// The request is read, and the connection closed.
pub(crate) fn hang_up() -> Answer {
    Answer { end: End::Unanswered, ..json(200, "") }
}

impl Answer {
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(crate) fn cut_short(self) -> Self {
        Self { end: End::CutShort, ..self }
    }

    /// The server is gone after this.
    pub(crate) fn and_no_more(self) -> Self {
        Self { is_last: true, ..self }
    }

    /// To this request and all that follow.
    pub(crate) fn always(self) -> Self {
        Self { repeats: true, ..self }
    }
}

impl Server {
    pub(crate) async fn answering(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let script =
            Arc::new(Mutex::new(Script { answers: answers.into_iter().collect(), ..Script::default() }));
        let shared = Arc::clone(&script);
        tokio::spawn(async move {
            let closed = Arc::new(Notify::new());
            loop {
                let stream = tokio::select! {
                    accepted = listener.accept() => accepted.unwrap().0,
                    () = closed.notified() => return,
                };
                tokio::spawn(serve(stream, Arc::clone(&shared), Arc::clone(&closed)));
            }
        });
        Self { url, script }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What was asked so far.
    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.script.lock().unwrap().requests.clone()
    }

    /// Method and path of what was asked so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.requests().iter().map(Recorded::line).collect()
    }

    /// How often each method was used, in the order of requests: `GET PUT GET`.
    pub(crate) fn methods(&self) -> String {
        self.requests().iter().map(|request| request.method.clone()).collect::<Vec<_>>().join(" ")
    }

    /// A client with a token of its own and no patience.
    pub(crate) fn client(&self) -> Client {
        client(self.url())
    }

    /// A client that waits as long as the server asks for, and what interrupts it.
    pub(crate) fn interruptible_client(&self) -> (Client, CancellationToken) {
        let interrupt = CancellationToken::new();
        let timing = Timing { request: Duration::from_secs(20), ..Timing::default() };
        let client = Client::with_timing(credentials(self.url()), USER_AGENT, interrupt.clone(), timing);
        (client, interrupt)
    }

    /// A client with the times of the real API.
    pub(crate) fn patient_client(&self) -> Client {
        let interrupt = CancellationToken::new();
        Client::new(credentials(self.url()), USER_AGENT, interrupt, RequestTimeout::default())
    }

    /// What `call` comes to where it is interrupted once so many requests have come, and whoever got their answers
    /// waits or asks for more. It has to end soon.
    pub(crate) async fn interrupted<T>(
        &self,
        requests: usize,
        interrupt: &CancellationToken,
        call: impl Future<Output = T>,
    ) -> T {
        let interrupt = async {
            while self.requests().len() < requests {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            interrupt.cancel();
        };
        let both = async { tokio::join!(call, interrupt).0 };
        tokio::time::timeout(Duration::from_secs(10), both).await.expect("an interrupt ends every pause")
    }
}

/// A script that was not played to its end, or not long enough, is a wrong expectation.
impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let script = self.script.lock().unwrap();
        let unused = script.answers.iter().filter(|answer| !answer.repeats).count();
        assert_eq!((unused, script.surplus), (0, 0), "answers unused, and requests without an answer");
    }
}

/// A client of any server on this machine, with a token of its own and no patience.
pub(crate) fn client(url: &str) -> Client {
    Client::with_timing(credentials(url), USER_AGENT, CancellationToken::new(), impatient())
}

fn credentials(url: &str) -> Credentials {
    let given = Given {
        api_token: Some(ApiToken::parse(TOKEN).unwrap()),
        organization: None,
        base_url: Some(url.parse().unwrap()),
    };
    Credentials::new(given, Environment::default())
}

pub(crate) fn impatient() -> Timing {
    Timing {
        connect: Duration::from_secs(5),
        request: Duration::from_secs(1),
        call: Duration::from_secs(10),
        tries: 3,
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(5),
        looks: 3,
        first_look_pause: Duration::from_millis(1),
        gather: Duration::from_millis(5),
        turn: Duration::from_secs(1),
    }
}

pub(crate) fn acme() -> OrganizationSlug {
    "acme".parse().unwrap()
}

pub(crate) fn endpoint(name: &str, url: &str) -> JwksEndpoint {
    JwksEndpoint { name: name.parse().unwrap(), url: url.to_owned() }
}

async fn serve(mut stream: TcpStream, script: Arc<Mutex<Script>>, closed: Arc<Notify>) {
    let request = read_request(&mut stream).await;
    let answer = next_answer(&mut script.lock().unwrap(), request);
    tokio::time::sleep(answer.delay).await;
    if answer.is_last {
        closed.notify_one();
        tokio::task::yield_now().await;
    }
    let length = answer.body.len() + usize::from(matches!(answer.end, End::CutShort));
    let mut head =
        format!("HTTP/1.1 {} Scripted\r\nconnection: close\r\ncontent-length: {length}\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let whole = [format!("{head}\r\n").into_bytes(), answer.body].concat();
    if !matches!(answer.end, End::Unanswered) {
        // A client that went away in the meantime is a case of some tests.
        let _ = stream.write_all(&whole).await;
        let _ = stream.shutdown().await;
    }
}

fn next_answer(script: &mut Script, request: Recorded) -> Answer {
    script.requests.push(request);
    match script.answers.front() {
        Some(answer) if answer.repeats => answer.clone(),
        Some(_) => script.answers.pop_front().unwrap(),
        None => {
            script.surplus += 1;
            json(418, "the script has no answer to this")
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Recorded {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0, "the request ended early");
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let mut words = lines.next().unwrap().split(' ').map(str::to_owned);
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let headers = lines.map(|line| line.split_once(": ").unwrap());
    let headers: Vec<_> = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    let length =
        headers.iter().find(|(name, _)| name == "content-length").map(|(_, value)| value.parse().unwrap());
    let mut body = bytes[end + 4..].to_vec();
    while body.len() < length.unwrap_or(0) {
        assert_ne!(stream.read_buf(&mut body).await.unwrap(), 0, "the body ended early");
    }
    Recorded { method, target, headers, body: String::from_utf8(body).unwrap() }
}
