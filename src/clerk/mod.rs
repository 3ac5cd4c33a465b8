//! What Clerk needs: the functions `clerk_claims` and `clerk_jwks_url`.

mod claims;
mod jwks_url;

pub(crate) use claims::ClerkClaims;
pub(crate) use jwks_url::ClerkJwksUrl;
