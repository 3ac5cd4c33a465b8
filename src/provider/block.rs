//! The provider block: how Turso is reached, with environment variables and the settings of Turso's CLI behind each
//! attribute, and how a plan looks at JWKS documents.

use std::str::FromStr;

use super::preflight::{self, Mode};
use super::report;
use super::session::Session;
use crate::claims::OrganizationSlug;
use crate::framework::{
    Attribute, AttributePath, Check, Complaint, Diagnostic, Diagnostics, Field, Object, Schema, Type, bug,
};
use crate::turso::{ApiToken, BaseUrl, Credentials, Environment, Given};

/// The attributes of the provider block.
pub(super) fn schema() -> Schema {
    Schema::new(
        "Makes Turso accept tokens that a team's own identity provider signs: registers JWKS endpoints with an \
         organization, and generates the JWT templates that say what such a token may do.\n\n\
         Every attribute is optional. What the block does not give comes from the environment, and what that does not \
         give from the settings of Turso's CLI: after `turso auth login` an empty block will do.",
        vec![
            Attribute::optional(
                "organization",
                Type::String,
                "Slug of the organization to work in. Else the environment variable `TURSO_ORGANIZATION`, else the \
                 organization that `turso org switch` chose, else the personal one.",
            )
            .check(Check::String(check_organization)),
            Attribute::optional(
                "api_token",
                Type::String,
                "Token of Turso's Platform API, as `turso auth api-tokens mint` prints it. Else the environment \
                 variable `TURSO_API_TOKEN`, which keeps it out of files, else the login of Turso's CLI.",
            )
            .sensitive()
            .check(Check::String(check_api_token)),
            Attribute::optional(
                "base_url",
                Type::String,
                "Base URL of the Platform API: https, or http on the loopback interface. Else the environment variable \
                 `TURSO_API_BASEURL`, else `https://api.turso.tech`.",
            )
            .check(Check::String(check_base_url)),
            Attribute::optional(
                "preflight",
                Type::String,
                "What a plan does where Turso can't use the JWKS document at the URL of a new or changed endpoint: \
                 `warn` (the default), `error`, or `off` for no look at it. An endpoint's own `preflight` comes first.",
            )
            .check(Check::String(preflight::check_mode)),
        ],
    )
}

/// The session that a block asks for. Nothing is read or sent yet.
pub(super) fn session(block: &Object, user_agent: &str) -> Result<Session, Diagnostics> {
    let organization = parse::<OrganizationSlug>(block, "organization", "Invalid organization")?;
    let base_url = parse::<BaseUrl>(block, "base_url", "Invalid base URL")?;
    let api_token = match string(block, "api_token")? {
        Field::Known(text) => Field::Known(ApiToken::parse(&text).map_err(|error| {
            Diagnostic::error("Invalid API token", report::sentences(&error))
                .at(AttributePath::root("api_token"))
        })?),
        Field::Null => Field::Null,
        Field::Unknown => Field::Unknown,
    };
    if api_token.is_unknown() || base_url.is_unknown() {
        return Ok(Session::AwaitsConfiguration);
    }
    let given = Given {
        api_token: api_token.known(),
        organization: organization.clone().known(),
        base_url: base_url.known(),
    };
    let credentials = Credentials::new(given, Environment::of_process());
    Ok(Session::ready(credentials, user_agent, organization.is_unknown()))
}

/// What a block says about JWKS documents. One that is known only after an apply says nothing yet.
pub(super) fn preflight_mode(block: &Object) -> Result<Mode, Diagnostics> {
    Ok(parse(block, "preflight", "Invalid preflight")?.known().unwrap_or_default())
}

/// Complains where a string can't be an organization's slug.
pub(super) fn check_organization(slug: &str) -> Result<(), Complaint> {
    check::<OrganizationSlug>(slug, "Invalid organization")
}

fn check_base_url(url: &str) -> Result<(), Complaint> {
    check::<BaseUrl>(url, "Invalid base URL")
}

fn check_api_token(token: &str) -> Result<(), Complaint> {
    ApiToken::parse(token)
        .map(|_| ())
        .map_err(|error| Complaint::new("Invalid API token", report::sentences(&error)))
}

fn check<T: FromStr<Err: std::error::Error + 'static>>(text: &str, summary: &str) -> Result<(), Complaint> {
    text.parse::<T>().map(|_| ()).map_err(|error| Complaint::new(summary, report::sentences(&error)))
}

fn parse<T: FromStr<Err: std::error::Error + 'static>>(
    block: &Object,
    name: &str,
    summary: &str,
) -> Result<Field<T>, Diagnostics> {
    match string(block, name)? {
        Field::Known(text) => text.parse().map(Field::Known).map_err(|error| {
            Diagnostic::error(summary, report::sentences(&error)).at(AttributePath::root(name)).into()
        }),
        Field::Null => Ok(Field::Null),
        Field::Unknown => Ok(Field::Unknown),
    }
}

fn string(block: &Object, name: &str) -> Result<Field<String>, Diagnostics> {
    block.string(name).map_err(|error| bug(error).into())
}
