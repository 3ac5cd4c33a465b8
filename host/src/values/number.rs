//! Decimal numbers of any size, compared by what they are worth and not by how they are spelt.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A number: `digits × 10^exponent`, in the one form that has no zeros at either end of the digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "serde_json::Number", into = "serde_json::Number")]
pub struct Number {
    negative: bool,
    digits: String,
    exponent: i64,
}

/// Why a text is not a number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a decimal number")]
pub struct NumberError(String);

/// Beyond this many zeros a number is written with an exponent, lest a few bytes grow into gigabytes.
const LONGEST_RUN_OF_ZEROS: i64 = 4096;

impl Number {
    /// The exact value of a finite binary number, or `None` for the infinities and for NaN.
    pub fn from_f64(binary: f64) -> Option<Self> {
        // 1074 decimals hold any double exactly: the smallest one is 2^-1074.
        binary
            .is_finite()
            .then(|| format!("{binary:.1074}").parse().expect("a finite number prints as a decimal number"))
    }

    /// The number, where it is whole and an `i64` holds it.
    pub fn as_i64(&self) -> Option<i64> {
        (0..=18).contains(&self.exponent).then(|| self.to_string().parse().ok())?
    }

    /// The number, where a double holds it exactly.
    pub fn as_f64(&self) -> Option<f64> {
        let nearest: f64 = self.to_string().parse().ok()?;
        (Self::from_f64(nearest)? == *self).then_some(nearest)
    }

    fn new(negative: bool, digits: &str, exponent: i64) -> Self {
        let significant = digits.trim_end_matches('0');
        let zeros =
            i64::try_from(digits.len() - significant.len()).expect("a text is shorter than an i64 counts");
        let significant = significant.trim_start_matches('0');
        if significant.is_empty() {
            return Self { negative: false, digits: String::new(), exponent: 0 };
        }
        Self { negative, digits: significant.to_owned(), exponent: exponent.saturating_add(zeros) }
    }
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || NumberError(text.to_owned());
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().map_err(|_| refused())?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if whole.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(refused());
        }
        let decimals = i64::try_from(fraction.len()).map_err(|_| refused())?;
        Ok(Self::new(text.starts_with('-'), &digits, exponent.saturating_sub(decimals)))
    }
}

impl TryFrom<serde_json::Number> for Number {
    type Error = NumberError;

    fn try_from(number: serde_json::Number) -> Result<Self, NumberError> {
        number.to_string().parse()
    }
}

impl From<Number> for serde_json::Number {
    fn from(number: Number) -> Self {
        number.to_string().parse().expect("a decimal number is a JSON number")
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { negative, digits, exponent } = self;
        let sign = if *negative { "-" } else { "" };
        if digits.is_empty() {
            return formatter.write_str("0");
        }
        if exponent.abs() > LONGEST_RUN_OF_ZEROS {
            return write!(formatter, "{sign}{digits}e{exponent}");
        }
        let places = usize::try_from(exponent.unsigned_abs()).expect("at most LONGEST_RUN_OF_ZEROS");
        if *exponent >= 0 {
            return write!(formatter, "{sign}{digits}{:0>places$}", "");
        }
        let padded = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = padded.split_at(padded.len() - places);
        write!(formatter, "{sign}{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_number_are_equal() {
        for (one, other) in [("1", "1.0"), ("100", "1e2"), ("-0", "0"), ("0.10", "1E-1"), ("+7", "7")] {
            assert_eq!(one.parse::<Number>().unwrap(), other.parse::<Number>().unwrap(), "{one} and {other}");
        }
    }

    #[test]
    fn numbers_print_in_full() {
        for (text, printed) in [
            ("0", "0"),
            ("-12.50", "-12.5"),
            ("1e3", "1000"),
            ("0.001", "0.001"),
            ("123456789012345678901234567890.5", "123456789012345678901234567890.5"),
            ("1e5000", "1e5000"),
        ] {
            assert_eq!(text.parse::<Number>().unwrap().to_string(), printed);
        }
    }

    #[test]
    fn a_double_is_taken_at_its_exact_worth() {
        assert_eq!(Number::from_f64(0.5), Some("0.5".parse().unwrap()));
        assert_ne!(Number::from_f64(0.1), Some("0.1".parse().unwrap()));
        assert_eq!("0.1".parse::<Number>().unwrap().as_f64(), None);
        assert_eq!(Number::from_f64(f64::NAN), None);
        assert_eq!(Number::from_f64(f64::INFINITY), None);
    }

    #[test]
    fn whole_numbers_fit_an_i64_up_to_its_bounds() {
        for (text, whole) in [
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("0.5", None),
            ("1e18", Some(1_000_000_000_000_000_000)),
            ("1e19", None),
            ("0", Some(0)),
        ] {
            assert_eq!(text.parse::<Number>().unwrap().as_i64(), whole, "{text}");
        }
    }

    #[test]
    fn texts_that_are_no_numbers_are_refused() {
        for text in ["", "-", ".5", "1,5", "0x10", "1e", "1e1.5", "NaN", "inf", " 1"] {
            assert!(text.parse::<Number>().is_err(), "{text:?}");
        }
    }
}
