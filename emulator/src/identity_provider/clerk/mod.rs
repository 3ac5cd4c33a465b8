//! A service like Clerk: users with metadata, JWT templates, and tokens made from the two.
//!
//! Behaviour from Clerk's guides "JWT templates" and "Customize your session token", its Backend API reference, and the
//! source of its SDKs (August to November 2026). Users are put in place by the caller, and stay as they are: there are no
//! organizations, no sign-up and no dashboard.

mod error;
mod other_tokens;
mod routes;
mod shortcode;
mod template;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use serde_json::{Map, Value, json};

use super::{CertificateAuthority, IdentityProvider, KeyRing, StartError, unix_seconds};
use crate::lock::lock;
use crate::secret::Secret;

pub use error::ClerkError;
pub use template::{JwtTemplate, TemplateRequest};

/// The origin of the application that users sign in to, which tokens name in `azp`.
const APPLICATION: &str = "http://localhost:3000";

/// One Clerk instance: its Frontend API (the JWKS document) and its Backend API, at the same address.
///
/// ```
/// use serde_json::json;
/// use turso_emulator::identity_provider::clerk::{ClerkUser, TemplateRequest};
/// use turso_emulator::identity_provider::{CertificateAuthority, ClerkLike};
///
/// let authority = CertificateAuthority::new()?;
/// let clerk = ClerkLike::start(&authority)?;
/// clerk.save_user(ClerkUser::new("user_alice"));
/// clerk.create_template(TemplateRequest::new("turso", json!({"a": "ro", "perm": []})))?;
/// let token = clerk.token("user_alice", "turso")?;
/// # assert_eq!(token.split('.').count(), 3);
/// # Ok::<(), anyhow::Error>(())
/// ```
#[derive(Debug)]
pub struct ClerkLike {
    provider: IdentityProvider,
    instance: Arc<Instance>,
}

impl ClerkLike {
    /// Starts an instance with no users and no templates.
    ///
    /// # Errors
    /// As [`IdentityProvider::start`].
    pub fn start(authority: &CertificateAuthority) -> Result<Self, StartError> {
        let (provider, instance) = IdentityProvider::with_routes(authority, |url, keys| {
            let secret_key = Secret::new(format!("sk_test_{}", uuid::Uuid::new_v4().simple()));
            let instance = Arc::new(Instance { url, keys, secret_key, state: Mutex::default() });
            (routes::routes(Arc::clone(&instance)), instance)
        })?;
        Ok(Self { provider, instance })
    }

    /// The keys and the JWKS URL under this instance.
    pub fn provider(&self) -> &IdentityProvider {
        &self.provider
    }

    /// The key that a frontend carries: `pk_test_` and, in base64, the instance's domain with a dollar sign.
    pub fn publishable_key(&self) -> String {
        format!("pk_test_{}", BASE64_STANDARD_NO_PAD.encode(format!("{}$", self.provider.domain())))
    }

    /// The key that the Backend API asks for.
    pub fn secret_key(&self) -> &Secret {
        &self.instance.secret_key
    }

    /// Adds a user, or replaces the one of the same id.
    pub fn save_user(&self, user: ClerkUser) {
        lock(&self.instance.state).users.insert(user.id.clone(), user);
    }

    /// Signs a user in, and returns the session's id, which the Backend API asks for.
    ///
    /// # Errors
    /// [`ClerkError::UserNotFound`].
    pub fn start_session(&self, user: &str) -> Result<String, ClerkError> {
        let mut state = lock(&self.instance.state);
        state.user(user)?;
        let session = format!("sess_{}", uuid::Uuid::new_v4().simple());
        state.sessions.insert(session.clone(), user.to_owned());
        Ok(session)
    }

    /// Creates a JWT template, as `POST /v1/jwt_templates` does.
    ///
    /// # Errors
    /// What Clerk refuses: a reserved claim, claims that are no object, a lifetime or skew out of range, a taken name.
    pub fn create_template(&self, request: TemplateRequest) -> Result<JwtTemplate, ClerkError> {
        self.instance.create_template(request)
    }

    /// Changes a template by its ID, as `PATCH /v1/jwt_templates/{id}` does.
    ///
    /// # Errors
    /// [`ClerkError::TemplateIdNotFound`], and as [`create_template`](Self::create_template).
    pub fn update_template(&self, id: &str, request: TemplateRequest) -> Result<JwtTemplate, ClerkError> {
        self.instance.update_template(id, request)
    }

    /// The templates, oldest first.
    pub fn templates(&self) -> Vec<JwtTemplate> {
        lock(&self.instance.state).templates.clone()
    }

    /// A token of this user by this template, as `getToken({template})` gives it.
    ///
    /// # Errors
    /// [`ClerkError::UserNotFound`] and [`ClerkError::TemplateNotFound`].
    pub fn token(&self, user: &str, template: &str) -> Result<String, ClerkError> {
        self.token_issued_at(user, template, SystemTime::now())
    }

    /// The token that [`token`](Self::token) would have given at another time: an expired one, say.
    ///
    /// # Errors
    /// As [`token`](Self::token).
    pub fn token_issued_at(
        &self,
        user: &str,
        template: &str,
        time: SystemTime,
    ) -> Result<String, ClerkError> {
        self.instance.token(user, template, time)
    }
}

/// A user, as far as templates can see one.
#[derive(Clone, Debug, PartialEq)]
pub struct ClerkUser {
    /// As `user_2abc…` at Clerk; here any text.
    pub id: String,
    /// `{{user.first_name}}`.
    pub first_name: Option<String>,
    /// `{{user.last_name}}`.
    pub last_name: Option<String>,
    /// `{{user.primary_email_address}}`.
    pub email: Option<String>,
    /// `{{user.public_metadata}}`: only a backend can write it.
    pub public_metadata: Value,
    /// `{{user.unsafe_metadata}}`: the user can write it.
    pub unsafe_metadata: Value,
}

impl ClerkUser {
    /// A user with no name, no email and empty metadata.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            first_name: None,
            last_name: None,
            email: None,
            public_metadata: json!({}),
            unsafe_metadata: json!({}),
        }
    }

    /// What shortcodes are resolved against.
    fn scope(&self) -> Value {
        let names: Vec<&str> =
            [&self.first_name, &self.last_name].into_iter().flatten().map(String::as_str).collect();
        let full_name = if names.is_empty() { Value::Null } else { Value::from(names.join(" ")) };
        json!({"user": {
            "id": self.id,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "full_name": full_name,
            "primary_email_address": self.email,
            "public_metadata": self.public_metadata,
            "unsafe_metadata": self.unsafe_metadata,
        }})
    }
}

/// What the library's calls and the HTTP routes both act on.
#[derive(Debug)]
struct Instance {
    url: String,
    keys: Arc<KeyRing>,
    secret_key: Secret,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    users: BTreeMap<String, ClerkUser>,
    /// From a session's id to its user's.
    sessions: BTreeMap<String, String>,
    templates: Vec<JwtTemplate>,
    /// The application's own claims in session tokens.
    session_claims: Map<String, Value>,
}

impl State {
    fn user(&self, id: &str) -> Result<&ClerkUser, ClerkError> {
        self.users.get(id).ok_or_else(|| ClerkError::UserNotFound(id.to_owned()))
    }

    fn template(&self, name: &str) -> Result<&JwtTemplate, ClerkError> {
        let template = self.templates.iter().find(|template| template.name == name);
        template.ok_or_else(|| ClerkError::TemplateNotFound(name.to_owned()))
    }

    fn position(&self, id: &str) -> Result<usize, ClerkError> {
        let position = self.templates.iter().position(|template| template.id == id);
        position.ok_or_else(|| ClerkError::TemplateIdNotFound(id.to_owned()))
    }

    fn check_name_is_free(&self, name: &str, except: Option<&str>) -> Result<(), ClerkError> {
        let taken =
            self.templates.iter().any(|other| other.name == name && Some(other.id.as_str()) != except);
        if taken { Err(ClerkError::NameTaken(name.to_owned())) } else { Ok(()) }
    }
}

impl Instance {
    fn create_template(&self, request: TemplateRequest) -> Result<JwtTemplate, ClerkError> {
        let template = JwtTemplate::create(request)?;
        let mut state = lock(&self.state);
        state.check_name_is_free(&template.name, None)?;
        state.templates.push(template.clone());
        Ok(template)
    }

    fn template(&self, id: &str) -> Result<JwtTemplate, ClerkError> {
        let state = lock(&self.state);
        Ok(state.templates[state.position(id)?].clone())
    }

    fn update_template(&self, id: &str, request: TemplateRequest) -> Result<JwtTemplate, ClerkError> {
        let mut state = lock(&self.state);
        let position = state.position(id)?;
        let updated = state.templates[position].update(request)?;
        state.check_name_is_free(&updated.name, Some(id))?;
        state.templates[position] = updated.clone();
        Ok(updated)
    }

    fn delete_template(&self, id: &str) -> Result<JwtTemplate, ClerkError> {
        let mut state = lock(&self.state);
        let position = state.position(id)?;
        Ok(state.templates.remove(position))
    }

    fn session_token(&self, session: &str, template: &str) -> Result<String, ClerkError> {
        let user = lock(&self.state).sessions.get(session).cloned();
        let user = user.ok_or_else(|| ClerkError::SessionNotFound(session.to_owned()))?;
        self.token(&user, template, SystemTime::now())
    }

    fn token(&self, user: &str, template: &str, time: SystemTime) -> Result<String, ClerkError> {
        let claims = {
            let state = lock(&self.state);
            let user = state.user(user)?;
            let template = state.template(template)?;
            let mut claims = shortcode::render(&template.claims, &user.scope());
            let now = unix_seconds(time);
            claims["azp"] = Value::from(APPLICATION);
            claims["exp"] = Value::from(now + template.lifetime);
            claims["iat"] = Value::from(now);
            claims["iss"] = Value::from(self.url.clone());
            claims["jti"] = Value::from(uuid::Uuid::new_v4().simple().to_string());
            claims["nbf"] = Value::from(now.saturating_sub(template.allowed_clock_skew));
            claims["sub"] = Value::from(user.id.clone());
            claims
        };
        Ok(self.keys.sign(&claims))
    }
}

#[cfg(test)]
mod tests;
