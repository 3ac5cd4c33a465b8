//! What a probe is to find out, and what is said where it finds out something else.

use std::str::FromStr;

use framework::Diagnostic;
use turso_client::{Obstacle, ProbeAnswer, ProbeOutcome};

use crate::advice::of_obstacle;
use crate::report;

/// An outcome that can be expected. [`ProbeOutcome::Unreachable`] can't: it is neither yes nor no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expected(ProbeOutcome);

/// Why a word is no [`Expected`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not one of \"accepted\", \"no_access\", \"unknown_key\" and \"expired\"")]
pub(super) struct UnknownExpectation(String);

impl FromStr for Expected {
    type Err = UnknownExpectation;

    fn from_str(word: &str) -> Result<Self, UnknownExpectation> {
        use ProbeOutcome::{Accepted, Expired, NoAccess, UnknownKey};

        let known = [Accepted, NoAccess, UnknownKey, Expired].into_iter();
        let found = known.into_iter().find(|outcome| outcome.as_str() == word);
        found.map(Self).ok_or_else(|| UnknownExpectation(word.to_owned()))
    }
}

impl Expected {
    /// Whether the answer is the one that was expected.
    pub(super) fn is_met_by(self, answer: &ProbeAnswer) -> bool {
        self.0 == answer.outcome
    }

    /// A warning about an answer that is another one.
    pub(super) fn mismatch(self, hostname: &str, answer: &ProbeAnswer) -> Diagnostic {
        let (expected, outcome) = (self.0.as_str(), answer.outcome.as_str());
        let said = report::sentence(&answer.words);
        let detail = format!(
            "The database at {hostname} was expected to answer `{expected}`, and the outcome is `{outcome}`: {said}\n\n{}",
            advice(answer)
        );
        Diagnostic::warning("Token not answered as expected", detail)
    }
}

/// What an outcome means, and the way out where it was not meant.
fn advice(answer: &ProbeAnswer) -> String {
    let advice = match answer.outcome {
        ProbeOutcome::Accepted => {
            "The database runs statements with this token. If it should not, look at its claims with token_decode, and \
             at the JWKS endpoints of the organization with the data source turso_jwks_endpoints."
        }
        ProbeOutcome::NoAccess => {
            "A key that the organization trusts has signed the token, and its claims are for something else. Compare them \
             with the claims of a turso_jwt_template for this database."
        }
        ProbeOutcome::UnknownKey => {
            "None of the organization's JWKS endpoints publishes the key that signed the token, or Turso has not fetched it \
             yet: how long that takes is not known, and `wait` asks again. Where the endpoint is made in the same apply, \
             `after` with its `registration` lets the probe wait for it."
        }
        ProbeOutcome::Expired => "The time of the token is over. Get a new one right before the run.",
        ProbeOutcome::Unreachable => {
            let obstacle = answer.obstacle.as_ref().unwrap_or(&Obstacle::Network);
            let way_out = of_obstacle(obstacle, "Check `hostname` and the network, and ask again.");
            return format!("So it is not known whether the database takes the token. {way_out}");
        }
    };
    advice.to_owned()
}
