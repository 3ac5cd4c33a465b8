//! One line that a person can review in a plan: what a token made from a template may do.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Scope, TableName, Tables, Target, TargetId, Template};

/// How many tables one line tells of: more would not be reviewed. The list of grants has all of them.
const TABLES_TOLD: usize = 50;

/// How much of a name or an ID is told, in characters.
const READABLE: usize = 100;

impl Template {
    /// The claims in one line, such as `database 33057661…: every table: read; comments: add, update`. Rules
    /// about the same table are merged, as Turso does. A name that is no plain word is quoted and escaped, so
    /// that no name can pass for a part of the line.
    pub fn summary(&self) -> String {
        let id = shortened(self.target_id().as_str());
        match self.target_id() {
            TargetId::Database(_) => self.summary_of(&format!("database {id}")),
            TargetId::Group(_) => self.summary_of(&format!("every database of group {id}")),
        }
    }

    /// The same line by someone who knows what the target is called: `database "app" (33057661…): …`.
    pub fn summary_for(&self, target: &Target) -> String {
        let id = shortened(self.target_id().as_str());
        match target {
            Target::Database(_) => self.summary_of(&format!("{target} ({id})")),
            Target::Group(_) => self.summary_of(&format!("every database of {target} ({id})")),
        }
    }

    fn summary_of(&self, target: &str) -> String {
        if self.is_no_access() {
            return "nothing".to_owned();
        }
        let limits = match (self.access(), self.grants_text()) {
            (Scope::FullAccess, None) => "full access, no limits".to_owned(),
            (Scope::ReadOnly, None) => "read-only, every table".to_owned(),
            (Scope::FullAccess, Some(grants)) => grants,
            (Scope::ReadOnly, Some(grants)) => format!("read-only; {grants}"),
        };
        format!("{target}: {limits}")
    }

    /// What is allowed table by table, every table first; `None` where nothing is limited.
    fn grants_text(&self) -> Option<String> {
        let mut by_table = BTreeMap::<Option<&TableName>, BTreeSet<Action>>::new();
        for rule in self.rules() {
            let tables = match rule.tables() {
                Tables::All => vec![None],
                Tables::Named(names) => names.iter().map(Some).collect(),
            };
            for table in tables {
                by_table.entry(table).or_default().extend(rule.actions());
            }
        }
        let grants = by_table.iter().map(|(table, actions)| {
            let table =
                table.map_or_else(|| "every table".to_owned(), |name| quoted_unless_plain(name.as_str()));
            format!("{table}: {}", actions_text(actions))
        });
        (!by_table.is_empty()).then(|| excerpt::joined(grants, "; ", TABLES_TOLD))
    }
}

/// The first block of a UUID is enough to tell one from another; the whole is an attribute of its own.
fn shortened(id: &str) -> String {
    match id.split_once('-') {
        Some((first, _)) if !first.is_empty() => format!("{}…", excerpt::line(first, READABLE)),
        _ => excerpt::line(id, READABLE),
    }
}

fn quoted_unless_plain(name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_plain && name.len() <= READABLE { name.to_owned() } else { excerpt::quoted(name, READABLE) }
}

fn actions_text(actions: &BTreeSet<Action>) -> String {
    if actions.len() == Action::ALL.len() {
        return "everything".to_owned();
    }
    let words = actions.iter().map(|action| match action {
        Action::DataRead => "read",
        Action::DataAdd => "add",
        Action::DataUpdate => "update",
        Action::DataDelete => "delete",
        Action::SchemaAdd => "create schema",
        Action::SchemaUpdate => "alter schema",
        Action::SchemaDelete => "drop schema",
    });
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_summary_is_one_line_that_says_who_may_do_what() {
        for (target, access, perm, summary) in [
            ("id", "rw", json!([]), "database 33057661…: full access, no limits"),
            ("id", "ro", json!([]), "database 33057661…: read-only, every table"),
            ("gid", "rw", json!([]), "every database of group 33057661…: full access, no limits"),
            (
                "id",
                "rw",
                json!([{"t": ["comments"], "a": ["data_update", "data_add"]}, {"t": null, "a": ["data_read"]}]),
                "database 33057661…: every table: read; comments: add, update",
            ),
            (
                "gid",
                "ro",
                json!([{"t": ["posts", "comments"], "a": ["data_read"]}]),
                "every database of group 33057661…: read-only; comments: read; posts: read",
            ),
            (
                "id",
                "rw",
                json!([{"t": ["log"], "a": ["data_add"]}, {"t": ["log"], "a": ["schema_add", "schema_delete"]}]),
                "database 33057661…: log: add, create schema, drop schema",
            ),
        ] {
            let claims = json!({"a": access, target: "33057661-2f0c-4d3c-9f0b-0a1b2c3d4e5f", "perm": perm});
            assert_eq!(Template::parse(&claims.to_string()).unwrap().summary(), summary);
        }
    }

    #[test]
    fn a_summary_names_the_target_where_its_name_is_known() {
        let database = Target::Database("app".parse().unwrap());
        let group = Target::Group("a\"b".parse().unwrap());
        for (claim, target, summary) in [
            ("id", database, r#"database "app" (33057661…): read-only, every table"#),
            ("gid", group, r#"every database of group "a\"b" (33057661…): read-only, every table"#),
        ] {
            let claims = json!({"a": "ro", claim: "33057661-2f0c-4d3c-9f0b-0a1b2c3d4e5f", "perm": []});
            assert_eq!(Template::parse(&claims.to_string()).unwrap().summary_for(&target), summary);
        }
    }

    #[test]
    fn an_id_is_cut_after_its_first_block() {
        for (id, short) in [("33057661-2f0c-4d3c", "33057661…"), ("33057661", "33057661"), ("-2f0c", "-2f0c")]
        {
            assert_eq!(shortened(id), short);
        }
    }

    #[test]
    fn all_seven_actions_are_called_everything() {
        assert_eq!(actions_text(&Action::ALL.into_iter().collect()), "everything");
    }

    #[test]
    fn no_table_name_can_pass_for_another_part_of_the_line() {
        for (name, quoted) in [
            ("every table", r#""every table""#),
            ("a; b", r#""a; b""#),
            ("a\"b", r#""a\"b""#),
            ("x\u{202e}y", r#""x\u{202e}y""#),
            ("plain_1", "plain_1"),
        ] {
            assert_eq!(quoted_unless_plain(name), quoted);
        }
    }

    #[test]
    fn many_tables_are_cut_and_every_table_never_is() {
        let named: Vec<_> =
            (0..1000).map(|n| json!({"t": [format!("table_{n:04}")], "a": ["data_read"]})).collect();
        let perm: Vec<_> = named.into_iter().chain([json!({"t": null, "a": ["data_add"]})]).collect();
        let claims = json!({"id": "33057661-0000-4000-8000-000000000001", "a": "rw", "perm": perm});
        let summary = Template::parse(&claims.to_string()).unwrap().summary();
        assert!(summary.starts_with("database 33057661…: every table: add; table_0000: "), "{summary}");
        assert!(summary.ends_with("; and 951 more") && summary.len() < 2000, "{summary}");
    }
}
