//! Terraform's number: a decimal of any precision, never cut to a machine's integer or float.

use std::fmt;
use std::str::FromStr;

use bigdecimal::{BigDecimal, FromPrimitive, ToPrimitive};

/// The largest power of ten that is taken in. Terraform itself can hold more, but arithmetic on such a number would let
/// ten characters of input claim gigabytes of memory.
const MAX_EXPONENT: i64 = 10_000;

/// A decimal number of any precision, equal by worth: `1.0` is `1`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(BigDecimal);

/// Why a text or float is no [`Number`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not a decimal number.
    #[error("{0:?} is not a decimal number")]
    NotDecimal(String),
    /// Outside 10^±10000.
    #[error("a number beyond 10^±{MAX_EXPONENT} can't be held")]
    TooLarge,
    /// Infinity, or not a number.
    #[error("a number must be finite")]
    NotFinite,
}

impl Number {
    /// The number as an `i64`, where it is exactly one.
    pub fn to_i64_exact(&self) -> Option<i64> {
        if self.0.is_integer() { self.0.to_i64() } else { None }
    }

    /// The number as a `u64`, where it is exactly one.
    pub fn to_u64_exact(&self) -> Option<u64> {
        if self.0.is_integer() { self.0.to_u64() } else { None }
    }

    /// The number as an `f64`, where it is exactly one.
    pub fn to_f64_exact(&self) -> Option<f64> {
        let float = self.0.to_f64().filter(|float| float.is_finite())?;
        (BigDecimal::from_f64(float)? == self.0).then_some(float)
    }

    fn bounded(decimal: BigDecimal) -> Result<Self, NumberError> {
        let decimal = decimal.normalized();
        let (digits, scale) = decimal.as_bigint_and_exponent();
        let within = scale.unsigned_abs() <= MAX_EXPONENT.unsigned_abs()
            && digits.bits() <= 4 * MAX_EXPONENT.unsigned_abs();
        if within { Ok(Self(decimal)) } else { Err(NumberError::TooLarge) }
    }
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let not_decimal = || NumberError::NotDecimal(text.chars().take(40).collect());
        let exponent = text.split_once(['e', 'E']).map_or("0", |(_, exponent)| exponent);
        let exponent: i64 = exponent.parse().map_err(|_| not_decimal())?;
        if exponent.unsigned_abs() > MAX_EXPONENT.unsigned_abs()
            || text.len() > 2 * MAX_EXPONENT.unsigned_abs() as usize
        {
            return Err(NumberError::TooLarge);
        }
        // The library takes `_` as a digit separator, Terraform's wire does not know it.
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
        let decimal = if plain { BigDecimal::from_str(text).ok() } else { None };
        Self::bounded(decimal.ok_or_else(not_decimal)?)
    }
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Self(BigDecimal::from(integer).normalized())
    }
}

impl From<u64> for Number {
    fn from(integer: u64) -> Self {
        Self(BigDecimal::from(integer).normalized())
    }
}

impl TryFrom<f64> for Number {
    type Error = NumberError;

    fn try_from(float: f64) -> Result<Self, NumberError> {
        BigDecimal::from_f64(float).map_or(Err(NumberError::NotFinite), Self::bounded)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.to_plain_string())
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_equal_by_worth() {
        for (one, other) in [("1", "1.0"), ("100", "1e2"), ("0.5", "5e-1"), ("-0", "0")] {
            assert_eq!(one.parse::<Number>(), other.parse::<Number>(), "{one} and {other}");
        }
    }

    #[test]
    fn a_number_beyond_every_machine_type_is_kept() {
        for text in
            ["18446744073709551616", "0.1", "-12345678901234567890.123456789", "3.14159265358979323846"]
        {
            let number: Number = text.parse().expect("a decimal");
            assert_eq!(number.to_string(), text);
            assert_eq!(format!("{number:?}"), text);
            assert_eq!(number.to_i64_exact(), None);
            assert_eq!(number.to_f64_exact().is_some(), text == "18446744073709551616", "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "abc", "1e", "e1", "1_000", "0x10", "NaN", "inf", "1e99999999999999999999"] {
            assert!(matches!(text.parse::<Number>(), Err(NumberError::NotDecimal(_))), "{text}");
        }
        for text in ["1e10001", "1e-999999999"] {
            assert_eq!(text.parse::<Number>(), Err(NumberError::TooLarge), "{text}");
        }
        let digits = |zeros: usize, nines: usize| format!("{}{}", "0".repeat(zeros), "9".repeat(nines));
        for (text, is_held) in [
            ("1e10000".to_owned(), true),
            ("-1e-10000".to_owned(), true),
            (format!("1{}", digits(10_000, 0)), true),
            (format!("1{}", digits(10_001, 0)), false),
            (format!("0.{}", digits(9_999, 1)), true),
            (format!("0.{}", digits(10_000, 1)), false),
            // As many digits as 40,000 bits have room for, and one more.
            (digits(0, 12_041), true),
            (digits(0, 12_042), false),
            // Beyond 20,000 characters nothing is looked at.
            (digits(19_999, 1), true),
            (digits(20_000, 1), false),
        ] {
            let read = text.parse::<Number>();
            let expected = if is_held { Ok(()) } else { Err(NumberError::TooLarge) };
            assert_eq!(read.map(drop), expected, "{}… of {} characters", &text[..5], text.len());
        }
        assert_eq!(Number::try_from(f64::NAN), Err(NumberError::NotFinite));
        assert_eq!(Number::try_from(f64::INFINITY), Err(NumberError::NotFinite));
    }
}
