//! What stands in for the world: Turso with three databases, Clerk and Auth0, and a certificate authority for their https.

use anyhow::Context as _;
use turso_emulator::identity_provider::auth0::Auth0User;
use turso_emulator::identity_provider::clerk::ClerkUser;
use turso_emulator::identity_provider::{Auth0Like, CertificateAuthority, ClerkLike};
use turso_emulator::{ApiToken, Database, Emulator, OrganizationKind, Settings};

/// The organization that everything is in.
pub(crate) const ORGANIZATION: &str = "acme";
/// The API token of its owner, known to nothing but this emulator.
pub(crate) const API_TOKEN: &str = "quickstart-token-of-the-emulator";
/// What Auth0's tokens are for.
pub(crate) const AUDIENCE: &str = "https://turso.acme.example";

const APP: &str = "
    CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE payments (id INTEGER PRIMARY KEY, cents INTEGER NOT NULL);
    CREATE TABLE comments (id INTEGER PRIMARY KEY, author INTEGER NOT NULL, body TEXT NOT NULL);
    INSERT INTO users (name) VALUES ('Ada'), ('Grace');
    INSERT INTO comments (author, body) VALUES (1, 'First!');
";
const BLOG: &str = "
    CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL);
    INSERT INTO posts (title) VALUES ('Hello');
";
const BILLING: &str = "
    CREATE TABLE invoices (id INTEGER PRIMARY KEY, cents INTEGER NOT NULL);
    INSERT INTO invoices (cents) VALUES (4200);
";

/// All of it, running. Dropping it stops it.
pub(crate) struct Stage {
    pub(crate) turso: Emulator,
    pub(crate) clerk: ClerkLike,
    pub(crate) auth0: Auth0Like,
    authority: CertificateAuthority,
}

impl Stage {
    /// Starts everything on free ports of this machine.
    pub(crate) fn set() -> anyhow::Result<Self> {
        let authority = CertificateAuthority::new()?;
        let turso =
            Emulator::start(Settings { roots: vec![authority.pem().to_owned()], ..Settings::default() })
                .context("the emulator does not start")?;
        turso.add_token(ApiToken::owner(API_TOKEN));
        turso.add_organization(ORGANIZATION, OrganizationKind::Team);
        for group in ["default", "finance"] {
            turso.add_group(ORGANIZATION, group)?;
        }
        for (database, group, sql) in
            [("app", "default", APP), ("blog", "default", BLOG), ("billing", "finance", BILLING)]
        {
            turso.add_database(ORGANIZATION, database, group)?;
            turso.execute_sql(ORGANIZATION, database, sql)?;
        }
        let clerk = ClerkLike::start(&authority)?;
        clerk.save_user(ClerkUser::new("ada"));
        let auth0 = Auth0Like::start(&authority)?;
        auth0.create_api(AUDIENCE);
        for (user, role) in [("grace", "reader"), ("linus", "admin"), ("eve", "guest")] {
            auth0.save_user(Auth0User::new(user).with_roles([role]));
        }
        Ok(Self { turso, clerk, auth0, authority })
    }

    /// The certificate authority that signed the identity providers' certificates, as PEM.
    pub(crate) fn authority(&self) -> &str {
        self.authority.pem()
    }

    /// The same Clerk by another host name.
    pub(crate) fn clerk_moved(&self) -> String {
        self.clerk.provider().jwks_url().replace("//localhost:", "//127.0.0.1:")
    }

    /// The databases, with the addresses that clients reach them at.
    pub(crate) fn databases(&self) -> anyhow::Result<Vec<Database>> {
        ["app", "blog", "billing"].into_iter().map(|name| self.turso.database(ORGANIZATION, name)).collect()
    }
}
