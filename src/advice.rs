//! What a person can do about an error of Turso's client: the way out, in whole sentences, where it is known.

use std::path::Path;
use std::time::Duration;

use claims::{Target, TargetId, TemplateError};
use turso_client::{
    Attempt, CredentialsError, DeleteError, Error, Obstacle, Origin, Refusal, RefusalKind, RefusedToken,
    Reply, UpdateError,
};

/// The way out of a call that failed.
pub(crate) fn of(error: &Error) -> Option<String> {
    let advice = match error {
        Error::Credentials(error) => return of_credentials(error),
        Error::Refused(refusal) => return of_refusal(refusal),
        Error::InterruptedPause { last } | Error::OutOfTime { last, .. } => return of(last),
        Error::WaitedTooLong { .. } => "Run it again.",
        Error::TokenInAnswer { .. } => {
            "Whatever answered repeats the secret that it was sent. Check `base_url` or TURSO_API_BASEURL where they are set, \
             and proxies on the way. If it was not Turso, revoke the token: `turso auth api-tokens revoke <name>`."
        }
        Error::Interrupted { .. } => "Nothing was changed. Run it again.",
        Error::NoPersonalOrganization => "Set `organization` to the slug of one.",
        Error::Unaddressable { .. } => "Use another name.",
        Error::Unreachable { obstacle: Obstacle::TimedOut, .. } => {
            "Try again later. Where Turso or a proxy (HTTPS_PROXY) is slow, give a request more time with `request_timeout` in \
             the provider block: up to \"60s\"."
        }
        Error::Unreachable { obstacle, .. } => return Some(of_obstacle(obstacle, OF_THE_API)),
        Error::NotConclusive { .. } => {
            "Nothing was concluded from that answer. A proxy or gateway on the way can be the cause: check HTTPS_PROXY, \
             and `base_url` or TURSO_API_BASEURL where they are set. Otherwise Turso's API has changed: please report it \
             to the provider."
        }
        Error::TooLong { .. } => "Please report it to the provider, with the number of databases.",
        Error::BadTemplate { source, .. } if is_of_another_group(source) => {
            "The claims were thrown away. That a token's `gid` is the UUID of its group is inferred, and not documented by \
             Turso. If the group of that name is the right one, please report this to the provider."
        }
        Error::BadTemplate { .. } => {
            "The claims were thrown away. A proxy that drops the bodies of requests can be the cause; otherwise Turso's \
             API has changed: please report it to the provider."
        }
        Error::Malformed { .. } => {
            "Check `base_url` or TURSO_API_BASEURL where they are set. Otherwise Turso's API has changed: please report \
             it to the provider."
        }
    };
    Some(advice.to_owned())
}

const OF_THE_API: &str =
    "Check the network, a proxy (HTTPS_PROXY), and `base_url` or TURSO_API_BASEURL where they are set.";

/// The way out of what stands between this machine and a server, which is the same whoever the server is; `otherwise`
/// where nothing is known.
pub(crate) fn of_obstacle(obstacle: &Obstacle, otherwise: &str) -> String {
    match obstacle {
        Obstacle::BadProxy { variable } => format!(
            "Correct {variable}: a URL such as http://proxy.example.com:8080, with the scheme http, https, socks5 or \
             socks5h. There is no connection past it, unless it is unset."
        ),
        Obstacle::NoCertificates => {
            "Install the system's root certificates (the package is called ca-certificates), or name a file of them in \
             SSL_CERT_FILE. Where SSL_CERT_FILE or SSL_CERT_DIR is set, nothing else is read in its place: see that it \
             names certificates in PEM, or unset it."
                .to_owned()
        }
        Obstacle::Untrusted => {
            "The server must present a certificate for this host, with its whole chain, by an authority that this machine \
             knows. If a proxy or a server of your own stands there, name the file with its authority's certificate in \
             SSL_CERT_FILE: the directories of the system are read beside it."
                .to_owned()
        }
        Obstacle::Proxy { proxy, unauthorized: false } => format!(
            "The connection was to go through the proxy {proxy}, by HTTPS_PROXY. Check that the proxy runs, and lets \
             through to this host; NO_PROXY names the hosts that need none."
        ),
        Obstacle::Proxy { proxy, unauthorized: true } => format!(
            "The proxy {proxy} answered 407: it wants a user that it knows. Write one into HTTPS_PROXY, as \
             http://USER:PASSWORD@HOST:PORT, with what is special in a URL percent-encoded; or name the host in NO_PROXY."
        ),
        Obstacle::TimedOut | Obstacle::Network => otherwise.to_owned(),
    }
}

fn is_of_another_group(error: &TemplateError) -> bool {
    matches!(error, TemplateError::OtherTarget { asked: Target::Group(_), found: TargetId::Group(_), .. })
}

/// The way out of an update that failed.
pub(crate) fn of_update(error: &UpdateError) -> Option<String> {
    match error {
        UpdateError::Vanished { .. } => Some("Run the plan again: it will propose to create it.".to_owned()),
        UpdateError::Failed(error) => of(error),
    }
}

/// The way out of a deletion that failed.
pub(crate) fn of_deletion(error: &DeleteError) -> Option<String> {
    match error {
        // Reported by a user of an organization that had one endpoint more than its plan allows; Turso's dashboard
        // failed in the same way.
        DeleteError::Failed(error) if error.refusal() == Some(&RefusalKind::ServerFault) => Some(
            "This fault of Turso is known, above all in organizations with more endpoints than their plan allows; the \
             dashboard fails too. Try again later, or ask Turso's support to delete it. To stop managing it in the \
             meantime, use a `removed` block with `destroy = false`, or `terraform state rm`."
                .to_owned(),
        ),
        DeleteError::Failed(error) => of(error),
        DeleteError::Unconfirmed { .. } | DeleteError::Unknown { .. } => {
            Some("It is kept in state: run it again, and it is deleted if it is still there.".to_owned())
        }
        DeleteError::StillListed { .. } => Some("Run it again in a moment.".to_owned()),
    }
}

fn of_refusal(Refusal { attempt, reply, kind }: &Refusal) -> Option<String> {
    Some(match kind {
        RefusalKind::Unauthorized { origin, token } => unauthorized(reply, *origin, *token),
        RefusalKind::Forbidden => forbidden(attempt),
        RefusalKind::PaymentRequired => {
            "By its status, something has to be paid for first; Turso's documentation gives no reasons. Look at plan and \
             billing of the organization in Turso's dashboard, or ask an owner to."
                .to_owned()
        }
        RefusalKind::PermissionsUnsupported => {
            "Databases of Turso's newer engine, made with `use_tursodb`, take no limits by table and action. Leave \
             `permissions` out and set `scope` to \"read-only\" or \"full-access\", if that is not too much; else keep \
             what such tokens must not reach in another database."
                .to_owned()
        }
        RefusalKind::OrganizationNotFound => {
            "Check the slug: `turso org list` shows the organizations of a login. A token may also be made for another \
             organization, and then does not see this one. If it is gone for good, let go of what was in it: a `removed` \
             block with `destroy = false`, or `terraform state rm`."
                .to_owned()
        }
        RefusalKind::TargetNotFound => {
            let list = match attempt.target() {
                Some(Target::Group(_)) => "turso group list",
                _ => "turso db list",
            };
            format!("Check its name, and that it is in this organization: `{list}` shows what there is.")
        }
        RefusalKind::LimitReached { limit } => limit_reached(*limit),
        RefusalKind::RateLimited { retry_after } => rate_limited(*retry_after),
        RefusalKind::ServerFault => "The fault is on Turso's side. Try again later.".to_owned(),
        RefusalKind::Other => return misdirected(reply),
    })
}

fn of_credentials(error: &CredentialsError) -> Option<String> {
    match error {
        CredentialsError::MissingToken { settings } => Some(ways(
            [
                "`api_token` in the provider block",
                "the environment variable TURSO_API_TOKEN",
                "a login with Turso's CLI: `turso auth login`",
            ],
            settings.as_deref(),
        )),
        CredentialsError::MissingOrganization { settings } => Some(ways(
            [
                "`organization` in the resource or in the provider block",
                "the environment variable TURSO_ORGANIZATION",
                "the choice of Turso's CLI: `turso org switch`",
            ],
            settings.as_deref(),
        )),
        CredentialsError::NotUnicode { variable } => Some(format!("Set {variable} to a text, or unset it.")),
        CredentialsError::UnreadableSettings { .. }
        | CredentialsError::BrokenSettings { .. }
        | CredentialsError::Token { origin: Origin::CliSettings, .. }
        | CredentialsError::Organization { origin: Origin::CliSettings, .. }
        | CredentialsError::BaseUrl { origin: Origin::CliSettings, .. } => Some(
            "Mend it, or remove it and run `turso auth login`, or let TURSO_CONFIG_FOLDER name another folder. It is not \
             read at all where the API token and the organization come from elsewhere: the provider block, or \
             TURSO_API_TOKEN and TURSO_ORGANIZATION."
                .to_owned(),
        ),
        CredentialsError::Token { origin, .. } => {
            Some(format!("Put one there as `turso auth api-tokens mint <name> --org <slug>` prints it, or {}.", leave_out(*origin)))
        }
        CredentialsError::Organization { origin, .. } => {
            Some(format!("`turso org list` shows the slugs. Put one there, or {}.", leave_out(*origin)))
        }
        CredentialsError::BaseUrl { origin, .. } => {
            Some(format!("Write it like `https://api.turso.tech`, which is the default, or {}.", leave_out(*origin)))
        }
    }
}

/// How a value is left out, so that the next place is asked for one.
fn leave_out(origin: Origin) -> String {
    match origin {
        Origin::Given => "leave it out of the provider block".to_owned(),
        Origin::Environment(variable) => format!("unset {variable}"),
        Origin::CliSettings => "run `turso auth login` again".to_owned(),
    }
}

/// The ways to give what is missing, as a list.
fn ways([block, variable, cli]: [&str; 3], settings: Option<&Path>) -> String {
    let looked_in = settings.map(|path| format!(" (looked in {})", excerpt::path(path))).unwrap_or_default();
    format!("Give one in any of three ways:\n\n  - {block}\n  - {variable}\n  - {cli}{looked_in}")
}

fn unauthorized(reply: &Reply, origin: Origin, token: RefusedToken) -> String {
    let place = place(origin);
    // Both kinds of token are JWTs, one page of the documentation apart.
    if token == RefusedToken::OfADatabase {
        return format!(
            "The token in {place} is one of a database or a group. The API needs an API token: make one with `turso auth \
             api-tokens mint <name> --org <slug>`."
        );
    }
    match (origin, token) {
        (Origin::CliSettings, RefusedToken::Expired) => {
            "The login of Turso's CLI has expired, as it does after about a week. Run `turso auth login`."
                .to_owned()
        }
        (Origin::CliSettings, _) => {
            "The token is the one of Turso's CLI. Run `turso auth login`, or give an API token of your own."
                .to_owned()
        }
        (_, RefusedToken::Expired) => format!(
            "The token in {place} has expired. Make another with `turso auth api-tokens mint <name> --org <slug>`."
        ),
        // Turso says so of database tokens, too.
        _ if reply.message.contains("could not parse jwt id") => format!(
            "Turso takes what is in {place} for no API token: it may be incomplete, or a token of something else, such as a \
             database. `turso auth api-tokens mint <name> --org <slug>` makes one."
        ),
        _ => format!(
            "Check the API token in {place}: it may be revoked, or incomplete. `turso auth api-tokens mint <name> --org <slug>` \
             makes another."
        ),
    }
}

/// Says no more than is known: Turso documents neither the role that it takes, nor any scope of a limited token for it.
fn forbidden(attempt: &Attempt) -> String {
    let place = match attempt.organization() {
        Some(organization) => format!(" in {:?}", organization.as_str()),
        None => String::new(),
    };
    format!(
        "The token is good, and may not do this{place}. A token may do what the user may who made it, unless it is limited \
         to a group. Which role this takes is not documented: try a token of an owner that has no limit."
    )
}

fn limit_reached(limit: Option<u32>) -> String {
    let allowed = match limit {
        Some(limit) => format!("The plan of the organization allows {limit} JWKS endpoints."),
        None => "The plan of the organization allows no more JWKS endpoints.".to_owned(),
    };
    format!("{allowed} Delete one that is not needed, or upgrade the plan.")
}

/// Only the API itself answers in its own form: anything else came from somewhere else.
fn misdirected(reply: &Reply) -> Option<String> {
    let elsewhere = !reply.structured && matches!(reply.status, 300..400 | 404 | 405);
    elsewhere.then(|| {
        "This does not look like an answer of Turso's API: check `base_url` or TURSO_API_BASEURL where they are set."
            .to_owned()
    })
}

fn rate_limited(retry_after: Option<Duration>) -> String {
    let wait = match retry_after.map(|wait| wait.as_secs()) {
        Some(seconds @ 1..) => format!("Wait {seconds} s"),
        _ => "Wait".to_owned(),
    };
    format!("{wait}, then try again; `-parallelism=1` makes fewer calls.")
}

/// Where a person finds a token.
fn place(origin: Origin) -> String {
    match origin {
        Origin::Given => "the provider block".to_owned(),
        Origin::Environment(_) | Origin::CliSettings => origin.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, message: &str, structured: bool, kind: RefusalKind) -> Error {
        let reply = Reply { status, message: message.to_owned(), structured };
        Refusal { attempt: Attempt::to("list the groups"), reply, kind }.into()
    }

    #[test]
    fn what_to_do_about_a_failed_write_is_that_of_its_cause() {
        let advice = of(&Error::NoPersonalOrganization);
        assert!(advice.is_some());
        assert_eq!(of_update(&UpdateError::Failed(Error::NoPersonalOrganization)), advice);
        assert_eq!(of_deletion(&DeleteError::Failed(Error::NoPersonalOrganization)), advice);

        let organization = "acme".parse().unwrap();
        let vanished = UpdateError::Vanished { organization, name: "clerk".to_owned() };
        assert!(of_update(&vanished).unwrap().contains("propose to create it"));
    }

    #[test]
    fn a_refused_token_comes_with_the_way_to_a_good_one() {
        let variable = Origin::Environment("TURSO_API_TOKEN");
        for (message, origin, token, words) in [
            (
                "could not parse jwt id",
                variable,
                RefusedToken::OfADatabase,
                "is one of a database or a group",
            ),
            ("could not parse jwt id", variable, RefusedToken::Unexplained, "or a token of something else"),
            ("no", Origin::CliSettings, RefusedToken::Expired, "Run `turso auth login`."),
            ("no", Origin::CliSettings, RefusedToken::Unexplained, "Run `turso auth login`, or"),
            ("no", Origin::Given, RefusedToken::Expired, "in the provider block has expired"),
            (
                "no",
                variable,
                RefusedToken::Unexplained,
                "in the environment variable TURSO_API_TOKEN: it may be revoked",
            ),
        ] {
            let error = refused(401, message, true, RefusalKind::Unauthorized { origin, token });
            let advice = of(&error).unwrap();
            assert!(advice.contains(words), "{advice}");
        }
    }

    #[test]
    fn an_answer_that_is_not_the_apis_own_leads_to_the_address_that_is_set() {
        for (status, structured, is_elsewhere) in [
            (302, false, true),
            (404, false, true),
            (405, false, true),
            (404, true, false),
            (409, false, false),
        ] {
            let error = refused(status, "a redirect to http://127.0.0.1/", structured, RefusalKind::Other);
            let advice = of(&error);
            assert_eq!(
                advice.is_some_and(|advice| advice.contains("TURSO_API_BASEURL")),
                is_elsewhere,
                "{status}"
            );
        }
    }

    #[test]
    fn the_wait_that_turso_asked_for_is_told_also_after_an_interrupt() {
        for (retry_after, words) in [
            (Some(40), "Wait 40 s, then try again; `-parallelism=1` makes fewer calls."),
            (Some(0), "Wait, then try again; `-parallelism=1` makes fewer calls."),
            (None, "Wait, then try again; `-parallelism=1` makes fewer calls."),
        ] {
            let retry_after = retry_after.map(Duration::from_secs);
            let error = refused(429, "", true, RefusalKind::RateLimited { retry_after });
            assert_eq!(of(&error).unwrap(), words);
            let interrupted = Error::InterruptedPause { last: Box::new(error) };
            assert_eq!(of(&interrupted).unwrap(), words);
        }
    }
}
