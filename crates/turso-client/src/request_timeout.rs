//! How long one request may take, as a person writes it.

use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

/// How long one request may take, from its start to the end of its answer: 30 s, unless someone chose another time
/// between 1 s and 60 s. A call of the client has 180 s, and has to have room for a write and a look after it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RequestTimeout(pub(super) Duration);

const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);

impl Default for RequestTimeout {
    fn default() -> Self {
        Self(Duration::from_secs(30))
    }
}

/// A whole number and its unit, `s` or `m`; one without a unit counts seconds.
impl FromStr for RequestTimeout {
    type Err = RequestTimeoutError;

    fn from_str(text: &str) -> Result<Self, RequestTimeoutError> {
        let (number, seconds) = match (text.strip_suffix('s'), text.strip_suffix('m')) {
            (Some(number), _) => (number, 1),
            (_, Some(number)) => (number, 60),
            _ => (text, 1),
        };
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(RequestTimeoutError::NoDuration);
        }
        // Digits that are no number are too many of them.
        let time = Duration::from_secs(number.parse().unwrap_or(u64::MAX).saturating_mul(seconds));
        if !(SHORTEST..=LONGEST).contains(&time) {
            return Err(RequestTimeoutError::OutOfBounds);
        }
        Ok(Self(time))
    }
}

/// Why a text is no [`RequestTimeout`].
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum RequestTimeoutError {
    /// It is no number with a unit.
    #[error("the request timeout is a whole number with its unit, such as \"45s\" or \"1m\"")]
    NoDuration,
    /// It is too short or too long.
    #[error("the request timeout is from \"1s\" to \"60s\"")]
    OutOfBounds,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_timeout_is_a_number_of_seconds_or_minutes_within_bounds() {
        for (text, expected) in [
            ("1s", Ok(1)),
            ("45s", Ok(45)),
            ("45", Ok(45)),
            ("1m", Ok(60)),
            ("60", Ok(60)),
            ("0s", Err(RequestTimeoutError::OutOfBounds)),
            ("61s", Err(RequestTimeoutError::OutOfBounds)),
            ("2m", Err(RequestTimeoutError::OutOfBounds)),
            ("99999999999999999999m", Err(RequestTimeoutError::OutOfBounds)),
            ("", Err(RequestTimeoutError::NoDuration)),
            ("s", Err(RequestTimeoutError::NoDuration)),
            ("-1s", Err(RequestTimeoutError::NoDuration)),
            ("+1", Err(RequestTimeoutError::NoDuration)),
            ("1.5s", Err(RequestTimeoutError::NoDuration)),
            ("30 s", Err(RequestTimeoutError::NoDuration)),
            ("500ms", Err(RequestTimeoutError::NoDuration)),
            ("1h", Err(RequestTimeoutError::NoDuration)),
        ] {
            let expected = expected.map(|seconds| RequestTimeout(Duration::from_secs(seconds)));
            assert_eq!(text.parse(), expected, "{text:?}");
        }
    }
}
