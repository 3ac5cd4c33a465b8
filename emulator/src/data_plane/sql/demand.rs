//! What each step that SQLite reports to its authorizer demands of a token. A pure table; the exceptions that need
//! to know the statement or the schema are the guard's.

use rusqlite::hooks::AuthAction;

use super::pragma;
use crate::data_plane::grants::Action;

/// What is demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand<'a> {
    /// Nothing: it reaches no table.
    Nothing,
    /// Refused to every token.
    Never,
    /// An action on a table or view.
    On(Action, &'a str),
    /// An action on every table.
    Everywhere(Action),
}

/// What a step demands.
///
/// - Views demand the action on the view and reading on what is under it: SQLite reports both.
/// - Triggers and foreign-key actions demand their own grants: SQLite reports what they do like anything else.
/// - An index or trigger is part of its table's schema.
/// - ATTACH, DETACH, VACUUM (which attaches) and `load_extension` would leave the database.
pub(super) fn demand<'a>(action: &AuthAction<'a>) -> Demand<'a> {
    match *action {
        AuthAction::Select
        | AuthAction::Recursive
        | AuthAction::Transaction { .. }
        | AuthAction::Savepoint { .. } => Demand::Nothing,
        AuthAction::Function { function_name } if is_dangerous(function_name) => Demand::Never,
        AuthAction::Function { .. } => Demand::Nothing,
        AuthAction::Pragma { pragma_name, pragma_value } => pragma::demand(pragma_name, pragma_value),
        AuthAction::Read { table_name, .. }
        | AuthAction::Insert { table_name }
        | AuthAction::Update { table_name, .. }
        | AuthAction::Delete { table_name }
            if is_schema_table(table_name) =>
        {
            // Readable by everyone; SQLite itself lets nobody write it but through CREATE, ALTER and DROP.
            Demand::Nothing
        }
        AuthAction::Read { table_name, .. } => Demand::On(Action::DataRead, table_name),
        AuthAction::Insert { table_name } => Demand::On(Action::DataAdd, table_name),
        AuthAction::Update { table_name, .. } => Demand::On(Action::DataUpdate, table_name),
        AuthAction::Delete { table_name } => Demand::On(Action::DataDelete, table_name),
        AuthAction::CreateTable { table_name: name }
        | AuthAction::CreateTempTable { table_name: name }
        | AuthAction::CreateVtable { table_name: name, .. }
        | AuthAction::CreateView { view_name: name }
        | AuthAction::CreateTempView { view_name: name }
        | AuthAction::CreateIndex { table_name: name, .. }
        | AuthAction::CreateTempIndex { table_name: name, .. }
        | AuthAction::CreateTrigger { table_name: name, .. }
        | AuthAction::CreateTempTrigger { table_name: name, .. } => Demand::On(Action::SchemaAdd, name),
        AuthAction::AlterTable { table_name, .. } => Demand::On(Action::SchemaUpdate, table_name),
        AuthAction::DropTable { table_name: name }
        | AuthAction::DropTempTable { table_name: name }
        | AuthAction::DropVtable { table_name: name, .. }
        | AuthAction::DropView { view_name: name }
        | AuthAction::DropTempView { view_name: name }
        | AuthAction::DropIndex { table_name: name, .. }
        | AuthAction::DropTempIndex { table_name: name, .. }
        | AuthAction::DropTrigger { table_name: name, .. }
        | AuthAction::DropTempTrigger { table_name: name, .. } => Demand::On(Action::SchemaDelete, name),
        AuthAction::Reindex { .. } | AuthAction::Analyze { .. } => Demand::Everywhere(Action::SchemaUpdate),
        _ => Demand::Never,
    }
}

fn is_dangerous(function: &str) -> bool {
    ["load_extension", "fts3_tokenizer"].iter().any(|name| function.eq_ignore_ascii_case(name))
}

fn is_schema_table(name: &str) -> bool {
    ["sqlite_master", "sqlite_schema", "sqlite_temp_master", "sqlite_temp_schema"]
        .iter()
        .any(|table| name.eq_ignore_ascii_case(table))
}
