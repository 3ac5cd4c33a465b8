//! The claims that open nothing, for the tokens that an identity provider signs for something else than Turso.
//!
//! Turso reads a token *without* claims as access to everything, so such tokens need claims too.

use super::Template;

impl Template {
    /// Claims that open nothing, three times over: the database does not exist, reading is all that is allowed, and
    /// the one table that it is allowed on can't exist.
    ///
    /// An empty `perm`, a rule without tables and the nil UUID all look narrower, and may mean no limit to a server.
    pub fn no_access() -> Self {
        Self::parse(NO_ACCESS).expect("a test parses them")
    }

    /// Whether these are the claims of [`Template::no_access`].
    pub fn is_no_access(&self) -> bool {
        *self == Self::no_access()
    }
}

/// The ID is a random UUID (version 4) that this project drew once: Turso gives it to no database. SQLite refuses to
/// create a table whose name begins with `sqlite_` (its documentation of CREATE TABLE).
const NO_ACCESS: &str = r#"{"a":"ro","id":"c7645888-0bd9-4823-8829-0681499ff7fb","perm":[{"a":["data_read"],"t":["sqlite_no_access"]}]}"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_claims_of_nothing_are_written_canonically_and_told_as_nothing() {
        let template = Template::no_access();
        assert_eq!(template.to_canonical_json(), NO_ACCESS);
        assert_eq!(template.summary(), "nothing");
        assert!(template.is_no_access());
    }

    #[test]
    fn other_claims_for_the_same_database_are_not_those_of_nothing() {
        let wider = NO_ACCESS.replace(r#""t":["sqlite_no_access"]"#, r#""t":null"#);
        let template = Template::parse(&wider).unwrap();
        assert!(!template.is_no_access());
        assert_ne!(template.summary(), "nothing");
    }
}
