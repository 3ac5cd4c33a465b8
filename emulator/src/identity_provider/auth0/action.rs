//! Runs an Action's code in Node.js, a process for each run. `runner.js` says what the code can reach, and what not.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Time that Node itself may take, before and after the Action's own: a busy machine starts it slowly.
const NODE_OVERHEAD: Duration = Duration::from_secs(15);

/// How often to look whether Node is done. It takes some 40 ms at best.
const POLL: Duration = Duration::from_millis(2);

/// Why an Action gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    /// There is no Node.js to run it in.
    #[error(
        "there is no `node` on PATH, and Auth0's Actions run in Node.js: install Node.js 20 or later, or put its folder on PATH"
    )]
    NodeMissing,
    /// Node.js could not be started or talked to.
    #[error("could not run Node.js")]
    Node(#[source] io::Error),
    /// Node.js ended without an answer.
    #[error("Node.js ended with {status} and no answer; on its stderr: {stderr}")]
    Crashed {
        /// How it ended.
        status: ExitStatus,
        /// What it had to say.
        stderr: String,
    },
    /// Node.js gave an answer that is no outcome, or a claim that is no JSON, such as half of a surrogate pair.
    #[error("the Action's outcome is not readable")]
    Unreadable(#[source] serde_json::Error),
    /// The code exports no handler of its trigger.
    #[error("the code exports no function {0}")]
    NoHandler(&'static str),
    /// The code doesn't parse, or it threw.
    #[error("the code threw: {0}")]
    Threw(String),
    /// The handler awaits something that never comes.
    #[error("the handler never finished: it awaits something that doesn't come")]
    Unsettled,
    /// The code ran for too long.
    #[error("the code ran for more than {0:?}")]
    TimedOut(Duration),
}

/// What an Action decided.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    /// It goes on, with these claims.
    Allowed(SetClaims),
    /// It ends here.
    Denied(Denial),
}

/// Claims in the order in which they were set.
#[derive(Debug, Default, PartialEq)]
pub(super) struct SetClaims {
    /// Those of the access token.
    pub(super) access: Vec<(String, Value)>,
    /// Those of the ID token.
    pub(super) id: Vec<(String, Value)>,
}

/// A denial as the client will see it.
#[derive(Debug, PartialEq, Deserialize)]
pub(super) struct Denial {
    /// An OAuth error code.
    pub(super) code: String,
    /// The Action's own words.
    pub(super) reason: String,
}

/// A run of some code.
pub(super) struct Invocation<'a> {
    pub(super) code: &'a str,
    pub(super) handler: &'static str,
    pub(super) event: &'a Value,
    pub(super) time_limit: Duration,
}

/// The runner's script in a folder of its own, and where to look for Node.
#[derive(Debug)]
pub(super) struct ActionRunner {
    folder: TempDir,
    search_path: OsString,
}

impl ActionRunner {
    pub(super) fn new() -> io::Result<Self> {
        Self::searching(env::var_os("PATH").unwrap_or_default())
    }

    fn searching(search_path: OsString) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("auth0-actions-").tempdir()?;
        fs::write(folder.path().join("runner.js"), include_str!("runner.js"))?;
        Ok(Self { folder, search_path })
    }

    pub(super) fn run(&self, invocation: &Invocation<'_>) -> Result<Verdict, ActionError> {
        let output = self.converse(&self.node()?, invocation)?;
        match serde_json::from_slice(&output).map_err(ActionError::Unreadable)? {
            Report::Done { denied: Some(denial), .. } => Ok(Verdict::Denied(denial)),
            Report::Done { denied: None, claims, id_claims } => {
                Ok(Verdict::Allowed(SetClaims { access: parsed(claims)?, id: parsed(id_claims)? }))
            }
            Report::NoHandler => Err(ActionError::NoHandler(invocation.handler)),
            Report::Threw { message } => Err(ActionError::Threw(message)),
            Report::Unsettled => Err(ActionError::Unsettled),
            Report::TimedOut => Err(ActionError::TimedOut(invocation.time_limit)),
        }
    }

    /// Where Node.js is.
    pub(super) fn node(&self) -> Result<PathBuf, ActionError> {
        let program = format!("node{}", env::consts::EXE_SUFFIX);
        let mut files = env::split_paths(&self.search_path).map(|folder| folder.join(&program));
        files.find(|file| file.is_file()).ok_or(ActionError::NodeMissing)
    }

    /// Gives Node its input and takes its output, in files: neither side ever waits for the other to read.
    fn converse(&self, node: &Path, invocation: &Invocation<'_>) -> Result<Vec<u8>, ActionError> {
        let input = json!({
            "code": invocation.code,
            "handler": invocation.handler,
            "event": invocation.event,
            "sandbox": include_str!("sandbox.js"),
            "timeLimit": u64::try_from(invocation.time_limit.as_millis()).unwrap_or(u64::MAX),
        });
        let (status, stdout, stderr) =
            self.exchange(node, &input.to_string(), invocation.time_limit).map_err(ActionError::Node)?;
        match status {
            None => Err(ActionError::TimedOut(invocation.time_limit)),
            Some(status) if status.success() => Ok(stdout),
            Some(status) => {
                let stderr = String::from_utf8_lossy(&stderr).trim().to_owned();
                Err(ActionError::Crashed { status, stderr })
            }
        }
    }

    /// Node's end, `None` where it took too long, and what it wrote to stdout and stderr.
    fn exchange(
        &self,
        node: &Path,
        input: &str,
        time_limit: Duration,
    ) -> io::Result<(Option<ExitStatus>, Vec<u8>, Vec<u8>)> {
        let (mut stdin, mut stdout, mut stderr) =
            (tempfile::tempfile()?, tempfile::tempfile()?, tempfile::tempfile()?);
        stdin.write_all(input.as_bytes())?;
        stdin.rewind()?;
        let mut command = self.command(node);
        command.stdin(stdin).stdout(stdout.try_clone()?).stderr(stderr.try_clone()?);
        let status = wait(&mut command.spawn()?, time_limit + NODE_OVERHEAD)?;
        Ok((status, read_back(&mut stdout)?, read_back(&mut stderr)?))
    }

    fn command(&self, node: &Path) -> Command {
        let mut command = Command::new(node);
        command
            // The error of a refused `import()` is the one object that comes to the Action from outside of
            // its sandbox. This flag keeps `error.constructor.constructor('…')` from making a function there.
            .arg("--disallow-code-generation-from-strings")
            .arg("--max-old-space-size=256")
            .arg(self.folder.path().join("runner.js"))
            .current_dir(self.folder.path())
            // Neither the caller's secrets nor its NODE_OPTIONS are the Action's.
            .env_clear();
        // Windows starts no process without it.
        if let Some(root) = env::var_os("SystemRoot") {
            command.env("SystemRoot", root);
        }
        command
    }
}

/// What `runner.js` writes. A claim's value is JSON within JSON: it is the Action's, and may hold anything.
#[derive(Deserialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
enum Report {
    #[serde(rename_all = "camelCase")]
    Done {
        claims: Vec<(String, String)>,
        id_claims: Vec<(String, String)>,
        denied: Option<Denial>,
    },
    NoHandler,
    Threw {
        message: String,
    },
    Unsettled,
    TimedOut,
}

fn parsed(claims: Vec<(String, String)>) -> Result<Vec<(String, Value)>, ActionError> {
    let parsed = claims.into_iter().map(|(name, text)| Ok((name, serde_json::from_str(&text)?)));
    parsed.collect::<Result<_, _>>().map_err(ActionError::Unreadable)
}

/// The child's end, or `None` where it was killed for taking too long.
fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(POLL);
    }
}

fn read_back(file: &mut fs::File) -> io::Result<Vec<u8>> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANDLER: &str = "onExecutePostLogin";

    /// Runs code whose trigger is a login, for at most five seconds.
    fn run(code: &str, event: &Value) -> Result<Verdict, ActionError> {
        run_as(HANDLER, code, event, Duration::from_secs(5))
    }

    fn run_as(
        handler: &'static str,
        code: &str,
        event: &Value,
        time_limit: Duration,
    ) -> Result<Verdict, ActionError> {
        ActionRunner::new().unwrap().run(&Invocation { code, handler, event, time_limit })
    }

    fn handler(body: &str) -> String {
        format!("exports.onExecutePostLogin = async (event, api) => {{ {body} }};")
    }

    fn handle(body: &str) -> Result<Verdict, ActionError> {
        run(&handler(body), &json!({}))
    }

    fn claims(verdict: Result<Verdict, ActionError>) -> Value {
        match verdict.unwrap() {
            Verdict::Allowed(claims) => claims.access.into_iter().collect::<serde_json::Map<_, _>>().into(),
            Verdict::Denied(denial) => panic!("denied: {denial:?}"),
        }
    }

    fn denied(code: &str, reason: &str) -> Verdict {
        Verdict::Denied(Denial { code: code.to_owned(), reason: reason.to_owned() })
    }

    #[test]
    fn a_machine_without_node_is_told_so() {
        let empty = tempfile::tempdir().unwrap();
        let runner = ActionRunner::searching(empty.path().as_os_str().to_owned()).unwrap();
        let error = runner.node().unwrap_err();
        assert!(matches!(error, ActionError::NodeMissing), "{error:?}");
        assert!(error.to_string().contains("install Node.js"), "{error}");
    }

    #[test]
    fn claims_come_back_in_order_with_their_types() {
        let verdict = handle(
            "api.accessToken.setCustomClaim('b', [1, 2.5, null, 'x']).accessToken.setCustomClaim('a', {deep: true}) \
             .idToken.setCustomClaim('b', 2);",
        );
        let access =
            vec![("b".to_owned(), json!([1, 2.5, null, "x"])), ("a".to_owned(), json!({"deep": true}))];
        let id = vec![("b".to_owned(), json!(2))];
        assert_eq!(verdict.unwrap(), Verdict::Allowed(SetClaims { access, id }));
    }

    #[test]
    fn a_handler_sets_what_it_has_set_and_reaches_nothing_of_node() {
        for (what, body, expected) in [
            (
                "a claim is what it was when it was set",
                "const perm = ['x']; api.accessToken.setCustomClaim('perm', perm); perm.push('y');",
                json!({"perm": ["x"]}),
            ),
            (
                "a claim without a JSON form is not set",
                "api.accessToken.setCustomClaim('u', undefined); api.accessToken.setCustomClaim('f', () => 1); \
                 api.accessToken.setCustomClaim('n', NaN); api.idToken.setCustomClaim('id', 1);",
                json!({"n": null}),
            ),
            (
                "the handler may await and return early",
                "await null; const a = await Promise.all([1, Promise.resolve(2)]); \
                 api.accessToken.setCustomClaim('a', a); if (a) return; api.accessToken.setCustomClaim('b', 1);",
                json!({"a": [1, 2]}),
            ),
            (
                "no name of Node is within reach",
                "const names = ['require', 'process', 'Buffer', 'setTimeout', 'fetch', 'action', 'handler', 'event']; \
                 api.accessToken.setCustomClaim('there', names.filter((name) => name in globalThis));",
                json!({"there": []}),
            ),
            (
                "a refused import gives no way out",
                "let found = 'nothing'; try { await import('fs'); found = 'fs'; } catch (error) { \
                 try { found = error.constructor.constructor('return typeof process')(); } catch {} } \
                 api.accessToken.setCustomClaim('found', found);",
                json!({"found": "nothing"}),
            ),
        ] {
            assert_eq!(claims(handle(body)), expected, "{what}");
        }
    }

    #[test]
    fn exports_can_be_replaced_and_the_top_level_can_return() {
        let code = "module.exports = { onExecutePostLogin(event, api) { api.accessToken.setCustomClaim('a', 1) } }; return;";
        assert_eq!(claims(run(code, &json!({}))), json!({"a": 1}));
    }

    #[test]
    fn the_event_arrives_as_it_was_given() {
        let event =
            json!({"user": {"name": "Zoë \u{2028}\u{0} \"'`${x}</script>", "n": 0.5, "__proto__": {"x": 1}}});
        let code = handler(
            "api.accessToken.setCustomClaim('user', event.user);
             api.accessToken.setCustomClaim('polluted', ({}).x === 1);",
        );
        assert_eq!(claims(run(&code, &event)), json!({"user": event["user"], "polluted": false}));
    }

    #[test]
    fn the_first_denial_counts_and_takes_the_claims_with_it() {
        let verdict = handle(
            "api.accessToken.setCustomClaim('a', 1); api.access.deny('no role'); api.access.deny('second');",
        );
        assert_eq!(verdict.unwrap(), denied("access_denied", "no role"));
    }

    #[test]
    fn an_exchange_is_denied_with_a_code_of_the_list() {
        let run = |deny: &str| {
            let code = format!(
                "exports.onExecuteCredentialsExchange = async (event, api) => {{ api.access.deny({deny}) }};"
            );
            run_as("onExecuteCredentialsExchange", &code, &json!({}), Duration::from_secs(5))
        };
        assert_eq!(run("'invalid_scope', 'not yours'").unwrap(), denied("invalid_scope", "not yours"));
        let error = run("'not yours'").unwrap_err();
        assert!(matches!(&error, ActionError::Threw(message) if message.contains("not one of")), "{error:?}");
    }

    #[test]
    fn code_that_gives_no_verdict_is_told_why() {
        for (body, words) in [
            ("throw new Error('no luck')", "the code threw: Error: no luck"),
            ("await Promise.reject('plain')", "the code threw: plain"),
            ("throw undefined", "the code threw: undefined"),
            ("throw Object.create(null)", "the code threw: something that has no text"),
            ("api.accessToken.setCustomClaim(1, 2)", "setCustomClaim: the name is not a string"),
            ("api.accessToken.setCustomClaim('n', 1n)", "the code threw: TypeError"),
            ("api.accessToken.addScope('x')", "TypeError: api.accessToken.addScope is not a function"),
            ("const loop = {}; loop.loop = loop; api.accessToken.setCustomClaim('l', loop)", "TypeError"),
            ("} if (", "the code threw: SyntaxError"),
            ("await new Promise(() => {})", "the handler never finished"),
            // Half of a surrogate pair.
            ("api.accessToken.setCustomClaim('x', '\\ud800')", "outcome is not readable"),
            ("api.accessToken.setCustomClaim('\\ud800', 1)", "outcome is not readable"),
            // Ways to Node.
            ("require('fs')", "the code threw: "),
            ("globalThis.constructor.constructor('return process')()", "the code threw: "),
            ("api.constructor.constructor('return process')()", "the code threw: "),
            ("api.access.deny.constructor('return process')()", "the code threw: "),
            ("exports.constructor.constructor('return process')()", "the code threw: "),
            ("arguments.callee.caller.constructor('return process')()", "the code threw: "),
            ("eval('1')", "the code threw: "),
        ] {
            let error = handle(body).unwrap_err().to_string();
            assert!(error.contains(words), "{body}: {error}");
        }
        let other = "exports.onExecuteCredentialsExchange = async () => {};";
        for code in ["", other, "exports.onExecutePostLogin = 7;"] {
            let error = run(code, &json!({})).unwrap_err();
            assert!(matches!(error, ActionError::NoHandler(HANDLER)), "{code}: {error:?}");
        }
    }

    #[test]
    fn code_that_runs_for_too_long_is_stopped() {
        for body in [
            "for (;;) {}",
            "await null; for (;;) {}",
            "const again = async () => { await null; await again(); }; await again();",
        ] {
            let time_limit = Duration::from_millis(100);
            let error = run_as(HANDLER, &handler(body), &json!({}), time_limit).unwrap_err();
            assert!(
                matches!(error, ActionError::TimedOut(limit) if limit == time_limit),
                "{body}: {error:?}"
            );
        }
    }

    /// The error of a run with another script in the runner's place.
    fn run_instead(script: &str) -> ActionError {
        let runner = ActionRunner::new().unwrap();
        fs::write(runner.folder.path().join("runner.js"), script).unwrap();
        let time_limit = Duration::from_secs(5);
        runner.run(&Invocation { code: "", handler: HANDLER, event: &json!({}), time_limit }).unwrap_err()
    }

    #[test]
    fn the_callers_environment_is_not_handed_on() {
        let error = run_instead(
            "const message = Object.keys(process.env).filter((name) => name !== 'SystemRoot').join(); \
             process.stdout.write(JSON.stringify({ status: 'threw', message }));",
        );
        assert!(matches!(&error, ActionError::Threw(names) if names.is_empty()), "{error:?}");
    }

    #[test]
    fn a_crash_is_told_with_what_node_said() {
        let error = run_instead("console.error('out of ink'); process.exit(3);");
        assert!(matches!(&error, ActionError::Crashed { stderr, .. } if stderr == "out of ink"), "{error:?}");
    }

    #[test]
    fn output_that_is_no_outcome_is_told() {
        for output in ["", "{}", "{\"status\":\"splendid\"}", "nonsense"] {
            let error = run_instead(&format!("process.stdout.write({});", json!(output)));
            assert!(matches!(error, ActionError::Unreadable(_)), "{output}: {error:?}");
        }
    }

    #[test]
    fn a_node_that_does_not_end_is_killed() {
        let node = ActionRunner::new().unwrap().node().unwrap();
        let mut child = Command::new(node).args(["-e", "setInterval(() => {}, 1000)"]).spawn().unwrap();
        assert_eq!(wait(&mut child, Duration::from_millis(50)).unwrap(), None);
        assert!(child.try_wait().unwrap().is_some());
    }
}
