//! SQL statements run with tokens, as an application runs them: by Turso's own JavaScript client, or over plain HTTP
//! from Rust where there is no Node.js. Whose tokens, and what they should be able to do, is for others to know.

use std::fmt;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::{Value, json};

/// One statement, with whom it is sent as to which database. Not `Debug`: a token is a secret.
#[derive(Clone)]
pub(crate) struct Statement {
    /// The database's address.
    pub(crate) database_url: String,
    /// The JWT that is sent along.
    pub(crate) token: String,
    /// The SQL text.
    pub(crate) sql: String,
}

/// What became of a statement. The texts are the client's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// It ran.
    Done {
        /// Rows that it returned.
        rows: usize,
        /// Rows that it changed.
        affected: u64,
    },
    /// The token is good, and does not allow the statement: "not authorized".
    Denied(String),
    /// The token was refused: HTTP status 401, or 400 where it is no JWT.
    Unauthorized(String),
    /// Anything else.
    Failed(String),
}

/// What runs statements.
#[derive(Debug)]
pub(crate) enum Client {
    /// A client from npm, in Node.js.
    JavaScript(JavaScript),
    /// Plain HTTP: what is said between Turso's clients and a database is JSON.
    Rust,
}

impl Client {
    /// Turso's JavaScript client. The first call installs it, which takes a registry of npm packages and a moment.
    ///
    /// # Errors
    /// Where there is no Node.js, or npm can't install the package.
    pub(crate) fn javascript() -> anyhow::Result<Self> {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart/javascript");
        JavaScript::install(&project).map(Self::JavaScript)
    }

    /// The client that needs nothing.
    pub(crate) fn rust() -> Self {
        Self::Rust
    }

    /// Runs statements one after the other, and gives as many outcomes, in this order.
    ///
    /// # Errors
    /// Where the client itself fails. What befalls a statement is its outcome.
    pub(crate) fn run(&self, statements: &[Statement]) -> anyhow::Result<Vec<Outcome>> {
        match self {
            Self::JavaScript(client) => client.run(statements),
            Self::Rust => run_over_http(statements),
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::JavaScript(client) => write!(f, "{} on Node.js {}", client.package, client.node_version),
            Self::Rust => f.write_str("plain HTTP from Rust"),
        }
    }
}

/// A client from npm: a folder with the package and a `run.mjs` that speaks for it.
#[derive(Debug)]
pub(crate) struct JavaScript {
    folder: PathBuf,
    package: String,
    node_version: String,
}

/// What makes up a project that can be installed.
const PROJECT_FILES: [&str; 3] = ["package.json", "package-lock.json", "run.mjs"];

impl JavaScript {
    /// Installs a project's only dependency, as its lock file has it, into a folder under `target/`. What is there
    /// already is used again; whoever else installs it meanwhile is waited for.
    ///
    /// # Errors
    /// As [`Client::javascript`], and where the project lacks one of its files.
    pub(crate) fn install(project: &Path) -> anyhow::Result<Self> {
        let node_version = output(Command::new("node").arg("--version")).context(NODE_WANTED)?;
        let read = |name| {
            let file = project.join(name);
            fs::read(&file).with_context(|| format!("can't read {}", file.display()))
        };
        let files = PROJECT_FILES.map(read).into_iter().collect::<anyhow::Result<Vec<_>>>()?;
        let manifest = serde_json::from_slice(&files[0]).context("package.json is not JSON")?;
        let (name, version) = only_dependency(&manifest).context("package.json has no dependency")?;
        let folder = target_folder().join("javascript").join(name.replace(['@', '/'], "-"));
        install_into(&folder, &files).with_context(|| format!("can't install {name} {version} from npm"))?;
        Ok(Self {
            folder,
            package: format!("{name} {version}"),
            node_version: node_version.trim().to_owned(),
        })
    }

    fn run(&self, statements: &[Statement]) -> anyhow::Result<Vec<Outcome>> {
        let as_json = |statement: &Statement| json!({"url": statement.database_url, "token": statement.token, "sql": statement.sql});
        let input: Value = statements.iter().map(as_json).collect();
        // Tokens go by stdin: arguments and environments of a process are for others to see.
        let mut node = Command::new("node")
            .arg(self.folder.join("run.mjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context(NODE_WANTED)?;
        // It reads all of its input before it writes, so that neither waits for the other. Where it ended early, its
        // stderr says more than the broken pipe.
        let _ = node.stdin.take().map(|mut stdin| stdin.write_all(input.to_string().as_bytes()));
        let ended = node.wait_with_output().context("lost Node.js")?;
        let said = String::from_utf8_lossy(&ended.stderr);
        anyhow::ensure!(ended.status.success(), "{} ended with {}: {said}", self.package, ended.status);
        let outcomes: Vec<Outcome> = serde_json::from_slice(&ended.stdout)
            .with_context(|| format!("{} gave no outcomes: {said}", self.package))?;
        anyhow::ensure!(
            outcomes.len() == statements.len(),
            "{} gave {} outcomes for {} statements",
            self.package,
            outcomes.len(),
            statements.len()
        );
        Ok(outcomes)
    }
}

const NODE_WANTED: &str =
    "Turso's JavaScript client runs in Node.js, and there is no `node` on PATH: install Node.js 20 or later";

fn only_dependency(manifest: &Value) -> Option<(String, String)> {
    let (name, version) = manifest["dependencies"].as_object()?.iter().next()?;
    Some((name.clone(), version.as_str()?.to_owned()))
}

/// Installs the files of a project, unless these very files are installed there.
fn install_into(folder: &Path, files: &[Vec<u8>]) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    let lock = File::create(folder.join("lock"))?;
    lock.lock()?;
    let installed = folder.join("installed");
    if fs::read(&installed).is_ok_and(|known| known == files.concat()) {
        return Ok(());
    }
    for (name, file) in PROJECT_FILES.iter().zip(files) {
        fs::write(folder.join(name), file)?;
    }
    // The clients bring native code as optional packages, which speaking to a server takes none of.
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    output(Command::new(npm).current_dir(folder).args([
        "ci",
        "--omit=optional",
        "--ignore-scripts",
        "--no-audit",
    ]))?;
    Ok(fs::write(installed, files.concat())?)
}

fn target_folder() -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(default, PathBuf::from)
}

/// What a command printed. What it said of its failure is the error.
fn output(command: &mut Command) -> anyhow::Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let ended = command.stdin(Stdio::null()).output().with_context(|| format!("can't run {program}"))?;
    let said = String::from_utf8_lossy(&ended.stderr);
    anyhow::ensure!(ended.status.success(), "{program} ended with {}: {said}", ended.status);
    Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
}

fn run_over_http(statements: &[Statement]) -> anyhow::Result<Vec<Outcome>> {
    // In a thread of its own: the caller's may have a runtime, inside which another one panics.
    std::thread::scope(|scope| {
        let work = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let http = reqwest::Client::builder().no_proxy().build()?;
                let mut outcomes = Vec::with_capacity(statements.len());
                for statement in statements {
                    outcomes.push(
                        send(&http, statement)
                            .await
                            .unwrap_or_else(|error| Outcome::Failed(error.to_string())),
                    );
                }
                Ok(outcomes)
            })
        });
        work.join().unwrap_or_else(|_| anyhow::bail!("running the statements panicked"))
    })
}

/// Sends a statement in Hrana over HTTP, version 2.
async fn send(http: &reqwest::Client, statement: &Statement) -> anyhow::Result<Outcome> {
    let requests = json!([{"type": "execute", "stmt": {"sql": statement.sql}}, {"type": "close"}]);
    let response = http
        .post(format!("{}/v2/pipeline", statement.database_url))
        .bearer_auth(&statement.token)
        .header("content-type", "application/json")
        .body(json!({"baton": null, "requests": requests}).to_string())
        .send()
        .await?;
    let status = response.status().as_u16();
    let body = response.text().await?;
    if status != 200 {
        let error = serde_json::from_str::<Value>(&body)
            .ok()
            .and_then(|body| body["error"].as_str().map(str::to_owned));
        let said = format!("status {status}: {}", error.unwrap_or(body));
        return Ok(if matches!(status, 400 | 401) {
            Outcome::Unauthorized(said)
        } else {
            Outcome::Failed(said)
        });
    }
    let body: Value = serde_json::from_str(&body)?;
    Ok(outcome(&body["results"][0]))
}

fn outcome(result: &Value) -> Outcome {
    if let Some(message) = result["error"]["message"].as_str() {
        let message = message.to_owned();
        return if message.contains("not authorized") {
            Outcome::Denied(message)
        } else {
            Outcome::Failed(message)
        };
    }
    let result = &result["response"]["result"];
    match (result["rows"].as_array(), result["affected_row_count"].as_u64()) {
        (Some(rows), Some(affected)) => Outcome::Done { rows: rows.len(), affected },
        _ => Outcome::Failed(format!("an answer that is none: {result}")),
    }
}
