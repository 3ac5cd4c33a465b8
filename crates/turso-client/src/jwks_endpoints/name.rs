//! The names of JWKS endpoints.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use unicode_normalization::UnicodeNormalization as _;

use crate::path::is_addressable;

/// The name of a JWKS endpoint, as it was written or as the API lists it.
///
/// Spaces, capitals, slashes, percent signs and all of Unicode are fine. Callers may know a name in the Unicode normal
/// form C alone, and the API may hold another spelling of it: [`JwksEndpointName::is_same_as`] compares, and paths are
/// made of the API's spelling.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct JwksEndpointName(String);

impl JwksEndpointName {
    /// A name that the API lists, whatever it is.
    pub(crate) fn listed(name: String) -> Self {
        Self(name)
    }

    /// The name in this spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name in normal form C.
    pub fn normalized(&self) -> String {
        self.0.nfc().collect()
    }

    /// Whether both are the same name, in whatever spelling.
    pub fn is_same_as(&self, other: &Self) -> bool {
        // ASCII has one spelling, and most names of a long list are neither the same nor anything else.
        let is_ascii = self.0.is_ascii() && other.0.is_ascii();
        self.0 == other.0 || (!is_ascii && self.0.nfc().eq(other.0.nfc()))
    }
}

impl FromStr for JwksEndpointName {
    type Err = EndpointNameError;

    fn from_str(name: &str) -> Result<Self, EndpointNameError> {
        if name.is_empty() {
            Err(EndpointNameError::Empty)
        } else if !is_addressable(name) {
            Err(EndpointNameError::Dots)
        } else if name.contains(char::is_control) {
            Err(EndpointNameError::ControlCharacter)
        } else {
            Ok(Self(name.to_owned()))
        }
    }
}

impl fmt::Display for JwksEndpointName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a string can't be the name of a JWKS endpoint.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum EndpointNameError {
    /// It is empty.
    #[error("the name is empty")]
    Empty,
    /// It is `.` or `..`, which every URL resolves away.
    #[error("the name is only dots, which no URL can hold")]
    Dots,
    /// It has a control character, such as a line break.
    #[error("the name has a control character, such as a line break or a tab")]
    ControlCharacter,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_hard_for_urls_are_fine() {
        for name in ["clerk", "Clerk Production", "a/b", "100%", "späť", "what?", "#1", "...", " ", "..a"] {
            let parsed = name.parse::<JwksEndpointName>().unwrap();
            assert_eq!((parsed.as_str(), parsed.to_string().as_str()), (name, name));
        }
    }

    #[test]
    fn what_no_path_or_person_can_name_is_refused() {
        for (name, expected) in [
            ("", EndpointNameError::Empty),
            (".", EndpointNameError::Dots),
            ("..", EndpointNameError::Dots),
            ("a\nb", EndpointNameError::ControlCharacter),
            ("\u{0}", EndpointNameError::ControlCharacter),
            ("\u{85}", EndpointNameError::ControlCharacter),
        ] {
            assert_eq!(name.parse::<JwksEndpointName>(), Err(expected), "{name:?}");
        }
    }

    #[test]
    fn two_spellings_of_a_name_are_the_same_name() {
        let name = |name: &str| JwksEndpointName::listed(name.to_owned());
        assert!(name("sp\u{e4}t").is_same_as(&name("spa\u{308}t")));
        assert_eq!(name("spa\u{308}t").normalized(), "sp\u{e4}t");
        assert!(!name("Clerk").is_same_as(&name("clerk")));
        assert!(!name("\u{fb01}").is_same_as(&name("fi")));
    }
}
