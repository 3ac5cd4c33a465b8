//! The paths of the API, with the names in them percent-encoded, once.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::OrganizationSlug;

use super::error::{Attempt, Error};

/// All but the unreserved characters of RFC 3986, section 2.3: those mean themselves in any path.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A path of the API. Made here alone, so that nothing in it needs encoding any more, and nothing in it is a query.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Path(String);

impl Path {
    /// The path, with a slash first.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The path of what is in this one, by a name that [`is_addressable`].
    pub(super) fn segment(&self, name: &str) -> Self {
        Self(format!("{}/{}", self.0, utf8_percent_encode(name, RESERVED)))
    }
}

/// `GET` lists the organizations of the token.
pub(super) fn organizations() -> Path {
    Path("/v2/organizations".to_owned())
}

/// `GET` lists the JWKS endpoints of an organization.
pub(super) fn endpoints(organization: &OrganizationSlug) -> Path {
    in_organization(organization, "jwks")
}

/// `PUT` saves the JWKS endpoint of this name, `DELETE` removes it.
///
/// # Errors
/// [`Error::Unaddressable`] for a name that no path can hold, see [`is_addressable`].
pub(super) fn endpoint(
    organization: &OrganizationSlug,
    name: &str,
    attempt: &Attempt,
) -> Result<Path, Error> {
    if !is_addressable(name) {
        return Err(Error::Unaddressable { attempt: attempt.clone() });
    }
    Ok(endpoints(organization).segment(name))
}

/// `POST` (or, in older servers, `GET`) composes a JWT template.
pub(super) fn template(organization: &OrganizationSlug) -> Path {
    in_organization(organization, "jwks-template")
}

/// `GET` lists the databases of an organization.
pub(super) fn databases(organization: &OrganizationSlug) -> Path {
    in_organization_v1(organization, "databases")
}

/// `GET` lists the groups of an organization.
pub(super) fn groups(organization: &OrganizationSlug) -> Path {
    in_organization_v1(organization, "groups")
}

fn in_organization(organization: &OrganizationSlug, what: &str) -> Path {
    organizations().segment(organization.as_str()).segment(what)
}

fn in_organization_v1(organization: &OrganizationSlug, what: &str) -> Path {
    Path("/v1/organizations".to_owned()).segment(organization.as_str()).segment(what)
}

/// Whether a path can hold this segment. URLs resolve a segment of one or two dots away, percent-encoded or not
/// (URL standard, "single-dot URL path segment"), and an empty one names the folder.
pub(super) fn is_addressable(segment: &str) -> bool {
    !matches!(segment, "" | "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BaseUrl;

    fn address(name: &str) -> Result<String, Error> {
        let acme = "acme".parse().unwrap();
        let path = endpoint(&acme, name, &Attempt::to("list the organizations of the token"))?;
        Ok(BaseUrl::default().join(&path, &[]).to_string())
    }

    #[test]
    fn a_name_is_encoded_once_and_stays_one_segment() {
        for (name, encoded) in [
            ("clerk", "clerk"),
            ("Clerk Production", "Clerk%20Production"),
            ("a/b", "a%2Fb"),
            ("a\\b", "a%5Cb"),
            ("100%", "100%25"),
            ("%2F", "%252F"),
            ("what?", "what%3F"),
            ("#1", "%231"),
            ("späť", "sp%C3%A4%C5%A5"),
            ("日本", "%E6%97%A5%E6%9C%AC"),
            ("a+b&c=d;e:f@g", "a%2Bb%26c%3Dd%3Be%3Af%40g"),
            ("...", "..."),
            ("./", ".%2F"),
            ("../..", "..%2F.."),
            ("%2e%2e", "%252e%252e"),
            (" x\t\r\n", "%20x%09%0D%0A"),
            ("-._~", "-._~"),
        ] {
            let expected = format!("https://api.turso.tech/v2/organizations/acme/jwks/{encoded}");
            assert_eq!(address(name).unwrap(), expected, "{name:?}");
        }
    }

    #[test]
    fn a_name_that_would_address_something_else_is_refused() {
        for name in ["", ".", ".."] {
            assert!(matches!(address(name), Err(Error::Unaddressable { .. })), "{name:?}");
        }
    }

    #[test]
    fn the_organization_is_encoded_too() {
        let organization = "a%b?c".parse().unwrap();
        assert_eq!(endpoints(&organization).as_str(), "/v2/organizations/a%25b%3Fc/jwks");
        assert_eq!(template(&organization).as_str(), "/v2/organizations/a%25b%3Fc/jwks-template");
        assert_eq!(databases(&organization).as_str(), "/v1/organizations/a%25b%3Fc/databases");
        assert_eq!(groups(&organization).segment("a+b").as_str(), "/v1/organizations/a%25b%3Fc/groups/a%2Bb");
    }
}
