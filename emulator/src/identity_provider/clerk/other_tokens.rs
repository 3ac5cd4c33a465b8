//! The tokens that an instance signs beside those of templates, with the same key: of sessions, of its own cookies, of
//! OAuth applications and of machines.
//!
//! From Clerk's docs on session, OAuth and M2M tokens, and from the source of its SDKs: `backend/src/tokens/handshake.ts`
//! of clerk/javascript for the handshake, a public log for the cookie `__client`.

use std::time::SystemTime;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{APPLICATION, ClerkError, ClerkLike, shortcode};
use crate::identity_provider::unix_seconds;
use crate::lock::lock;

/// Claims that Clerk sets in session tokens, which nobody can override (version 2 of the token).
const AUTOMATIC: [&str; 15] =
    ["act", "azp", "exp", "fea", "fva", "iat", "iss", "jti", "nbf", "o", "pla", "sid", "sts", "sub", "v"];

/// Seconds until a session token expires.
const SESSION_LIFETIME: u64 = 60;

/// Seconds until a token of an OAuth application expires.
const OAUTH_LIFETIME: u64 = 86_400;

/// Seconds until a machine's token expires.
const MACHINE_LIFETIME: u64 = 3_600;

impl ClerkLike {
    /// Customizes the session token: these claims, which can hold shortcodes, take the place of those before.
    ///
    /// # Errors
    /// [`ClerkError::WrongType`] for what is no object, [`ClerkError::ReservedClaim`] for what Clerk sets itself.
    pub fn customize_session_token(&self, claims: Value) -> Result<(), ClerkError> {
        let Value::Object(claims) = claims else {
            return Err(ClerkError::WrongType { parameter: "claims", expected: "object" });
        };
        if let Some(name) = AUTOMATIC.into_iter().find(|name| claims.contains_key(*name)) {
            return Err(ClerkError::ReservedClaim(name.to_owned()));
        }
        lock(&self.instance.state).session_claims = claims;
        Ok(())
    }

    /// A user's session token, as `getToken()` gives it and the cookie `__session` holds it.
    ///
    /// # Errors
    /// [`ClerkError::UserNotFound`].
    pub fn session_token(&self, user: &str) -> Result<String, ClerkError> {
        let mut claims = {
            let state = lock(&self.instance.state);
            shortcode::render(&Value::Object(state.session_claims.clone()), &state.user(user)?.scope())
        };
        let now = unix_seconds(SystemTime::now());
        for (name, value) in [
            ("azp", json!(APPLICATION)),
            ("fva", json!([0, -1])),
            ("nbf", json!(now - 10)),
            ("sid", json!(id("sess"))),
            ("sts", json!("active")),
            ("v", json!(2)),
        ] {
            claims[name] = value;
        }
        Ok(self.sign(user, SESSION_LIFETIME, claims))
    }

    /// The token that takes the state of a session across domains, `__clerk_handshake`. It carries cookies to set, never
    /// expires, and visitors who are signed out are given one, too.
    pub fn handshake_token(&self) -> String {
        let cookies = json!(["__session=; Path=/; Max-Age=0", "__client_uat=0; Path=/"]);
        self.provider.keys().sign(&json!({ "handshake": cookies }))
    }

    /// The token in the cookie `__client`, by which the Frontend API knows a browser.
    pub fn client_token(&self) -> String {
        self.provider.keys().sign(&json!({"id": id("client"), "rotating_token": id("rot")}))
    }

    /// An access token of an OAuth application, for a user who consented.
    ///
    /// # Errors
    /// [`ClerkError::UserNotFound`].
    pub fn oauth_access_token(&self, user: &str, client: &str) -> Result<String, ClerkError> {
        lock(&self.instance.state).user(user)?;
        let claims = json!({"client_id": client, "scope": "openid profile"});
        Ok(self.sign(user, OAUTH_LIFETIME, claims))
    }

    /// An ID token of an OAuth application.
    ///
    /// # Errors
    /// [`ClerkError::UserNotFound`].
    pub fn oauth_id_token(&self, user: &str, client: &str) -> Result<String, ClerkError> {
        let email = lock(&self.instance.state).user(user)?.email.clone();
        Ok(self.sign(user, OAUTH_LIFETIME, json!({"aud": client, "email": email})))
    }

    /// A machine's token (M2M) in the form of a JWT. Its claims are chosen by whoever holds the machine's secret key.
    pub fn machine_token(&self, machine: &str, claims: Map<String, Value>) -> String {
        self.sign(machine, MACHINE_LIFETIME, Value::Object(claims))
    }

    /// Signs claims, an object, with those that tokens of every kind have.
    fn sign(&self, subject: &str, lifetime: u64, mut claims: Value) -> String {
        let now = unix_seconds(SystemTime::now());
        claims["exp"] = json!(now + lifetime);
        claims["iat"] = json!(now);
        claims["iss"] = json!(self.instance.url);
        claims["jti"] = json!(Uuid::new_v4().simple().to_string());
        claims["sub"] = json!(subject);
        self.provider.keys().sign(&claims)
    }
}

/// An ID as Clerk writes them: `client_…`.
fn id(of: &str) -> String {
    format!("{of}_{}", Uuid::new_v4().simple())
}
