//! Tokens of the Platform API, and what each may do.

use std::collections::{BTreeMap, BTreeSet};

use crate::secret::Secret;

/// A token that the Platform API recognises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    value: Secret,
    kind: TokenKind,
    refused: BTreeMap<String, (u16, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// An API token; `None` reaches every organization.
    Api(Option<BTreeSet<String>>),
    /// A database's or group's token, which the Platform API recognises only to refuse it.
    Database,
}

/// What a token may do in an organization.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing<'a> {
    /// Everything.
    Owner,
    /// Nothing, which is said with this status and text.
    Refused(u16, &'a str),
    /// Nothing: the organization is not found.
    Stranger,
}

impl ApiToken {
    /// The token of an owner of every organization there is.
    pub fn owner(value: &str) -> Self {
        Self::new(value, TokenKind::Api(None))
    }

    /// The token of an owner of these organizations; any other is not found by it.
    pub fn owner_of<'a>(value: &str, organizations: impl IntoIterator<Item = &'a str>) -> Self {
        Self::new(value, TokenKind::Api(Some(organizations.into_iter().map(str::to_owned).collect())))
    }

    /// A token of the data plane, which people mistake for an API token.
    pub fn of_a_database(value: &str) -> Self {
        Self::new(value, TokenKind::Database)
    }

    fn new(value: &str, kind: TokenKind) -> Self {
        Self { value: Secret::new(value), kind, refused: BTreeMap::new() }
    }

    /// Refuses every call on one organization, say with 403 for a member who is not an owner. The token still
    /// lists it.
    pub fn refused_in(mut self, organization: &str, status: u16, text: &str) -> Self {
        self.refused.insert(organization.to_owned(), (status, text.to_owned()));
        self
    }

    pub(crate) fn is(&self, value: &str) -> bool {
        self.value.expose() == value
    }

    pub(crate) fn kind(&self) -> &TokenKind {
        &self.kind
    }

    pub(crate) fn standing(&self, organization: &str) -> Standing<'_> {
        if let Some((status, text)) = self.refused.get(organization) {
            return Standing::Refused(*status, text);
        }
        match &self.kind {
            TokenKind::Api(Some(organizations)) if !organizations.contains(organization) => {
                Standing::Stranger
            }
            TokenKind::Api(_) => Standing::Owner,
            TokenKind::Database => Standing::Stranger,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_owns_what_it_was_given() {
        let everywhere = ApiToken::owner("t");
        let somewhere = ApiToken::owner_of("t", ["acme"]).refused_in("umbrella", 403, "not an owner");
        assert_eq!(everywhere.standing("acme"), Standing::Owner);
        assert_eq!(somewhere.standing("acme"), Standing::Owner);
        assert_eq!(somewhere.standing("umbrella"), Standing::Refused(403, "not an owner"));
        assert_eq!(somewhere.standing("other"), Standing::Stranger);
        assert_eq!(ApiToken::of_a_database("t").standing("acme"), Standing::Stranger);
    }

    #[test]
    fn debug_does_not_show_the_token() {
        assert!(!format!("{:?}", ApiToken::owner("s3cret")).contains("s3cret"));
    }
}
