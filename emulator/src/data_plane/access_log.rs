//! The record of who came to which database with what, and what they ran.

use std::sync::Mutex;

use serde_json::{Map, Value};

use super::grants::FailOpen;
use super::sql::StatementRecord;
use crate::lock::lock;

/// One request to a database.
#[derive(Debug, Clone, PartialEq)]
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

/// Accesses in order, of all databases.
#[derive(Debug, Default)]
pub(crate) struct AccessLog(Mutex<Vec<Access>>);

impl AccessLog {
    pub(crate) fn push(&self, access: Access) {
        lock(&self.0).push(access);
    }

    pub(crate) fn entries(&self) -> Vec<Access> {
        lock(&self.0).clone()
    }

    pub(crate) fn clear(&self) {
        lock(&self.0).clear();
    }
}
