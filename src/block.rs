//! The provider block: how Turso is reached, with environment variables and the settings of Turso's CLI behind each
//! attribute, and how a plan looks at JWKS documents.

use std::path::Path;
use std::str::FromStr;

use framework::{Complaint, Diagnostic, Diagnostics, Secret, path};
use turso_client::{ApiToken, BaseUrl, Credentials, Environment, Given, OrganizationSlug, RequestTimeout};

use crate::jwks::preflight::{self, Strictness};
use crate::report;
use crate::session::Session;

framework::model! {
    /// Makes Turso accept tokens that a team's own identity provider signs: registers JWKS endpoints with an
    /// organization, and generates the JWT templates that say what such a token may do.
    ///
    /// Every attribute is optional. What the block does not give comes from the environment, and what that does not
    /// give from the settings of Turso's CLI: after `turso auth login` an empty block will do.
    ///
    /// Requests go the way that Terraform's own go: through the proxy in `HTTPS_PROXY` (http, https, socks5 or socks5h) but
    /// for the hosts in `NO_PROXY`, and on Linux with the root certificates in the system's directories and in the file
    /// that `SSL_CERT_FILE` names.
    pub struct Block, Config {
        /// Slug of the organization to work in. Else the environment variable `TURSO_ORGANIZATION`, else the
        /// organization that `turso org switch` chose, else the personal one.
        organization: Option<String> = optional().check(check_organization),
        /// Token of Turso's Platform API, as `turso auth api-tokens mint` prints it. Else the environment variable
        /// `TURSO_API_TOKEN`, else the login of Turso's CLI. Give it by the environment, or by a variable that is
        /// `ephemeral`: a plan that is saved (`plan -out`) holds the values of all other variables in the clear.
        api_token: Option<Secret> = optional().check(check_api_token),
        /// Base URL of the Platform API: https, or http on the loopback interface, written as it is read. Else the environment variable
        /// `TURSO_API_BASEURL`, else `https://api.turso.tech`.
        base_url: Option<String> = optional().check(check_base_url),
        /// How long one request to Turso may take: from `"1s"` to `"60s"`, `"30s"` by default. Reading, saving or deleting
        /// takes 180 seconds at most, with every try and pause in it, and what a save or a deletion came to is looked
        /// for within that time.
        request_timeout: Option<String> = optional().check(check_request_timeout),
        /// What a plan does where Turso can't use the JWKS document at the URL of a new or changed endpoint: `warn`
        /// (the default), `error`, or `off` for no look at it. An endpoint's own `preflight` comes first.
        preflight: Option<String> = optional().check(preflight::check_word),
    }
}

/// The session that a block asks for, and how it has plans look at documents; a word that is known only after an apply
/// says nothing yet. Nothing is read or sent, and only a login that others may read is worth a warning.
pub(crate) fn session(
    block: Config,
    user_agent: &str,
) -> Result<(Session, Strictness, Diagnostics), Diagnostics> {
    let organization = block.organization.try_map(|slug| {
        parse_organization(&slug).map_err(|complaint| complaint.at(path!(Block.organization)))
    })?;
    let base_url = block
        .base_url
        .try_map(|url| parse_base_url(&url).map_err(|complaint| complaint.at(path!(Block.base_url))))?;
    let api_token = block.api_token.try_map(|secret| {
        parse_api_token(&secret).map_err(|complaint| complaint.at(path!(Block.api_token)))
    })?;
    let request_timeout = block.request_timeout.try_map(|text| {
        report::parse::<RequestTimeout>(&text, INVALID_REQUEST_TIMEOUT)
            .map_err(|complaint| complaint.at(path!(Block.request_timeout)))
    })?;
    let request_timeout = request_timeout.known().unwrap_or_default();
    let preflight = block.preflight.try_map(|word| {
        report::parse::<Strictness>(&word, preflight::INVALID)
            .map_err(|complaint| complaint.at(path!(Block.preflight)))
    })?;
    let strictness = preflight.known().unwrap_or_default();
    if api_token.is_unknown() || base_url.is_unknown() {
        return Ok((Session::AwaitsConfiguration, strictness, Diagnostics::none()));
    }
    let awaits_organization = organization.is_unknown();
    let given = Given {
        api_token: api_token.known(),
        organization: organization.known(),
        base_url: base_url.known(),
    };
    let credentials = Credentials::new(given, Environment::of_process());
    let warnings = credentials.file_open_to_others().iter().map(|path| open_to_others(path)).collect();
    let session = Session::ready(credentials, user_agent, request_timeout, awaits_organization);
    Ok((session, strictness, warnings))
}

fn open_to_others(path: &Path) -> Diagnostic {
    let path = excerpt::name(&path.to_string_lossy());
    let detail = format!(
        "The API token is to come from the settings of Turso's CLI, {path}, and other users of this machine may read that \
         file. `chmod 600` on it keeps them out. Whoever has read it can use the token until that expires."
    );
    Diagnostic::warning("Login of Turso's CLI open to others", detail)
}

const INVALID_REQUEST_TIMEOUT: &str = "Invalid request timeout";

/// The slug of an organization that someone wrote, or what is wrong with it.
pub(crate) fn parse_organization(slug: &str) -> Result<OrganizationSlug, Complaint> {
    let way_out = "`turso org list` shows the slugs. Leave it out where another place is to give it: the provider block, \
                   TURSO_ORGANIZATION, or `turso org switch`.";
    parse(slug, "Invalid organization", way_out)
}

/// Complains where a string can't be an organization's slug.
pub(crate) fn check_organization(slug: &str) -> Result<(), Complaint> {
    parse_organization(slug).map(drop)
}

fn parse_base_url(url: &str) -> Result<BaseUrl, Complaint> {
    parse(
        url,
        "Invalid base URL",
        "Write it like `https://api.turso.tech`, or leave it out: that is the default.",
    )
}

fn check_base_url(url: &str) -> Result<(), Complaint> {
    parse_base_url(url).map(drop)
}

fn parse_api_token(token: &Secret) -> Result<ApiToken, Complaint> {
    let way_out = "Write it as `turso auth api-tokens mint <name> --org <slug>` prints it. Leave it out where another place is to give \
                   it: TURSO_API_TOKEN, or `turso auth login`.";
    ApiToken::parse(token.expose()).map_err(|error| {
        Complaint::new("Invalid API token", report::with_advice(&error, Some(way_out.to_owned())))
    })
}

fn check_request_timeout(text: &str) -> Result<(), Complaint> {
    report::check::<RequestTimeout>(text, INVALID_REQUEST_TIMEOUT)
}

fn check_api_token(token: &Secret) -> Result<(), Complaint> {
    parse_api_token(token).map(drop)
}

fn parse<T: FromStr<Err: std::error::Error + 'static>>(
    text: &str,
    summary: &str,
    way_out: &str,
) -> Result<T, Complaint> {
    text.parse()
        .map_err(|error| Complaint::new(summary, report::with_advice(&error, Some(way_out.to_owned()))))
}
