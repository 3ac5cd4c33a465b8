//! What Auth0 needs to issue tokens for Turso: the code of an Action that sets the claims, and the URL of its
//! keys.
//!
//! The Action never lets a token pass without claims, since Turso would take it as access to everything. With
//! a map of roles, a user must have exactly one of them. Claims of several roles are not added up: they may
//! be for different databases, and one of them may have no limit.

use std::collections::BTreeMap;

use thiserror::Error;

use super::{Template, host, javascript};

/// The code of an Action.
///
/// # Errors
/// A template with a claim that Auth0 keeps for itself; an empty map or name in it; code beyond
/// [`CODE_LIMIT`].
pub fn action(trigger: Trigger, templates: &Templates) -> Result<String, ActionError> {
    let (code, claims) = match templates {
        Templates::One(template) => {
            refuse_restricted_claims(template, None)?;
            (trigger.code(), single(template))
        }
        Templates::ByName(templates) if templates.is_empty() => return Err(ActionError::NoTemplates),
        Templates::ByName(templates) => {
            for (name, template) in templates {
                refuse_bad_name(name)?;
                refuse_restricted_claims(template, Some(name))?;
            }
            (trigger.code_by_name(), entries(templates))
        }
    };
    let code = code.replacen("CLAIMS_GO_HERE", &claims, 1);
    if code.len() > CODE_LIMIT { Err(ActionError::CodeTooLong { bytes: code.len() }) } else { Ok(code) }
}

/// The URL of a tenant's JWKS document, from its domain (`acme.eu.auth0.com`) or its custom domain.
///
/// # Errors
/// Anything but the bare name of a host.
pub fn jwks_url(domain: &str) -> Result<String, DomainError> {
    let flaw = match host::checked(domain) {
        Ok(host) => return Ok(format!("https://{host}/.well-known/jwks.json")),
        Err(_) if domain.contains("://") => "is a URL",
        Err(_) if domain.trim() != domain => "has white space around it",
        Err(_) if domain.contains('/') => "has a path",
        Err(flaw) => flaw,
    };
    Err(DomainError { flaw })
}

/// When Auth0 runs the Action.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Trigger {
    /// When a user has logged in, and at each refresh (`post-login`). Names in a map are roles.
    PostLogin,
    /// When a machine asks for a token (`credentials-exchange`). Names in a map are client IDs.
    CredentialsExchange,
}

impl Trigger {
    fn code(self) -> &'static str {
        match self {
            Self::PostLogin => include_str!("post_login.js"),
            Self::CredentialsExchange => include_str!("credentials_exchange.js"),
        }
    }

    fn code_by_name(self) -> &'static str {
        match self {
            Self::PostLogin => include_str!("post_login_by_role.js"),
            Self::CredentialsExchange => include_str!("credentials_exchange_by_client.js"),
        }
    }
}

/// Whose tokens get which claims.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Templates {
    /// The same for everyone.
    One(Template),
    /// By role or client ID, as [`Trigger`] says. Whoever is not listed is denied.
    ByName(BTreeMap<String, Template>),
}

/// The length of an Action's code that Auth0 accepts, in bytes. The claims of one token are a part of the
/// code, so that they keep within Auth0's limit on a token's custom claims too, which is the same.
pub const CODE_LIMIT: usize = 100_000;

/// Why there can be no code for an Action.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum ActionError {
    /// An empty map: nobody could log in.
    #[error("the map of templates is empty, and the Action would deny everyone")]
    NoTemplates,
    /// A name in the map that no role or client has.
    #[error("{0:?} can't be a key of the map of templates: it is empty or has white space around it")]
    BadName(String),
    /// A claim that Auth0 would drop without an error.
    #[error("the template{} has the claim `{claim}`, which Auth0 keeps for itself and would drop: take it out", of(.name))]
    Restricted {
        /// The claim.
        claim: String,
        /// The template's key in the map, where there is one.
        name: Option<String>,
    },
    /// More code than Auth0 accepts.
    #[error(
        "the Action's code would be {bytes} bytes long, and Auth0 accepts {CODE_LIMIT}: use fewer rules or templates"
    )]
    CodeTooLong {
        /// Its length.
        bytes: usize,
    },
}

/// Why a text is not a tenant's domain. The text itself is not told: it may be a secret that was meant for elsewhere.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("the domain {flaw}: write the bare host name of the tenant, such as `acme.eu.auth0.com`")]
pub struct DomainError {
    flaw: &'static str,
}

/// Dropped by Auth0 without an error when an Action sets them (its documentation of custom claims).
const RESTRICTED: &str = "
    acr act active amr at_hash ath attest aud auth_time authorization_details azp c_hash client_id cnf
    cty dest entitlements events exp groups gty htm htu iat internalService iss jcard jku jti jwe jwk
    kid may_act mky nbf nonce object_id org_id org_name orig origid permissions roles rph s_hash sid
    sip_callid sip_cseq_num sip_date sip_from_tag sip_via_branch sub sub_jwk toe txn typ uuid vot vtm
    x5t#S256
";

fn refuse_restricted_claims(template: &Template, name: Option<&str>) -> Result<(), ActionError> {
    let is_restricted =
        |claim: &&String| RESTRICTED.split_whitespace().any(|restricted| restricted == *claim);
    let restricted = template.claims().keys().find(is_restricted);
    restricted.map_or(Ok(()), |claim| {
        Err(ActionError::Restricted { claim: claim.clone(), name: name.map(str::to_owned) })
    })
}

fn refuse_bad_name(name: &str) -> Result<(), ActionError> {
    let is_good = !name.is_empty() && name.trim() == name;
    if is_good { Ok(()) } else { Err(ActionError::BadName(name.to_owned())) }
}

fn single(template: &Template) -> String {
    let summary = javascript::line_comment(&template.summary());
    format!("{summary}\nconst CLAIMS = {};", javascript::json_parse(&template.to_canonical_json()))
}

fn entries(templates: &BTreeMap<String, Template>) -> String {
    let entry = |(name, template): (&String, &Template)| {
        let summary = javascript::line_comment(&template.summary());
        let name = javascript::string_literal(name);
        let claims = javascript::json_parse(&template.to_canonical_json());
        format!("  {summary}\n  [{name}, {claims}],")
    };
    templates.iter().map(entry).collect::<Vec<_>>().join("\n")
}

fn of(name: &Option<String>) -> String {
    name.as_ref().map_or_else(String::new, |name| format!(" of {name:?}"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use serde_json::{Value, json};

    use super::*;
    use crate::golden;

    const ID: &str = "33057661-2f0c-4d3c-9f0b-0a1b2c3d4e5f";

    #[test]
    fn the_code_of_each_kind_of_action_is_what_a_reviewer_saw() {
        for (trigger, templates, file) in [
            (Trigger::PostLogin, Templates::One(editor()), "auth0_post_login.js"),
            (Trigger::PostLogin, by_name(), "auth0_post_login_by_role.js"),
            (Trigger::CredentialsExchange, Templates::One(editor()), "auth0_credentials_exchange.js"),
            (Trigger::CredentialsExchange, by_name(), "auth0_credentials_exchange_by_client.js"),
        ] {
            golden::assert_matches(file, &action(trigger, &templates).unwrap());
        }
    }

    #[test]
    fn a_claim_that_auth0_would_drop_is_refused() {
        let template = template(json!({"a": "ro", "id": ID, "perm": [], "kid": "x"}));
        let by_name = Templates::ByName(BTreeMap::from([("reader".to_owned(), template.clone())]));
        for (templates, name, whose) in [
            (Templates::One(template), None, "the template has"),
            (by_name, Some("reader".to_owned()), "the template of \"reader\" has"),
        ] {
            let error = action(Trigger::PostLogin, &templates).unwrap_err();
            assert!(error.to_string().starts_with(whose), "{error}");
            assert_eq!(error, ActionError::Restricted { claim: "kid".to_owned(), name });
        }
    }

    #[test]
    fn a_map_that_can_match_nobody_is_refused() {
        let of_name = |name: &str| Templates::ByName(BTreeMap::from([(name.to_owned(), editor())]));
        for (templates, error) in [
            (Templates::ByName(BTreeMap::new()), ActionError::NoTemplates),
            (of_name(""), ActionError::BadName(String::new())),
            (of_name("reader "), ActionError::BadName("reader ".to_owned())),
        ] {
            assert_eq!(action(Trigger::PostLogin, &templates), Err(error));
        }
    }

    #[test]
    fn code_beyond_what_auth0_accepts_is_refused() {
        let tables = (0..4000).map(|n| format!("a_table_with_a_long_name_{n}")).collect::<Vec<_>>();
        let template = template(json!({"a": "ro", "id": ID, "perm": [{"t": tables, "a": ["data_read"]}]}));
        let result = action(Trigger::PostLogin, &Templates::One(template));
        assert!(matches!(result, Err(ActionError::CodeTooLong { bytes }) if bytes > CODE_LIMIT));
    }

    #[test]
    fn code_is_accepted_up_to_the_last_byte_that_auth0_does() {
        let code = |padding: usize| {
            let claims = json!({"a": "ro", "id": ID, "perm": [], "note": "x".repeat(padding)});
            action(Trigger::PostLogin, &Templates::One(template(claims)))
        };
        let longest = CODE_LIMIT - code(0).unwrap().len();
        assert_eq!(code(longest).unwrap().len(), CODE_LIMIT);
        assert_eq!(code(longest + 1), Err(ActionError::CodeTooLong { bytes: CODE_LIMIT + 1 }));
    }

    #[test]
    fn a_domain_names_the_host_of_the_keys() {
        for (domain, url) in [
            ("acme.eu.auth0.com", "https://acme.eu.auth0.com/.well-known/jwks.json"),
            ("Login.Example.com", "https://login.example.com/.well-known/jwks.json"),
        ] {
            assert_eq!(jwks_url(domain).unwrap(), url);
        }
    }

    #[test]
    fn a_wrong_domain_is_refused_with_what_to_write_and_never_repeated() {
        for (domain, flaw) in [
            ("", "is not a host name"),
            ("hush", "has no dot"),
            ("https://hush.eu.auth0.com/", "is a URL"),
            ("hush.eu.auth0.com ", "has white space around it"),
            ("hush.eu.auth0.com/", "has a path"),
            ("hush.eu.auth0.com:8443", "is not a host name"),
            ("10.0.0.1", "is an address, not a host name"),
        ] {
            let error = jwks_url(domain).unwrap_err();
            let told = "write the bare host name of the tenant, such as `acme.eu.auth0.com`";
            assert_eq!(error.to_string(), format!("the domain {flaw}: {told}"));
            assert!(!format!("{error:?}").contains("hush"));
        }
    }

    #[test]
    fn a_login_gets_the_claims_of_its_only_listed_role_or_is_denied() {
        let code = action(Trigger::PostLogin, &by_name()).unwrap();
        let denied = |reason: &str| json!({"denied": [reason]});
        let dropped = "A token for an API of Auth0 itself can not carry the claims that limit it in Turso.";
        for (event, outcome) in [
            (
                json!({"authorization": {"roles": ["staff", "reader"]}}),
                json!({"access": reader().claims(), "id": reader().claims()}),
            ),
            (
                json!({"authorization": {"roles": ["staff"]}}),
                denied("No role of this user gives access to Turso."),
            ),
            (
                json!({"authorization": {"roles": ["__proto__", "constructor"]}}),
                denied("No role of this user gives access to Turso."),
            ),
            (json!({}), denied("No role of this user gives access to Turso.")),
            (
                json!({"authorization": {"roles": ["reader", "editor"]}}),
                denied("Only one role may give access to Turso, and this user has several: editor, reader."),
            ),
            (
                json!({
                    "authorization": {"roles": ["reader"]},
                    "resource_server": {"identifier": "https://acme.eu.auth0.com/api/v2/"},
                }),
                denied(dropped),
            ),
            (
                json!({
                    "authorization": {"roles": ["reader"]},
                    "resource_server": {"identifier": "https://example.com/api"},
                }),
                json!({"access": reader().claims(), "id": reader().claims()}),
            ),
        ] {
            assert_runs(&code, &event, &outcome);
        }
    }

    #[test]
    fn a_machine_gets_the_claims_of_its_client_or_is_denied() {
        let code = action(Trigger::CredentialsExchange, &by_name()).unwrap();
        let management = json!({"identifier": "https://acme.eu.auth0.com/api/v2/"});
        for (event, outcome) in [
            (json!({"client": {"client_id": "reader"}}), json!({"access": reader().claims()})),
            (
                json!({"client": {"client_id": "toString"}}),
                json!({"denied": ["invalid_request", "This client has no access to Turso."]}),
            ),
            (json!({"client": {"client_id": "administrator"}, "resource_server": management}), json!({})),
        ] {
            assert_runs(&code, &event, &outcome);
        }
    }

    #[test]
    fn no_name_can_break_out_of_the_code() {
        let hostile = [
            "'); throw new Error('out'); ('",
            "\\'",
            "`${process.exit(1)}`",
            "</script><!-- -->",
            "*/ throw 1 /*",
            "x\u{2028}throw 1",
            "x\u{2029}throw 1",
            "\u{202e}eman",
            "__proto__",
            "constructor",
            "CLAIMS_GO_HERE",
            "$& $' $`",
        ];
        let claims: Value = serde_json::from_str(&format!(
            r#"{{"a":"rw","id":"{ID}","perm":{},"__proto__":{{"polluted":true}}}}"#,
            json!([{"t": hostile, "a": ["data_read"]}])
        ))
        .unwrap();
        let template = template(claims);
        let one = action(Trigger::PostLogin, &Templates::One(template.clone())).unwrap();
        let both = json!({"access": template.claims(), "id": template.claims()});
        assert_runs(&one, &json!({}), &both);

        let map = hostile.iter().map(|name| ((*name).to_owned(), template.clone())).collect();
        let by_role = action(Trigger::PostLogin, &Templates::ByName(map)).unwrap();
        for name in hostile {
            assert_runs(&by_role, &json!({"authorization": {"roles": [name]}}), &both);
        }
    }

    /// Runs the code as Auth0 does, and compares the claims that it set, by token, or its denial.
    fn assert_runs(code: &str, event: &Value, outcome: &Value) {
        let harness = r"
            const outcome = {};
            const token = (kind) => ({ setCustomClaim: (name, value) => {
                outcome[kind] ??= Object.create(null);
                outcome[kind][name] = value;
            } });
            const api = {
                access: { deny: (...reason) => { outcome.denied = reason; } },
                accessToken: token('access'),
                idToken: token('id'),
            };
            const action = {};
            new Function('exports', process.argv[1])(action);
            const run = action.onExecutePostLogin ?? action.onExecuteCredentialsExchange;
            run(JSON.parse(process.argv[2]), api).then(() => console.log(JSON.stringify(outcome)));
        ";
        let run = Command::new("node").args(["--eval", harness, code, &event.to_string()]).output();
        let output = run.unwrap_or_else(|error| {
            panic!("the code of an Action is run in Node.js, and `node` can't be run ({error}): install it")
        });
        assert!(output.status.success(), "{code}\n{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(&serde_json::from_slice::<Value>(&output.stdout).unwrap(), outcome, "{event}");
    }

    fn by_name() -> Templates {
        Templates::ByName(BTreeMap::from([("editor".to_owned(), editor()), ("reader".to_owned(), reader())]))
    }

    fn reader() -> Template {
        template(json!({"a": "ro", "id": ID, "perm": [{"t": null, "a": ["data_read"]}]}))
    }

    fn editor() -> Template {
        template(json!({
            "a": "rw",
            "gid": "0b6ff1d2-8f3f-4f0e-9a53-3b8f0a4b9c11",
            "perm": [{"t": null, "a": ["data_read"]}, {"t": ["it's \"odd\""], "a": ["data_add"]}],
        }))
    }

    fn template(claims: Value) -> Template {
        Template::with_any_claims(claims)
    }
}
