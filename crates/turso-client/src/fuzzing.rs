//! What fuzz targets call: answers of the API and the settings file, without a network and a disk. Built with the feature
//! `fuzzing` alone, and no part of what the crate offers.

use serde::de::DeserializeOwned;

use crate::answer::Answer;
use crate::cli_settings::CliSettings;
use crate::credentials::Access;
use crate::error::{Attempt, Error};
use crate::{ApiToken, BaseUrl, Origin, wire};

/// What becomes of an answer.
#[derive(Debug, Default)]
pub struct Told {
    /// What is read as names, IDs and URLs, as whoever takes the answer for one of the API's gets them.
    pub names: Vec<String>,
    /// What people are told instead.
    pub messages: Vec<String>,
}

/// Takes an answer for each of those that the API gives. It is one to a request with this token.
pub fn read_answer(token: &ApiToken, status: u16, location: Option<String>, body: Vec<u8>) -> Told {
    let access = Access { token: token.clone(), origin: Origin::Given, base_url: BaseUrl::default() };
    let attempt = Attempt::to("look");
    let mut answer = Answer { status, body, is_cut: false, echoes_token: false, retry_after: None, location };
    access.token.take_out_of(&mut answer);
    let mut told = Told::default();
    if !answer.is_success() {
        told.refuse(&access.refusal(&attempt, &answer).error);
        return told;
    }
    told.take(&answer, &attempt, |read: wire::Endpoints| {
        read.jwks.into_iter().flat_map(|endpoint| [endpoint.jwks_name, endpoint.jwks_url]).collect()
    });
    told.take(&answer, &attempt, |read: wire::Organizations| {
        read.organizations.into_iter().map(|organization| organization.slug).collect()
    });
    told.take(&answer, &attempt, |read: wire::Databases| {
        read.databases.into_iter().flat_map(names_of_database).collect()
    });
    told.take(&answer, &attempt, |read: wire::OneDatabase| names_of_database(read.database).into());
    told.take(&answer, &attempt, |read: wire::Groups| {
        read.groups.into_iter().flat_map(|group| [group.name, group.id]).collect()
    });
    told.take(&answer, &attempt, |read: wire::OneGroup| vec![read.group.name, read.group.id]);
    told.take(&answer, &attempt, |read: wire::TemplateAnswer| {
        claims::Template::parse(&read.template.to_string())
            .map(|template| template.to_canonical_json())
            .into_iter()
            .collect()
    });
    told
}

impl Told {
    fn take<T: DeserializeOwned>(
        &mut self,
        answer: &Answer,
        attempt: &Attempt,
        names: impl FnOnce(T) -> Vec<String>,
    ) {
        match answer.read(attempt) {
            Ok(read) => self.names.extend(names(read)),
            Err(error) => self.refuse(&error),
        }
    }

    fn refuse(&mut self, error: &Error) {
        self.messages.extend([error.to_string(), format!("{error:?}")]);
    }
}

fn names_of_database(database: wire::Database) -> [String; 4] {
    [database.name, database.id, database.hostname, database.group]
}

/// What the settings file of Turso's CLI says.
#[derive(Debug, PartialEq)]
pub struct Settings {
    /// The token, not checked yet.
    pub token: Option<String>,
    /// The organization.
    pub organization: Option<String>,
    /// The address of the API.
    pub base_url: Option<String>,
    /// What a log would show of it.
    pub shown: String,
}

/// Reads a settings file.
///
/// # Errors
/// What is wrong with it.
pub fn read_settings(json: &[u8]) -> Result<Settings, String> {
    let settings = CliSettings::parse(json)?;
    let shown = format!("{settings:?}");
    let CliSettings { token, organization, base_url } = settings;
    Ok(Settings { token, organization, base_url, shown })
}
