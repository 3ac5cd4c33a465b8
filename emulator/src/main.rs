//! `turso-emulator`: the emulator by hand, and identity providers beside it, until it is interrupted.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use lexopt::prelude::*;
use turso_emulator::identity_provider::clerk::ClerkUser;
use turso_emulator::identity_provider::{Auth0Like, CertificateAuthority, ClerkLike};
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
  --clerk                   serve an identity provider like Clerk, too, with a user \"ada\" who is signed in
  --auth0                   serve one like Auth0, too: its keys, for a JWKS endpoint
  --authority FILE          write the certificate authority of the identity providers there
                            (default: turso-emulator.pem in the folder for temporary files)
  --help                    this text
  --version                 the version

What it prints can be pasted into a shell: `export` lines by which the provider and Turso's CLI find it, the CLI after
`turso org switch acme`, and comments.
";

const SEE_HELP: &str = "see `turso-emulator --help`";

/// The user of the identity provider like Clerk.
const USER: &str = "ada";

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
    clerk: bool,
    auth0: bool,
    authority: Option<PathBuf>,
}

impl Options {
    /// `None` where only help or the version was wanted.
    fn read() -> anyhow::Result<Option<Self>> {
        let mut options = Self::default();
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            let Long(option) = argument else {
                if argument == Short('h') {
                    print(USAGE);
                    return Ok(None);
                }
                return Err(anyhow::Error::from(argument.unexpected()).context(SEE_HELP));
            };
            let option = option.to_owned();
            match option.as_str() {
                "help" => print(USAGE),
                "version" => print(concat!("turso-emulator ", env!("CARGO_PKG_VERSION"), "\n")),
                _ => {
                    let read = options.set(&option, &mut arguments);
                    read.with_context(|| format!("--{option}"))?;
                    continue;
                }
            }
            return Ok(None);
        }
        default(&mut options.organizations, "acme".to_owned());
        default(&mut options.tokens, "secret".to_owned());
        default(&mut options.databases, database("app"));
        Ok(Some(options))
    }

    /// Sets what an option is for. The error leaves it to the caller to name the option.
    fn set(&mut self, option: &str, arguments: &mut lexopt::Parser) -> anyhow::Result<()> {
        let mut value = || arguments.value().context("a value is missing");
        match option {
            "port" => {
                self.settings.port = value()?.parse().context("the port is a number from 0 to 65535")?;
            }
            "organization" => self.organizations.push(value()?.string()?),
            "token" => self.tokens.push(value()?.string()?),
            "database" => self.databases.push(database(&value()?.string()?)),
            "sql" => self.sql.push(read(Path::new(&value()?))?),
            "endpoint" => self.endpoints.push(endpoint(&value()?.string()?)?),
            "template-method" => {
                self.settings.behaviour.template_method = template_method(&value()?.string()?)?;
            }
            "clerk" => self.clerk = true,
            "auth0" => self.auth0 = true,
            "authority" => self.authority = Some(value()?.into()),
            _ => anyhow::bail!("there is no such option; {SEE_HELP}"),
        }
        Ok(())
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
    let (name, url) = argument.split_once('=').context("it takes NAME=URL")?;
    Ok((name.to_owned(), url.to_owned()))
}

fn template_method(argument: &str) -> anyhow::Result<TemplateMethod> {
    match argument {
        "post" => Ok(TemplateMethod::Post),
        "get" => Ok(TemplateMethod::Get),
        "both" => Ok(TemplateMethod::Both),
        _ => anyhow::bail!("it takes post, get or both"),
    }
}

fn run(mut options: Options) -> anyhow::Result<()> {
    let providers = (options.clerk || options.auth0).then(|| Providers::start(&options)).transpose()?;
    options.settings.roots.extend(providers.iter().map(|providers| providers.authority.clone()));
    let emulator = Emulator::start(options.settings.clone())?;
    let mut served = format!("export TURSO_API_BASEURL={}\n", emulator.base_url());
    for token in &options.tokens {
        emulator.add_token(ApiToken::owner(token));
        served += &format!("export TURSO_API_TOKEN={token}\n");
    }
    for organization in &options.organizations {
        served += &seed(&emulator, organization, &options)?;
    }
    served += providers.as_ref().map_or("", |providers| &providers.served);
    print(&served);
    wait_for_interrupt()
}

/// Identity providers, up as long as this is there.
struct Providers {
    /// The certificate of their authority, as PEM.
    authority: String,
    served: String,
    _clerk: Option<ClerkLike>,
    _auth0: Option<Auth0Like>,
}

impl Providers {
    fn start(options: &Options) -> anyhow::Result<Self> {
        let authority = CertificateAuthority::new()?;
        let file = options.authority.clone();
        let file = file.unwrap_or_else(|| std::env::temp_dir().join("turso-emulator.pem"));
        fs::write(&file, authority.pem()).with_context(|| format!("can't write {}", file.display()))?;
        let mut served = format!("export SSL_CERT_FILE={}\n", file.display());
        let clerk = options.clerk.then(|| ClerkLike::start(&authority)).transpose()?;
        if let Some(clerk) = &clerk {
            clerk.save_user(ClerkUser::new(USER));
            let session = clerk.start_session(USER)?;
            let (url, key) = (clerk.provider().url(), clerk.secret_key().expose());
            served += &format!(
                "export CLERK_JWKS_URL={}\n\
                 export CLERK_API_URL={url}\n\
                 export CLERK_SECRET_KEY={key}\n\
                 export CLERK_SESSION={session}\n\
                 # a template:  curl --cacert $SSL_CERT_FILE -H \"Authorization: Bearer $CLERK_SECRET_KEY\" \
                 $CLERK_API_URL/v1/jwt_templates -d '{{\"name\":\"turso\",\"claims\":{{…}}}}'\n\
                 # its token:   curl --cacert $SSL_CERT_FILE -H \"Authorization: Bearer $CLERK_SECRET_KEY\" -X POST \
                 $CLERK_API_URL/v1/sessions/$CLERK_SESSION/tokens/turso\n",
                clerk.provider().jwks_url()
            );
        }
        let auth0 = options.auth0.then(|| Auth0Like::start(&authority)).transpose()?;
        if let Some(auth0) = &auth0 {
            served += &format!("export AUTH0_JWKS_URL={}\n", auth0.provider().jwks_url());
        }
        Ok(Self { authority: authority.pem().to_owned(), served, _clerk: clerk, _auth0: auth0 })
    }
}

/// Adds an organization with what belongs in it, and describes it.
fn seed(emulator: &Emulator, organization: &str, options: &Options) -> anyhow::Result<String> {
    emulator.add_organization(organization, OrganizationKind::Team);
    let mut served = format!("export TURSO_ORGANIZATION={organization}\n");
    for (name, group) in &options.databases {
        let database = emulator.add_database(organization, name, group)?;
        let group = emulator.group(organization, group)?;
        for sql in &options.sql {
            emulator.execute_sql(organization, name, sql)?;
        }
        served += &format!("# database    {name}  {}  {}\n", database.id, database.url);
        served += &format!("# its group   {}  {}\n", group.name, group.id);
    }
    for (name, url) in &options.endpoints {
        emulator.put_endpoint(organization, name, url)?;
        served += &format!("# endpoint    {name}  {url}\n");
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
