//! Who calls the API, for which organization, and where it is: what the caller gives, else the environment, else the
//! settings of Turso's own CLI, so that a person who ran `turso auth login` need give nothing.
//!
//! Nothing is read before it is needed, and the settings file only where caller and environment leave a gap.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;
use tokio::sync::OnceCell;

use claims::NameError;

use crate::OrganizationSlug;

use super::cli_settings::{CliSettings, FILE_NAME};
use super::environment::{API_TOKEN, BASE_URL, Environment, ORGANIZATION};
use super::settings_file::{self, ReadFile};
use super::{ApiToken, BaseUrl, BaseUrlError, TokenError};

/// What the caller gives. It comes before the environment and the settings of Turso's CLI.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Given {
    /// The token to call with.
    pub api_token: Option<ApiToken>,
    /// The organization of what names none itself.
    pub organization: Option<OrganizationSlug>,
    /// Where the API is.
    pub base_url: Option<BaseUrl>,
}

/// The three places that credentials come from, read no sooner than needed.
#[derive(Debug)]
pub struct Credentials {
    given: Given,
    environment: Environment,
    read_file: ReadFile,
    settings: OnceCell<Result<Option<CliSettings>, CredentialsError>>,
}

impl Credentials {
    /// Credentials of this caller and environment, with the settings file on the disk.
    pub fn new(given: Given, environment: Environment) -> Self {
        Self { given, environment, read_file: settings_file::read, settings: OnceCell::new() }
    }

    /// The same, with the settings file read by `read_file`.
    #[cfg(test)]
    pub(super) fn with_reader(given: Given, environment: Environment, read_file: ReadFile) -> Self {
        Self { read_file, ..Self::new(given, environment) }
    }

    /// The token to send, and where to.
    ///
    /// The base URL of the CLI's settings goes with the token of the CLI's settings: a token that was given
    /// elsewhere is not sent to a host that was only ever meant for another.
    pub(super) async fn access(&self) -> Result<Access, CredentialsError> {
        let given_url = self.given_base_url()?;
        if let Some((token, origin)) = self.given_token()? {
            return Ok(Access { token, origin, base_url: given_url.unwrap_or_default() });
        }
        let settings = self.settings().await?;
        let Some(token) = settings.and_then(|settings| settings.token.as_deref()) else {
            return Err(CredentialsError::MissingToken { settings: self.settings_path() });
        };
        let token = ApiToken::parse(token)
            .map_err(|source| CredentialsError::Token { origin: Origin::CliSettings, source })?;
        let base_url = match given_url {
            Some(url) => url,
            None => settings_base_url(settings)?.unwrap_or_default(),
        };
        Ok(Access { token, origin: Origin::CliSettings, base_url })
    }

    /// The organization of what names none itself.
    pub(super) async fn organization(&self) -> Result<OrganizationChoice, CredentialsError> {
        if let Some(slug) = &self.given.organization {
            return Ok(OrganizationChoice::Slug(slug.clone()));
        }
        let origin = Origin::Environment(ORGANIZATION);
        if let Some(text) = self.variable(ORGANIZATION)? {
            return parse_slug(text, origin);
        }
        let settings = self.settings().await?;
        match settings.map(|settings| (settings.organization.as_deref(), settings.token.is_some())) {
            // The CLI stores its personal organization as "", and writes nothing before the first switch.
            Some((Some(""), _) | (None, true)) => Ok(OrganizationChoice::Personal),
            Some((Some(slug), _)) => parse_slug(slug, Origin::CliSettings),
            Some((None, false)) | None => {
                Err(CredentialsError::MissingOrganization { settings: self.settings_path() })
            }
        }
    }

    /// Where [`Credentials::organization`] looked for it; `None` where no place gives one, or none that can be used.
    pub(super) async fn organization_origin(&self) -> Option<Origin> {
        self.organization().await.ok()?;
        if self.given.organization.is_some() {
            return Some(Origin::Given);
        }
        let variable = self.variable(ORGANIZATION).ok().flatten();
        Some(variable.map_or(Origin::CliSettings, |_| Origin::Environment(ORGANIZATION)))
    }

    /// The settings file of Turso's CLI, where the token is to come from it and people other than its owner may read it.
    /// It is not read for that.
    pub fn file_open_to_others(&self) -> Option<PathBuf> {
        let is_given = self.given.api_token.is_some() || self.environment.variable(API_TOKEN).is_some();
        self.settings_path().filter(|path| !is_given && settings_file::is_open_to_others(path))
    }

    fn given_token(&self) -> Result<Option<(ApiToken, Origin)>, CredentialsError> {
        if let Some(token) = &self.given.api_token {
            return Ok(Some((token.clone(), Origin::Given)));
        }
        let origin = Origin::Environment(API_TOKEN);
        let Some(text) = self.variable(API_TOKEN)? else {
            return Ok(None);
        };
        match ApiToken::parse(text) {
            Ok(token) => Ok(Some((token, origin))),
            Err(source) => Err(CredentialsError::Token { origin, source }),
        }
    }

    fn given_base_url(&self) -> Result<Option<BaseUrl>, CredentialsError> {
        if let Some(url) = &self.given.base_url {
            return Ok(Some(url.clone()));
        }
        let origin = Origin::Environment(BASE_URL);
        let url = self.variable(BASE_URL)?.map(|text| text.parse()).transpose();
        url.map_err(|source| CredentialsError::BaseUrl { origin, source })
    }

    fn variable(&self, name: &'static str) -> Result<Option<&str>, CredentialsError> {
        let value = self.environment.variable(name).transpose();
        value.map_err(|_| CredentialsError::NotUnicode { variable: name })
    }

    /// The settings of the CLI, or `None` where there is no such file. Read once.
    async fn settings(&self) -> Result<Option<&CliSettings>, CredentialsError> {
        match self.settings.get_or_init(|| self.read_settings()).await {
            Ok(settings) => Ok(settings.as_ref()),
            Err(error) => Err(error.clone()),
        }
    }

    async fn read_settings(&self) -> Result<Option<CliSettings>, CredentialsError> {
        let Some(path) = self.settings_path() else {
            return Ok(None);
        };
        match settings_file::read_aside(self.read_file, &path).await {
            Ok(json) => match CliSettings::parse(&json) {
                Ok(settings) => Ok(Some(settings)),
                Err(problem) => Err(CredentialsError::BrokenSettings { path, problem }),
            },
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(CredentialsError::UnreadableSettings { path, source: Arc::new(error) }),
        }
    }

    fn settings_path(&self) -> Option<PathBuf> {
        Some(self.environment.cli_folder()?.join(FILE_NAME))
    }
}

/// A token, where it came from, and where it goes.
#[derive(Clone, Debug)]
pub(super) struct Access {
    pub(super) token: ApiToken,
    pub(super) origin: Origin,
    pub(super) base_url: BaseUrl,
}

/// Which organization is meant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum OrganizationChoice {
    /// The one with this slug.
    Slug(OrganizationSlug),
    /// The personal one of the token's owner, whose slug the API knows.
    Personal,
}

/// Where a value came from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Origin {
    /// The caller, see [`Given`].
    Given,
    /// This environment variable.
    Environment(&'static str),
    /// The settings file of Turso's CLI.
    CliSettings,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given => f.write_str("the caller"),
            Self::Environment(variable) => write!(f, "the environment variable {variable}"),
            Self::CliSettings => f.write_str("the settings of Turso's CLI"),
        }
    }
}

/// Why there are no usable credentials.
#[derive(Clone, Debug, Error)]
pub enum CredentialsError {
    /// No place gives a token.
    #[error("there is no API token")]
    MissingToken {
        /// The settings file that was looked for.
        settings: Option<PathBuf>,
    },
    /// No place gives an organization.
    #[error("there is no organization")]
    MissingOrganization {
        /// The settings file that was looked for.
        settings: Option<PathBuf>,
    },
    /// A token that can't be one.
    #[error("the API token in {origin} can't be used")]
    Token {
        /// Where it came from.
        origin: Origin,
        /// What is wrong with it.
        source: TokenError,
    },
    /// An organization that can't be one.
    #[error("the organization in {origin} can't be used")]
    Organization {
        /// Where it came from.
        origin: Origin,
        /// What is wrong with it.
        source: NameError,
    },
    /// A base URL that the token must not be sent to.
    #[error("the base URL of the API in {origin} can't be used")]
    BaseUrl {
        /// Where it came from.
        origin: Origin,
        /// What is wrong with it.
        source: BaseUrlError,
    },
    /// A variable that holds bytes that are no text.
    #[error("the environment variable {variable} is not Unicode")]
    NotUnicode {
        /// Its name.
        variable: &'static str,
    },
    /// A settings file that is needed and can't be read.
    #[error("could not read the settings of Turso's CLI, {}", excerpt::path(.path))]
    UnreadableSettings {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Arc<io::Error>,
    },
    /// A settings file that is needed and is not what the CLI writes.
    #[error("could not understand the settings of Turso's CLI, {}: {problem}", excerpt::path(.path))]
    BrokenSettings {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

fn settings_base_url(settings: Option<&CliSettings>) -> Result<Option<BaseUrl>, CredentialsError> {
    let text = settings.and_then(|settings| settings.base_url.as_deref());
    let url = text.map(|text| text.parse()).transpose();
    url.map_err(|source| CredentialsError::BaseUrl { origin: Origin::CliSettings, source })
}

fn parse_slug(text: &str, origin: Origin) -> Result<OrganizationChoice, CredentialsError> {
    let slug = text.parse().map_err(|source| CredentialsError::Organization { origin, source })?;
    Ok(OrganizationChoice::Slug(slug))
}

/// A path through something that is no folder leads to no file either.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const NO_FILE: ReadFile = |_| Err(io::Error::from(io::ErrorKind::NotFound));
    const LOGGED_IN: ReadFile = |path| {
        assert_eq!(path, Path::new("/settings/turso/settings.json"));
        Ok(br#"{"token":"from-cli","organization":"cli-org","baseurl":"https://cli.example"}"#.to_vec())
    };
    const UNREADABLE: ReadFile = |_| Err(io::Error::from(io::ErrorKind::PermissionDenied));

    fn given() -> Given {
        Given {
            api_token: Some(ApiToken::parse("from-caller").unwrap()),
            organization: Some("caller-org".parse().unwrap()),
            base_url: Some("https://caller.example".parse().unwrap()),
        }
    }

    fn home() -> Environment {
        Environment::with_settings_home("/settings")
    }

    fn environment() -> Environment {
        home()
            .with(API_TOKEN, "from-env\n")
            .with(ORGANIZATION, "env-org")
            .with(BASE_URL, "https://env.example/v1")
    }

    /// Token, its origin, base URL and organization.
    async fn resolved(credentials: &Credentials) -> (ApiToken, Origin, String, OrganizationChoice) {
        let access = credentials.access().await.unwrap();
        (access.token, access.origin, access.base_url.to_string(), credentials.organization().await.unwrap())
    }

    fn slug(slug: &str) -> OrganizationChoice {
        OrganizationChoice::Slug(slug.parse().unwrap())
    }

    #[tokio::test]
    async fn the_caller_goes_before_the_environment_and_that_before_the_cli() {
        let token = |text: &str| ApiToken::parse(text).unwrap();
        let all = Credentials::with_reader(given(), environment(), LOGGED_IN);
        let from_caller =
            (token("from-caller"), Origin::Given, "https://caller.example".into(), slug("caller-org"));
        assert_eq!(resolved(&all).await, from_caller);

        let none_given = Credentials::with_reader(Given::default(), environment(), LOGGED_IN);
        let variable = Origin::Environment(API_TOKEN);
        let from_env = (token("from-env"), variable, "https://env.example".into(), slug("env-org"));
        assert_eq!(resolved(&none_given).await, from_env);

        let only_cli = Credentials::with_reader(Given::default(), home(), LOGGED_IN);
        let from_cli =
            (token("from-cli"), Origin::CliSettings, "https://cli.example".into(), slug("cli-org"));
        assert_eq!(resolved(&only_cli).await, from_cli);
    }

    #[tokio::test]
    async fn a_token_from_elsewhere_is_not_sent_to_the_host_of_the_cli() {
        let environment = home().with(API_TOKEN, "from-env");
        let access =
            Credentials::with_reader(Given::default(), environment, LOGGED_IN).access().await.unwrap();
        assert_eq!(access.base_url, BaseUrl::default());
    }

    #[tokio::test]
    async fn the_token_of_the_cli_may_be_sent_where_the_environment_says() {
        let environment = home().with(BASE_URL, "http://127.0.0.1:9");
        let access =
            Credentials::with_reader(Given::default(), environment, LOGGED_IN).access().await.unwrap();
        assert_eq!(access.base_url.to_string(), "http://127.0.0.1:9");
    }

    #[tokio::test]
    async fn the_personal_organization_is_an_empty_slug_or_a_login_that_never_switched() {
        const EMPTY: ReadFile = |_| Ok(br#"{"organization":""}"#.to_vec());
        const NEVER_SWITCHED: ReadFile = |_| Ok(br#"{"token":"t"}"#.to_vec());
        for file in [EMPTY, NEVER_SWITCHED] {
            let credentials = Credentials::with_reader(Given::default(), home(), file);
            assert_eq!(credentials.organization().await.unwrap(), OrganizationChoice::Personal);
        }
    }

    #[tokio::test]
    async fn what_is_missing_is_an_error_that_names_the_file_that_was_looked_for() {
        const LOGGED_OUT: ReadFile = |_| Ok(br#"{"token":"","cache":{}}"#.to_vec());
        for file in [NO_FILE, LOGGED_OUT] {
            let credentials = Credentials::with_reader(Given::default(), home(), file);
            let looked_for = |settings: &Option<PathBuf>| {
                settings.as_deref() == Some(Path::new("/settings/turso/settings.json"))
            };
            let token = credentials.access().await.unwrap_err();
            assert!(
                matches!(&token, CredentialsError::MissingToken { settings } if looked_for(settings)),
                "{token:?}"
            );
            let organization = credentials.organization().await.unwrap_err();
            assert!(
                matches!(&organization, CredentialsError::MissingOrganization { settings } if looked_for(settings)),
                "{organization:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_settings_file_that_is_not_needed_may_be_unreadable() {
        let credentials = Credentials::with_reader(Given::default(), environment(), UNREADABLE);
        assert!(credentials.access().await.is_ok());
        assert!(credentials.organization().await.is_ok());
    }

    #[tokio::test]
    async fn a_settings_file_that_is_needed_and_unusable_is_named() {
        const BROKEN: ReadFile = |_| Ok(b"{".to_vec());
        let settings = Path::new("/settings").join("turso").join("settings.json").display().to_string();
        let unreadable = Credentials::with_reader(Given::default(), home(), UNREADABLE);
        let error = unreadable.access().await.unwrap_err();
        assert!(matches!(error, CredentialsError::UnreadableSettings { .. }), "{error}");
        assert!(error.to_string().contains(&settings), "{error}");

        let broken = Credentials::with_reader(Given::default(), home(), BROKEN);
        let error = broken.organization().await.unwrap_err();
        assert!(matches!(error, CredentialsError::BrokenSettings { .. }), "{error}");
        assert!(error.to_string().contains(&settings), "{error}");
    }

    #[tokio::test]
    async fn the_settings_file_on_the_disk_is_found_by_its_variable() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("settings.json"), r#"{"TOKEN":"from-disk"}"#).unwrap();
        let environment = Environment::default().with("TURSO_CONFIG_FOLDER", folder.path());
        let access = Credentials::new(Given::default(), environment).access().await.unwrap();
        assert_eq!(access.token, ApiToken::parse("from-disk").unwrap());
    }

    #[tokio::test]
    async fn an_unusable_value_is_named_by_its_origin_and_not_echoed() {
        let with = |name, value: &str| {
            Credentials::with_reader(Given::default(), home().with(name, value), LOGGED_IN)
        };
        let token = with(API_TOKEN, "hush hush").access().await.unwrap_err();
        assert_eq!(
            token.to_string(),
            "the API token in the environment variable TURSO_API_TOKEN can't be used"
        );
        let url = with(BASE_URL, "https://a:hush@b").access().await.unwrap_err();
        assert!(matches!(url, CredentialsError::BaseUrl { origin: Origin::Environment(BASE_URL), .. }));
        let slug = with(ORGANIZATION, "a/b").organization().await.unwrap_err();
        assert!(matches!(slug, CredentialsError::Organization { origin: Origin::Environment(_), .. }));
        for shown in [format!("{token:?}"), format!("{url:?}")] {
            assert!(!shown.contains("hush"), "{shown}");
        }
    }

    #[tokio::test]
    async fn debug_output_shows_no_token_of_any_place() {
        let credentials = Credentials::with_reader(given(), environment(), LOGGED_IN);
        let cli = Credentials::with_reader(Given::default(), home(), LOGGED_IN);
        cli.access().await.unwrap();
        let shown = format!("{credentials:?} {:?} {cli:?}", credentials.access().await);
        for token in ["from-caller", "from-env", "from-cli"] {
            assert!(!shown.contains(token), "{shown}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_login_that_others_may_read_is_told_where_it_is_to_be_used() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("turso/settings.json");
        std::fs::create_dir(folder.path().join("turso")).unwrap();
        std::fs::write(&file, "{}").unwrap();
        let environment = || Environment::with_settings_home(folder.path());
        for (mode, is_open) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true), (0o644, true)] {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            let told = Credentials::new(Given::default(), environment()).file_open_to_others();
            assert_eq!(told, is_open.then(|| file.clone()), "{mode:o}");
        }
        assert_eq!(Credentials::new(given(), environment()).file_open_to_others(), None);
        let with_variable = environment().with(API_TOKEN, "from-variable");
        assert_eq!(Credentials::new(Given::default(), with_variable).file_open_to_others(), None);
    }
}
