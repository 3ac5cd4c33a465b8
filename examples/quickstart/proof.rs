//! From template to token: identity providers sign the claims that Terraform rendered, and a client runs statements
//! with the tokens. Each row of the table is a statement that was run, and fails the quickstart where its outcome is
//! not the one that the claims promise.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use turso_emulator::identity_provider::auth0::{LoginError, Trigger};
use turso_emulator::identity_provider::clerk::TemplateRequest;

use super::stage::{AUDIENCE, Stage};
use super::statements::{Client, Outcome, Statement};

/// Issues the tokens, runs the statements and prints the table.
pub fn show(stage: &Stage, outputs: &Value) -> anyhow::Result<()> {
    let client = Client::javascript().unwrap_or_else(|reason| {
        println!("The statements go through Rust, not through Turso's JavaScript client: {reason:#}.\n");
        Client::rust()
    });
    let tokens = Tokens::issue(stage, outputs)?;
    let rows = rows(&tokens);
    let [app, billing] = stage.databases()?;
    let statements: Vec<_> = rows.iter().map(|row| row.statement(&app.url, &billing.url)).collect();
    let outcomes = client.run(&statements)?;
    ensure!(outcomes.len() == rows.len(), "{} statements have {} outcomes", rows.len(), outcomes.len());

    println!("Client: {client}\n");
    print_row("token of", "database", "statement", "outcome");
    print_row(&"─".repeat(34), &"─".repeat(8), &"─".repeat(48), &"─".repeat(24));
    for (row, outcome) in rows.iter().zip(&outcomes) {
        print_row(row.whose, row.database, row.sql, &describe(outcome));
    }
    println!("\n{}", tokens.guest);
    println!(
        "\nThe last token is the danger: it carries no claims of a template, and Turso reads that as access to all \
         databases\nin all groups. See docs/guides/tokens-without-claims.md."
    );
    for (row, outcome) in rows.iter().zip(&outcomes) {
        let is_expected = row.expected.is_met_by(outcome);
        ensure!(is_expected, "{}: {} came to {outcome:?}, expected {:?}", row.whose, row.sql, row.expected);
    }
    Ok(())
}

/// A token each, and what became of the user who gets none.
struct Tokens {
    member: String,
    expired: String,
    reader: String,
    admin: String,
    without_claims: String,
    guest: String,
}

impl Tokens {
    fn issue(stage: &Stage, outputs: &Value) -> anyhow::Result<Self> {
        let claims: Value = serde_json::from_str(output(outputs, "clerk_claims")?)?;
        stage.clerk.create_template(TemplateRequest::new("turso", claims))?;
        let an_hour_ago = SystemTime::now() - Duration::from_secs(3600);
        let (reader, admin, guest) = auth0_tokens(stage, outputs)?;
        Ok(Self {
            member: stage.clerk.token("ada", "turso")?,
            expired: stage.clerk.token_issued_at("ada", "turso", an_hour_ago)?,
            reader,
            admin,
            // What Clerk signs where nobody asks for a template: a session token.
            without_claims: stage.clerk.provider().keys().sign(&json!({"sub": "ada", "exp": in_a_minute()?})),
            guest,
        })
    }
}

/// Auth0 runs the Action's code, in Node.js; without that, the claims in it are signed as they are.
fn auth0_tokens(stage: &Stage, outputs: &Value) -> anyhow::Result<(String, String, String)> {
    let auth0 = &stage.auth0;
    if let Err(reason) = auth0.check_node() {
        let sign = |role: &str| -> anyhow::Result<String> {
            let template = outputs.pointer("/templates/value").and_then(|templates| templates.get(role));
            let mut claims: Value = serde_json::from_str(template.and_then(Value::as_str).context("no template")?)?;
            claims["exp"] = json!(in_a_minute()?);
            Ok(auth0.provider().keys().sign(&claims))
        };
        let guest = format!("The Action's code was not run, its claims were signed as they are: {reason}.");
        return Ok((sign("reader")?, sign("admin")?, guest));
    }
    auth0.deploy_action(Trigger::PostLogin, output(outputs, "auth0_action")?)?;
    let guest = match auth0.token("eve", AUDIENCE) {
        Err(LoginError::Denied { reason, .. }) => {
            format!("Eve, whose role \"guest\" is in no template, got no token at all. The Action said: {reason}")
        }
        other => anyhow::bail!("a user of an unknown role was not denied: {:?}", other.map(|_| "a token")),
    };
    Ok((auth0.token("grace", AUDIENCE)?, auth0.token("linus", AUDIENCE)?, guest))
}

/// One statement with one token, and what it must come to.
struct Row<'a> {
    whose: &'static str,
    token: &'a str,
    database: &'static str,
    sql: &'static str,
    expected: Expected,
}

/// What a statement must come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Allowed,
    Denied,
    TokenRefused,
}

fn rows(tokens: &Tokens) -> Vec<Row<'_>> {
    use Expected::{Allowed, Denied, TokenRefused};
    const MEMBER: &str = "Ada, member (Clerk)";
    const READER: &str = "Grace, reader (Auth0)";
    const ADMIN: &str = "Linus, admin of the group (Auth0)";
    const EXPIRED: &str = "Ada, an hour later (Clerk)";
    const WITHOUT: &str = "Ada, no template (Clerk)";
    [
        (MEMBER, &tokens.member, "app", "SELECT name FROM users", Allowed),
        (MEMBER, &tokens.member, "app", "INSERT INTO comments (author, body) VALUES (1, 'Hi')", Allowed),
        (MEMBER, &tokens.member, "app", "INSERT INTO users (name) VALUES ('Mallory')", Denied),
        (MEMBER, &tokens.member, "app", "DELETE FROM comments", Denied),
        (MEMBER, &tokens.member, "app", "DROP TABLE comments", Denied),
        (MEMBER, &tokens.member, "billing", "SELECT cents FROM invoices", TokenRefused),
        (EXPIRED, &tokens.expired, "app", "SELECT name FROM users", TokenRefused),
        (READER, &tokens.reader, "app", "SELECT body FROM comments", Allowed),
        (READER, &tokens.reader, "app", "UPDATE comments SET body = ''", Denied),
        (READER, &tokens.reader, "billing", "SELECT cents FROM invoices", TokenRefused),
        (ADMIN, &tokens.admin, "app", "DELETE FROM comments WHERE body = 'Hi'", Allowed),
        (ADMIN, &tokens.admin, "app", "CREATE TABLE drafts (id INTEGER PRIMARY KEY)", Allowed),
        (ADMIN, &tokens.admin, "billing", "SELECT cents FROM invoices", TokenRefused),
        (WITHOUT, &tokens.without_claims, "app", "UPDATE users SET name = 'Mallory'", Allowed),
        (WITHOUT, &tokens.without_claims, "billing", "SELECT cents FROM invoices", Allowed),
    ]
    .map(|(whose, token, database, sql, expected)| Row { whose, token, database, sql, expected })
    .into()
}

impl Row<'_> {
    fn statement(&self, app: &str, billing: &str) -> Statement {
        let database_url = if self.database == "app" { app } else { billing };
        Statement { database_url: database_url.to_owned(), token: self.token.to_owned(), sql: self.sql.to_owned() }
    }
}

impl Expected {
    fn is_met_by(self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::Done { .. } => self == Self::Allowed,
            Outcome::Denied(_) => self == Self::Denied,
            Outcome::Unauthorized(_) => self == Self::TokenRefused,
            Outcome::Failed(_) => false,
        }
    }
}

fn describe(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done { rows, affected: 0 } => format!("✓ {rows} rows"),
        Outcome::Done { affected, .. } => format!("✓ {affected} changed"),
        Outcome::Denied(_) => "✗ not authorized".to_owned(),
        Outcome::Unauthorized(_) => "✗ token refused".to_owned(),
        Outcome::Failed(reason) => format!("! {reason}"),
    }
}

fn print_row(whose: &str, database: &str, sql: &str, outcome: &str) {
    println!("{whose:<34}  {database:<8}  {sql:<52}  {outcome}");
}

fn output<'a>(outputs: &'a Value, name: &str) -> anyhow::Result<&'a str> {
    let value = outputs.get(name).and_then(|output| output.get("value")).and_then(Value::as_str);
    value.with_context(|| format!("there is no output {name:?}"))
}

fn in_a_minute() -> anyhow::Result<u64> {
    Ok((SystemTime::now() + Duration::from_secs(60)).duration_since(UNIX_EPOCH)?.as_secs())
}
