//! What a token may do in a database, from its claims alone. Pure: no signature, no clock, no SQL.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::object::Object;

/// The seven actions of Turso's permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// In what way claims reach further than their writer may have meant. Where Turso's behaviour is not known,
/// access is allowed, so that nobody relies on the emulator being stricter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailOpen {
    /// Neither `id` nor `gid`: every database of every group. Documented by Turso.
    NoSubject,
    /// No `perm`: no limits by table.
    NoPermissions,
    /// A `perm` that is not an array of rules, `null` for one: no limits by table.
    MalformedPermissions,
    /// No `a`, or one that is neither `rw` nor `ro`: writing is allowed.
    NoAccess,
}

/// What claims allow in a database that they reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grants {
    writes: bool,
    /// `None` where nothing limits by table.
    rules: Option<Vec<Object<Rule>>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Rule {
    /// `None` for all.
    #[serde(rename = "t")]
    tables: Option<Vec<String>>,
    /// By name. One that is not known grants nothing.
    #[serde(rename = "a")]
    actions: Vec<String>,
}

impl Grants {
    pub(crate) const UNLIMITED: Self = Self { writes: true, rules: None };

    /// Reads `a` and `perm`, and says in what way they are open. `perm: []` is not among those: it is Turso's
    /// way to ask for no limits.
    pub(crate) fn of(claims: &Map<String, Value>) -> (Self, Vec<FailOpen>) {
        let mut open = Vec::new();
        let writes = match claims.get("a").and_then(Value::as_str) {
            Some("ro") => false,
            Some("rw") => true,
            _ => {
                open.push(FailOpen::NoAccess);
                true
            }
        };
        let rules = match claims.get("perm").map(Vec::<Object<Rule>>::deserialize) {
            Some(Ok(rules)) => Some(rules).filter(|rules| !rules.is_empty()),
            Some(Err(_)) => {
                open.push(FailOpen::MalformedPermissions);
                None
            }
            None => {
                open.push(FailOpen::NoPermissions);
                None
            }
        };
        (Self { writes, rules }, open)
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
            let names = |granted: &String| granted == action.name();
            rule.actions.iter().any(names) && rule.tables.as_deref().is_none_or(&lists)
        };
        self.rules.as_ref().is_none_or(|rules| rules.iter().any(grants))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn grants(claims: Value) -> (Grants, Vec<FailOpen>) {
        Grants::of(claims.as_object().unwrap())
    }

    #[test]
    fn rules_are_a_union_by_table_and_action() {
        let (grants, open) = grants(json!({"a": "rw", "perm": [
            {"t": null, "a": ["data_read"]},
            {"t": ["comments", "likes"], "a": ["data_add", "data_update"]},
            {"t": [], "a": ["schema_add"]},
        ]}));
        assert_eq!(open, []);
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
    fn read_only_wins_over_rules() {
        let (grants, _) = grants(json!({"a": "ro", "perm": [{"t": null, "a": ["data_read", "data_add"]}]}));
        assert!(grants.allow(Action::DataRead, "t") && !grants.allow(Action::DataAdd, "t"));
    }

    #[test]
    fn an_empty_perm_means_no_limits_and_is_deliberate() {
        let (grants, open) = grants(json!({"a": "rw", "perm": []}));
        assert_eq!((grants, open), (Grants::UNLIMITED, vec![]));
    }

    #[test]
    fn what_is_missing_or_malformed_is_open_and_flagged() {
        for (claims, expected) in [
            (json!({"a": "rw"}), FailOpen::NoPermissions),
            (json!({"a": "rw", "perm": null}), FailOpen::MalformedPermissions),
            (json!({"a": "rw", "perm": "all:data_read"}), FailOpen::MalformedPermissions),
            (json!({"a": "rw", "perm": ["all:data_read"]}), FailOpen::MalformedPermissions),
            (json!({"a": "rw", "perm": [{"t": ["t"]}]}), FailOpen::MalformedPermissions),
            (json!({"a": "rw", "perm": [[null, ["data_read"]]]}), FailOpen::MalformedPermissions),
            (json!({"a": "rw", "perm": [{"t": "t", "a": ["data_read"]}]}), FailOpen::MalformedPermissions),
            (json!({"perm": []}), FailOpen::NoAccess),
            (json!({"a": 1, "perm": []}), FailOpen::NoAccess),
            (json!({"a": "RO", "perm": []}), FailOpen::NoAccess),
        ] {
            assert_eq!(grants(claims.clone()), (Grants::UNLIMITED, vec![expected]), "{claims}");
        }
    }

    #[test]
    fn an_unknown_action_grants_nothing() {
        let (grants, open) = grants(json!({"a": "rw", "perm": [{"t": null, "a": ["data_insert"]}]}));
        assert_eq!(open, []);
        use Action::*;
        for action in [DataRead, DataAdd, DataUpdate, DataDelete, SchemaAdd, SchemaUpdate, SchemaDelete] {
            assert!(!grants.allow(action, "t"), "{action:?}");
        }
    }
}
