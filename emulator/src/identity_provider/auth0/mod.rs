//! A service like Auth0: users with metadata and roles, APIs, and Actions whose code it runs when a token is made.
//!
//! Behaviour from Auth0's pages on Actions, custom claims, access, ID and logout tokens (August to November 2026). Users,
//! APIs and applications are put in place by the caller. An access token is for an API always: without one, Auth0 gives
//! a token that is no JWT, and nothing here could be said about it.

mod action;
mod claims;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use super::{CertificateAuthority, IdentityProvider, StartError, unix_seconds};
use crate::lock::lock;

pub use action::ActionError;

use action::{ActionRunner, Invocation, SetClaims, Verdict};
use claims::Audience;

/// The application that users log in to.
const APPLICATION: &str = "application";

/// Bytes of code that an Action may have. Auth0 says 100 kB.
const CODE_LIMIT: usize = 100_000;

/// How long the Actions of a trigger may run together at Auth0. Here it is the limit for each.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// Seconds until an access token expires, as a new API at Auth0 has it.
const LIFETIME: u64 = 86_400;

/// Seconds until an ID token expires, as a new application has it.
const ID_TOKEN_LIFETIME: u64 = 36_000;

/// Seconds. OpenID Connect Back-Channel Logout 1.0, section 2.4, asks for at most two minutes.
const LOGOUT_TOKEN_LIFETIME: u64 = 120;

/// Auth0's own APIs, by their paths: in tokens for them, claims that are no URL are dropped.
const OWN_APIS: [&str; 4] = ["/api/v2/", "/me/", "/mfa/", "/my-org/"];

/// One Auth0 tenant.
///
/// ```no_run
/// use turso_emulator::identity_provider::auth0::{Auth0User, Trigger};
/// use turso_emulator::identity_provider::{Auth0Like, CertificateAuthority};
///
/// let authority = CertificateAuthority::new()?;
/// let auth0 = Auth0Like::start(&authority)?;
/// auth0.create_api("https://api.example.com");
/// auth0.save_user(Auth0User::new("auth0|alice").with_roles(["editor"]));
/// auth0.deploy_action(Trigger::PostLogin, "exports.onExecutePostLogin = async (event, api) => {};")?;
/// let token = auth0.token("auth0|alice", "https://api.example.com")?;
/// # Ok::<(), anyhow::Error>(())
/// ```
#[derive(Debug)]
pub struct Auth0Like {
    provider: IdentityProvider,
    runner: ActionRunner,
    tenant: Mutex<Tenant>,
}

impl Auth0Like {
    /// Starts a tenant with no users, no Actions, and no APIs but Auth0's own. Node.js is looked for when the first
    /// Action runs.
    ///
    /// # Errors
    /// As [`IdentityProvider::start`], and where there is no temporary folder for the runner.
    pub fn start(authority: &CertificateAuthority) -> Result<Self, StartError> {
        let runner = ActionRunner::new().map_err(StartError::Server)?;
        let provider = IdentityProvider::start(authority)?;
        let auth0 = Self { provider, runner, tenant: Mutex::default() };
        [auth0.provider.domain(), auth0.custom_domain()]
            .iter()
            .flat_map(|domain| auth0.own_apis(domain))
            .for_each(|api| auth0.create_api(api));
        Ok(auth0)
    }

    /// The keys and the JWKS URL under this tenant. Its `domain` is the tenant's.
    pub fn provider(&self) -> &IdentityProvider {
        &self.provider
    }

    /// The audience of the tenant's own Management API.
    pub fn management_api(&self) -> String {
        format!("{}/api/v2/", self.provider.url())
    }

    /// The tenant's other name, a custom domain: the server answers to it as well.
    pub fn custom_domain(&self) -> String {
        self.provider.domain().replace("localhost", "127.0.0.1")
    }

    /// The audiences of Auth0's own APIs on one of the tenant's domains. Claims that are no URL are dropped from access
    /// tokens for them.
    pub fn own_apis(&self, domain: &str) -> [String; 4] {
        OWN_APIS.map(|path| format!("https://{domain}{path}"))
    }

    /// Looks for Node.js, for a caller who would rather know before the first login.
    ///
    /// # Errors
    /// [`ActionError::NodeMissing`], which says what to do about it.
    pub fn check_node(&self) -> Result<(), ActionError> {
        self.runner.node().map(|_| ())
    }

    /// Adds a user, or replaces the one of the same id.
    pub fn save_user(&self, user: Auth0User) {
        lock(&self.tenant).users.insert(user.user_id.clone(), Arc::new(user));
    }

    /// Adds an API (a "resource server") with RS256 tokens, by its identifier, which is the audience.
    pub fn create_api(&self, identifier: impl Into<String>) {
        lock(&self.tenant).apis.insert(identifier.into());
    }

    /// Adds a machine-to-machine application, by its client id.
    pub fn create_machine_client(&self, client_id: impl Into<String>) {
        lock(&self.tenant).machine_clients.insert(client_id.into());
    }

    /// Deploys an Action and binds it to its trigger, after those bound before.
    ///
    /// # Errors
    /// [`DeployError`] where the code is too long. It isn't run here: what is wrong in it shows at a login.
    pub fn deploy_action(&self, trigger: Trigger, code: impl Into<String>) -> Result<(), DeployError> {
        let code = code.into();
        if code.len() > CODE_LIMIT {
            return Err(DeployError { trigger, bytes: code.len() });
        }
        lock(&self.tenant).actions.push((trigger, Arc::from(code)));
        Ok(())
    }

    /// Unbinds every Action of a trigger.
    pub fn unbind_actions(&self, trigger: Trigger) {
        lock(&self.tenant).actions.retain(|(bound, _)| *bound != trigger);
    }

    /// How long an Action may run from now on: 20 seconds unless this was called.
    pub fn limit_actions_to(&self, time: Duration) {
        lock(&self.tenant).time_limit = Some(time);
    }

    /// Logs a user in: runs the post-login Actions, and signs an access token for the API. Blocks while they run.
    ///
    /// # Errors
    /// [`LoginError`], a denial by an Action among them.
    pub fn token(&self, user: &str, audience: &str) -> Result<String, LoginError> {
        self.token_with_scope(user, audience, "")
    }

    /// As [`token`](Self::token), with scopes separated by spaces. With `openid` among them `aud` is an array: the
    /// API and the tenant's `/userinfo`.
    ///
    /// # Errors
    /// As [`token`](Self::token).
    pub fn token_with_scope(&self, user: &str, audience: &str, scope: &str) -> Result<String, LoginError> {
        let user = lock(&self.tenant).user(user)?;
        let request = TokenRequest { client: APPLICATION, audience: Some(audience), scope };
        let event = self.post_login_event(&user, &request);
        let set = self.run_actions(Trigger::PostLogin, &event, request.audience)?;
        let mut claims = self.accept(set.access, audience)?;

        self.add_common_claims(&mut claims, &request, &user.user_id);
        let openid = scope.split_whitespace().any(|scope| scope == "openid");
        let userinfo = format!("{}/userinfo", self.provider.url());
        claims.insert("aud".to_owned(), if openid { json!([audience, userinfo]) } else { json!(audience) });
        Ok(self.provider.keys().sign(&Value::from(claims)))
    }

    /// Logs a user in, for an API or for none: runs the post-login Actions, and signs an ID token for the application.
    /// Blocks while they run.
    ///
    /// # Errors
    /// As [`token`](Self::token).
    pub fn id_token(&self, user: &str, audience: Option<&str>) -> Result<String, LoginError> {
        let user = lock(&self.tenant).user(user)?;
        let request = TokenRequest { client: APPLICATION, audience, scope: "openid" };
        let event = self.post_login_event(&user, &request);
        let set = self.run_actions(Trigger::PostLogin, &event, audience)?;
        let mut claims = accept(set.id, Audience::Custom)?;

        claims.extend(self.claims_about(&user.user_id, ID_TOKEN_LIFETIME));
        Ok(self.provider.keys().sign(&Value::from(claims)))
    }

    /// The token that the tenant sends to an application with back-channel logout when a user's session ends (OpenID
    /// Connect Back-Channel Logout 1.0). No Action runs for it.
    ///
    /// # Errors
    /// [`LoginError::UnknownUser`].
    pub fn logout_token(&self, user: &str) -> Result<String, LoginError> {
        let user = lock(&self.tenant).user(user)?;
        let mut claims = self.claims_about(&user.user_id, LOGOUT_TOKEN_LIFETIME);
        claims.insert("jti".to_owned(), json!(uuid::Uuid::new_v4()));
        claims.insert("events".to_owned(), json!({"http://schemas.openid.net/event/backchannel-logout": {}}));
        Ok(self.provider.keys().sign(&Value::from(claims)))
    }

    /// Exchanges a machine's credentials: runs the credentials-exchange Actions, and signs an access token for the
    /// API. Blocks while they run.
    ///
    /// # Errors
    /// [`LoginError`], a denial by an Action among them.
    pub fn machine_token(&self, client_id: &str, audience: &str) -> Result<String, LoginError> {
        if !lock(&self.tenant).machine_clients.contains(client_id) {
            return Err(LoginError::UnknownClient(client_id.to_owned()));
        }
        let request = TokenRequest { client: client_id, audience: Some(audience), scope: "" };
        let event = self.common_event(&request);
        let set = self.run_actions(Trigger::CredentialsExchange, &event, request.audience)?;
        let mut claims = self.accept(set.access, audience)?;

        self.add_common_claims(&mut claims, &request, &format!("{client_id}@clients"));
        claims.insert("aud".to_owned(), json!(audience));
        claims.insert("gty".to_owned(), json!("client-credentials"));
        Ok(self.provider.keys().sign(&Value::from(claims)))
    }

    fn run_actions(
        &self,
        trigger: Trigger,
        event: &Value,
        audience: Option<&str>,
    ) -> Result<SetClaims, LoginError> {
        let (actions, time_limit) = lock(&self.tenant).actions_for(trigger, audience)?;
        let mut set = SetClaims::default();
        for code in actions {
            let invocation = Invocation { code: &code, handler: trigger.handler(), event, time_limit };
            match self.runner.run(&invocation) {
                Ok(Verdict::Allowed(claims)) => {
                    set.access.extend(claims.access);
                    set.id.extend(claims.id);
                }
                Ok(Verdict::Denied(denial)) => {
                    return Err(LoginError::Denied { code: denial.code, reason: denial.reason });
                }
                Err(cause) => return Err(LoginError::Action { trigger, cause }),
            }
        }
        Ok(set)
    }

    /// The claims that reach an access token.
    fn accept(&self, custom: Vec<(String, Value)>, audience: &str) -> Result<Map<String, Value>, LoginError> {
        let is_on = |domain: String| self.own_apis(&domain).iter().any(|own| own == audience);
        let is_own = is_on(self.provider.domain()) || is_on(self.custom_domain());
        accept(custom, if is_own { Audience::Auth0 } else { Audience::Custom })
    }

    /// The claims of a token for the application about a user, as OpenID Connect has them.
    fn claims_about(&self, user: &str, lifetime: u64) -> Map<String, Value> {
        let now = unix_seconds(SystemTime::now());
        let claims = [
            ("iss", json!(format!("{}/", self.provider.url()))),
            ("sub", json!(user)),
            ("aud", json!(APPLICATION)),
            ("iat", json!(now)),
            ("exp", json!(now + lifetime)),
            ("sid", json!(uuid::Uuid::new_v4().simple().to_string())),
        ];
        claims.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn add_common_claims(&self, claims: &mut Map<String, Value>, request: &TokenRequest<'_>, subject: &str) {
        let now = unix_seconds(SystemTime::now());
        let common = [
            ("iss", json!(format!("{}/", self.provider.url()))),
            ("sub", json!(subject)),
            ("iat", json!(now)),
            ("exp", json!(now + LIFETIME)),
            ("azp", json!(request.client)),
        ];
        claims.extend(common.map(|(name, value)| (name.to_owned(), value)));
        claims.remove("scope");
        if !request.scope.is_empty() {
            claims.insert("scope".to_owned(), json!(request.scope));
        }
    }

    /// The part of `event` that both triggers have.
    fn common_event(&self, request: &TokenRequest<'_>) -> Value {
        let mut event = json!({
            "client": {"client_id": request.client, "name": request.client, "metadata": {}},
            "request": {
                "ip": "127.0.0.1", "method": "POST", "hostname": self.provider.domain(),
                "body": {}, "geoip": {}, "query": {},
            },
            "secrets": {},
            "tenant": {"id": "emulator"},
            "transaction": {"requested_scopes": request.scope.split_whitespace().collect::<Vec<_>>()},
        });
        if let Some(audience) = request.audience {
            event["resource_server"] = json!({ "identifier": audience });
        }
        event
    }

    fn post_login_event(&self, user: &Auth0User, request: &TokenRequest<'_>) -> Value {
        let mut event = self.common_event(request);
        event["connection"] =
            json!({"id": "con_1", "name": "Username-Password-Authentication", "strategy": "auth0"});
        event["user"] = json!({
            "user_id": user.user_id,
            "app_metadata": user.app_metadata,
            "user_metadata": user.user_metadata,
        });
        if let Some(email) = &user.email {
            event["user"]["email"] = json!(email);
            event["user"]["email_verified"] = json!(true);
        }
        if let Some(roles) = &user.roles {
            event["authorization"] = json!({"roles": roles});
        }
        event
    }
}

/// When an Action runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// A user logged in, and is about to get a token.
    PostLogin,
    /// A machine is about to get a token for its credentials.
    CredentialsExchange,
}

impl Trigger {
    /// The name of the function that the code exports.
    pub fn handler(self) -> &'static str {
        match self {
            Self::PostLogin => "onExecutePostLogin",
            Self::CredentialsExchange => "onExecuteCredentialsExchange",
        }
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PostLogin => "post-login",
            Self::CredentialsExchange => "credentials-exchange",
        })
    }
}

/// A user, as far as Actions can see one.
#[derive(Clone, Debug, PartialEq)]
pub struct Auth0User {
    /// `event.user.user_id`, and the token's `sub`: as `auth0|…` at Auth0, here any text.
    pub user_id: String,
    /// `event.user.email`, which then is verified.
    pub email: Option<String>,
    /// `event.user.app_metadata`: only a backend can write it.
    pub app_metadata: Value,
    /// `event.user.user_metadata`: the user can write it.
    pub user_metadata: Value,
    /// `event.authorization.roles`. With `None` there is no `event.authorization`, which Auth0 calls optional.
    pub roles: Option<Vec<String>>,
}

impl Auth0User {
    /// A user with no email, empty metadata and no roles (an empty list of them).
    pub fn new(user_id: impl Into<String>) -> Self {
        Self {
            user_id: user_id.into(),
            email: None,
            app_metadata: json!({}),
            user_metadata: json!({}),
            roles: Some(Vec::new()),
        }
    }

    /// The same user with these roles.
    #[must_use]
    pub fn with_roles<R: Into<String>>(self, roles: impl IntoIterator<Item = R>) -> Self {
        Self { roles: Some(roles.into_iter().map(Into::into).collect()), ..self }
    }
}

/// Code that is too long for an Action.
#[derive(Debug, thiserror::Error)]
#[error("the {trigger} Action was not deployed: its code is {bytes} bytes, and Auth0 takes {CODE_LIMIT}")]
pub struct DeployError {
    /// The trigger it was meant for.
    pub trigger: Trigger,
    /// The code's length.
    pub bytes: usize,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// No user of this id.
    #[error("no token for user {0:?}: there is no such user")]
    UnknownUser(String),
    /// No machine-to-machine application of this client id.
    #[error("no token for client {0:?}: there is no such machine-to-machine application")]
    UnknownClient(String),
    /// No API of this identifier.
    #[error("no token for audience {0:?}: there is no such API")]
    UnknownApi(String),
    /// An Action denied it.
    #[error("denied by an Action ({code}): {reason}")]
    Denied {
        /// The OAuth error code: `access_denied` at a login, else what the Action chose.
        code: String,
        /// The Action's own words.
        reason: String,
    },
    /// An Action gave no answer.
    #[error("no token: the {trigger} Action failed")]
    Action {
        /// When it ran.
        trigger: Trigger,
        /// What happened.
        #[source]
        cause: ActionError,
    },
    /// The Actions set more than a token can carry.
    #[error("no token: the custom claims are {bytes} bytes, and Auth0 takes {}", claims::PAYLOAD_LIMIT)]
    PayloadTooLarge {
        /// The length of the claims as JSON.
        bytes: usize,
    },
}

#[derive(Clone, Copy)]
struct TokenRequest<'a> {
    client: &'a str,
    audience: Option<&'a str>,
    scope: &'a str,
}

#[derive(Debug, Default)]
struct Tenant {
    users: BTreeMap<String, Arc<Auth0User>>,
    apis: BTreeSet<String>,
    machine_clients: BTreeSet<String>,
    actions: Vec<(Trigger, Arc<str>)>,
    time_limit: Option<Duration>,
}

impl Tenant {
    fn user(&self, id: &str) -> Result<Arc<Auth0User>, LoginError> {
        self.users.get(id).cloned().ok_or_else(|| LoginError::UnknownUser(id.to_owned()))
    }

    fn actions_for(
        &self,
        trigger: Trigger,
        audience: Option<&str>,
    ) -> Result<(Vec<Arc<str>>, Duration), LoginError> {
        if let Some(unknown) = audience.filter(|audience| !self.apis.contains(*audience)) {
            return Err(LoginError::UnknownApi(unknown.to_owned()));
        }
        let bound = self.actions.iter().filter(|(bound, _)| *bound == trigger);
        Ok((bound.map(|(_, code)| Arc::clone(code)).collect(), self.time_limit.unwrap_or(TIME_LIMIT)))
    }
}

fn accept(custom: Vec<(String, Value)>, audience: Audience) -> Result<Map<String, Value>, LoginError> {
    claims::accept(custom, audience).map_err(|bytes| LoginError::PayloadTooLarge { bytes })
}

#[cfg(test)]
mod tests;
