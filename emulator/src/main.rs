//! `turso-emulator`: the emulator by hand, until it is interrupted.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use lexopt::prelude::*;
use turso_emulator::{ApiToken, Emulator, OrganizationKind, Settings, TemplateMethod};

const USAGE: &str = "\
Turso on this machine, to try things out.

Usage: turso-emulator [options]

  --port PORT               listen on this port of 127.0.0.1 (default: a free one)
  --organization SLUG       an organization; may be repeated (default: acme)
  --token TOKEN             the API token of an owner; may be repeated (default: secret)
  --database NAME[:GROUP]   a database in each organization; may be repeated (default: app:default)
  --sql FILE                run this SQL in each database; may be repeated
  --endpoint NAME=URL       a JWKS endpoint in each organization; may be repeated
  --template-method METHOD  post, get or both (default: both)
  --help                    this text

The provider and Turso's CLI find it by TURSO_API_BASEURL and TURSO_API_TOKEN, the CLI after `turso org switch acme`.
";

fn main() -> ExitCode {
    match Options::read().and_then(|options| options.map_or(Ok(()), run)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("turso-emulator: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Default)]
struct Options {
    settings: Settings,
    organizations: Vec<String>,
    tokens: Vec<String>,
    databases: Vec<(String, String)>,
    sql: Vec<String>,
    endpoints: Vec<(String, String)>,
}

impl Options {
    /// `None` where only help was wanted.
    fn read() -> anyhow::Result<Option<Self>> {
        let mut options = Self::default();
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("port") => options.settings.port = arguments.value()?.parse()?,
                Long("organization") => options.organizations.push(arguments.value()?.string()?),
                Long("token") => options.tokens.push(arguments.value()?.string()?),
                Long("database") => options.databases.push(database(&arguments.value()?.string()?)),
                Long("sql") => options.sql.push(read(Path::new(&arguments.value()?))?),
                Long("endpoint") => options.endpoints.push(endpoint(&arguments.value()?.string()?)?),
                Long("template-method") => {
                    options.settings.behaviour.template_method =
                        template_method(&arguments.value()?.string()?)?;
                }
                Short('h') | Long("help") => {
                    print(USAGE);
                    return Ok(None);
                }
                other => return Err(other.unexpected().into()),
            }
        }
        default(&mut options.organizations, "acme".to_owned());
        default(&mut options.tokens, "secret".to_owned());
        default(&mut options.databases, database("app"));
        Ok(Some(options))
    }
}

fn default<T>(given: &mut Vec<T>, value: T) {
    if given.is_empty() {
        given.push(value);
    }
}

fn database(argument: &str) -> (String, String) {
    let (name, group) = argument.split_once(':').unwrap_or((argument, "default"));
    (name.to_owned(), group.to_owned())
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("can't read {}", file.display()))
}

fn endpoint(argument: &str) -> anyhow::Result<(String, String)> {
    let (name, url) = argument.split_once('=').context("--endpoint takes NAME=URL")?;
    Ok((name.to_owned(), url.to_owned()))
}

fn template_method(argument: &str) -> anyhow::Result<TemplateMethod> {
    match argument {
        "post" => Ok(TemplateMethod::Post),
        "get" => Ok(TemplateMethod::Get),
        "both" => Ok(TemplateMethod::Both),
        _ => anyhow::bail!("--template-method takes post, get or both"),
    }
}

fn run(options: Options) -> anyhow::Result<()> {
    let emulator = Emulator::start(options.settings.clone())?;
    let mut served = format!("Platform API  {}\n", emulator.base_url());
    for token in &options.tokens {
        emulator.add_token(ApiToken::owner(token));
        served += &format!("API token     {token}\n");
    }
    for organization in &options.organizations {
        served += &seed(&emulator, organization, &options)?;
    }
    print(&served);
    wait_for_interrupt()
}

/// Adds an organization with what belongs in it, and describes it.
fn seed(emulator: &Emulator, organization: &str, options: &Options) -> anyhow::Result<String> {
    emulator.add_organization(organization, OrganizationKind::Team);
    let mut served = format!("organization  {organization}\n");
    for (name, group) in &options.databases {
        let database = emulator.add_database(organization, name, group)?;
        let group = emulator.group(organization, group)?;
        for sql in &options.sql {
            emulator.execute_sql(organization, name, sql)?;
        }
        served += &format!("  database    {name}  {}  {}\n", database.id, database.url);
        served += &format!("  its group   {}  {}\n", group.name, group.id);
    }
    for (name, url) in &options.endpoints {
        emulator.put_endpoint(organization, name, url)?;
        served += &format!("  endpoint    {name}  {url}\n");
    }
    Ok(served)
}

fn wait_for_interrupt() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(tokio::signal::ctrl_c()).context("can't wait for an interrupt")
}

#[expect(clippy::print_stdout, reason = "a program for a terminal: its output is for people")]
fn print(text: &str) {
    print!("{text}");
}
