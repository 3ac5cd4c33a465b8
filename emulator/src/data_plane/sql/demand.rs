//! What each step that SQLite reports to its authorizer demands of a token. A pure table; the exceptions that need
//! to know the statement or the schema are the guard's.

use rusqlite::hooks::AuthAction;

use crate::data_plane::grants::Action;

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
pub(super) fn of_step<'a>(action: &AuthAction<'a>) -> Demand<'a> {
    match *action {
        AuthAction::Select
        | AuthAction::Recursive
        | AuthAction::Transaction { .. }
        | AuthAction::Savepoint { .. } => Demand::Nothing,
        AuthAction::Function { function_name } if is_dangerous(function_name) => Demand::Never,
        AuthAction::Function { .. } => Demand::Nothing,
        AuthAction::Pragma { pragma_name, pragma_value } => of_pragma(pragma_name, pragma_value),
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

/// PRAGMAs that describe the schema, which every token may read. The value, if any, names an object.
const DESCRIBING: &str = "
    table_info table_xinfo table_list index_list index_info index_xinfo foreign_key_list database_list
    collation_list function_list module_list compile_options
";

/// PRAGMAs that may be read and not set: with a value they change something.
const TELLING: &str = "
    auto_vacuum data_version encoding freelist_count journal_mode page_count page_size
    recursive_triggers schema_version
";

/// PRAGMAs of this connection's own behaviour.
const OWN: &str = "case_sensitive_like defer_foreign_keys foreign_keys";

/// PRAGMAs that read every table.
const CHECKING: &str = "foreign_key_check integrity_check quick_check";

/// PRAGMAs that hold a number for migration tools: everyone may read it, and who may change every table's
/// schema may set it.
const MARKING: &str = "application_id user_version";

/// What a PRAGMA demands. The list is short on purpose: several PRAGMAs are ways round permissions
/// (`writable_schema`), reach the machine's files (`temp_store_directory`) or break the emulator's own set-up
/// (`journal_mode`); whatever is not listed is refused to every token.
pub(super) fn of_pragma(name: &str, value: Option<&str>) -> Demand<'static> {
    let is_one_of = |names: &str| names.split_whitespace().any(|known| known.eq_ignore_ascii_case(name));
    let is_told = value.is_none() && (is_one_of(TELLING) || is_one_of(MARKING));
    if is_one_of(DESCRIBING) || is_one_of(OWN) || is_told {
        Demand::Nothing
    } else if is_one_of(CHECKING) {
        Demand::Everywhere(Action::DataRead)
    } else if is_one_of(MARKING) {
        Demand::Everywhere(Action::SchemaUpdate)
    } else {
        Demand::Never
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_pragmas_are_allowed() {
        for (name, value, expected) in [
            ("table_info", Some("t"), Demand::Nothing),
            ("TABLE_INFO", Some("t"), Demand::Nothing),
            ("foreign_keys", Some("off"), Demand::Nothing),
            ("journal_mode", None, Demand::Nothing),
            ("journal_mode", Some("delete"), Demand::Never),
            ("writable_schema", Some("on"), Demand::Never),
            ("writable_schema", None, Demand::Never),
            ("temp_store_directory", Some("/"), Demand::Never),
            ("integrity_check", None, Demand::Everywhere(Action::DataRead)),
            ("user_version", None, Demand::Nothing),
            ("user_version", Some("3"), Demand::Everywhere(Action::SchemaUpdate)),
        ] {
            assert_eq!(of_pragma(name, value), expected, "{name} {value:?}");
        }
    }
}
