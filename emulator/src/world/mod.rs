//! What the emulator remembers: tokens, organizations, their databases, groups and JWKS endpoints. Requests
//! and answers are the control plane's.

mod organization;
mod token;

use std::collections::BTreeMap;

use anyhow::Context as _;
use uuid::Uuid;

pub(crate) use organization::{LimitExceeded, Organization};
pub use token::ApiToken;
pub(crate) use token::{Standing, TokenKind};

/// Whether an organization is a person's own or a team's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrganizationKind {
    /// A person's own; its slug is the user name.
    Personal,
    /// A team's.
    Team,
}

/// An endpoint as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwksEndpoint {
    /// Its name, unique in its organization.
    pub name: String,
    /// The URL of its JWKS document; several endpoints may share one.
    pub url: String,
    /// The region it was saved with, `""` where none was chosen. The API never shows it.
    pub region: String,
}

/// A database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// Its name.
    pub name: String,
    /// The name of its group.
    pub group: String,
    /// The UUID that `turso db show` prints, the `id` of claims.
    pub id: Uuid,
    /// The UUID in the claims' `rid`, of unknown meaning.
    pub rid: Uuid,
    /// Where clients reach it, such as `http://127.0.0.1:8081`.
    pub url: String,
}

/// A group of databases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its UUID, the `gid` of claims.
    pub id: Uuid,
    /// The UUID in the claims' `rid`, of unknown meaning.
    pub rid: Uuid,
}

#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) organizations: BTreeMap<String, Organization>,
    pub(crate) tokens: Vec<ApiToken>,
}

impl World {
    pub(crate) fn token(&self, value: &str) -> Option<&ApiToken> {
        self.tokens.iter().find(|token| token.is(value))
    }

    /// An organization, for a caller who expects it to be there.
    pub(crate) fn organization(&mut self, slug: &str) -> anyhow::Result<&mut Organization> {
        self.organizations
            .get_mut(slug)
            .with_context(|| format!("the emulator has no organization \"{slug}\""))
    }
}
