//! The calls that only read: the list of endpoints, and what Turso's CLI asks on its way there.

use serde_json::{Value, json};

use super::command::{Command, OrganizationCommand};
use super::error;
use crate::answer::Answer;
use crate::settings::{Behaviour, EmptyList};
use crate::world::{
    ApiToken, Database, Group, JwksEndpoint, Organization, OrganizationKind, Standing, World,
};

/// Answers what needs a token and no organization.
pub(super) fn of_a_token(command: &Command, world: &World, token: Option<&ApiToken>) -> Answer {
    match command {
        Command::ListOrganizations => {
            let seen = |slug: &str| token.is_some_and(|token| token.standing(slug) != Standing::Stranger);
            let organizations = world.organizations.values().filter(|organization| seen(&organization.slug));
            list("organizations", organizations.map(organization))
        }
        // -1: a token that does not expire.
        _ => Answer::json(200, &json!({ "exp": -1 })),
    }
}

/// Answers what only reads from an organization.
pub(super) fn of_an_organization(
    command: &OrganizationCommand,
    organization: &mut Organization,
    behaviour: &Behaviour,
) -> Answer {
    match command {
        OrganizationCommand::ListDatabases => list("databases", organization.databases.iter().map(database)),
        OrganizationCommand::ShowDatabase(name) => match organization.database(name) {
            Some(found) => Answer::json(200, &json!({ "database": database(found) })),
            None => error::database_missing(name),
        },
        OrganizationCommand::ListGroups => list("groups", organization.groups.iter().map(group)),
        OrganizationCommand::ShowGroup(name) => match organization.group(name) {
            Some(found) => Answer::json(200, &json!({ "group": group(found) })),
            None => error::group_missing(),
        },
        _ => match organization.listed() {
            listed if listed.is_empty() && behaviour.empty_list == EmptyList::Null => {
                Answer::json(200, &json!({ "jwks": null }))
            }
            listed => list("jwks", listed.iter().map(endpoint)),
        },
    }
}

fn list(key: &str, items: impl Iterator<Item = Value>) -> Answer {
    Answer::json(200, &json!({ key: items.collect::<Vec<_>>() }))
}

fn endpoint(endpoint: &JwksEndpoint) -> Value {
    json!({ "jwks_name": endpoint.name, "jwks_url": endpoint.url })
}

fn organization(organization: &Organization) -> Value {
    json!({
        "id": organization.id,
        "name": organization.slug,
        "slug": organization.slug,
        "type": match organization.kind {
            OrganizationKind::Personal => "personal",
            OrganizationKind::Team => "team",
        },
        "overages": false,
    })
}

fn database(database: &Database) -> Value {
    json!({
        "Name": database.name,
        "DbId": database.id,
        "Hostname": database.url.trim_start_matches("http://"),
        "group": database.group,
    })
}

fn group(group: &Group) -> Value {
    json!({ "name": group.name, "uuid": group.id })
}
