//! The code of an Action: which tokens get which claims, as JavaScript that Auth0 runs.
//!
//! The Action lets no token pass without claims, but those of the clients that are named as unrestricted. So the boundary
//! is the list of audiences, and not what is known of Auth0's own today: whatever is not listed is denied.

use std::collections::BTreeSet;
use std::fmt;

use thiserror::Error;

use super::Audience;
use crate::{Template, javascript};

/// What an Action does.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Action {
    /// When Auth0 runs it.
    pub trigger: Trigger,
    /// The audiences whose tokens the rules govern.
    pub audiences: BTreeSet<Audience>,
    /// The audiences whose tokens open nothing.
    pub no_access_audiences: BTreeSet<Audience>,
    /// The rules, of which the first that fits counts.
    pub rules: Vec<Rule>,
    /// What becomes of tokens for `audiences` where no rule fits.
    pub unmatched: Unmatched,
}

/// When Auth0 runs an Action.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Trigger {
    /// When a user has logged in, and at each refresh (`post-login`).
    PostLogin {
        /// Whether ID tokens get the claims of the rule that fits. They open nothing otherwise.
        id_token: bool,
    },
    /// When a machine asks for a token (`credentials-exchange`).
    CredentialsExchange {
        /// The clients that may ask for audiences that are not listed, Auth0's own among them. Such tokens open
        /// everything.
        unrestricted_clients: BTreeSet<String>,
    },
}

/// A rule: whose tokens get these claims.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rule {
    /// Whom it is for.
    pub selector: Selector,
    /// What they get.
    pub claims: ActionClaims,
}

/// Whom a rule is for. All of it has to fit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Selector {
    /// Who, within the organizations.
    pub who: Who,
    /// The organizations that the login is for.
    pub organizations: Organizations,
}

/// Who a rule is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Who {
    /// Everyone.
    Everyone,
    /// Users who have this role.
    Role(String),
    /// The machine with this client ID.
    Client(String),
}

/// Which organizations of Auth0 a rule is for. They go by ID: a customer's administrator can change the name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Organizations {
    /// Logins that are for no organization.
    None,
    /// Logins for this one.
    One(String),
    /// Any login, for an organization or none.
    Any,
}

/// What becomes of a token where no rule fits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unmatched {
    /// It is denied.
    Deny,
    /// It opens nothing.
    NoAccess,
}

/// Claims that Auth0 sets as they are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ActionClaims(Template);

/// The length of an Action's code that Auth0 accepts, in bytes.
pub const CODE_LIMIT: usize = 100_000;

/// The length of one token's claims, in bytes of JSON, from which on a token is in the way: many servers refuse headers
/// of more than 8 kB.
pub const CLAIMS_LIMIT: usize = 8_000;

/// Why claims can't be set by an Action.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum ActionClaimsError {
    /// A claim that Auth0 would drop without an error.
    #[error("Auth0 keeps the claim `{0}` for itself and would drop it: take it out")]
    Restricted(String),
    /// A claim that is null, which Auth0 may take for none.
    #[error("the claim `{0}` is null, and Turso may read a limit that is null as no limit: take it out")]
    Null(String),
}

/// More code than Auth0 accepts.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("the Action's code would be {bytes} bytes long, and Auth0 accepts {CODE_LIMIT}")]
pub struct CodeTooLong {
    /// Its length.
    pub bytes: usize,
}

impl Action {
    /// The code.
    ///
    /// # Errors
    /// More of it than [`CODE_LIMIT`].
    pub fn code(&self) -> Result<String, CodeTooLong> {
        let program = match &self.trigger {
            Trigger::PostLogin { .. } => include_str!("post_login.js"),
            Trigger::CredentialsExchange { .. } => include_str!("credentials_exchange.js"),
        };
        let rules = format!("{}\n{}", self.constants(), include_str!("shared.js").trim_end());
        let code = program.replacen("RULES GO HERE", &rules, 1);
        if code.len() > CODE_LIMIT { Err(CodeTooLong { bytes: code.len() }) } else { Ok(code) }
    }

    /// The rules in words, for the review of a plan.
    pub fn summary(&self) -> String {
        let mut lines = vec![format!("Tokens for {}:", quoted(&self.audiences))];
        lines.extend(self.rules.iter().map(|rule| format!("  {rule}")));
        lines.push(match self.unmatched {
            Unmatched::Deny => "  anyone else: denied".to_owned(),
            Unmatched::NoAccess => "  anyone else: nothing".to_owned(),
        });
        if !self.no_access_audiences.is_empty() {
            lines.push(format!("Tokens for {}: nothing", quoted(&self.no_access_audiences)));
        }
        match &self.trigger {
            Trigger::PostLogin { id_token } => {
                lines.push("Tokens for any other audience: denied".to_owned());
                lines.push(if *id_token {
                    "ID tokens, also without an audience: as above, and nothing for anyone else".to_owned()
                } else {
                    "ID tokens, also without an audience: nothing".to_owned()
                });
            }
            Trigger::CredentialsExchange { unrestricted_clients } if unrestricted_clients.is_empty() => {
                lines.push("Tokens for any other audience: denied".to_owned());
            }
            Trigger::CredentialsExchange { unrestricted_clients } => {
                let clients: Vec<_> =
                    unrestricted_clients.iter().map(|client| format!("{client:?}")).collect();
                lines.push(format!(
                    "Tokens for any other audience: everything, for the clients {}; denied for others",
                    clients.join(", ")
                ));
            }
        }
        lines.join("\n")
    }

    fn constants(&self) -> String {
        let no_access = javascript::json_parse(&Template::no_access().to_canonical_json());
        let audiences = |audiences: &BTreeSet<Audience>| set(audiences.iter().map(Audience::as_str));
        let of_trigger = match &self.trigger {
            Trigger::PostLogin { id_token } => format!("const ID_TOKEN = {id_token};\n"),
            Trigger::CredentialsExchange { unrestricted_clients } => format!(
                "const UNRESTRICTED_CLIENTS = {};\nconst READ_BY_TURSO = new Set(['a', 'gid', 'id', 'p', 'perm']);\n",
                set(unrestricted_clients.iter().map(String::as_str))
            ),
        };
        let rules = list(self.rules.iter().map(|rule| {
            let comment = javascript::line_comment(&rule.to_string());
            format!("{comment}\n  {}", rule.literal())
        }));
        let deny_unmatched = self.unmatched == Unmatched::Deny;
        format!(
            "const AUDIENCES = {};\nconst NO_ACCESS_AUDIENCES = {};\n\n// The first that fits counts.\n\
             const RULES = {rules};\nconst DENY_UNMATCHED = {deny_unmatched};\n{of_trigger}\n\
             // Claims that open nothing.\nconst NO_ACCESS = {no_access};\n",
            audiences(&self.audiences),
            audiences(&self.no_access_audiences),
        )
    }
}

impl Rule {
    fn literal(&self) -> String {
        let text = javascript::string_literal;
        let who = match &self.selector.who {
            Who::Everyone => None,
            Who::Role(role) => Some(format!("role: {}", text(role))),
            Who::Client(client) => Some(format!("client: {}", text(client))),
        };
        let organizations = match &self.selector.organizations {
            Organizations::None => None,
            Organizations::One(id) => Some(format!("organization: {}", text(id))),
            Organizations::Any => Some("anyOrganization: true".to_owned()),
        };
        let claims = format!("claims: {}", javascript::json_parse(&self.claims.0.to_canonical_json()));
        let members: Vec<_> = [who, organizations, Some(claims)].into_iter().flatten().collect();
        format!("{{ {} }}", members.join(", "))
    }
}

/// The rule in words, such as `role "author" in organization "org_1": database 33057661…: every table: read`.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.selector, self.claims.0.summary())
    }
}

impl Selector {
    /// Whether the selector fits wherever `other` does, so that a rule with `other` behind one with this one never counts.
    pub fn covers(&self, other: &Self) -> bool {
        let covers_who = self.who == Who::Everyone || self.who == other.who;
        let covers_organizations =
            self.organizations == Organizations::Any || self.organizations == other.organizations;
        covers_who && covers_organizations
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.who {
            Who::Everyone => f.write_str("everyone"),
            Who::Role(role) => write!(f, "role {role:?}"),
            Who::Client(client) => write!(f, "client {client:?}"),
        }?;
        match &self.organizations {
            Organizations::None => f.write_str(" outside of organizations"),
            Organizations::One(id) => write!(f, " in organization {id:?}"),
            Organizations::Any => f.write_str(" in any organization or none"),
        }
    }
}

impl ActionClaims {
    /// The claims, where Auth0 sets each of them as it is.
    ///
    /// # Errors
    /// A claim that Auth0 keeps for itself, and one that is null.
    pub fn new(template: Template) -> Result<Self, ActionClaimsError> {
        for (name, value) in template.claims() {
            if RESTRICTED.split_whitespace().any(|restricted| restricted == name) {
                return Err(ActionClaimsError::Restricted(name.clone()));
            }
            if value.is_null() {
                return Err(ActionClaimsError::Null(name.clone()));
            }
        }
        Ok(Self(template))
    }

    /// Their length in a token, in bytes of JSON.
    pub fn bytes(&self) -> usize {
        self.0.to_canonical_json().len()
    }
}

/// Dropped by Auth0 without an error when an Action sets them (its documentation of custom claims).
const RESTRICTED: &str = "
    acr act active amr at_hash ath attest aud auth_time authorization_details azp c_hash client_id cnf
    cty dest entitlements events exp groups gty htm htu iat internalService iss jcard jku jti jwe jwk
    kid may_act mky nbf nonce object_id org_id org_name orig origid permissions roles rph s_hash sid
    sip_callid sip_cseq_num sip_date sip_from_tag sip_via_branch sub sub_jwk toe txn typ uuid vot vtm
    x5t#S256
";

fn set<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    match list(texts.map(javascript::string_literal)).as_str() {
        "[]" => "new Set()".to_owned(),
        list => format!("new Set({list})"),
    }
}

/// An array literal, a line for each element.
fn list(elements: impl Iterator<Item = String>) -> String {
    let lines: String = elements.map(|element| format!("  {element},\n")).collect();
    if lines.is_empty() { "[]".to_owned() } else { format!("[\n{lines}]") }
}

fn quoted(audiences: &BTreeSet<Audience>) -> String {
    audiences.iter().map(|audience| format!("{:?}", audience.as_str())).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
