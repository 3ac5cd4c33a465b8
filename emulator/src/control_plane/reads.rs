//! The calls that only read: the list of endpoints, and what Turso's CLI asks on its way there.

use serde::Serialize;
use serde_json::{Value, json};

use super::command::{Command, DatabasePart, OrganizationCommand, Page};
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
        OrganizationCommand::ListDatabases(page) => {
            databases(organization, page, behaviour.databases_on_a_page)
        }
        OrganizationCommand::ShowDatabase(name) => match organization.database(name) {
            Some(found) => Answer::json(200, &json!({ "database": database(found) })),
            None => error::database_missing(name),
        },
        OrganizationCommand::DatabasePart(name, asked) => match organization.database(name) {
            Some(found) => Answer::json(200, &part(found, *asked)),
            None => error::database_missing(name),
        },
        OrganizationCommand::GroupConfiguration(name) => match organization.group(name) {
            Some(_) => Answer::json(200, &json!({ "delete_protection": false })),
            None => error::group_missing(),
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
            listed => Answer::json(200, &Endpoints { jwks: listed.iter().map(EndpointOf::from).collect() }),
        },
    }
}

/// A page of the databases. A cursor is the name of the last one before it.
fn databases(organization: &Organization, page: &Page, longest: usize) -> Answer {
    let is_asked_for = |database: &&Database| {
        !page.of_another && page.group.as_ref().is_none_or(|group| database.group == *group)
    };
    let mut rest = organization.databases.iter().filter(is_asked_for);
    if let Some(cursor) = &page.cursor
        && !rest.any(|database| database.name == *cursor)
    {
        return Answer::error(400, "invalid cursor");
    }
    let mut shown: Vec<_> = rest.collect();
    let limit = page.limit.unwrap_or(longest);
    let more = shown.len() > limit;
    shown.truncate(limit);
    let mut body = json!({ "databases": shown.iter().map(|shown| database(shown)).collect::<Vec<_>>() });
    if let (true, Some(last)) = (more, shown.last()) {
        body["pagination"] = json!({ "next": last.name });
    }
    Answer::json(200, &body)
}

fn list(key: &str, items: impl Iterator<Item = Value>) -> Answer {
    Answer::json(200, &json!({ key: items.collect::<Vec<_>>() }))
}

/// By structs, not by values: an apply has long lists written all the time, and shares the machine with the emulator.
#[derive(Serialize)]
struct Endpoints<'a> {
    jwks: Vec<EndpointOf<'a>>,
}

#[derive(Serialize)]
struct EndpointOf<'a> {
    jwks_name: &'a str,
    jwks_url: &'a str,
}

impl<'a> From<&'a JwksEndpoint> for EndpointOf<'a> {
    fn from(endpoint: &'a JwksEndpoint) -> Self {
        Self { jwks_name: &endpoint.name, jwks_url: &endpoint.url }
    }
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
        "regions": ["local"],
        "primaryRegion": "local",
        "block_reads": false,
        "block_writes": false,
        "delete_protection": false,
        "parent": null,
    })
}

/// One instance at one location, in which nothing is counted.
fn part(database: &Database, part: DatabasePart) -> Value {
    let usage = json!({ "rows_read": 0, "rows_written": 0, "storage_bytes": 0, "bytes_synced": 0 });
    match part {
        DatabasePart::Configuration => {
            json!({ "allow_attach": false, "block_reads": false, "block_writes": false, "delete_protection": false })
        }
        DatabasePart::Instances => json!({ "instances": [{
            "uuid": database.id,
            "name": "local",
            "type": "primary",
            "region": "local",
            "hostname": database.url.trim_start_matches("http://"),
        }] }),
        DatabasePart::Usage => {
            json!({ "database": { "uuid": database.id, "instances": [], "usage": usage } })
        }
    }
}

fn group(group: &Group) -> Value {
    json!({
        "name": group.name,
        "uuid": group.id,
        "locations": ["local"],
        "primary": "local",
        "archived": false,
        "delete_protection": false,
        "version": "",
        "status": { "locations": [{ "name": "local", "status": "up" }] },
    })
}
