//! `turso_auth0_action`: the code of an Action that puts claims into Auth0's tokens.

mod rule;
mod trigger;

use std::collections::BTreeSet;

use claims::auth0::{self, Audience, CLAIMS_LIMIT, Unmatched};
use framework::{AttributePath, Complaint, DataSource, Diagnostic, Diagnostics, Field, path};

use crate::report;
use rule::Rule;
use trigger::Trigger;

/// The data source. It has no session, since it asks nobody.
#[derive(Debug)]
pub(crate) struct ActionDataSource;

framework::model! {
    /// Renders the code of an Auth0 Action that puts the claims of `turso_jwt_template` into tokens: those of logins, for
    /// the trigger `post-login`, or those of machines, for `credentials-exchange`. It asks neither Turso nor Auth0, and
    /// needs no token.
    ///
    /// Turso reads a token without claims as access to everything, and accepts any that the tenant signs. So the Action
    /// lets none pass without claims: the tokens for `audiences` get those of the first rule that fits, the tokens for
    /// `no_access_audiences` get claims that open nothing, and so do ID tokens. Tokens for any other audience are denied,
    /// those for Auth0's own APIs among them, because Auth0 drops claims there. The one exception is named in
    /// `unrestricted_clients`.
    pub struct Action, Config {
        /// When Auth0 runs the Action: `post-login` for users, `credentials-exchange` for machines.
        trigger: String = required().check(check_trigger),
        /// The audiences that are for Turso: identifiers of APIs (`auth0_resource_server`). `rules` and `unmatched` govern
        /// their tokens. At least one.
        audiences: Vec<String> = required().check(check_not_empty).check_each(check_audience),
        /// Whose tokens get which claims. The first rule that fits counts.
        rules: Vec<Rule> = required(),
        /// What becomes of a token for `audiences` where no rule fits: `deny`, the default, or `no_access`, for claims that
        /// open nothing.
        unmatched: String = optional_computed().check(check_unmatched),
        /// The audiences of other APIs in the tenant, whose tokens are given out with claims that open nothing.
        no_access_audiences: Option<Vec<String>> = optional().check_each(check_audience),
        /// Only for logins: whether ID tokens get the claims of the rule that fits, and claims that open nothing where none
        /// does. By default they open nothing. ID tokens live for 10 hours unless the application is set otherwise, and end
        /// up in URLs, as `id_token_hint` at a logout: prefer access tokens.
        id_token: bool = optional_computed(),
        /// Only for machines, and required there: the client IDs that may ask for audiences that are not listed, such as
        /// the Management API's. **Each of them is a key to everything**: its tokens for Auth0's own APIs carry no claims,
        /// and live for 24 hours by default. An empty list locks out the machine client with which Terraform itself
        /// changes the tenant.
        unrestricted_clients: Option<Vec<String>> = optional().check_each(rule::check_text),
        /// The JavaScript, for `code` of an `auth0_action`.
        code: String = computed(),
        /// Version of the trigger that the code is for, for `supported_triggers` of an `auth0_action`.
        trigger_version: String = computed(),
        /// The rules in words, for the review of a plan.
        summary: String = computed(),
    }
}

impl DataSource for ActionDataSource {
    type State = Action;

    fn type_name(&self) -> &'static str {
        "turso_auth0_action"
    }

    fn validate(&self, config: &Config) -> Diagnostics {
        config.check()
    }

    async fn read(&self, config: Config) -> Result<(Action, Diagnostics), Diagnostics> {
        // Whatever the validation let through as unknown is judged here.
        config.check().or_errors()?;
        let state = Action::of(config)?;
        let (action, warnings) = state.render()?;
        let code = action.code().map_err(|error| {
            let detail =
                format!("{} Use fewer rules, or fewer permissions in them.", report::sentences(&error));
            Diagnostic::error("Code too long for Auth0", detail).at(path!(Action.rules))
        })?;
        Ok((Action { code, summary: action.summary(), ..state }, warnings))
    }
}

const DENY: &str = "deny";
const NO_ACCESS: &str = "no_access";

impl Config {
    /// What is wrong with what is known, beyond the single values.
    fn check(&self) -> Diagnostics {
        let trigger = self.trigger.as_ref().known().and_then(|name| Trigger::parse(name).ok());
        let mut diagnostics: Diagnostics = self.check_lists().into_iter().collect();
        diagnostics.extend(trigger.and_then(|trigger| self.check_for(trigger)));
        if let Field::Known(rules) = &self.rules {
            diagnostics.extend(rule::check(rules, trigger, &path!(Action.rules)));
        }
        diagnostics
    }

    /// The audiences that are in both lists.
    fn check_lists(&self) -> Vec<Diagnostic> {
        let (Field::Known(audiences), Field::Known(others)) = (&self.audiences, &self.no_access_audiences)
        else {
            return Vec::new();
        };
        let in_both = |(index, audience): (usize, &Field<String>)| {
            let Field::Known(text) = audience else { return None };
            let detail = format!(
                "{text:?} is in audiences, too. Its tokens can't both follow the rules and open nothing: take it out \
                 of one of the lists."
            );
            let path = path!(Action.no_access_audiences).index(index);
            let diagnostic = Diagnostic::error("Audience in both lists", detail).at(path);
            audiences.contains(audience).then_some(diagnostic)
        };
        others.iter().enumerate().filter_map(in_both).collect()
    }

    /// What only the other trigger has, or only this one needs.
    fn check_for(&self, trigger: Trigger) -> Option<Diagnostic> {
        let clients = path!(Action.unrestricted_clients);
        match trigger {
            Trigger::CredentialsExchange if self.unrestricted_clients.is_null() => {
                let detail = "Auth0 drops claims from the tokens for its own APIs, so a machine that may ask for one \
                              holds a key to everything. Name the client IDs that have to, such as the one with which \
                              Terraform changes the tenant. An empty list locks all of them out.";
                Some(Diagnostic::error("Unrestricted clients not named", detail).at(clients))
            }
            Trigger::CredentialsExchange if self.id_token == Field::Known(true) => {
                let detail =
                    "Machines get no ID tokens, so this is for the trigger post-login alone: take it out.";
                Some(Diagnostic::error("ID tokens of machines", detail).at(path!(Action.id_token)))
            }
            Trigger::PostLogin if matches!(self.unrestricted_clients, Field::Known(_)) => {
                let detail = "No client may ask for an audience that is not listed when somebody logs in, so this is \
                              for the trigger credentials-exchange alone: take it out.";
                Some(Diagnostic::error("Unrestricted clients of a login", detail).at(clients))
            }
            _ => None,
        }
    }
}

impl Action {
    /// The state of a configuration that is known, but for what is rendered.
    fn of(config: Config) -> Result<Self, Diagnostics> {
        let trigger = config.trigger.settled("trigger")?;
        let version =
            Trigger::parse(&trigger).map_err(|complaint| complaint.at(path!(Action.trigger)))?.version();
        let rules = config.rules.settled("rules")?;
        let rules =
            rules.into_iter().map(|rule| Rule::of(rule.settled("rules")?)).collect::<Result<_, _>>()?;
        Ok(Self {
            trigger,
            audiences: texts(config.audiences.settled("audiences")?),
            rules,
            unmatched: config.unmatched.known().unwrap_or_else(|| DENY.to_owned()),
            no_access_audiences: config.no_access_audiences.known().map(texts),
            id_token: config.id_token.known().unwrap_or_default(),
            unrestricted_clients: config.unrestricted_clients.known().map(texts),
            code: String::new(),
            trigger_version: version.to_owned(),
            summary: String::new(),
        })
    }

    /// What is rendered, and what there is to be warned of.
    fn render(&self) -> Result<(auth0::Action, Diagnostics), Diagnostics> {
        let mut warnings = Diagnostics::none();
        let clients: BTreeSet<_> = self.unrestricted_clients.iter().flatten().cloned().collect();
        if !clients.is_empty() {
            warnings.push(clients_that_open_everything(&clients));
        }
        let mut rules = Vec::new();
        for (index, rule) in self.rules.iter().enumerate() {
            let path = path!(Action.rules).index(index).attribute("claims");
            let rule = rule.render().map_err(|complaint| complaint.at(path.clone()))?;
            if rule.claims.bytes() > CLAIMS_LIMIT {
                warnings.push(long_claims(rule.claims.bytes()).at(path));
            }
            rules.push(rule);
        }
        let trigger = match Trigger::parse(&self.trigger) {
            Ok(Trigger::CredentialsExchange) => {
                auth0::Trigger::CredentialsExchange { unrestricted_clients: clients }
            }
            Ok(Trigger::PostLogin) => auth0::Trigger::PostLogin { id_token: self.id_token },
            Err(complaint) => return Err(complaint.at(path!(Action.trigger)).into()),
        };
        let others = self.no_access_audiences.as_deref().unwrap_or_default();
        let action = auth0::Action {
            trigger,
            audiences: parse_audiences(&self.audiences, path!(Action.audiences))?,
            no_access_audiences: parse_audiences(others, path!(Action.no_access_audiences))?,
            rules,
            unmatched: parse_unmatched(&self.unmatched)
                .map_err(|complaint| complaint.at(path!(Action.unmatched)))?,
        };
        Ok((action, warnings))
    }
}

fn texts(elements: Vec<Field<String>>) -> Vec<String> {
    elements.into_iter().filter_map(Field::known).collect()
}

fn check_trigger(name: &str) -> Result<(), Complaint> {
    Trigger::parse(name).map(drop)
}

fn check_not_empty(audiences: &[Field<String>]) -> Result<(), Complaint> {
    if !audiences.is_empty() {
        return Ok(());
    }
    let detail = "The list is empty, and the Action would give out no token for Turso. Write the identifier of the API \
                  that tokens for Turso are asked for.";
    Err(Complaint::new("No audience", detail))
}

fn check_audience(text: &str) -> Result<(), Complaint> {
    parse_audience(text).map(drop)
}

fn parse_audience(text: &str) -> Result<Audience, Complaint> {
    text.parse().map_err(|error| {
        let said = report::sentences(&error);
        let detail = match error {
            auth0::AudienceError::Auth0 => format!(
                "In {text:?}: {said} Turso would take such a token as access to everything, so it can't be listed, and \
                 the Action denies it. Take it out. A machine that has to ask for it goes into unrestricted_clients."
            ),
            _ => format!("In {text:?}: {said} Write the API's identifier, which is compared letter by letter."),
        };
        Complaint::new("Audience can't be listed", detail)
    })
}

fn parse_audiences(texts: &[String], path: AttributePath) -> Result<BTreeSet<Audience>, Diagnostics> {
    let parse = |(index, text): (usize, &String)| {
        parse_audience(text).map_err(|complaint| complaint.at(path.clone().index(index)).into())
    };
    texts.iter().enumerate().map(parse).collect()
}

fn check_unmatched(word: &str) -> Result<(), Complaint> {
    parse_unmatched(word).map(drop)
}

fn parse_unmatched(word: &str) -> Result<Unmatched, Complaint> {
    match word {
        DENY => Ok(Unmatched::Deny),
        NO_ACCESS => Ok(Unmatched::NoAccess),
        _ => {
            let detail = format!(
                "{word:?} is neither. Write \"deny\" to give out no token where no rule fits, or \"no_access\" for one \
                 that opens nothing."
            );
            Err(Complaint::new("Unknown word for unmatched tokens", detail))
        }
    }
}

fn clients_that_open_everything(clients: &BTreeSet<String>) -> Diagnostic {
    let clients: Vec<_> = clients.iter().map(|client| format!("{client:?}")).collect();
    let detail = format!(
        "Auth0 drops claims from tokens for its own APIs, and Turso takes a token without claims as access to every \
         database of the organization. So each token that one of these clients gets for such an API opens everything, \
         for 24 hours unless its lifetime was changed: {}. Name no client that can do without, and guard the secrets of \
         the others like an API token of Turso.",
        clients.join(", ")
    );
    Diagnostic::warning("Clients that open everything", detail).at(path!(Action.unrestricted_clients))
}

fn long_claims(bytes: usize) -> Diagnostic {
    Diagnostic::warning(
        "Long claims",
        format!(
            "Tokens of this rule carry {bytes} bytes of claims, and many servers refuse headers from 8 kB on. Use fewer \
             permissions: one for all tables is shorter than one for each."
        ),
    )
}
