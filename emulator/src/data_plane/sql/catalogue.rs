//! The names that a statement can mean: tables, views and virtual tables, and which tables are shadows of which
//! virtual table.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

/// The names of a database, lower-cased as SQLite compares them.
#[derive(Debug, Clone, Default)]
pub(super) struct Catalogue {
    names: BTreeSet<String>,
    /// Those of virtual tables' modules, some of which can be queried like a table.
    modules: BTreeSet<String>,
    /// From a shadow table to its virtual table.
    owners: BTreeMap<String, String>,
}

impl Catalogue {
    /// Reads the names. On the way SQLite connects every virtual table, so that none has to connect, and to prepare
    /// statements of its own, while a token's statement is being judged.
    ///
    /// It sends PRAGMAs and no query on `pragma_table_list` or the like: a token could make a view of that
    /// name, which would run here unchecked.
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut tables = connection.prepare_cached("PRAGMA table_list")?;
        let listed = tables.query_map([], |row| {
            let name: String = row.get("name")?;
            Ok((name.to_ascii_lowercase(), row.get("type")?))
        })?;
        let mut catalogue = Self::of(listed.collect::<rusqlite::Result<_>>()?);
        let mut modules = connection.prepare_cached("PRAGMA module_list")?;
        let listed = modules.query_map([], |row| row.get(0).map(|name: String| name.to_ascii_lowercase()))?;
        catalogue.modules = listed.collect::<rusqlite::Result<_>>()?;
        Ok(catalogue)
    }

    fn of(listed: Vec<(String, String)>) -> Self {
        let mut catalogue = Self::default();
        let virtual_tables = || listed.iter().filter(|(_, kind)| kind == "virtual").map(|(name, _)| name);
        for (name, kind) in &listed {
            catalogue.names.insert(name.clone());
            let owners = virtual_tables().filter(|owner| kind == "shadow" && is_below(name, owner));
            if let Some(owner) = owners.max_by_key(|owner| owner.len()) {
                catalogue.owners.insert(name.clone(), owner.clone());
            }
        }
        catalogue
    }

    /// Whether a table, view or virtual table goes by this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(&name.to_ascii_lowercase())
    }

    /// Whether a module goes by this name, in lower case.
    pub(super) fn has_module(&self, name: &str) -> bool {
        self.modules.contains(name)
    }

    /// The virtual table whose shadow this is.
    pub(super) fn owner(&self, name: &str) -> Option<&str> {
        self.owners.get(&name.to_ascii_lowercase()).map(String::as_str)
    }

    /// Whether a table has a name that a shadow table of a virtual table of this name could have.
    pub(super) fn has_below(&self, name: &str) -> bool {
        self.names.iter().any(|known| is_below(known, name))
    }
}

/// Whether a name is another one, an underscore and more, as shadow tables are named.
pub(super) fn is_below(name: &str, owner: &str) -> bool {
    let (name, owner) = (name.to_ascii_lowercase(), owner.to_ascii_lowercase());
    name.strip_prefix(&owner).is_some_and(|rest| rest.starts_with('_'))
}
