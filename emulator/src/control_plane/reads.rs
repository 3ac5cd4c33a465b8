//! The calls that only read: the list of endpoints, and what Turso's CLI asks on its way there.

use serde_json::{Value, json};

use super::command::Page;
use super::{ApiToken, Command, World};
use crate::answer::Answer;
use crate::settings::{Behaviour, EmptyList};
use crate::world::{Access, Database, Group, Organization, OrganizationKind};

/// What a token may ask about itself.
pub(super) fn of_a_token(command: &Command, world: &World, token: Option<&ApiToken>) -> Answer {
    match command {
        Command::ListOrganizations => {
            let seen = |slug: &str| token.is_some_and(|token| token.access(slug) != Access::Stranger);
            let organizations = world.organizations.values().filter(|organization| seen(&organization.slug));
            Answer::json(
                200,
                &json!({ "organizations": organizations.map(organization).collect::<Vec<_>>() }),
            )
        }
        // -1: a token that does not expire.
        _ => Answer::json(200, &json!({ "exp": -1 })),
    }
}

/// What an owner may ask about an organization.
pub(super) fn of_an_organization(
    command: &Command,
    organization: &mut Organization,
    behaviour: &Behaviour,
) -> Answer {
    let texts = &behaviour.texts;
    match command {
        Command::ListDatabases { page, .. } => databases(organization, page, behaviour.databases_on_a_page),
        Command::ShowDatabase { name, .. } => match organization.database(name) {
            Some(found) => Answer::json(200, &json!({ "database": database(found) })),
            None => Answer::error(404, &texts.database_missing.replace("{}", name)),
        },
        Command::ListGroups { .. } => {
            Answer::json(200, &json!({ "groups": organization.groups.iter().map(group).collect::<Vec<_>>() }))
        }
        Command::ShowGroup { name, .. } => match organization.group(name) {
            Some(found) => Answer::json(200, &json!({ "group": group(found) })),
            None => Answer::error(404, &texts.group_missing.replace("{}", name)),
        },
        _ => endpoints(organization, behaviour),
    }
}

/// A page of the databases. A cursor is the name of the last one before it.
fn databases(organization: &Organization, page: &Page, longest: usize) -> Answer {
    let of_group = |database: &&Database| page.group.as_ref().is_none_or(|group| database.group == *group);
    let mut rest = organization.databases.iter().filter(of_group);
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

fn endpoints(organization: &mut Organization, behaviour: &Behaviour) -> Answer {
    let listed = organization.listed();
    if listed.is_empty() && behaviour.empty_list == EmptyList::Null {
        return Answer::json(200, &json!({ "jwks": null }));
    }
    let endpoint = |endpoint| {
        let crate::world::JwksEndpoint { name, url, .. } = endpoint;
        json!({ "jwks_name": name, "jwks_url": url })
    };
    Answer::json(200, &json!({ "jwks": listed.into_iter().map(endpoint).collect::<Vec<_>>() }))
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
        "primaryRegion": "local",
        "block_reads": false,
        "block_writes": false,
        "delete_protection": false,
        "parent": null,
    })
}

fn group(group: &Group) -> Value {
    json!({ "name": group.name, "uuid": group.id, "primary": "local", "delete_protection": false })
}
