//! Judges each step of a statement by the grants of its token. SQLite asks, through its authorizer.
//!
//! SQLite asks while a statement is prepared, and again while it runs wherever a virtual table prepares statements
//! of its own. [`demand`] says what a step demands; what stands here are the exceptions:
//! - what a granted CREATE, ALTER or DROP does on its way is part of it;
//! - a shadow table of a full-text or R-tree table goes by the grants on that table. A statement that names it needs
//!   the action itself. Where a virtual table works in it while a statement runs, any grant that the statement used
//!   on the virtual table is enough;
//! - a REPLACE clause also demands data_delete, see [`replacing`](super::replacing);
//! - a table that a query opens is read, also where SQLite does not tell, see [`opened`](super::opened);
//! - a name that is no table's (`json_each`, a common table expression) needs no grant.
//!
//! Its limit: tables go by name, as in claims. A token that may rename a table can bring it under the grants on
//! another name, and one that may add to a table's schema can learn what is in it, from whether an index can be made.

use std::sync::{Arc, Mutex};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use super::catalogue::{Catalogue, is_below};
use super::demand::{self, Demand};
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

/// The grants, and what is known of the statement that is judged by them.
#[derive(Debug)]
pub(super) struct Guard {
    grants: Grants,
    catalogue: Catalogue,
    phase: Phase,
    /// Schema changes that this statement was granted.
    changes: Vec<Change>,
    /// The virtual table that this statement was granted to create, alter or drop.
    virtual_change: Option<String>,
    /// What this statement was granted to do with rows, and in which table.
    row_actions: Vec<(Action, String)>,
    selects: bool,
    makes_trigger: bool,
    denied: Option<String>,
}

/// A granted change of the schema.
#[derive(Debug)]
struct Change {
    action: Action,
    table: String,
    /// `main` or `temp`: both may have a table of this name.
    database: Option<String>,
}

/// On whose behalf SQLite prepares statements.
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

/// Table-valued functions that show nothing of the database.
const HARMLESS_MODULES: [&str; 4] = ["json_each", "json_tree", "jsonb_each", "jsonb_tree"];

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
            row_actions: Vec::new(),
            selects: false,
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

    /// Whether the statement that was prepared has a query in it.
    pub(super) fn selects(&self) -> bool {
        self.selects
    }

    /// The statement is prepared, and about to run. False where its text, or the tables that its queries
    /// open, show an action that SQLite did not ask about and that is not granted.
    pub(super) fn run(&mut self, sql: &str, opened: &[String]) -> bool {
        self.phase = Phase::Running;
        if let Some(table) = self.not_replaceable()
            && has_replace_clause(sql)
        {
            self.denied.get_or_insert(format!("{} on {table}", Action::DataDelete.name()));
        }
        if let Some(table) = opened.iter().find(|table| !self.may_open(table)) {
            self.denied.get_or_insert(format!("{} on {table}", Action::DataRead.name()));
        }
        self.denied.is_none()
    }

    /// The first thing that was denied to this statement.
    pub(super) fn denied(&self) -> Option<&str> {
        self.denied.as_deref()
    }

    /// Whether a step may be taken.
    pub(super) fn authorize(&mut self, context: &AuthContext<'_>) -> Authorization {
        if self.phase == Phase::Trusted {
            return Authorization::Allow;
        }
        let demand = demand::of_step(&context.action);
        if self.is_met(context, demand) {
            self.remember(context, demand);
            return Authorization::Allow;
        }
        self.denied.get_or_insert_with(|| match demand {
            Demand::On(action, table) => format!("{} on {table}", action.name()),
            Demand::Everywhere(action) => format!("{} on every table", action.name()),
            Demand::Nothing | Demand::Never => format!("{:?}", context.action),
        });
        Authorization::Deny
    }

    fn is_met(&self, context: &AuthContext<'_>, demand: Demand<'_>) -> bool {
        if self.is_part_of_a_change(context) {
            return true;
        }
        match demand {
            Demand::Nothing => true,
            Demand::Never => false,
            Demand::Everywhere(action) => self.grants.allow_everywhere(action),
            Demand::On(action, table) => match self.catalogue.owner(table) {
                Some(owner) => {
                    (self.phase == Phase::Running && self.acts_on_rows_of(owner))
                        || self.grants.allow(action, owner)
                }
                None => self.allows(&context.action, action, table),
            },
        }
    }

    fn allows(&self, step: &AuthAction<'_>, action: Action, table: &str) -> bool {
        match step {
            AuthAction::CreateVtable { module_name, .. } => {
                let contained =
                    CONTAINED_MODULES.iter().any(|module| module_name.eq_ignore_ascii_case(module));
                // A table that has the name of one of its shadow tables would become readable as that.
                let alone = contained && !self.catalogue.has_below(table);
                self.grants.allow_everywhere(action) || (alone && self.grants.allow(action, table))
            }
            AuthAction::Read { .. } if !self.catalogue.has(table) => {
                self.is_harmless_source(table) || self.grants.allow(action, table)
            }
            _ => self.grants.allow(action, table),
        }
    }

    /// Whether a name that is no table's can be read without a grant: a part of the query itself, a
    /// table-valued function that shows nothing of the database, or one whose PRAGMA every token may run.
    fn is_harmless_source(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        match name.strip_prefix("pragma_") {
            Some(pragma) => demand::of_pragma(pragma, None) == Demand::Nothing,
            None => HARMLESS_MODULES.contains(&&*name) || !self.catalogue.has_module(&name),
        }
    }

    /// Whether this is a step of a schema change that the statement was granted.
    fn is_part_of_a_change(&self, context: &AuthContext<'_>) -> bool {
        let granted = |action, table: &str| {
            self.changes.iter().any(|change| {
                change.action == action
                    && change.table.eq_ignore_ascii_case(table)
                    && change.database.as_deref() == context.database_name
            })
        };
        let has = |action| self.changes.iter().any(|change| change.action == action);
        let alters = has(Action::SchemaUpdate);
        let is_its_shadow = |table: &str| {
            let owner = self.virtual_change.as_deref();
            self.phase == Phase::Running && owner.is_some_and(|owner| is_below(table, owner))
        };
        match context.action {
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
            | AuthAction::AlterTable { table_name, .. }
            | AuthAction::DropTable { table_name } => is_its_shadow(table_name),
            _ => false,
        }
    }

    fn remember(&mut self, context: &AuthContext<'_>, demand: Demand<'_>) {
        if self.phase != Phase::Preparing {
            return;
        }
        match demand {
            Demand::On(action @ (Action::SchemaAdd | Action::SchemaUpdate | Action::SchemaDelete), table) => {
                let database = context.database_name.map(str::to_owned);
                self.changes.push(Change { action, table: table.to_owned(), database });
            }
            Demand::On(action, table) => self.row_actions.push((action, table.to_owned())),
            Demand::Nothing | Demand::Never | Demand::Everywhere(_) => {}
        }
        match context.action {
            AuthAction::Select => self.selects = true,
            AuthAction::CreateTrigger { .. } | AuthAction::CreateTempTrigger { .. } => {
                self.makes_trigger = true
            }
            AuthAction::CreateVtable { table_name, .. }
            | AuthAction::AlterTable { table_name, .. }
            | AuthAction::DropVtable { table_name, .. } => {
                self.virtual_change = Some(table_name.to_owned());
            }
            _ => {}
        }
    }

    fn acts_on_rows_of(&self, table: &str) -> bool {
        self.row_actions.iter().any(|(_, done)| done.eq_ignore_ascii_case(table))
    }

    /// The table in which a REPLACE clause would delete rows without a grant.
    fn not_replaceable(&self) -> Option<&str> {
        let writes = |(action, _): &&(Action, String)| matches!(action, Action::DataAdd | Action::DataUpdate);
        let written = self.row_actions.iter().filter(writes).map(|(_, table)| table.as_str());
        let trigger = (self.makes_trigger && !self.grants.allow_everywhere(Action::DataDelete))
            .then_some("every table");
        written.into_iter().find(|table| !self.allow_by_owner(Action::DataDelete, table)).or(trigger)
    }

    /// Whether a statement with a query may open a table. An update or deletion opens its own table, and an
    /// insert may open the bookkeeping for the number of its row: neither is reading.
    fn may_open(&self, table: &str) -> bool {
        let changes = |(action, done): &(Action, String)| {
            matches!(action, Action::DataUpdate | Action::DataDelete) && done.eq_ignore_ascii_case(table)
        };
        self.allow_by_owner(Action::DataRead, table)
            || self.row_actions.iter().any(changes)
            || BOOKKEEPING.contains(&table)
    }

    fn allow_by_owner(&self, action: Action, table: &str) -> bool {
        self.grants.allow(action, self.catalogue.owner(table).unwrap_or(table))
    }
}
