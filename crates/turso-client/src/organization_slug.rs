//! The slug of an organization.

use claims::{Name, Named};

/// The slug of an organization: the part of a URL that names it, for a personal one the username.
pub type OrganizationSlug = Name<Organization>;

/// See [`OrganizationSlug`].
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Organization {}

impl Named for Organization {
    const NOUN: &'static str = "organization slug";
}
