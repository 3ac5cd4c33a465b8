//! The grammar of permissions in Turso's documentation, `<table>:<action>[,<action>…]`, where the table `all`
//! stands for every table. Text in, rules out: a [`Rule`] can always be written back as the text that means
//! it.
//!
//! Three kinds of table can't be named in this grammar, although SQLite allows them: one called `all`, one
//! with a `:` in its name (the text is split at the first), and one with a `,` (refused because
//! `a,b:data_read` is nearly always meant as two tables).

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The word that stands for every table.
const ALL: &str = "all";

/// One permission: what may be done, and on which tables. Rules of a token add up; none takes away from
/// another.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Rule {
    tables: Tables,
    actions: BTreeSet<Action>,
}

impl Rule {
    /// A rule, or `None` where it would name no table or no action: what Turso makes of an empty list is not
    /// known.
    pub fn new(tables: Tables, actions: impl IntoIterator<Item = Action>) -> Option<Self> {
        let actions = actions.into_iter().collect::<BTreeSet<_>>();
        let names_no_table = matches!(&tables, Tables::Named(names) if names.is_empty());
        (!actions.is_empty() && !names_no_table).then_some(Self { tables, actions })
    }

    /// The tables that the rule is about.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// What may be done with them, at least one action, in the order of [`Action::ALL`].
    pub fn actions(&self) -> &BTreeSet<Action> {
        &self.actions
    }
}

/// A rule about one table or all tables, in the grammar of Turso's documentation.
impl FromStr for Rule {
    type Err = PermissionError;

    fn from_str(text: &str) -> Result<Self, PermissionError> {
        let Some((table, actions)) = text.split_once(':') else {
            return Err(without_colon(text));
        };
        let tables = parse_table(table).map_err(|kind| PermissionError::about_table(kind, table, actions))?;
        let actions = parse_actions(table, actions)?;
        Ok(Self { tables, actions })
    }
}

/// The text of the grammar. A rule that names several tables, which only claims can hold, is written as
/// several.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let actions = self.actions.iter().map(|action| action.as_str()).collect::<Vec<_>>().join(",");
        match &self.tables {
            Tables::All => write!(f, "{ALL}:{actions}"),
            Tables::Named(names) => {
                let rules = names.iter().map(|name| format!("{name}:{actions}")).collect::<Vec<_>>();
                f.write_str(&rules.join(" "))
            }
        }
    }
}

/// The tables of a rule.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Tables {
    /// Every table, also those that don't exist yet.
    All,
    /// These tables.
    Named(BTreeSet<TableName>),
}

/// The name of a table, one that the grammar can express.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TableName(String);

impl TableName {
    /// The name as it was written. SQLite compares names of tables without regard to ASCII case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TableName {
    type Err = PermissionErrorKind;

    fn from_str(name: &str) -> Result<Self, PermissionErrorKind> {
        if name.is_empty() {
            Err(PermissionErrorKind::EmptyTable)
        } else if name.contains(char::is_control) {
            Err(PermissionErrorKind::ControlCharacter)
        } else if name.trim() != name {
            Err(PermissionErrorKind::SurroundingSpace)
        } else if name.eq_ignore_ascii_case(ALL) {
            Err(PermissionErrorKind::TableNamedAll)
        } else if name.contains(':') {
            Err(PermissionErrorKind::ColonInTable)
        } else if name.contains(',') {
            Err(PermissionErrorKind::CommaInTable)
        } else {
            Ok(Self(name.to_owned()))
        }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What may be done: the seven actions of Turso's documentation.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Action {
    /// Read rows.
    DataRead,
    /// Insert rows.
    DataAdd,
    /// Update rows.
    DataUpdate,
    /// Delete rows.
    DataDelete,
    /// Create tables, indexes and the like.
    SchemaAdd,
    /// Alter them.
    SchemaUpdate,
    /// Drop them.
    SchemaDelete,
}

impl Action {
    /// All of them, in the order of Turso's documentation.
    pub const ALL: [Self; 7] = [
        Self::DataRead,
        Self::DataAdd,
        Self::DataUpdate,
        Self::DataDelete,
        Self::SchemaAdd,
        Self::SchemaUpdate,
        Self::SchemaDelete,
    ];

    /// The word in permissions and claims.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DataRead => "data_read",
            Self::DataAdd => "data_add",
            Self::DataUpdate => "data_update",
            Self::DataDelete => "data_delete",
            Self::SchemaAdd => "schema_add",
            Self::SchemaUpdate => "schema_update",
            Self::SchemaDelete => "schema_delete",
        }
    }

    /// Whether it changes anything, so that a read-only token can't have it.
    pub fn writes(self) -> bool {
        self != Self::DataRead
    }

    /// The action that `word` was probably meant to be. The help of Turso's CLI says `data_insert`, which the
    /// server refuses; the other synonyms are SQL's.
    pub(super) fn closest_to(word: &str) -> Option<Self> {
        /// A typo or two, and no more: `data_x` resembles every action that reads or changes rows.
        const CLOSE_ENOUGH: usize = 2;

        let word = word.trim().to_ascii_lowercase();
        match word.as_str() {
            "select" | "data_select" | "read" => return Some(Self::DataRead),
            "insert" | "data_insert" | "data_create" | "add" => return Some(Self::DataAdd),
            "update" => return Some(Self::DataUpdate),
            "delete" | "data_remove" => return Some(Self::DataDelete),
            "create" | "schema_create" => return Some(Self::SchemaAdd),
            "alter" | "schema_alter" => return Some(Self::SchemaUpdate),
            "drop" | "schema_drop" => return Some(Self::SchemaDelete),
            _ => {}
        }
        Self::ALL
            .into_iter()
            .map(|action| (strsim::osa_distance(&word, action.as_str()), action))
            .filter(|(distance, _)| *distance <= CLOSE_ENOUGH)
            .min()
            .map(|(_, action)| action)
    }
}

impl FromStr for Action {
    type Err = PermissionErrorKind;

    fn from_str(word: &str) -> Result<Self, PermissionErrorKind> {
        let known = Self::ALL.into_iter().find(|action| action.as_str() == word);
        known.ok_or_else(|| PermissionErrorKind::UnknownAction(word.to_owned()))
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A permission that was refused: what is wrong with it, and what was probably meant.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{kind}")]
pub struct PermissionError {
    /// What is wrong.
    pub kind: PermissionErrorKind,
    /// What to write in its place, valid permissions all of them: mostly one, several where one named several
    /// tables, none where the intention can't be told.
    pub suggestions: Vec<String>,
}

/// What is wrong with a permission. The message of each says it in a sentence without a full stop.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum PermissionErrorKind {
    /// No `:` at all.
    #[error(
        "a permission is a table, a colon and actions, such as `comments:data_read,data_add` or `all:data_read`"
    )]
    MissingColon,
    /// Nothing before the `:`.
    #[error("no table is named before the colon; `all` stands for every table")]
    EmptyTable,
    /// Nothing after the `:`, or between two commas.
    #[error("an action is missing; the actions are {}", listed_actions())]
    EmptyAction,
    /// White space around a table or an action. It is not trimmed: SQLite allows it in a name.
    #[error("white space around a table or an action is not allowed")]
    SurroundingSpace,
    /// A control character in the name of a table.
    #[error("a table's name can't contain control characters")]
    ControlCharacter,
    /// A table called `all` in any case.
    #[error(
        "`all`, in lower case, stands for every table; a table of that name can't be expressed in a permission"
    )]
    TableNamedAll,
    /// A `:` in the name of a table.
    #[error(
        "a permission is split at its first colon, so a table with a colon in its name can't be expressed"
    )]
    ColonInTable,
    /// A `,` in the name of a table.
    #[error("a permission names one table, and a table with a comma in its name can't be expressed")]
    CommaInTable,
    /// None of the seven actions.
    #[error("`{}` is not an action; the actions are {}", excerpt::line(.0, 60), listed_actions())]
    UnknownAction(String),
}

impl PermissionError {
    fn about_table(kind: PermissionErrorKind, table: &str, actions: &str) -> Self {
        let meant = match kind {
            PermissionErrorKind::EmptyTable => vec![ALL],
            PermissionErrorKind::SurroundingSpace => vec![table.trim()],
            PermissionErrorKind::CommaInTable => table.split(',').map(str::trim).collect(),
            _ => vec![],
        };
        Self { kind, suggestions: suggestions(&meant, actions) }
    }

    fn about_action(kind: PermissionErrorKind, table: &str, actions: &str) -> Self {
        let meant = if kind == PermissionErrorKind::ColonInTable { vec![] } else { vec![table.trim()] };
        Self { kind, suggestions: suggestions(&meant, actions) }
    }
}

fn without_colon(text: &str) -> PermissionError {
    let is_all_actions = text.split(',').all(|word| Action::closest_to(word).is_some());
    let suggestions = if is_all_actions { suggestions(&[ALL], text) } else { vec![] };
    PermissionError { kind: PermissionErrorKind::MissingColon, suggestions }
}

fn parse_table(table: &str) -> Result<Tables, PermissionErrorKind> {
    if table == ALL { Ok(Tables::All) } else { Ok(Tables::Named(BTreeSet::from([table.parse()?]))) }
}

fn parse_actions(table: &str, actions: &str) -> Result<BTreeSet<Action>, PermissionError> {
    let parse = |word: &str| match word {
        "" => Err(PermissionErrorKind::EmptyAction),
        _ if word.contains(':') => Err(PermissionErrorKind::ColonInTable),
        _ if word.trim() != word => Err(PermissionErrorKind::SurroundingSpace),
        _ => word.parse(),
    };
    let actions_or_error = actions.split(',').map(parse).collect::<Result<_, _>>();
    actions_or_error.map_err(|kind| PermissionError::about_action(kind, table, actions))
}

/// The permissions meant by these tables and these perhaps misspelt actions, if that makes valid ones.
fn suggestions(tables: &[&str], actions: &str) -> Vec<String> {
    let words = actions.split(',').filter(|word| !word.trim().is_empty());
    let actions = words.map(Action::closest_to).collect::<Option<Vec<_>>>().unwrap_or_default();
    let rule = |table: &&str| Rule::new(parse_table(table).ok()?, actions.iter().copied());
    let rules = tables.iter().map(|table| rule(table).map(|rule| rule.to_string()));
    rules.collect::<Option<_>>().unwrap_or_default()
}

fn listed_actions() -> String {
    Action::ALL.map(Action::as_str).join(", ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_permission_is_split_at_its_colon_and_commas() {
        let rule = "comments:data_update,data_add,data_add".parse::<Rule>().unwrap();
        assert_eq!(rule.tables(), &Tables::Named(BTreeSet::from([TableName("comments".to_owned())])));
        assert_eq!(rule.actions(), &BTreeSet::from([Action::DataAdd, Action::DataUpdate]));
    }

    #[test]
    fn all_stands_for_every_table() {
        assert_eq!("all:data_read".parse::<Rule>().unwrap().tables(), &Tables::All);
    }

    #[test]
    fn a_wrong_permission_says_what_is_wrong_and_what_was_meant() {
        use PermissionErrorKind::*;
        let unknown = |word: &str| UnknownAction(word.to_owned());
        for (text, kind, suggestions) in [
            ("", MissingColon, &[] as &[&str]),
            ("comments", MissingColon, &[]),
            ("data_read", MissingColon, &["all:data_read"]),
            ("insert,data_raed", MissingColon, &["all:data_read,data_add"]),
            (":data_read", EmptyTable, &["all:data_read"]),
            (":", EmptyTable, &[]),
            ("comments:", EmptyAction, &[]),
            ("comments:data_add,", EmptyAction, &["comments:data_add"]),
            (" comments:data_add", SurroundingSpace, &["comments:data_add"]),
            ("comments: data_add, data_update", SurroundingSpace, &["comments:data_add,data_update"]),
            ("comments\u{7}:data_add", ControlCharacter, &[]),
            ("ALL:data_read", TableNamedAll, &[]),
            ("a:b:data_read", ColonInTable, &[]),
            ("a,b:data_read", CommaInTable, &["a:data_read", "b:data_read"]),
            ("a, b:data_read", CommaInTable, &["a:data_read", "b:data_read"]),
            ("comments:data_insert", unknown("data_insert"), &["comments:data_add"]),
            ("comments:data_red", unknown("data_red"), &["comments:data_read"]),
            ("comments:DATA_READ", unknown("DATA_READ"), &["comments:data_read"]),
            ("comments:drop", unknown("drop"), &["comments:schema_delete"]),
            ("comments:data_read,everything", unknown("everything"), &[]),
            ("comments:*", unknown("*"), &[]),
        ] {
            let suggestions = suggestions.iter().map(|rule| (*rule).to_owned()).collect();
            let expected = PermissionError { kind, suggestions };
            assert_eq!(text.parse::<Rule>(), Err(expected), "{text:?}");
        }
    }

    #[test]
    fn a_word_of_sql_or_of_a_cli_is_the_action_that_it_stands_for() {
        for (words, action) in [
            ("select data_select read Select", Action::DataRead),
            ("insert data_insert data_create add", Action::DataAdd),
            ("update data_updat", Action::DataUpdate),
            ("delete data_remove", Action::DataDelete),
            ("create schema_create", Action::SchemaAdd),
            ("alter schema_alter", Action::SchemaUpdate),
            ("drop schema_drop", Action::SchemaDelete),
        ] {
            assert_eq!(action.to_string(), action.as_str());
            for word in words.split(' ') {
                assert_eq!(Action::closest_to(word), Some(action), "{word}");
            }
        }
        for word in ["data_", "data_x", "grant", ""] {
            assert_eq!(Action::closest_to(word), None, "{word}");
        }
    }

    #[test]
    fn an_unknown_action_is_answered_with_the_seven() {
        let error = "comments:data_insert".parse::<Rule>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`data_insert` is not an action; the actions are data_read, data_add, data_update, data_delete, \
             schema_add, schema_update, schema_delete"
        );
    }

    #[test]
    fn a_rule_names_at_least_one_table_and_one_action() {
        assert_eq!(Rule::new(Tables::All, []), None);
        assert_eq!(Rule::new(Tables::Named(BTreeSet::new()), [Action::DataRead]), None);
    }

    #[test]
    fn only_reading_does_not_write() {
        assert_eq!(
            Action::ALL.into_iter().filter(|action| !action.writes()).collect::<Vec<_>>(),
            [Action::DataRead]
        );
    }

    proptest! {
        #[test]
        fn a_rule_reads_back_from_its_own_text(table in "\\PC{1,12}", actions in any_actions()) {
            let tables = parse_table(&table);
            prop_assume!(tables.is_ok());
            let rule = Rule::new(tables.unwrap(), actions).unwrap();
            prop_assert_eq!(rule.to_string().parse::<Rule>(), Ok(rule));
        }

        #[test]
        fn whatever_is_suggested_is_a_permission(text in "[a-z:, _\\PC]{0,24}") {
            let suggestions = text.parse::<Rule>().err().map(|error| error.suggestions).unwrap_or_default();
            for suggestion in suggestions {
                prop_assert!(suggestion.parse::<Rule>().is_ok(), "{}", suggestion);
            }
        }
    }

    fn any_actions() -> impl Strategy<Value = Vec<Action>> {
        proptest::sample::subsequence(Action::ALL.to_vec(), 1..=7)
    }
}
