//! What Auth0 needs: the functions `auth0_action`, `auth0_credentials_action` and `auth0_jwks_url`.

mod action;
mod jwks_url;

pub(crate) use action::{Auth0Action, Auth0CredentialsAction};
pub(crate) use jwks_url::Auth0JwksUrl;
