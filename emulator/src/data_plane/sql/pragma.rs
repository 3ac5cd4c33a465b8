//! Which PRAGMAs a token may run. The list is short on purpose: several PRAGMAs are ways round permissions
//! (`writable_schema`), reach the machine's files (`temp_store_directory`) or break the emulator's own set-up
//! (`journal_mode`); whatever is not listed is refused to every token.

use super::demand::Demand;
use crate::data_plane::grants::Action;

/// What describes the schema, which every token may read. The value, if any, names an object.
const DESCRIBING: [&str; 12] = [
    "table_info",
    "table_xinfo",
    "table_list",
    "index_list",
    "index_info",
    "index_xinfo",
    "foreign_key_list",
    "database_list",
    "collation_list",
    "function_list",
    "module_list",
    "compile_options",
];

/// What tells a number or a mode, and is only told: with a value it would be changed.
const TELLING: [&str; 9] = [
    "auto_vacuum",
    "data_version",
    "encoding",
    "freelist_count",
    "journal_mode",
    "page_count",
    "page_size",
    "recursive_triggers",
    "schema_version",
];

/// What concerns this connection's own transactions.
const OWN: [&str; 3] = ["case_sensitive_like", "defer_foreign_keys", "foreign_keys"];

/// What reads every table.
const CHECKING: [&str; 3] = ["foreign_key_check", "integrity_check", "quick_check"];

/// Numbers for migration tools: told to everyone, set by who may change every table's schema.
const MARKING: [&str; 2] = ["application_id", "user_version"];

/// What a PRAGMA demands of a token.
pub(super) fn demand(name: &str, value: Option<&str>) -> Demand<'static> {
    let name = name.to_ascii_lowercase();
    let is_one_of = |names: &[&str]| names.contains(&name.as_str());
    if is_one_of(&DESCRIBING) || is_one_of(&OWN) || (value.is_none() && is_one_of(&TELLING)) {
        Demand::Nothing
    } else if is_one_of(&CHECKING) {
        Demand::Everywhere(Action::DataRead)
    } else if is_one_of(&MARKING) && value.is_none() {
        Demand::Nothing
    } else if is_one_of(&MARKING) {
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
            assert_eq!(demand(name, value), expected, "{name} {value:?}");
        }
    }
}
