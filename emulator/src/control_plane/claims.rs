//! From a template's request to its claims, or to Turso's objection.

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
    pub(crate) fn of(request: &TemplateBody, organization: &Organization) -> Result<Self, Answer> {
        let (id, gid, rid) = subject(request, organization)?;
        let a = match request.scope.as_str() {
            "full-access" => "rw",
            "read-only" => "ro",
            other => return Err(error::bad_scope(other)),
        };
        request.permissions.iter().try_for_each(|Object(permission)| judge(permission))?;
        Ok(Self { a, gid, id, perm: request.permissions.clone(), rid: Some(rid) })
    }

    /// Claims that name no database and no group: whoever holds them reaches everything.
    pub(crate) fn wide() -> Self {
        Self { a: "rw", gid: None, id: None, perm: Vec::new(), rid: None }
    }
}

/// The `id`, `gid` and `rid` of what the template is for.
type Subject = (Option<Uuid>, Option<Uuid>, Uuid);

fn subject(request: &TemplateBody, organization: &Organization) -> Result<Subject, Answer> {
    match (&request.database, &request.group) {
        (Some(name), None) => {
            let database = organization.database(name).ok_or_else(|| error::database_missing(name))?;
            Ok((Some(database.id), None, database.rid))
        }
        (None, Some(name)) => {
            let group = organization.group(name).ok_or_else(error::group_missing)?;
            Ok((None, Some(group.id), group.rid))
        }
        (None, None) => Err(error::neither_database_nor_group()),
        (Some(_), Some(_)) => Err(error::both_database_and_group()),
    }
}

fn judge(permission: &Permission) -> Result<(), Answer> {
    let Permission { t: tables, a: actions } = permission;
    if tables.as_ref().is_some_and(|tables| tables.is_empty() || tables.iter().any(String::is_empty)) {
        return Err(error::bad_tables());
    }
    if actions.is_empty() {
        return Err(error::bad_action(""));
    }
    match actions.iter().find(|action| !ACTIONS.contains(&action.as_str())) {
        Some(action) => Err(error::bad_action(action)),
        None => Ok(()),
    }
}
