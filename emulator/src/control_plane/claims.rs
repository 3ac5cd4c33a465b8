//! From a template's request to its claims, or to Turso's objection.

use serde::Serialize;
use uuid::Uuid;

use super::command::{Rule, TemplateRequest};
use crate::answer::Answer;
use crate::settings::{Behaviour, Texts};
use crate::world::Organization;

/// The claims of a template. Turso writes them compact with sorted keys; the fields' order is theirs.
#[derive(Debug, Serialize)]
pub(crate) struct Claims {
    a: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    gid: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    perm: Vec<Rule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rid: Option<Uuid>,
}

const ACTIONS: [&str; 7] =
    ["data_read", "data_add", "data_update", "data_delete", "schema_add", "schema_update", "schema_delete"];

impl Claims {
    /// The claims asked for. A read-only scope with writing actions is let through: nobody knows that Turso minds.
    pub(crate) fn of(
        request: TemplateRequest,
        organization: &Organization,
        behaviour: &Behaviour,
    ) -> Result<Self, Answer> {
        let texts = &behaviour.texts;
        let (id, gid, rid) = subject(&request, organization, texts)?;
        let a = match request.scope.as_str() {
            "full-access" => "rw",
            "read-only" => "ro",
            other => return Err(objection(&texts.bad_scope, other)),
        };
        request.permissions.iter().try_for_each(|rule| judge(rule, texts))?;
        Ok(Self { a, gid, id, perm: request.permissions, rid: Some(rid) })
    }

    /// Claims that name no database and no group: whoever holds them reaches everything.
    pub(crate) fn wide() -> Self {
        Self { a: "rw", gid: None, id: None, perm: Vec::new(), rid: None }
    }
}

type Subject = (Option<Uuid>, Option<Uuid>, Uuid);

fn subject(request: &TemplateRequest, organization: &Organization, texts: &Texts) -> Result<Subject, Answer> {
    match (&request.database, &request.group) {
        (Some(name), None) => {
            let missing = || Answer::error(404, &texts.database_missing.replace("{}", name));
            let database = organization.database(name).ok_or_else(missing)?;
            Ok((Some(database.id), None, database.rid))
        }
        (None, Some(name)) => {
            let missing = || Answer::error(404, &texts.group_missing.replace("{}", name));
            let group = organization.group(name).ok_or_else(missing)?;
            Ok((None, Some(group.id), group.rid))
        }
        (None, None) => Err(Answer::error(400, &texts.neither_database_nor_group)),
        (Some(_), Some(_)) => Err(Answer::error(400, &texts.both_database_and_group)),
    }
}

fn judge(rule: &Rule, texts: &Texts) -> Result<(), Answer> {
    if rule.t.as_ref().is_some_and(|tables| tables.is_empty() || tables.iter().any(String::is_empty)) {
        return Err(objection(&texts.bad_tables, ""));
    }
    if rule.a.is_empty() {
        return Err(objection(&texts.bad_action, ""));
    }
    match rule.a.iter().find(|action| !ACTIONS.contains(&action.as_str())) {
        Some(action) => Err(objection(&texts.bad_action, action)),
        None => Ok(()),
    }
}

fn objection(text: &str, value: &str) -> Answer {
    Answer::error(400, &text.replace("{}", value))
}
