//! Whether a statement may overwrite rows by a REPLACE clause (`INSERT OR REPLACE`, `REPLACE INTO`,
//! `UPDATE OR REPLACE`). SQLite's authorizer is told of the insert or update alone, though rows are deleted.
//!
//! Its limit: `ON CONFLICT REPLACE` in a table's own schema is not looked for. Whoever made the table wanted it so.

/// Whether the keyword REPLACE stands in the statement, other than as the function `replace(…)`.
/// A column named so is taken for the clause: too strict, never too lax.
pub(super) fn has_replace_clause(sql: &str) -> bool {
    let mut rest = sql;
    while let Some((token, after)) = next_token(rest) {
        if token.eq_ignore_ascii_case("replace") && next_token(after).is_none_or(|(next, _)| next != "(") {
            return true;
        }
        rest = after;
    }
    false
}

/// The next word, quoted text or single other character, and what follows; comments and blanks are skipped.
fn next_token(sql: &str) -> Option<(&str, &str)> {
    let sql = skip_blanks(sql);
    let first = sql.chars().next()?;
    let length = match first {
        '\'' | '"' | '`' => quoted(sql, first),
        '[' => sql.find(']').map_or(sql.len(), |end| end + 1),
        _ if is_word(first) => sql.find(|character| !is_word(character)).unwrap_or(sql.len()),
        _ => first.len_utf8(),
    };
    Some(sql.split_at(length))
}

fn skip_blanks(mut sql: &str) -> &str {
    loop {
        sql = sql.trim_start();
        sql = if let Some(comment) = sql.strip_prefix("--") {
            comment.split_once('\n').map_or("", |(_, rest)| rest)
        } else if let Some(comment) = sql.strip_prefix("/*") {
            comment.split_once("*/").map_or("", |(_, rest)| rest)
        } else {
            return sql;
        };
    }
}

/// The length of quoted text. One with a doubled quote inside reads as two texts, neither of which is a keyword.
fn quoted(sql: &str, quote: char) -> usize {
    sql[1..].find(quote).map_or(sql.len(), |end| end + 2)
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == '$'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clause_is_told_from_the_function_and_from_text() {
        for (sql, expected) in [
            ("INSERT OR REPLACE INTO t VALUES (1)", true),
            ("replace into t values (1)", true),
            ("UPDATE OR/**/Replace t SET a = 1", true),
            ("INSERT OR --x\nREPLACE INTO t VALUES (1)", true),
            ("WITH q AS (SELECT 1) REPLACE INTO t SELECT * FROM q", true),
            ("UPDATE t SET a = replace(a, 'x', 'y')", false),
            ("UPDATE t SET a = 1 OR replace (a, 'x', 'y')", false),
            ("INSERT INTO t VALUES ('REPLACE INTO')", false),
            ("INSERT INTO t VALUES ('it''s REPLACE now')", false),
            ("INSERT INTO \"replace\" VALUES (1)", false),
            ("INSERT INTO [replace] VALUES (1) -- replace", false),
            ("INSERT INTO t VALUES (1) /* replace */", false),
            ("INSERT INTO replaced VALUES (1)", false),
            ("INSERT INTO t VALUES ('open", false),
        ] {
            assert_eq!(has_replace_clause(sql), expected, "{sql}");
        }
    }
}
