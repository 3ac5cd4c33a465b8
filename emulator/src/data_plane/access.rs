//! The record of who came to which database with what, and what they ran.

use serde_json::{Map, Value};

use super::grants::FailOpen;
use super::sql::StatementRecord;

/// One request to a database.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Access {
    /// The organization's slug.
    pub organization: String,
    /// The database's name.
    pub database: String,
    /// Why the token let nobody in, where it did not.
    pub refused: Option<String>,
    /// The claims of a token that let someone in. None where they have a key twice.
    pub claims: Option<Map<String, Value>>,
    /// Why these claims open everything, where they do.
    pub fail_open: Option<FailOpen>,
    /// What was run, in order.
    pub statements: Vec<StatementRecord>,
}

impl Access {
    /// Whether the claims limit nothing, and so reach every database there is.
    pub fn org_wide(&self) -> bool {
        self.fail_open.is_some()
    }
}
