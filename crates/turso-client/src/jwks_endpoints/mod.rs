//! JWKS endpoints of an organization: the URLs of identity providers whose keys Turso accepts.

mod delete;
mod list;
mod name;
mod save;
mod shared_list;
mod write;

pub use delete::DeleteError;
pub use list::Listing;
pub use name::{EndpointNameError, JwksEndpointName};
pub use save::{CreateError, Saved, Unconfirmed, UpdateError};
pub(super) use shared_list::SharedList;
pub(super) use write::NameLocks;

/// A JWKS endpoint: all that the API stores of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct JwksEndpoint {
    /// Its name, unique in its organization.
    pub name: JwksEndpointName,
    /// The URL of the JWKS document.
    pub url: String,
}
