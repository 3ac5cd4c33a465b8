//! The judge that SQLite asks at each step of a statement, through its authorizer.
//!
//! SQLite asks while a statement is prepared, and again while it runs wherever a virtual table prepares statements
//! of its own. [`demand`] says what a step demands; what stands here are the exceptions:
//! - what a granted CREATE, ALTER or DROP does on its way is part of it;
//! - the shadow tables of full-text and R-tree tables follow their virtual table's grants. A statement that names
//!   one needs the action itself; what the virtual table does in them while it runs needs any data grant on it;
//! - a REPLACE clause also demands data_delete, see [`replacing`](super::replacing);
//! - names that are no table's (`json_each`, a common table expression that is only counted) hold nothing to protect.

use std::sync::{Arc, Mutex};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use super::catalogue::{Catalogue, is_below};
use super::demand::{Demand, demand};
use super::pragma;
use super::replacing::has_replace_clause;
use crate::data_plane::grants::{Action, Grants};
use crate::lock::lock;

/// A guard that a connection's authorizer and its statements share.
#[derive(Debug, Clone, Default)]
pub(super) struct SharedGuard(Arc<Mutex<Guard>>);

impl SharedGuard {
    /// Works with the guard. It is never held across a call into SQLite, which would ask it in turn.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Guard) -> T) -> T {
        work(&mut lock(&self.0))
    }
}

/// What is judged, and by what.
#[derive(Debug)]
pub(super) struct Guard {
    grants: Grants,
    catalogue: Catalogue,
    phase: Phase,
    /// Schema changes that this statement was granted.
    changes: Vec<(Action, String)>,
    /// The virtual table that this statement was granted to create or drop.
    virtual_change: Option<String>,
    /// Tables that this statement may insert into or update, but not delete from.
    not_replaceable: Vec<String>,
    makes_trigger: bool,
    denied: Option<String>,
}

/// Who is preparing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The emulator itself.
    Trusted,
    /// A token's statement.
    Preparing,
    /// A virtual table, on behalf of a token's statement that runs.
    Running,
}

/// Virtual tables that keep to their own shadow tables. Others (`fts5vocab`, `dbstat`) read elsewhere.
const CONTAINED_MODULES: [&str; 5] = ["fts5", "fts4", "fts3", "rtree", "rtree_i32"];

/// What ALTER and DROP keep in order beside the schema itself.
const BOOKKEEPING: [&str; 3] = ["sqlite_sequence", "sqlite_stat1", "sqlite_stat4"];

impl Default for Guard {
    fn default() -> Self {
        Self {
            grants: Grants::UNLIMITED,
            catalogue: Catalogue::default(),
            phase: Phase::Trusted,
            changes: Vec::new(),
            virtual_change: None,
            not_replaceable: Vec::new(),
            makes_trigger: false,
            denied: None,
        }
    }
}

impl Guard {
    /// Lets the emulator's own statements pass.
    pub(super) fn trust(&mut self) {
        self.phase = Phase::Trusted;
    }

    /// Judges the statements to come by these grants.
    pub(super) fn judge_by(&mut self, grants: Grants) {
        self.grants = grants;
    }

    /// A statement is about to be prepared.
    pub(super) fn begin(&mut self, catalogue: Catalogue) {
        *self = Self { grants: self.grants.clone(), catalogue, phase: Phase::Preparing, ..Self::default() };
    }

    /// The statement is prepared, and about to run. False where its text asks for more than SQLite told.
    pub(super) fn run(&mut self, sql: &str) -> bool {
        self.phase = Phase::Running;
        let must_delete = self.not_replaceable.first();
        let trigger_everywhere = self.makes_trigger && !self.grants.allow_everywhere(Action::DataDelete);
        if (must_delete.is_some() || trigger_everywhere) && has_replace_clause(sql) {
            let table = must_delete.map_or("every table", String::as_str);
            self.denied = Some(format!("{} on {table}", Action::DataDelete.name()));
        }
        self.denied.is_none()
    }

    /// The first thing that was denied to this statement.
    pub(super) fn denied(&self) -> Option<&str> {
        self.denied.as_deref()
    }

    /// Answers SQLite.
    pub(super) fn authorize(&mut self, context: &AuthContext<'_>) -> Authorization {
        if self.phase == Phase::Trusted {
            return Authorization::Allow;
        }
        let demand = demand(&context.action);
        if self.is_met(&context.action, demand) {
            self.remember(&context.action, demand);
            return Authorization::Allow;
        }
        self.denied.get_or_insert_with(|| match demand {
            Demand::On(action, table) => format!("{} on {table}", action.name()),
            Demand::Everywhere(action) => format!("{} on every table", action.name()),
            Demand::Nothing | Demand::Never => format!("{:?}", context.action),
        });
        Authorization::Deny
    }

    fn is_met(&self, step: &AuthAction<'_>, demand: Demand<'_>) -> bool {
        if self.is_part_of_a_change(step) {
            return true;
        }
        match demand {
            Demand::Nothing => true,
            Demand::Never => false,
            Demand::Everywhere(action) => self.grants.allow_everywhere(action),
            Demand::On(action, table) => match self.catalogue.owner(table) {
                Some(owner) if self.phase == Phase::Running => self.grants.allow_some_data(owner),
                Some(owner) => self.grants.allow(action, owner),
                None => self.allows(step, action, table),
            },
        }
    }

    fn allows(&self, step: &AuthAction<'_>, action: Action, table: &str) -> bool {
        match step {
            AuthAction::CreateVtable { module_name, .. } => {
                let contained =
                    CONTAINED_MODULES.iter().any(|module| module_name.eq_ignore_ascii_case(module));
                // Tables that stand where its shadows will would become readable as such.
                let alone = contained && !self.catalogue.has_below(table);
                self.grants.allow_everywhere(action) || (alone && self.grants.allow(action, table))
            }
            AuthAction::Read { column_name, .. } if !self.catalogue.has(table) => {
                column_name.is_empty() || is_harmless_source(table) || self.grants.allow(action, table)
            }
            _ => self.grants.allow(action, table),
        }
    }

    /// Whether this is a step of a schema change that the statement was granted.
    fn is_part_of_a_change(&self, step: &AuthAction<'_>) -> bool {
        let granted = |action, table: &str| {
            self.changes.iter().any(|(change, name)| *change == action && name.eq_ignore_ascii_case(table))
        };
        let has = |action| self.changes.iter().any(|(change, _)| *change == action);
        let alters = has(Action::SchemaUpdate);
        let is_its_shadow = |table: &str| {
            let owner = self.virtual_change.as_deref();
            self.phase == Phase::Running && owner.is_some_and(|owner| is_below(table, owner))
        };
        match *step {
            AuthAction::Delete { table_name } if granted(Action::SchemaDelete, table_name) => true,
            AuthAction::Read { table_name, .. } if granted(Action::SchemaAdd, table_name) => true,
            AuthAction::Read { table_name, .. } if alters && table_name == "pragma_quick_check" => true,
            AuthAction::Pragma { pragma_name, .. } if alters && pragma_name == "quick_check" => true,
            AuthAction::Reindex { .. } => has(Action::SchemaAdd),
            AuthAction::Read { table_name, .. }
            | AuthAction::Update { table_name, .. }
            | AuthAction::Delete { table_name }
                if BOOKKEEPING.contains(&table_name) =>
            {
                alters || has(Action::SchemaDelete)
            }
            AuthAction::Read { table_name, .. }
            | AuthAction::Insert { table_name }
            | AuthAction::Update { table_name, .. }
            | AuthAction::Delete { table_name }
            | AuthAction::CreateTable { table_name }
            | AuthAction::CreateIndex { table_name, .. }
            | AuthAction::DropTable { table_name } => is_its_shadow(table_name),
            _ => false,
        }
    }

    fn remember(&mut self, step: &AuthAction<'_>, demand: Demand<'_>) {
        let Demand::On(action, table) = demand else { return };
        match action {
            Action::SchemaAdd | Action::SchemaUpdate | Action::SchemaDelete
                if self.phase == Phase::Preparing =>
            {
                self.changes.push((action, table.to_owned()));
            }
            Action::DataAdd | Action::DataUpdate if !self.may_delete(table) => {
                self.not_replaceable.push(table.to_owned());
            }
            _ => {}
        }
        match step {
            AuthAction::CreateTrigger { .. } | AuthAction::CreateTempTrigger { .. } => {
                self.makes_trigger = true
            }
            AuthAction::CreateVtable { table_name, .. } | AuthAction::DropVtable { table_name, .. } => {
                self.virtual_change = Some((*table_name).to_owned());
            }
            _ => {}
        }
    }

    fn may_delete(&self, table: &str) -> bool {
        self.grants.allow(Action::DataDelete, self.catalogue.owner(table).unwrap_or(table))
    }
}

/// Table-valued functions that show nothing of the database, or no more than their PRAGMA does.
fn is_harmless_source(name: &str) -> bool {
    match name.strip_prefix("pragma_") {
        Some(pragma) => pragma::demand(pragma, None) == Demand::Nothing,
        None => matches!(name, "json_each" | "json_tree" | "jsonb_each" | "jsonb_tree"),
    }
}
