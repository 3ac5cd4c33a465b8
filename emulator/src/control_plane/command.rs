//! From a request to the one command it stands for, or the reason why there is none. Everything is checked here:
//! path, method, query, media type, keys and types of the body.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::fault::Call;
use crate::object::Object;
use crate::request::Request;
use crate::settings::{Behaviour, GetBody, TemplateMethod};
use crate::world::JwksEndpoint;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    ValidateToken,
    ListOrganizations,
    /// Something of an organization, which goes by its slug.
    Within(String, OrganizationCommand),
}

/// What a request asks of an organization. Databases, groups and endpoints go by their names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum OrganizationCommand {
    ListDatabases(Page),
    ShowDatabase(String),
    /// What the CLI's `db show` tells beside the database itself.
    DatabasePart(String, DatabasePart),
    ListGroups,
    ShowGroup(String),
    GroupConfiguration(String),
    ListEndpoints,
    SaveEndpoint(JwksEndpoint),
    RemoveEndpoint(String),
    Template(TemplateBody),
    /// A template whose body was dropped on the way.
    WideTemplate,
}

/// A part of a database that has a path of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DatabasePart {
    Configuration,
    Instances,
    Usage,
}

/// Which of the databases are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Page {
    /// Those of this group.
    pub(crate) group: Option<String>,
    /// Branches of a database, or databases of a schema: none, since there are neither here.
    pub(crate) of_another: bool,
    /// Those that follow an earlier page.
    pub(crate) cursor: Option<String>,
    /// No more than so many.
    pub(crate) limit: Option<usize>,
}

impl Page {
    /// Reads a query string.
    fn of(query: &str) -> Result<Self, NoCommand> {
        let mut page = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "group" => page.group = Some(value.into_owned()),
                "parent" | "schema" => page.of_another = true,
                "cursor" => page.cursor = Some(value.into_owned()),
                "limit" => {
                    page.limit = Some(value.parse().map_err(|_| unknown(400, "limit is not a number"))?);
                }
                _ => return Err(unknown(400, &format!("the parameter {name:?} is not known here"))),
            }
        }
        Ok(page)
    }
}

#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TemplateBody {
    /// Without `deserialize_with` it could be left out, like any `Option`.
    #[serde(deserialize_with = "Option::deserialize")]
    pub(crate) database: Option<String>,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(crate) group: Option<String>,
    pub(crate) scope: String,
    pub(crate) permissions: Vec<Object<Permission>>,
}

/// A permission: tables, `None` for all, and actions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Permission {
    #[serde(deserialize_with = "Option::deserialize")]
    pub(crate) t: Option<Vec<String>>,
    pub(crate) a: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SaveBody {
    jwks_url: String,
    region: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RemoveBody {
    #[serde(rename = "region")]
    _region: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoCommand {
    /// The emulator does not know such a request: a mistake of its sender.
    Unknown { status: u16, reason: String },
    /// A template asked for in a way that this server, as it is set, does not serve.
    TemplateMethod,
}

impl Command {
    pub(crate) fn of(request: &Request, behaviour: &Behaviour) -> Result<Self, NoCommand> {
        let segments =
            request.segments().ok_or_else(|| unknown(400, "the path is not percent-encoded UTF-8"))?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let resource =
            Resource::at(&segments).ok_or_else(|| unknown(404, "there is nothing at this path"))?;
        match (resource.command(request, behaviour)?, request.query.as_deref()) {
            (Self::Within(slug, OrganizationCommand::ListDatabases(_)), Some(query)) => {
                Ok(Self::Within(slug, OrganizationCommand::ListDatabases(Page::of(query)?)))
            }
            (_, Some(_)) => Err(unknown(400, "this call takes no query")),
            (command, None) => Ok(command),
        }
    }

    /// The name by which faults choose it.
    pub(crate) fn call(&self) -> Call {
        use OrganizationCommand as Of;
        match self {
            Self::Within(_, Of::ListEndpoints) => Call::List,
            Self::Within(_, Of::SaveEndpoint(_)) => Call::Save,
            Self::Within(_, Of::RemoveEndpoint(_)) => Call::Remove,
            Self::Within(_, Of::Template(_) | Of::WideTemplate) => Call::Template,
            Self::Within(
                _,
                Of::ListDatabases(_)
                | Of::ShowDatabase(_)
                | Of::DatabasePart(..)
                | Of::ListGroups
                | Of::ShowGroup(_)
                | Of::GroupConfiguration(_),
            ) => Call::Look,
            _ => Call::Any,
        }
    }

    /// The organization's slug.
    pub(crate) fn organization(&self) -> Option<&str> {
        match self {
            Self::ValidateToken | Self::ListOrganizations => None,
            Self::Within(slug, _) => Some(slug),
        }
    }
}

/// What stands at a path, the organization by its slug.
enum Resource {
    Read(Command),
    Endpoint { organization: String, name: String },
    Template { organization: String },
}

impl Resource {
    fn at(segments: &[&str]) -> Option<Self> {
        use OrganizationCommand as Of;
        let read = |organization: &str, command| Self::Read(Command::Within(organization.into(), command));
        Some(match *segments {
            _ if segments.contains(&"") => return None,
            ["v1", "auth", "validate"] => Self::Read(Command::ValidateToken),
            ["v2", "organizations"] => Self::Read(Command::ListOrganizations),
            ["v1", "organizations", slug, "databases"] => read(slug, Of::ListDatabases(Page::default())),
            ["v1", "organizations", slug, "databases", name] => read(slug, Of::ShowDatabase(name.into())),
            ["v1", "organizations", slug, "databases", name, part] => {
                let part = match part {
                    "configuration" => DatabasePart::Configuration,
                    "instances" => DatabasePart::Instances,
                    "usage" => DatabasePart::Usage,
                    _ => return None,
                };
                read(slug, Of::DatabasePart(name.into(), part))
            }
            ["v1", "organizations", slug, "groups", name, "configuration"] => {
                read(slug, Of::GroupConfiguration(name.into()))
            }
            ["v1", "organizations", slug, "groups"] => read(slug, Of::ListGroups),
            ["v1", "organizations", slug, "groups", name] => read(slug, Of::ShowGroup(name.into())),
            ["v2", "organizations", slug, "jwks"] => read(slug, Of::ListEndpoints),
            ["v2", "organizations", slug, "jwks", name] => {
                Self::Endpoint { organization: slug.into(), name: name.into() }
            }
            ["v2", "organizations", slug, "jwks-template"] => Self::Template { organization: slug.into() },
            _ => return None,
        })
    }

    fn command(self, request: &Request, behaviour: &Behaviour) -> Result<Command, NoCommand> {
        let (organization, command) = match (self, request.method.as_str()) {
            (Self::Read(command), "GET") if request.body.is_empty() => return Ok(command),
            (Self::Read(_), "GET") => return Err(unknown(400, "this call takes no body")),
            (Self::Endpoint { organization, name }, "PUT") => {
                let SaveBody { jwks_url: url, region } = body(request)?;
                (organization, OrganizationCommand::SaveEndpoint(JwksEndpoint { name, url, region }))
            }
            (Self::Endpoint { organization, name }, "DELETE") => {
                body::<RemoveBody>(request)?;
                (organization, OrganizationCommand::RemoveEndpoint(name))
            }
            (Self::Template { organization }, method @ ("GET" | "POST")) => {
                (organization, template(method == "GET", request, behaviour)?)
            }
            (_, method) => return Err(unknown(405, &format!("{method} is not known here"))),
        };
        Ok(Command::Within(organization, command))
    }
}

fn template(
    is_get: bool,
    request: &Request,
    behaviour: &Behaviour,
) -> Result<OrganizationCommand, NoCommand> {
    match (behaviour.template_method, is_get) {
        (TemplateMethod::Post, true) | (TemplateMethod::Get, false) => return Err(NoCommand::TemplateMethod),
        _ => {}
    }
    let asked = body(request)?;
    Ok(match behaviour.get_body {
        GetBody::DroppedAndWide if is_get => OrganizationCommand::WideTemplate,
        GetBody::DroppedAndRefused if is_get => OrganizationCommand::Template(TemplateBody::default()),
        _ => OrganizationCommand::Template(asked),
    })
}

fn body<T: DeserializeOwned>(request: &Request) -> Result<T, NoCommand> {
    if request.body.is_empty() {
        return Err(unknown(400, "this call needs a JSON body"));
    }
    request.read().map_err(|(status, reason)| unknown(status, &reason))
}

fn unknown(status: u16, reason: &str) -> NoCommand {
    NoCommand::Unknown { status, reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The status with which a body is refused, if it is.
    fn refused(line: &str, body: &str) -> Option<u16> {
        let (method, path) = line.split_once(' ').unwrap();
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: None,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.as_bytes().to_vec(),
        };
        match Command::of(&request, &Behaviour::default()) {
            Ok(_) => None,
            Err(NoCommand::Unknown { status, .. }) => Some(status),
            Err(NoCommand::TemplateMethod) => panic!("{line} is served"),
        }
    }

    #[test]
    fn a_body_has_every_key_and_no_other_each_of_its_type() {
        const PUT: &str = "PUT /v2/organizations/acme/jwks/a";
        const DELETE: &str = "DELETE /v2/organizations/acme/jwks/a";
        const POST: &str = "POST /v2/organizations/acme/jwks-template";
        for (line, known, bodies) in [
            (PUT, true, r#"{"jwks_url": "x", "region": ""}  {"region": "", "jwks_url": "x", "region": "y"}"#),
            (PUT, false, r#"{}  null  []  ["x", ""]  "x"  {"jwks_url": "x"}  {"region": ""}"#),
            (PUT, false, r#"{"jwks_url": null, "region": ""}  {"jwks_url": "x", "region": null}"#),
            (PUT, false, r#"{"jwks_url": 1.50, "region": ""}  {"jwks_url": "x", "region": "", "a": null}"#),
            (DELETE, true, r#"{"region": ""}"#),
            (DELETE, false, r#"{}  [""]  {"region": 1}  {"region": null}  {"region": "", "jwks_url": "x"}"#),
            (POST, true, r#"{"database": null, "group": null, "scope": "", "permissions": []}"#),
            (POST, true, r#"{"database": "a", "group": "b", "scope": "c", "permissions": []}"#),
            (POST, false, r#"{"group": null, "scope": "", "permissions": []}  [null, null, "", []]"#),
            (POST, false, r#"{"database": null, "scope": "", "permissions": []}"#),
            (POST, false, r#"{"database": null, "group": null, "permissions": []}"#),
            (POST, false, r#"{"database": null, "group": null, "scope": ""}"#),
            (POST, false, r#"{"database": 1, "group": null, "scope": "", "permissions": []}"#),
            (POST, false, r#"{"database": null, "group": [], "scope": "", "permissions": []}"#),
            (POST, false, r#"{"database": null, "group": null, "scope": null, "permissions": []}"#),
            (POST, false, r#"{"database": null, "group": null, "scope": "", "permissions": null}"#),
            (POST, false, r#"{"database": null, "group": null, "scope": "", "permissions": {}}"#),
            (POST, false, r#"{"database": null, "group": null, "scope": "", "permissions": [], "x": 1}"#),
        ] {
            for body in bodies.split("  ") {
                assert_eq!(refused(line, body), (!known).then_some(400), "{line} {body}");
            }
        }
        for (known, permissions) in [
            (true, r#"{"t": null, "a": []}  {"a": ["x"], "t": ["y"]}"#),
            (false, r#"null  {}  "all:data_read"  [null, []]  {"t": null}  {"a": []}"#),
            (false, r#"{"t": "x", "a": []}  {"t": [1], "a": []}  {"t": null, "a": null}"#),
            (false, r#"{"t": null, "a": [null]}  {"t": null, "a": [], "x": 1}"#),
        ] {
            for permission in permissions.split("  ") {
                let body = format!(
                    r#"{{"database": null, "group": null, "scope": "", "permissions": [{permission}]}}"#
                );
                assert_eq!(refused(POST, &body), (!known).then_some(400), "{body}");
            }
        }
    }
}
