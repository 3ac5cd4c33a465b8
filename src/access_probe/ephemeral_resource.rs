//! The ephemeral resource. Neither token nor answer is stored anywhere.

use std::time::Duration;

use framework::{Complaint, Diagnostic, Diagnostics, EphemeralResource, Opened, Secret, Severity, path};
use tokio::time::{Instant, sleep};
use turso_client::{DatabaseHost, DatabaseToken, ProbeAnswer, Prober};

use super::expectation::Expected;
use crate::report;

/// The longest that a probe goes on asking, in seconds.
const LONGEST_WAIT: u64 = 300;

/// The pause before a probe asks again.
const PAUSE: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(crate) struct AccessProbe {
    prober: Prober,
}

framework::model! {
    /// Asks a database whether it takes a token: did a registration take effect, and is a token refused that should be? It
    /// runs `SELECT 1`, by https (on this machine by http), follows no redirect, and stores nothing: neither the token
    /// nor the answer gets into a plan or state. The provider needs no token of its own for it.
    ///
    /// Ephemeral resources open in each plan and each apply, as soon as their configuration is known. Where the JWKS endpoint is
    /// made or changed in the same apply, `after` with its `registration` lets the probe wait until Turso has been told.
    /// Without it, the plan that comes first asks too early. OpenTofu leaves out of an apply what no other resource of it
    /// depends on: there it is the next plan that asks.
    ///
    /// The outcomes:
    ///
    /// - `accepted`: the database runs statements with the token. Which ones is a matter of its permissions.
    /// - `no_access`: a trusted key has signed it, and its claims are for something else.
    /// - `unknown_key`: no key that the organization trusts has signed it.
    /// - `expired`: its time is over. How Turso says so is not known: any refusal with the word "expired" is taken for it.
    /// - `unreachable`: neither yes nor no, since no answer came, or one that says none of these.
    pub struct Probe, ProbeConfig {
        /// The token to ask with, such as one that the identity provider has just issued. With null nothing is asked, and
        /// `outcome` is null: so a configuration can be applied by whoever has no token.
        token: Option<Secret> = optional().check(check_token),
        /// Host name of the database, which is `hostname` of a `turso_jwt_template`. The token is sent there.
        hostname: String = required().check(check_hostname),
        /// The outcome to expect: `accepted`, `no_access`, `unknown_key` or `expired`.
        expect: String = required().check(check_expect),
        /// What the probe waits for: `turso_jwks_endpoint.x.registration`. Its value makes no difference.
        after: Option<String> = optional(),
        /// What comes of another outcome than the expected one, `unreachable` among them: `warn`, which is the default, or
        /// `error`.
        on_mismatch: Option<String> = optional().check(check_on_mismatch),
        /// For how many seconds to go on asking while the outcome is another one, up to 300. Without it, one time is all. How long
        /// Turso takes to fetch a new key is not known.
        wait: Option<u64> = optional().check(check_wait),
        /// What the database says of the token, one of the words above.
        outcome: Option<String> = computed(),
        /// The server's words, or why there are none.
        answer: Option<String> = computed(),
    }
}

impl AccessProbe {
    /// One that asks as `user_agent`.
    pub(crate) fn new(user_agent: &str) -> Self {
        Self { prober: Prober::new(user_agent) }
    }

    /// Asks until the answer is the expected one, or the time is over.
    async fn ask(
        &self,
        host: &DatabaseHost,
        token: &DatabaseToken,
        expected: Expected,
        wait: Duration,
    ) -> ProbeAnswer {
        let end = Instant::now() + wait;
        loop {
            let answer = self.prober.ask(host, token).await;
            if expected.is_met_by(&answer) || Instant::now() + PAUSE > end {
                return answer;
            }
            sleep(PAUSE).await;
        }
    }
}

impl EphemeralResource for AccessProbe {
    type State = Probe;

    fn type_name(&self) -> &'static str {
        "turso_access_probe"
    }

    async fn open(&self, config: ProbeConfig) -> Result<Opened<Probe>, Diagnostics> {
        let mut probe = Probe {
            token: config.token.known(),
            hostname: config.hostname.settled("hostname")?,
            expect: config.expect.settled("expect")?,
            after: config.after.known(),
            on_mismatch: config.on_mismatch.known(),
            wait: config.wait.known(),
            outcome: None,
            answer: None,
        };
        let Some(token) = &probe.token else { return Ok(Opened::new(probe)) };
        let token = report::parse::<DatabaseToken>(token.expose(), INVALID_TOKEN)
            .map_err(|complaint| complaint.at(path!(Probe.token)))?;
        let host = report::parse::<DatabaseHost>(&probe.hostname, INVALID_HOSTNAME);
        let host = host.map_err(|complaint| complaint.at(path!(Probe.hostname)))?;
        let expected: Expected = report::parse(&probe.expect, INVALID_EXPECTATION)
            .map_err(|complaint| complaint.at(path!(Probe.expect)))?;
        let wait = Duration::from_secs(probe.wait.unwrap_or_default());

        let answer = self.ask(&host, &token, expected, wait).await;
        let mismatch = (!expected.is_met_by(&answer))
            .then(|| expected.mismatch(&probe.hostname, &answer).at(path!(Probe.expect)));
        if let Some(mismatch) = &mismatch
            && probe.on_mismatch.as_deref() == Some(ERROR)
        {
            return Err(Diagnostic { severity: Severity::Error, ..mismatch.clone() }.into());
        }
        probe.outcome = Some(answer.outcome.as_str().to_owned());
        probe.answer = Some(answer.words);
        Ok(Opened { warnings: mismatch.into_iter().collect(), ..Opened::new(probe) })
    }
}

const INVALID_TOKEN: &str = "Invalid token";
const INVALID_HOSTNAME: &str = "Invalid hostname";
const INVALID_EXPECTATION: &str = "Invalid expectation";

/// The word for a mismatch that ends the run.
const ERROR: &str = "error";

fn check_token(token: &Secret) -> Result<(), Complaint> {
    report::check::<DatabaseToken>(token.expose(), INVALID_TOKEN)
}

fn check_hostname(hostname: &str) -> Result<(), Complaint> {
    report::check::<DatabaseHost>(hostname, INVALID_HOSTNAME)
}

fn check_expect(word: &str) -> Result<(), Complaint> {
    report::check::<Expected>(word, INVALID_EXPECTATION)
}

fn check_on_mismatch(word: &str) -> Result<(), Complaint> {
    match word {
        "warn" | ERROR => Ok(()),
        other => Err(Complaint::new(
            "Invalid on_mismatch",
            format!("{other:?} is not one of \"warn\" and \"error\"."),
        )),
    }
}

fn check_wait(seconds: &u64) -> Result<(), Complaint> {
    if *seconds <= LONGEST_WAIT {
        return Ok(());
    }
    let detail = format!("A probe waits for {LONGEST_WAIT} seconds at most.");
    Err(Complaint::new("Wait too long", detail))
}
