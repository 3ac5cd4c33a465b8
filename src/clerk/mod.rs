//! What Clerk needs: the functions `clerk_claims`, `clerk_session_claims` and `clerk_jwks_url`.

mod claims;
mod jwks_url;
mod own_claims;

pub(crate) use claims::{ClerkClaims, ClerkSessionClaims};
pub(crate) use jwks_url::ClerkJwksUrl;
