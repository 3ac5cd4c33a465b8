//! The Platform API: reads a request strictly, checks its token, lets faults strike, and acts on the world.

mod claims;
mod command;
mod error;
mod reads;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::answer::{Answer, Flow};
use crate::fault::{Effect, Faults};
use crate::lock::lock;
use crate::record::Record;
use crate::request::Request;
use crate::server::Service;
use crate::settings::Behaviour;
use crate::world::{LimitExceeded, Standing, TokenKind, World};
use claims::Claims;
use command::{Command, NoCommand, OrganizationCommand};

#[derive(Debug)]
pub(crate) struct ControlPlane {
    pub(crate) world: Arc<Mutex<World>>,
    pub(crate) behaviour: Mutex<Behaviour>,
    pub(crate) record: Record,
    pub(crate) faults: Faults,
    /// Answers to calls that the emulator does not know, by method and path.
    pub(crate) scripted: Mutex<BTreeMap<String, (u16, Value)>>,
}

impl Service for ControlPlane {
    async fn answer(self: Arc<Self>, request: Request) -> Option<Answer> {
        let arrival = self.record.arrive(request.clone());
        let behaviour = lock(&self.behaviour).clone();
        let (answer, refused) = match Command::of(&request, &behaviour) {
            Err(NoCommand::Unknown { status, reason }) => match self.scripted(&request) {
                Some(answer) => (Some(answer), None),
                None => (Some(refusal(status, &reason)), Some(reason)),
            },
            Ok(command) => (self.obey(command, &request, &behaviour).await, None),
            Err(NoCommand::TemplateMethod) => (Some(template_method_refused(&behaviour)), None),
        };
        arrival.settle(answer.as_ref().map(|answer| answer.status), refused);
        answer
    }
}

impl ControlPlane {
    /// What a test wants answered to a call that is not known here; a token that is not known is refused first.
    fn scripted(&self, request: &Request) -> Option<Answer> {
        let (status, body) =
            lock(&self.scripted).get(&format!("{} {}", request.method, request.path))?.clone();
        let is_known = request.bearer().is_some_and(|value| lock(&self.world).token(value).is_some());
        Some(if is_known { Answer::json(status, &body) } else { error::unauthenticated() })
    }

    async fn obey(&self, command: Command, request: &Request, behaviour: &Behaviour) -> Option<Answer> {
        if let Err(answer) = self.admit(&command, request) {
            return Some(answer);
        }
        let act = || self.act(&command, request, behaviour);
        let Some(effect) = self.faults.strike(command.call(), self.is_over_limit(&command)) else {
            return Some(act());
        };
        Some(match effect {
            Effect::Answer { status, body } => Answer::json(status, &body),
            Effect::Text { status, body } => Answer::text(status, &body),
            Effect::ProceedThenAnswer { status, body } => {
                act();
                Answer::json(status, &body)
            }
            Effect::Delay(duration) => {
                tokio::time::sleep(duration).await;
                act()
            }
            Effect::LoseAnswer => {
                act();
                return None;
            }
            Effect::CutAnswer => act().flowing(Flow::Cut),
            Effect::SlowAnswer(pause) => act().flowing(Flow::Slow(pause)),
            Effect::CloseConnection => return None,
            Effect::TooManyRequests { retry_after } => {
                Answer::error(429, "too many requests").header("retry-after", retry_after)
            }
            Effect::Template(template) => Answer::json(200, &json!({ "template": template })),
            Effect::OverLimit => Answer::error(500, "internal server error"),
        })
    }

    /// Checks the token, and what it may do in the organization. The texts were seen at Turso.
    fn admit(&self, command: &Command, request: &Request) -> Result<(), Answer> {
        let world = lock(&self.world);
        let token = request.bearer().and_then(|value| world.token(value));
        let token = token.ok_or_else(error::unauthenticated)?;
        if *token.kind() == TokenKind::Database {
            return Err(Answer::error(401, "could not parse jwt id"));
        }
        let Some(slug) = command.organization() else { return Ok(()) };
        match token.standing(slug) {
            Standing::Stranger => Err(error::organization_missing()),
            _ if !world.organizations.contains_key(slug) => Err(error::organization_missing()),
            Standing::Refused(status, text) => Err(Answer::error(status, text)),
            Standing::Owner => Ok(()),
        }
    }

    fn is_over_limit(&self, command: &Command) -> bool {
        let world = lock(&self.world);
        let organization = command.organization().and_then(|slug| world.organizations.get(slug));
        organization.is_some_and(|organization| organization.is_over_limit())
    }

    /// Does what was asked, for a token that may.
    fn act(&self, command: &Command, request: &Request, behaviour: &Behaviour) -> Answer {
        let mut world = lock(&self.world);
        let Command::Within(slug, command) = command else {
            let token = request.bearer().and_then(|value| world.token(value));
            return reads::of_a_token(command, &world, token);
        };
        // A test may have removed it since the token was checked.
        let Some(organization) = world.organizations.get_mut(slug) else {
            return error::organization_missing();
        };
        match command {
            OrganizationCommand::SaveEndpoint(endpoint) => {
                match organization.save(endpoint.clone(), behaviour.list_lag) {
                    Ok(()) => done(),
                    Err(LimitExceeded(limit)) => {
                        let text = format!("jwks count limit({limit}) exceeded");
                        Answer::error(behaviour.limit_status, &text)
                    }
                }
            }
            OrganizationCommand::RemoveEndpoint(name) => {
                match organization.remove(name, behaviour.list_lag) {
                    true => done(),
                    false => Answer::error(404, "jwks not found"),
                }
            }
            OrganizationCommand::Template(request) => match Claims::of(request, organization) {
                Ok(claims) => template(&claims),
                Err(objection) => objection,
            },
            OrganizationCommand::WideTemplate => template(&Claims::wide()),
            command => reads::of_an_organization(command, organization, behaviour),
        }
    }
}

fn template(claims: &Claims) -> Answer {
    // `json!` would sort the keys of permissions, which Turso doesn't.
    Answer::json(200, &BTreeMap::from([("template", claims)]))
}

fn done() -> Answer {
    Answer::json(200, &json!({}))
}

/// Turso answers an unknown path with a body that is not JSON; ours says why.
fn refusal(status: u16, reason: &str) -> Answer {
    Answer::text(status, &format!("turso-emulator: {reason}\n"))
}

fn template_method_refused(behaviour: &Behaviour) -> Answer {
    Answer::text(behaviour.template_method_refused, "this method is not served here\n")
}
