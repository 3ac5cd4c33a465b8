//! What Auth0 needs: the data source `turso_auth0_action` and the function `auth0_jwks_url`.

mod action;
mod jwks_url;

pub(crate) use action::ActionDataSource;
pub(crate) use jwks_url::Auth0JwksUrl;
