//! The environment of the process, as a value, so that nothing else here reads it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// The variable with the API token, shared with Turso's CLI.
pub(super) const API_TOKEN: &str = "TURSO_API_TOKEN";
/// The variable with the slug of the organization.
pub(super) const ORGANIZATION: &str = "TURSO_ORGANIZATION";
/// The variable with the address of the API, shared with Turso's CLI.
pub(super) const BASE_URL: &str = "TURSO_API_BASEURL";
/// The variable with the folder of the settings of Turso's CLI.
pub(super) const CONFIG_FOLDER: &str = "TURSO_CONFIG_FOLDER";

const READ: [&str; 4] = [API_TOKEN, ORGANIZATION, BASE_URL, CONFIG_FOLDER];

/// The variables that matter here, and the folder that holds people's settings. `Debug` shows no values: one is a
/// secret.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<&'static str, OsString>,
    settings_home: Option<PathBuf>,
}

impl Environment {
    /// The environment of this process.
    pub fn of_process() -> Self {
        let variables = READ.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        Self { variables: variables.collect(), settings_home: dirs::config_dir() }
    }

    /// An environment with no variables, where people's settings are in `settings_home` (on Linux, `~/.config`).
    #[cfg(test)]
    pub(super) fn with_settings_home(settings_home: impl Into<PathBuf>) -> Self {
        Self { settings_home: Some(settings_home.into()), ..Self::default() }
    }

    /// The same environment with one more variable. Names that nothing here reads are ignored.
    #[cfg(test)]
    pub(super) fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        if let Some(known) = READ.into_iter().find(|known| *known == name) {
            self.variables.insert(known, value.into());
        }
        self
    }

    /// The value of a variable, or `None` where it is absent or empty: a shell's way to unset one for a command.
    pub(super) fn variable(&self, name: &'static str) -> Option<Result<&str, NotUnicode>> {
        let value = self.variables.get(name).filter(|value| !value.is_empty())?;
        Some(value.to_str().ok_or(NotUnicode))
    }

    /// The folder of the settings of Turso's CLI: its own variable, else `turso` in the user's settings, as its
    /// library `configdir` has it. `None` where the user has no home.
    pub(super) fn cli_folder(&self) -> Option<PathBuf> {
        match self.variables.get(CONFIG_FOLDER).filter(|folder| !folder.is_empty()) {
            Some(folder) => Some(PathBuf::from(folder)),
            None => Some(self.settings_home.as_ref()?.join("turso")),
        }
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.keys())
            .field("settings_home", &self.settings_home)
            .finish()
    }
}

/// The value of a variable is not Unicode.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct NotUnicode;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_the_cli_is_its_variable_or_a_folder_in_the_users_settings() {
        let home = Environment::with_settings_home("/home/ann/.config");
        assert_eq!(home.cli_folder(), Some(PathBuf::from("/home/ann/.config/turso")));
        assert_eq!(home.clone().with(CONFIG_FOLDER, "").cli_folder(), home.cli_folder());
        assert_eq!(home.with(CONFIG_FOLDER, "/srv/turso").cli_folder(), Some(PathBuf::from("/srv/turso")));
        assert_eq!(Environment::default().cli_folder(), None);
    }

    #[test]
    fn an_empty_variable_is_an_absent_one() {
        let environment = Environment::default().with(API_TOKEN, "").with(ORGANIZATION, "acme");
        assert_eq!(environment.variable(API_TOKEN), None);
        assert_eq!(environment.variable(ORGANIZATION), Some(Ok("acme")));
    }

    #[test]
    fn debug_output_shows_names_but_no_values() {
        let shown = format!("{:?}", Environment::default().with(API_TOKEN, "hush"));
        assert!(shown.contains(API_TOKEN) && !shown.contains("hush"), "{shown}");
    }
}
