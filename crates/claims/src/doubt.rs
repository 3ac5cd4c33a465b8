//! Permissions that are valid and surely not meant: about a table whose name is a wildcard, a quoted name or the like.
//! Turso accepts them, and they allow nothing, since no table is called so.

use thiserror::Error;

use super::{Action, Rule, TableName, Tables};

/// A permission that is surely not meant.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{kind}")]
pub struct Doubt {
    /// Why it is not.
    pub kind: DoubtKind,
    /// What was probably meant, a valid permission; none where that can't be told.
    pub suggestion: Option<String>,
}

/// Why a permission is surely not meant. The message of each says it in a sentence without a full stop.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum DoubtKind {
    /// `*`, `comm*`, `comm%`.
    #[error("permissions know no wildcards, so this is about a table of that very name")]
    Wildcard,
    /// `any` and the like.
    #[error("this is about a table of that name; the word for every table is `all`")]
    OtherWordForAll,
    /// `main.comments`.
    #[error("permissions name a table without its schema, so this is about a table with a dot in its name")]
    Schema,
    /// `"comments"`, `[comments]`, `comments(id)`.
    #[error(
        "permissions name a table as it is and no columns, so this is about a table with quotes or brackets in its name"
    )]
    Quotes,
    /// `--permissions comments`.
    #[error("this begins like a flag of a command, and is about a table of that very name")]
    Flag,
}

impl Rule {
    /// Why this permission is surely not meant. `None` for one that may be.
    pub fn doubt(&self) -> Option<Doubt> {
        let Tables::Named(names) = self.tables() else { return None };
        names.iter().find_map(|name| doubt_of(name, self.actions()))
    }
}

fn doubt_of<'a>(table: &TableName, actions: impl IntoIterator<Item = &'a Action>) -> Option<Doubt> {
    const QUOTES: [char; 7] = ['"', '\'', '`', '[', ']', '(', ')'];

    let name = table.as_str();
    let (kind, meant) = if let Some(flag) = name.strip_prefix('-') {
        (DoubtKind::Flag, flag.split_once([' ', '=']).map(|(_, table)| table))
    } else if ["*", "%", "any", "every", "everything"].contains(&&*name.to_lowercase()) {
        let kind = if name.len() == 1 { DoubtKind::Wildcard } else { DoubtKind::OtherWordForAll };
        (kind, Some("all"))
    } else if name.contains(['*', '%']) {
        (DoubtKind::Wildcard, None)
    } else if name.contains(QUOTES) {
        let bare = name.trim_matches(QUOTES);
        (DoubtKind::Quotes, (!bare.contains(QUOTES)).then_some(bare))
    } else if let Some((_, bare)) = name.rsplit_once('.') {
        (DoubtKind::Schema, Some(bare))
    } else {
        return None;
    };
    let words = actions.into_iter().map(|action| action.as_str()).collect::<Vec<_>>().join(",");
    let rule = meant.and_then(|table| format!("{}:{words}", table.trim()).parse::<Rule>().ok());
    // What is meant must not be in doubt as well, such as "main"."comments".
    let suggestion = rule.filter(|rule| rule.doubt().is_none()).map(|rule| rule.to_string());
    Some(Doubt { kind, suggestion })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_can_not_be_meant_is_doubted_with_what_was_meant() {
        use DoubtKind::*;
        for (table, kind, suggestion) in [
            ("*", Wildcard, Some("all")),
            ("%", Wildcard, Some("all")),
            ("comm*", Wildcard, None),
            ("comm%", Wildcard, None),
            ("main.*", Wildcard, None),
            ("any", OtherWordForAll, Some("all")),
            ("ANY", OtherWordForAll, Some("all")),
            ("every", OtherWordForAll, Some("all")),
            ("everything", OtherWordForAll, Some("all")),
            ("main.comments", Schema, Some("comments")),
            ("acme.app.comments", Schema, Some("comments")),
            ("main.", Schema, None),
            ("\"comments\"", Quotes, Some("comments")),
            ("'comments'", Quotes, Some("comments")),
            ("`comments`", Quotes, Some("comments")),
            ("[comments]", Quotes, Some("comments")),
            ("\"main\".\"comments\"", Quotes, None),
            ("comments(id)", Quotes, None),
            ("--permissions comments", Flag, Some("comments")),
            ("--permissions=all", Flag, Some("all")),
            ("-p comments", Flag, Some("comments")),
            ("--permissions", Flag, None),
        ] {
            let rule: Rule = format!("{table}:data_read,data_add").parse().unwrap();
            let suggestion = suggestion.map(|table| format!("{table}:data_read,data_add"));
            assert_eq!(rule.doubt(), Some(Doubt { kind, suggestion }), "{table}");
        }
    }

    #[test]
    fn a_table_that_can_be_meant_is_not_doubted() {
        for table in [
            "all",
            "comments",
            "Comments",
            "my comments",
            "späť",
            "many",
            "any_1",
            "a-b",
            "a$b",
            "sqlite_schema",
        ] {
            let rule: Rule = format!("{table}:data_read").parse().unwrap();
            assert_eq!(rule.doubt(), None, "{table}");
        }
    }
}
