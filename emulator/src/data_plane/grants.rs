//! What a token may do in a database, from its claims alone. Pure: no signature, no clock, no SQL.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::object::Object;

/// The seven actions of Turso's permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    DataRead,
    DataAdd,
    DataUpdate,
    DataDelete,
    SchemaAdd,
    SchemaUpdate,
    SchemaDelete,
}

impl Action {
    /// The action as claims spell it.
    pub(crate) fn name(self) -> &'static str {
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
}

/// Why claims limit nothing, and open every database of the organization.
///
/// Turso documents [`NoSubject`](Self::NoSubject) alone. What its server makes of the others is not known: it may drop
/// the claim that it can't read, or all of them. The widest is assumed, so that nobody relies on the emulator being
/// stricter than Turso.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOpen {
    /// Neither `id` nor `gid`.
    NoSubject,
    /// Both of them, or one that is no UUID of anything.
    OddSubject,
    /// The claim `p`, which libsql-server follows in place of `id` and `a`; or a claim of Turso's in other letters
    /// (`Perm`), which a JSON decoder that ignores case (Go's) takes for it.
    Override,
    /// No `a`, or one that is neither `rw` nor `ro`.
    Access,
    /// No `perm`, or one that is not an array of rules with tables and actions that a permission can name.
    Permissions,
    /// `ro`, and a rule that allows writing.
    Contradiction,
}

/// What claims allow in a database that they reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grants {
    writes: bool,
    /// Empty where nothing limits by table: `perm: []` is Turso's way to ask for no limits.
    rules: Vec<Object<Rule>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    /// `None` for all.
    #[serde(rename = "t")]
    tables: Option<Vec<String>>,
    #[serde(rename = "a")]
    actions: Vec<Action>,
}

impl Grants {
    pub(crate) const UNLIMITED: Self = Self { writes: true, rules: Vec::new() };

    /// Reads `a` and `perm`.
    pub(crate) fn of(claims: &Map<String, Value>) -> Result<Self, FailOpen> {
        let writes = match claims.get("a").and_then(Value::as_str) {
            Some("ro") => false,
            Some("rw") => true,
            _ => return Err(FailOpen::Access),
        };
        let rules = claims.get("perm").ok_or(FailOpen::Permissions)?;
        let rules = Vec::<Object<Rule>>::deserialize(rules).map_err(|_| FailOpen::Permissions)?;
        if !rules.iter().all(|Object(rule)| rule.is_known()) {
            return Err(FailOpen::Permissions);
        }
        let mut actions = rules.iter().flat_map(|Object(rule)| &rule.actions);
        if !writes && actions.any(|action| *action != Action::DataRead) {
            return Err(FailOpen::Contradiction);
        }
        Ok(Self { writes, rules })
    }

    /// Whether an action on a table is allowed by any rule. Names are compared as SQLite does, without regard to
    /// the case of ASCII letters.
    pub(crate) fn allow(&self, action: Action, table: &str) -> bool {
        self.admit(action, |tables| tables.iter().any(|granted| granted.eq_ignore_ascii_case(table)))
    }

    /// Whether an action is allowed on every table there is or will be.
    pub(crate) fn allow_everywhere(&self, action: Action) -> bool {
        self.admit(action, |_| false)
    }

    fn admit(&self, action: Action, lists: impl Fn(&[String]) -> bool) -> bool {
        if action != Action::DataRead && !self.writes {
            return false;
        }
        let grants = |Object(rule): &Object<Rule>| {
            rule.actions.contains(&action) && rule.tables.as_deref().is_none_or(&lists)
        };
        self.rules.is_empty() || self.rules.iter().any(grants)
    }
}

impl Rule {
    /// Whether it names at least one action, and tables by names that Turso's permissions (`TABLE:ACTIONS`, with commas
    /// between actions, and `all` for every table) have room for.
    fn is_known(&self) -> bool {
        let is_name = |table: &String| {
            !table.is_empty()
                && table.trim() == table
                && !table.contains(|c: char| c.is_control() || c == ':' || c == ',')
                && !table.eq_ignore_ascii_case("all")
        };
        let tables = self.tables.as_ref();
        !self.actions.is_empty()
            && tables.is_none_or(|tables| !tables.is_empty() && tables.iter().all(is_name))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn grants(claims: Value) -> Result<Grants, FailOpen> {
        Grants::of(claims.as_object().unwrap())
    }

    #[test]
    fn rules_are_a_union_by_table_and_action() {
        let grants = grants(json!({"a": "rw", "perm": [
            {"t": null, "a": ["data_read"]},
            {"t": ["comments", "likes"], "a": ["data_add", "data_update"]},
        ]}))
        .unwrap();
        for (action, table, expected) in [
            (Action::DataRead, "anything", true),
            (Action::DataAdd, "comments", true),
            (Action::DataAdd, "COMMENTS", true),
            (Action::DataUpdate, "likes", true),
            (Action::DataDelete, "comments", false),
            (Action::DataAdd, "users", false),
            (Action::SchemaAdd, "comments", false),
        ] {
            assert_eq!(grants.allow(action, table), expected, "{action:?} {table}");
        }
        assert!(grants.allow_everywhere(Action::DataRead) && !grants.allow_everywhere(Action::DataAdd));
    }

    #[test]
    fn a_scope_limits_with_rules_and_without() {
        assert_eq!(grants(json!({"a": "rw", "perm": []})), Ok(Grants::UNLIMITED));
        let reader = grants(json!({"a": "ro", "perm": []})).unwrap();
        assert!(reader.allow(Action::DataRead, "t") && !reader.allow(Action::DataAdd, "t"));
        let reader = grants(json!({"a": "ro", "perm": [{"t": ["t"], "a": ["data_read"]}]})).unwrap();
        assert!(reader.allow(Action::DataRead, "t") && !reader.allow(Action::DataRead, "u"));
    }

    #[test]
    fn what_is_not_known_to_limit_limits_nothing() {
        for (claims, expected) in [
            (json!({"perm": []}), FailOpen::Access),
            (json!({"a": 1, "perm": []}), FailOpen::Access),
            (json!({"a": "RO", "perm": []}), FailOpen::Access),
            (json!({"a": "rw"}), FailOpen::Permissions),
            (json!({"a": "rw", "perm": null}), FailOpen::Permissions),
            (json!({"a": "rw", "perm": "all:data_read"}), FailOpen::Permissions),
            (json!({"a": "rw", "perm": ["all:data_read"]}), FailOpen::Permissions),
            (json!({"a": "rw", "perm": [{"t": ["t"]}]}), FailOpen::Permissions),
            (json!({"a": "rw", "perm": [[null, ["data_read"]]]}), FailOpen::Permissions),
            (json!({"a": "rw", "perm": [{"t": "t", "a": ["data_read"]}]}), FailOpen::Permissions),
            (json!({"a": "rw", "perm": [{"t": [], "a": ["data_read"]}]}), FailOpen::Permissions),
            (json!({"a": "rw", "perm": [{"t": ["all"], "a": ["data_read"]}]}), FailOpen::Permissions),
            (json!({"a": "rw", "perm": [{"t": [" t"], "a": ["data_read"]}]}), FailOpen::Permissions),
            (json!({"a": "rw", "perm": [{"t": ["t"], "a": []}]}), FailOpen::Permissions),
            (json!({"a": "rw", "perm": [{"t": ["t"], "a": ["data_insert"]}]}), FailOpen::Permissions),
            (json!({"a": "rw", "perm": [{"t": ["t"], "a": ["data_read"], "w": 1}]}), FailOpen::Permissions),
            (json!({"a": "ro", "perm": [{"t": ["t"], "a": ["data_add"]}]}), FailOpen::Contradiction),
        ] {
            assert_eq!(grants(claims.clone()), Err(expected), "{claims}");
        }
    }
}
