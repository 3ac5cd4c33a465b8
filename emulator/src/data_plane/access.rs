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
    /// The claims of a token that let someone in.
    pub claims: Option<Map<String, Value>>,
    /// In what way these claims reach further than their writer may have meant.
    pub fail_open: Vec<FailOpen>,
    /// What was run, in order.
    pub statements: Vec<StatementRecord>,
}

impl Access {
    /// Whether the claims name no database and no group, and so reach all there are.
    pub fn org_wide(&self) -> bool {
        self.fail_open.contains(&FailOpen::NoSubject)
    }
}
