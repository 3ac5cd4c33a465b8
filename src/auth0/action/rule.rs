//! The rules of an Action: whose tokens get which claims.

use claims::Template;
use claims::auth0::{self, ActionClaims, Organizations, Selector, Who};
use framework::{AttributePath, Complaint, Diagnostic, Diagnostics, Field};

use super::trigger::Trigger;
use crate::report;

framework::model! {
    /// A rule. All that it says has to fit.
    pub struct Rule, PlannedRule {
        /// Only for logins: the name of a role that the user has. Names are compared letter by letter.
        role: Option<String> = optional().check(check_text),
        /// Only for machines: the client ID.
        client_id: Option<String> = optional().check(check_text),
        /// ID of the organization at Auth0 that the login is for. Without it, the rule fits only where there is none. It is
        /// no name, since a customer's administrator can change that.
        organization_id: Option<String> = optional().check(check_text),
        /// Whether the rule fits everyone, outside of organizations. A rule without `role` and `client_id` has to say this or
        /// `whole_organization`, and no other rule can: so a null makes no rule for everyone.
        everyone: Option<bool> = optional(),
        /// Whether the rule fits everyone in `organization_id`, which it needs: users who log in to it, or machines that ask
        /// for it.
        whole_organization: Option<bool> = optional(),
        /// Whether the rule fits in any organization, and outside of them.
        any_organization: Option<bool> = optional(),
        /// The claims: the `json` of a `turso_jwt_template`. Those of the function `no_access_claims` open nothing.
        claims: String = required().check(check_claims),
    }
}

/// What is wrong with what is known of the rules, each in itself and one behind the other.
pub(super) fn check(
    rules: &[Field<PlannedRule>],
    trigger: Option<Trigger>,
    path: &AttributePath,
) -> Diagnostics {
    let mut diagnostics = Diagnostics::none();
    let mut earlier: Vec<(usize, Selector)> = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        let Field::Known(rule) = rule else { continue };
        let path = path.clone().index(index);
        if let Some(complaint) = rule.complaint(trigger, &path) {
            diagnostics.push(complaint);
            continue;
        }
        let Some(selector) = rule.selector() else { continue };
        match earlier.iter().find(|(_, earlier)| earlier.covers(&selector)) {
            Some((position, covering)) => {
                let detail = format!(
                    "The first rule that fits counts, and rules[{position}] ({covering}) fits wherever this one does \
                     ({selector}). Put this rule before it, or take one of the two out."
                );
                diagnostics.push(Diagnostic::error("Rule that never counts", detail).at(path));
            }
            None => earlier.push((index, selector)),
        }
    }
    diagnostics
}

impl Rule {
    /// The rule in state, of one that is known.
    pub(super) fn of(rule: PlannedRule) -> Result<Self, Diagnostics> {
        Ok(Self {
            role: rule.role.known(),
            client_id: rule.client_id.known(),
            organization_id: rule.organization_id.known(),
            everyone: rule.everyone.known(),
            whole_organization: rule.whole_organization.known(),
            any_organization: rule.any_organization.known(),
            claims: rule.claims.settled("rules")?,
        })
    }

    /// The rule as the Action has it.
    pub(super) fn render(&self) -> Result<auth0::Rule, Complaint> {
        let selector = selector(&self.role, &self.client_id, &self.organization_id, self.any_organization);
        Ok(auth0::Rule { selector, claims: parse_claims(&self.claims)? })
    }
}

impl PlannedRule {
    /// What is wrong with the rule, as far as it is known.
    fn complaint(&self, trigger: Option<Trigger>, path: &AttributePath) -> Option<Diagnostic> {
        let at = |attribute: &str, summary: &str, detail: &str| {
            Some(Diagnostic::error(summary, detail).at(path.clone().attribute(attribute)))
        };
        let is_true = |field: &Field<bool>| matches!(field, Field::Known(true));
        let is_set = |field: &Field<String>| matches!(field, Field::Known(_));
        let is_false = |field: &Field<bool>| matches!(field, Field::Null | Field::Known(false));

        match trigger {
            Some(Trigger::CredentialsExchange) if is_set(&self.role) => {
                let detail =
                    "Machines have no roles: the trigger credentials-exchange knows them by client_id.";
                return at("role", "Role of a machine", detail);
            }
            Some(Trigger::PostLogin) if is_set(&self.client_id) => {
                let detail = "In a login the client ID says which application somebody uses, which is no proof of who \
                              they are: anyone can use it. Tell users apart by role or organization_id.";
                return at("client_id", "Client ID in a login", detail);
            }
            _ => {}
        }
        let names_nobody = self.role.is_null() && self.client_id.is_null();
        if names_nobody && is_false(&self.everyone) && is_false(&self.whole_organization) {
            let detail = "The rule has neither role nor client_id. One that is null can't mean everyone: where that is \
                          meant, write everyone = true, or whole_organization = true beside organization_id.";
            return Some(Diagnostic::error("Rule for nobody in particular", detail).at(path.clone()));
        }
        if is_true(&self.whole_organization) && self.organization_id.is_null() {
            let detail = "The rule says whole_organization = true, and organization_id, which says of which, is not \
                          there or null. Write the ID of the organization.";
            return at("whole_organization", "Rule for an organization without its ID", detail);
        }
        let names_one = is_set(&self.role) || is_set(&self.client_id);
        if is_true(&self.whole_organization) && (names_one || is_true(&self.everyone)) {
            let detail = "The rule says whole_organization = true, and role, client_id or everyone, too. Leave one of \
                          the two out.";
            return at("whole_organization", "Rule for everyone and for somebody", detail);
        }
        if (names_one || is_set(&self.organization_id)) && is_true(&self.everyone) {
            let detail = "The rule says everyone = true, and names a role, a client or an organization. Leave one of \
                          the two out.";
            return at("everyone", "Rule for everyone and for somebody", detail);
        }
        if is_set(&self.organization_id) && is_true(&self.any_organization) {
            let detail = "The rule says any_organization = true, and names one. Leave one of the two out.";
            return at("any_organization", "Rule for any organization and for one", detail);
        }
        None
    }

    /// Whom the rule is for, where all of that is known.
    fn selector(&self) -> Option<Selector> {
        let value = |field: &Field<String>| match field {
            Field::Known(text) => Some(Some(text.clone())),
            Field::Null => Some(None),
            Field::Unknown => None,
        };
        if self.everyone.is_unknown() || self.any_organization.is_unknown() {
            return None;
        }
        let (role, client, organization) =
            (value(&self.role)?, value(&self.client_id)?, value(&self.organization_id)?);
        Some(selector(&role, &client, &organization, self.any_organization.clone().known()))
    }
}

fn selector(
    role: &Option<String>,
    client_id: &Option<String>,
    organization_id: &Option<String>,
    any_organization: Option<bool>,
) -> Selector {
    let who = match (role, client_id) {
        (Some(role), _) => Who::Role(role.clone()),
        (None, Some(client)) => Who::Client(client.clone()),
        (None, None) => Who::Everyone,
    };
    let organizations = match organization_id {
        Some(id) => Organizations::One(id.clone()),
        None if any_organization == Some(true) => Organizations::Any,
        None => Organizations::None,
    };
    Selector { who, organizations }
}

/// A name or an ID that can be at Auth0.
pub(super) fn check_text(text: &str) -> Result<(), Complaint> {
    if text.is_empty() {
        let detail =
            "This is empty, and nothing at Auth0 is called so. Write the name or ID, or leave it out.";
        Err(Complaint::new("Empty text", detail))
    } else if text.trim() != text {
        let detail =
            format!("{text:?} has white space around it, and is compared letter by letter. Take it off.");
        Err(Complaint::new("White space around a name", detail))
    } else {
        Ok(())
    }
}

fn check_claims(json: &str) -> Result<(), Complaint> {
    parse_claims(json).map(drop)
}

fn parse_claims(json: &str) -> Result<ActionClaims, Complaint> {
    const SUMMARY: &str = "Claims can't be used";

    let template =
        Template::parse(json).map_err(|error| Complaint::new(SUMMARY, report::sentences(&error)))?;
    ActionClaims::new(template).map_err(|error| Complaint::new(SUMMARY, report::sentences(&error)))
}
