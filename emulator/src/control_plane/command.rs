//! From a request to the one command it stands for, or the reason why there is none. Everything is checked here:
//! path, method, query, media type, keys and types of the body.

use serde_json::Value;

use crate::fault::Call;
use crate::fields::Fields;
use crate::request::Request;
use crate::settings::{Behaviour, GetBody, TemplateMethod};

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    ValidateToken,
    ListOrganizations,
    ListDatabases {
        organization: String,
        page: Page,
    },
    ShowDatabase {
        organization: String,
        name: String,
    },
    ListGroups {
        organization: String,
    },
    ShowGroup {
        organization: String,
        name: String,
    },
    ListEndpoints {
        organization: String,
    },
    SaveEndpoint {
        organization: String,
        name: String,
        url: String,
        region: String,
    },
    RemoveEndpoint {
        organization: String,
        name: String,
    },
    Template {
        organization: String,
        request: TemplateRequest,
    },
    /// A template whose request was lost on the way.
    WideTemplate {
        organization: String,
    },
}

/// Which of the databases are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Page {
    /// Those of this group.
    pub(crate) group: Option<String>,
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

/// A template as it is asked for, not yet judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TemplateRequest {
    pub(crate) database: Option<String>,
    pub(crate) group: Option<String>,
    pub(crate) scope: String,
    pub(crate) permissions: Vec<Rule>,
}

/// One rule: tables, `None` for all, and actions.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Rule {
    pub(crate) t: Option<Vec<String>>,
    pub(crate) a: Vec<String>,
}

/// Why a request is no command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoCommand {
    /// The emulator does not know such a request: a mistake of its sender.
    Unknown { status: u16, reason: String },
    /// A template asked for in a way that this server, as it is set, does not serve.
    TemplateMethod,
}

impl Command {
    /// Reads a request.
    pub(crate) fn of(request: &Request, behaviour: &Behaviour) -> Result<Self, NoCommand> {
        let segments =
            request.segments().ok_or_else(|| unknown(400, "the path is not percent-encoded UTF-8"))?;
        let resource =
            Resource::at(&segments).ok_or_else(|| unknown(404, "there is nothing at this path"))?;
        match (resource.command(request, behaviour)?, request.query.as_deref()) {
            (Self::ListDatabases { organization, .. }, Some(query)) => {
                Ok(Self::ListDatabases { organization, page: Page::of(query)? })
            }
            (_, Some(_)) => Err(unknown(400, "this call takes no query")),
            (command, None) => Ok(command),
        }
    }

    /// What faults call it.
    pub(crate) fn call(&self) -> Call {
        match self {
            Self::ListEndpoints { .. } => Call::List,
            Self::SaveEndpoint { .. } => Call::Save,
            Self::RemoveEndpoint { .. } => Call::Remove,
            Self::Template { .. } | Self::WideTemplate { .. } => Call::Template,
            Self::ListDatabases { .. }
            | Self::ShowDatabase { .. }
            | Self::ListGroups { .. }
            | Self::ShowGroup { .. } => Call::Look,
            _ => Call::Any,
        }
    }

    /// The organization that it is about.
    pub(crate) fn organization(&self) -> Option<&str> {
        match self {
            Self::ValidateToken | Self::ListOrganizations => None,
            Self::ListDatabases { organization, .. }
            | Self::ShowDatabase { organization, .. }
            | Self::ListGroups { organization }
            | Self::ShowGroup { organization, .. }
            | Self::ListEndpoints { organization }
            | Self::SaveEndpoint { organization, .. }
            | Self::RemoveEndpoint { organization, .. }
            | Self::Template { organization, .. }
            | Self::WideTemplate { organization } => Some(organization),
        }
    }
}

enum Resource {
    Read(Command),
    Endpoint { organization: String, name: String },
    Template { organization: String },
}

impl Resource {
    fn at(segments: &[String]) -> Option<Self> {
        if segments.iter().any(String::is_empty) {
            return None;
        }
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let resource = match *segments {
            ["v1", "auth", "validate"] => Self::Read(Command::ValidateToken),
            ["v2", "organizations"] => Self::Read(Command::ListOrganizations),
            ["v1", "organizations", organization, "databases"] => Self::Read(Command::ListDatabases {
                organization: organization.into(),
                page: Page::default(),
            }),
            ["v1", "organizations", organization, "databases", name] => {
                Self::Read(Command::ShowDatabase { organization: organization.into(), name: name.into() })
            }
            ["v1", "organizations", organization, "groups"] => {
                Self::Read(Command::ListGroups { organization: organization.into() })
            }
            ["v1", "organizations", organization, "groups", name] => {
                Self::Read(Command::ShowGroup { organization: organization.into(), name: name.into() })
            }
            ["v2", "organizations", organization, "jwks"] => {
                Self::Read(Command::ListEndpoints { organization: organization.into() })
            }
            ["v2", "organizations", organization, "jwks", name] => {
                Self::Endpoint { organization: organization.into(), name: name.into() }
            }
            ["v2", "organizations", organization, "jwks-template"] => {
                Self::Template { organization: organization.into() }
            }
            _ => return None,
        };
        Some(resource)
    }

    fn command(self, request: &Request, behaviour: &Behaviour) -> Result<Command, NoCommand> {
        match (self, request.method.as_str()) {
            (Self::Read(command), "GET") => no_body(request).map(|()| command),
            (Self::Endpoint { organization, name }, "PUT") => {
                let (url, region) = saved(body(request)?).map_err(|reason| unknown(400, &reason))?;
                Ok(Command::SaveEndpoint { organization, name, url, region })
            }
            (Self::Endpoint { organization, name }, "DELETE") => {
                removed(body(request)?).map_err(|reason| unknown(400, &reason))?;
                Ok(Command::RemoveEndpoint { organization, name })
            }
            (Self::Template { organization }, method @ ("GET" | "POST")) => {
                template(organization, method == "GET", request, behaviour)
            }
            (_, method) => Err(unknown(405, &format!("{method} is not known here"))),
        }
    }
}

fn template(
    organization: String,
    is_get: bool,
    request: &Request,
    behaviour: &Behaviour,
) -> Result<Command, NoCommand> {
    match (behaviour.template_method, is_get) {
        (TemplateMethod::Post, true) | (TemplateMethod::Get, false) => return Err(NoCommand::TemplateMethod),
        _ => {}
    }
    let asked = asked(body(request)?).map_err(|reason| unknown(400, &reason))?;
    Ok(match behaviour.get_body {
        GetBody::DroppedAndWide if is_get => Command::WideTemplate { organization },
        GetBody::DroppedAndRefused if is_get => {
            Command::Template { organization, request: TemplateRequest::default() }
        }
        _ => Command::Template { organization, request: asked },
    })
}

fn saved(body: Value) -> Result<(String, String), String> {
    let mut fields = Fields::of(body, "the body")?;
    let saved = (fields.string("jwks_url")?, fields.string("region")?);
    fields.finish()?;
    Ok(saved)
}

fn removed(body: Value) -> Result<(), String> {
    let mut fields = Fields::of(body, "the body")?;
    fields.string("region")?;
    fields.finish()
}

fn asked(body: Value) -> Result<TemplateRequest, String> {
    let mut fields = Fields::of(body, "the body")?;
    let asked = TemplateRequest {
        database: fields.string_or_null("database")?,
        group: fields.string_or_null("group")?,
        scope: fields.string("scope")?,
        permissions: fields.array("permissions")?.into_iter().map(rule).collect::<Result<_, _>>()?,
    };
    fields.finish()?;
    Ok(asked)
}

fn rule(value: Value) -> Result<Rule, String> {
    let mut fields = Fields::of(value, "a permission")?;
    let rule = Rule { t: fields.strings_or_null("t")?, a: fields.strings("a")? };
    fields.finish()?;
    Ok(rule)
}

fn body(request: &Request) -> Result<Value, NoCommand> {
    if request.body.is_empty() {
        return Err(unknown(400, "this call needs a JSON body"));
    }
    if !request.is_json() {
        return Err(unknown(415, "a body needs Content-Type: application/json"));
    }
    request.json().ok_or_else(|| unknown(400, "the body is not JSON"))
}

fn no_body(request: &Request) -> Result<(), NoCommand> {
    if request.body.is_empty() { Ok(()) } else { Err(unknown(400, "this call takes no body")) }
}

fn unknown(status: u16, reason: &str) -> NoCommand {
    NoCommand::Unknown { status, reason: reason.to_owned() }
}
