//! From template to token: identity providers sign the claims that Terraform rendered, and a client runs statements
//! with the tokens. Each row of the table is a statement that was run, and fails the quickstart where its outcome is
//! not the one that the claims promise.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use turso_emulator::Database;
use turso_emulator::identity_provider::Auth0Like;
use turso_emulator::identity_provider::auth0::{LoginError, Trigger};
use turso_emulator::identity_provider::clerk::TemplateRequest;

use super::stage::{AUDIENCE, Stage};
use super::statements::{Client, Outcome, Statement};

/// Issues the tokens, runs the statements and prints the table.
pub(crate) fn show(stage: &Stage, outputs: &Value) -> anyhow::Result<()> {
    let client = Client::javascript().unwrap_or_else(|reason| {
        println!("The statements go through Rust, not through Turso's JavaScript client: {reason:#}.\n");
        Client::rust()
    });
    let tokens = Tokens::issue(stage, outputs)?;
    let rows = rows(&tokens);
    let databases = stage.databases()?;
    let statements = rows.iter().map(|row| row.statement(&databases)).collect::<anyhow::Result<Vec<_>>>()?;
    let outcomes = client.run(&statements)?;
    ensure!(outcomes.len() == rows.len(), "{} statements have {} outcomes", rows.len(), outcomes.len());

    println!("Client: {client}\n");
    print_table(&rows, &outcomes);
    println!("\n{}\n", tokens.guest);
    print_verdicts(&rows, &outcomes);
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
    session: BeforeAndAfter,
    id: BeforeAndAfter,
    handshake: String,
    guest: String,
}

/// A kind of token without claims, and with those of nothing.
struct BeforeAndAfter {
    before: String,
    after: String,
}

impl Tokens {
    fn issue(stage: &Stage, outputs: &Value) -> anyhow::Result<Self> {
        let claims: Value = serde_json::from_str(output(outputs, "clerk_claims")?)?;
        stage.clerk.create_template(TemplateRequest::new("turso", claims))?;
        let an_hour_ago = SystemTime::now() - Duration::from_secs(3600);
        let session_before = stage.clerk.session_token("ada")?;
        stage.clerk.customize_session_token(serde_json::from_str(output(outputs, "session_claims")?)?)?;
        let auth0 = Auth0Tokens::issue(&stage.auth0, outputs, 60)?;
        Ok(Self {
            member: stage.clerk.token("ada", "turso")?,
            expired: stage.clerk.token_issued_at("ada", "turso", an_hour_ago)?,
            reader: auth0.reader,
            admin: auth0.admin,
            session: BeforeAndAfter { before: session_before, after: stage.clerk.session_token("ada")? },
            id: auth0.id,
            handshake: stage.clerk.handshake_token(),
            guest: auth0.guest,
        })
    }
}

/// What a person may send to a database by hand, as Hrana over HTTP has it.
pub(crate) const QUERY: &str = r#"{"requests":[{"type":"execute","stmt":{"sql":"SELECT name FROM users"}}]}"#;

/// How long the tokens last that a person plays with, in seconds.
const A_DAY: u64 = 86_400;

/// A token for each person of the table, by the name of a variable, and whose it is.
pub(crate) fn lasting_tokens(
    stage: &Stage,
    outputs: &Value,
) -> anyhow::Result<[(&'static str, &'static str, String); 6]> {
    let templates = stage.clerk.templates();
    let template = templates.iter().find(|there| there.name == "turso").context("no template")?;
    let claims: Value = serde_json::from_str(output(outputs, "clerk_claims")?)?;
    let request = TemplateRequest::new("turso", claims).with_lifetime(A_DAY);
    stage.clerk.update_template(&template.id, request)?;
    let auth0 = Auth0Tokens::issue(&stage.auth0, outputs, A_DAY)?;
    // What has no lifetime to choose is signed with the claims that it has.
    let of_clerk = |token: &str| -> anyhow::Result<String> {
        let payload = token.split('.').nth(1).context("no JWT")?;
        let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload)?)?;
        claims["exp"] = json!(in_seconds(A_DAY)?);
        Ok(stage.clerk.provider().keys().sign(&claims))
    };
    Ok([
        ("ADA", "member (Clerk)", stage.clerk.token("ada", "turso")?),
        (
            "ADA_SESSION",
            "her session token, with claims of nothing (Clerk)",
            of_clerk(&stage.clerk.session_token("ada")?)?,
        ),
        ("GRACE", "reader (Auth0)", auth0.reader),
        ("GRACE_ID", "her ID token, with claims of nothing (Auth0)", auth0.id.after),
        ("LINUS", "admin of a group (Auth0)", auth0.admin),
        (
            "ANYONE",
            "a handshake token, which opens everything (Clerk)",
            of_clerk(&stage.clerk.handshake_token())?,
        ),
    ])
}

struct Auth0Tokens {
    reader: String,
    admin: String,
    id: BeforeAndAfter,
    guest: String,
}

impl Auth0Tokens {
    /// Auth0 runs the Action's code, in Node.js; without that, the claims in it are signed as they are.
    fn issue(auth0: &Auth0Like, outputs: &Value, seconds: u64) -> anyhow::Result<Self> {
        let before = auth0.id_token("grace", None)?;
        if let Err(reason) = auth0.check_node() {
            let sign = |role: &str| -> anyhow::Result<String> {
                let template = outputs.pointer("/templates/value").and_then(|templates| templates.get(role));
                let mut claims: Value =
                    serde_json::from_str(template.and_then(Value::as_str).context("no template")?)?;
                claims["exp"] = json!(in_seconds(seconds)?);
                Ok(auth0.provider().keys().sign(&claims))
            };
            let guest =
                format!("The Action's code was not run, its claims were signed as they are: {reason}.");
            let id = BeforeAndAfter { before, after: sign("nothing")? };
            return Ok(Self { reader: sign("reader")?, admin: sign("admin")?, id, guest });
        }
        auth0.deploy_action(Trigger::PostLogin, output(outputs, "auth0_action")?)?;
        let guest = match auth0.token("eve", AUDIENCE) {
            Err(LoginError::Denied { reason, .. }) => {
                format!(
                    "Eve, whose role \"guest\" is in no rule, got no token at all. The Action said: {reason}"
                )
            }
            other => {
                anyhow::bail!("a user of an unknown role was not denied: {:?}", other.map(|_| "a token"))
            }
        };
        Ok(Self {
            reader: auth0.token("grace", AUDIENCE)?,
            admin: auth0.token("linus", AUDIENCE)?,
            id: BeforeAndAfter { before, after: auth0.id_token("grace", None)? },
            guest,
        })
    }
}

/// One statement with one token, what it must come to, and what that shows.
struct Row<'a> {
    claim: Claim,
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

/// What Turso's page on external auth providers says, in our words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    Permissions,
    SystemTables,
    OneDatabase,
    Lifetime,
    ReadOnly,
    Group,
    WithoutTemplate,
    Nothing,
    Uncontained,
}

impl Claim {
    const ALL: [(Self, &'static str); 9] = [
        (
            Self::Permissions,
            "A template with permissions allows these actions on these tables, and no others.",
        ),
        (Self::SystemTables, "Reading the schema, sqlite_schema, is always allowed."),
        (Self::OneDatabase, "A template for a database opens that database, and no other."),
        (Self::Lifetime, "A token that has expired opens nothing."),
        (Self::ReadOnly, "A read-only template allows reading, and nothing else."),
        (Self::Group, "A template for a group opens every database of the group, and no other."),
        (
            Self::WithoutTemplate,
            "A token without the claims of a template opens ALL databases in ALL groups.",
        ),
        (Self::Nothing, "With claims of nothing (this provider's way out, not on that page) it opens none."),
        (
            Self::Uncontained,
            "One that can't be given claims, such as a handshake's, opens ALL whatever is configured.",
        ),
    ];
}

fn rows(tokens: &Tokens) -> Vec<Row<'_>> {
    use Claim::{
        Group, Lifetime, Nothing, OneDatabase, Permissions, ReadOnly, SystemTables, Uncontained,
        WithoutTemplate,
    };
    use Expected::{Allowed, Denied, TokenRefused};
    let ada = ("Ada, member (Clerk)", &tokens.member);
    let late = ("Ada, an hour later (Clerk)", &tokens.expired);
    let grace = ("Grace, reader (Auth0)", &tokens.reader);
    let linus = ("Linus, admin of a group (Auth0)", &tokens.admin);
    let session = ("Ada, session token (Clerk)", &tokens.session.before);
    let session_after = ("… with claims of nothing", &tokens.session.after);
    let id = ("Grace, ID token (Auth0)", &tokens.id.before);
    let id_after = ("… with claims of nothing", &tokens.id.after);
    let handshake = ("anyone, handshake token (Clerk)", &tokens.handshake);
    [
        (Permissions, ada, "app", "SELECT name FROM users", Allowed),
        (Permissions, ada, "app", "INSERT INTO comments (author, body) VALUES (1, 'Hi')", Allowed),
        (Permissions, ada, "app", "INSERT INTO users (name) VALUES ('Mallory')", Denied),
        (Permissions, ada, "app", "DELETE FROM comments", Denied),
        (Permissions, ada, "app", "SELECT cents FROM payments", Denied),
        (Permissions, ada, "app", "DROP TABLE comments", Denied),
        (SystemTables, ada, "app", "SELECT name FROM sqlite_schema", Allowed),
        (OneDatabase, ada, "blog", "SELECT title FROM posts", TokenRefused),
        (Lifetime, late, "app", "SELECT name FROM users", TokenRefused),
        (ReadOnly, grace, "app", "SELECT cents FROM payments", Allowed),
        (ReadOnly, grace, "app", "UPDATE comments SET body = ''", Denied),
        (Group, linus, "app", "DELETE FROM comments WHERE body = 'Hi'", Allowed),
        (Group, linus, "blog", "CREATE TABLE drafts (id INTEGER PRIMARY KEY)", Allowed),
        (Group, linus, "billing", "SELECT cents FROM invoices", TokenRefused),
        (WithoutTemplate, session, "app", "UPDATE users SET name = 'Mallory'", Allowed),
        (WithoutTemplate, session, "billing", "SELECT cents FROM invoices", Allowed),
        (Nothing, session_after, "app", "SELECT name FROM users", TokenRefused),
        (Nothing, session_after, "billing", "SELECT cents FROM invoices", TokenRefused),
        (WithoutTemplate, id, "billing", "SELECT cents FROM invoices", Allowed),
        (Nothing, id_after, "billing", "SELECT cents FROM invoices", TokenRefused),
        (Uncontained, handshake, "billing", "DELETE FROM invoices", Allowed),
    ]
    .map(|(claim, (whose, token), database, sql, expected)| Row {
        claim,
        whose,
        token,
        database,
        sql,
        expected,
    })
    .into()
}

impl Row<'_> {
    fn statement(&self, databases: &[Database]) -> anyhow::Result<Statement> {
        let database = databases.iter().find(|database| database.name == self.database);
        let database = database.with_context(|| format!("there is no database {:?}", self.database))?;
        Ok(Statement {
            database_url: database.url.clone(),
            token: self.token.to_owned(),
            sql: self.sql.to_owned(),
        })
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
        Outcome::Done { rows: 0, affected: 0 } => "✓ done".to_owned(),
        Outcome::Done { rows, affected: 0 } => format!("✓ {rows} read"),
        Outcome::Done { affected, .. } => format!("✓ {affected} changed"),
        Outcome::Denied(_) => "✗ not authorized".to_owned(),
        Outcome::Unauthorized(_) => "✗ token refused".to_owned(),
        Outcome::Failed(reason) => format!("! {reason}"),
    }
}

/// Green where the statement was run, red where it was not.
fn painted(outcome: &str) -> String {
    match outcome.starts_with('✓') {
        _ if !crate::is_colored() => outcome.to_owned(),
        true => format!("\u{1b}[32m{outcome}\u{1b}[0m"),
        false => format!("\u{1b}[31m{outcome}\u{1b}[0m"),
    }
}

fn print_table(rows: &[Row<'_>], outcomes: &[Outcome]) {
    let line = |whose: &str, database: &str, sql: &str, outcome: &str| {
        println!("{whose:<31}  {database:<8}  {sql:<52}  {outcome}");
    };
    line("token of", "database", "statement", "outcome");
    line(&"─".repeat(31), &"─".repeat(8), &"─".repeat(52), &"─".repeat(16));
    for (row, outcome) in rows.iter().zip(outcomes) {
        line(row.whose, row.database, row.sql, &painted(&describe(outcome)));
    }
}

/// Each claim is true where every row about it came out as the claim has it.
fn print_verdicts(rows: &[Row<'_>], outcomes: &[Outcome]) {
    println!(
        "What Turso's page on external auth providers says, by these rows (of the emulator, not of Turso itself):\n"
    );
    for (claim, words) in Claim::ALL {
        let mut about = rows.iter().zip(outcomes).filter(|(row, _)| row.claim == claim);
        let is_true = about.all(|(row, outcome)| row.expected.is_met_by(outcome));
        println!("  {:<5}  {words}", if is_true { "true" } else { "FALSE" });
    }
    println!(
        "\nWhere it says ALL, that is the danger. Which tokens these are, and what contains them:\n\
         docs/guides/tokens-without-claims.md"
    );
}

fn output<'a>(outputs: &'a Value, name: &str) -> anyhow::Result<&'a str> {
    let value = outputs.get(name).and_then(|output| output.get("value")).and_then(Value::as_str);
    value.with_context(|| format!("there is no output {name:?}"))
}

fn in_seconds(seconds: u64) -> anyhow::Result<u64> {
    Ok((SystemTime::now() + Duration::from_secs(seconds)).duration_since(UNIX_EPOCH)?.as_secs())
}
