//! The claims of a template, or Turso's objection to what was asked for.

use serde::Serialize;
use uuid::Uuid;

use super::command::{Permission, TemplateBody};
use super::error;
use crate::answer::Answer;
use crate::object::Object;
use crate::world::Organization;

/// The claims of a template. Turso writes them compact with sorted keys; the fields' order is theirs.
#[derive(Debug, Serialize)]
pub(crate) struct Claims {
    a: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    gid: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    perm: Vec<Object<Permission>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rid: Option<Uuid>,
}

const ACTIONS: [&str; 7] =
    ["data_read", "data_add", "data_update", "data_delete", "schema_add", "schema_update", "schema_delete"];

impl Claims {
    /// The claims asked for. A read-only scope with writing actions is let through: nobody knows that Turso minds.
    /// Of the texts only that of neither database nor group is Turso's, from its docs on the CLI.
    pub(crate) fn of(request: &TemplateBody, organization: &Organization) -> Result<Self, Answer> {
        let (id, gid, rid) = match (&request.database, &request.group) {
            (Some(name), None) => {
                let database = organization.database(name).ok_or_else(|| error::database_missing(name))?;
                (Some(database.id), None, database.rid)
            }
            (None, Some(name)) => {
                let group = organization.group(name).ok_or_else(error::group_missing)?;
                (None, Some(group.id), group.rid)
            }
            (None, None) => return Err(objection("Either database or group must be specified")),
            (Some(_), Some(_)) => return Err(objection("Only one of database and group can be specified")),
        };
        let a = match request.scope.as_str() {
            "full-access" => "rw",
            "read-only" => "ro",
            other => return Err(objection(&format!("invalid scope: {other}"))),
        };
        request.permissions.iter().try_for_each(|Object(permission)| judge(permission))?;
        Ok(Self { a, gid, id, perm: request.permissions.clone(), rid: Some(rid) })
    }

    /// Claims that name no database and no group: whoever holds them reaches everything.
    pub(crate) fn wide() -> Self {
        Self { a: "rw", gid: None, id: None, perm: Vec::new(), rid: None }
    }
}

fn judge(Permission { t: tables, a: actions }: &Permission) -> Result<(), Answer> {
    if tables.as_ref().is_some_and(|tables| tables.is_empty() || tables.iter().any(String::is_empty)) {
        return Err(objection("invalid permission: no table"));
    }
    let unknown = actions.iter().find(|action| !ACTIONS.contains(&action.as_str()));
    match unknown.map(String::as_str).or(actions.is_empty().then_some("")) {
        Some(action) => Err(objection(&format!("invalid permission action: {action}"))),
        None => Ok(()),
    }
}

fn objection(text: &str) -> Answer {
    Answer::error(400, text)
}
