//! The two triggers of Auth0 that make tokens, as a configuration names them.

use framework::Complaint;

/// When Auth0 runs an Action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trigger {
    /// At a user's login.
    PostLogin,
    /// When a machine asks for a token.
    CredentialsExchange,
}

impl Trigger {
    /// The trigger of this name.
    pub(super) fn parse(name: &str) -> Result<Self, Complaint> {
        match [Self::PostLogin, Self::CredentialsExchange].into_iter().find(|trigger| trigger.name() == name)
        {
            Some(trigger) => Ok(trigger),
            None => {
                let detail = format!(
                    "{name:?} is no trigger that makes tokens. Write \"post-login\" for the tokens of users, or \
                     \"credentials-exchange\" for those of machines."
                );
                Err(Complaint::new("Unknown trigger", detail))
            }
        }
    }

    /// Its name at Auth0.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::PostLogin => "post-login",
            Self::CredentialsExchange => "credentials-exchange",
        }
    }

    /// The version of it that the code is written for.
    pub(super) fn version(self) -> &'static str {
        match self {
            Self::PostLogin => "v3",
            Self::CredentialsExchange => "v2",
        }
    }
}
