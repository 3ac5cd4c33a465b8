//! Reads the claims that limit access, one by one. What is not understood is refused: a limit that Turso
//! can't read either may not limit at all.

use std::collections::BTreeSet;
use std::str::FromStr;

use serde_json::{Map, Value};

use super::{TargetId, TemplateError};
use crate::{Action, Rule, Scope, TableName, Tables};

/// Refuses what could override the claims that are checked: the claim `p`, which libsql-server reads before
/// `id` and `a`, and a second spelling of a checked claim, which a JSON decoder that ignores case (Go's)
/// would accept.
pub(super) fn refuse_treacherous_names(claims: &Map<String, Value>) -> Result<(), TemplateError> {
    const CHECKED: [&str; 5] = ["a", "gid", "id", "p", "perm"];

    let refuse = |name: &str, reason| Err(TemplateError::Treacherous { claim: name.to_owned(), reason });
    for name in claims.keys() {
        if name == "p" {
            return refuse(name, "Turso's server may follow it in place of `id`, `a` and `perm`");
        }
        if CHECKED.iter().any(|checked| name != checked && name.eq_ignore_ascii_case(checked)) {
            return refuse(name, "it could be taken for the claim of that name in lower case");
        }
    }
    Ok(())
}

/// Refuses what is none of Turso's claims. A token that holds it would carry it, for better or worse.
pub(super) fn refuse_foreign_names(claims: &Map<String, Value>) -> Result<(), TemplateError> {
    match claims.keys().find(|name| !is_of_turso(name)) {
        Some(name) => Err(TemplateError::Foreign { claim: name.clone() }),
        None => Ok(()),
    }
}

/// Whether a claim of that name is one of Turso's.
pub(super) fn is_of_turso(name: &str) -> bool {
    ["a", "gid", "id", "perm", "rid"].contains(&name)
}

pub(super) fn target(claims: &Map<String, Value>) -> Result<TargetId, TemplateError> {
    match (claims.get("id"), claims.get("gid")) {
        (Some(id), None) => Ok(TargetId::Database(read_id("id", id)?)),
        (None, Some(gid)) => Ok(TargetId::Group(read_id("gid", gid)?)),
        (None, None) => Err(TemplateError::Missing { claim: "id" }),
        (Some(_), Some(_)) => Err(TemplateError::Treacherous {
            claim: "gid".to_owned(),
            reason: "with `id` beside it, a token could reach a whole group where one database was meant",
        }),
    }
}

/// Turso's ids are UUIDs. Anything of letters, digits and dashes is accepted, since that is a convention of
/// today.
fn read_id(claim: &str, id: &Value) -> Result<String, TemplateError> {
    let is_id = |id: &&str| !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let id_or_none = id.as_str().filter(is_id);
    id_or_none.map(str::to_owned).ok_or_else(|| TemplateError::malformed(claim, "a UUID", id))
}

pub(super) fn access(claims: &Map<String, Value>) -> Result<Scope, TemplateError> {
    match claims.get("a") {
        Some(Value::String(access)) if access == Scope::FullAccess.claim() => Ok(Scope::FullAccess),
        Some(Value::String(access)) if access == Scope::ReadOnly.claim() => Ok(Scope::ReadOnly),
        Some(other) => Err(TemplateError::malformed("a", "\"rw\" or \"ro\"", other)),
        None => Err(TemplateError::Missing { claim: "a" }),
    }
}

pub(super) fn rules(claims: &Map<String, Value>) -> Result<Vec<Rule>, TemplateError> {
    match claims.get("perm") {
        Some(Value::Array(rules)) => {
            rules.iter().enumerate().map(|(position, rule)| read_rule(position, rule)).collect()
        }
        Some(other) => Err(TemplateError::malformed("perm", "an array of rules", other)),
        None => Err(TemplateError::Missing { claim: "perm" }),
    }
}

/// A member that is not known may be a limit, and would be lost: it is refused.
fn read_rule(position: usize, rule: &Value) -> Result<Rule, TemplateError> {
    let refuse = |member: &str, expected: &str, found: &Value| {
        Err(TemplateError::malformed(&format!("perm[{position}]{member}"), expected, found))
    };
    let Value::Object(members) = rule else {
        return refuse("", "an object of `t` (tables) and `a` (actions)", rule);
    };
    if members.keys().any(|name| name != "t" && name != "a") {
        return refuse("", "an object of only `t` (tables) and `a` (actions)", rule);
    }
    let tables = members.get("t").unwrap_or(&Value::Null);
    let actions = members.get("a").unwrap_or(&Value::Null);
    let Some(read_tables) = read_tables(tables) else {
        return refuse(
            ".t",
            "null (every table) or an array with at least one table that a permission can name",
            tables,
        );
    };
    let Some(read_actions) = read_words::<Action>(actions) else {
        return refuse(".a", "an array with at least one of Turso's seven actions", actions);
    };
    match Rule::new(read_tables, read_actions) {
        Some(rule) => Ok(rule),
        None => refuse("", "about at least one table and one action", rule),
    }
}

fn read_tables(tables: &Value) -> Option<Tables> {
    if tables.is_null() { Some(Tables::All) } else { read_words::<TableName>(tables).map(Tables::Named) }
}

/// The words of an array that is not empty.
fn read_words<T: FromStr + Ord>(words: &Value) -> Option<BTreeSet<T>> {
    let words = words.as_array().filter(|words| !words.is_empty())?;
    words.iter().map(|word| word.as_str()?.parse().ok()).collect()
}
