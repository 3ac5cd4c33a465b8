//! Creating an endpoint and pointing it elsewhere. The API has one `PUT` for both, which takes over whatever is there;
//! so a look comes before it, and another after it.

use thiserror::Error;

use crate::OrganizationSlug;
use crate::answer::Effect;
use crate::error::Attempt;
use crate::http::{Method, Next, Request};
use crate::{Client, Error, path, wire};

use super::JwksEndpoint;
use super::write::Write;

/// What is known of an endpoint after it was saved.
#[derive(Clone, Debug)]
#[must_use]
pub enum Saved {
    /// The list shows it.
    Confirmed,
    /// It may exist, and so must be remembered, but the list did not show it.
    Unconfirmed(Unconfirmed),
}

/// Why an endpoint that may have been saved could not be confirmed.
#[expect(missing_docs, reason = "the message and the name say what a field is")]
#[derive(Clone, Debug, Error)]
pub enum Unconfirmed {
    /// Turso accepted it and does not list it.
    #[error(
        "Turso accepted JWKS endpoint {:?} in organization {:?} but does not list it yet",
        .wanted.name.as_str(), .organization.as_str()
    )]
    NotListed { organization: OrganizationSlug, wanted: JwksEndpoint },
    /// Turso accepted it and lists another URL.
    #[error(
        "Turso accepted the URL {} for JWKS endpoint {:?} in organization {:?} but lists {}",
        excerpt::name(&.wanted.url), .wanted.name.as_str(), .organization.as_str(), excerpt::name(&.there.url)
    )]
    OtherUrl { organization: OrganizationSlug, wanted: JwksEndpoint, there: JwksEndpoint },
    /// Turso accepted it and could not be asked afterwards.
    #[error(
        "Turso accepted JWKS endpoint {:?} in organization {:?} but could not be asked whether it is there",
        .wanted.name.as_str(), .organization.as_str()
    )]
    Unseen {
        organization: OrganizationSlug,
        wanted: JwksEndpoint,
        #[source]
        look: Error,
    },
    /// Whether it was saved is not known, and Turso could not be asked afterwards.
    #[error("{save}. It may be saved all the same, and Turso could not be asked whether it is there")]
    Unknown {
        save: Box<Error>,
        #[source]
        look: Error,
    },
    /// Whether it was saved is not known, and an interrupt left no time to wait until the list shows it.
    #[error(
        "{save}. It may be saved all the same: an earlier try had no clear outcome, and Turso does not list it yet"
    )]
    Interrupted { save: Error },
}

/// Why an endpoint was not created.
#[expect(missing_docs, reason = "the message and the name say what a field is")]
#[derive(Clone, Debug, Error)]
pub enum CreateError {
    /// There is one of that name already. Nothing was sent.
    #[error(
        "organization {:?} has a JWKS endpoint {} already, with the URL {}",
        .organization.as_str(), excerpt::name(.there.name.as_str()), excerpt::name(&.there.url)
    )]
    AlreadyExists { organization: OrganizationSlug, there: JwksEndpoint },
    /// There was none of that name before the attempt, whose outcome is not known, and afterwards there is one with
    /// another URL. Someone else may have saved it.
    #[error(
        "after an attempt with no clear outcome, organization {:?} has a JWKS endpoint {} with another URL, {}",
        .organization.as_str(), excerpt::name(.there.name.as_str()), excerpt::name(&.there.url)
    )]
    Contested { organization: OrganizationSlug, there: JwksEndpoint, source: Error },
    /// The call failed, and there is no such endpoint.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// Why an endpoint was not updated.
#[expect(missing_docs, reason = "the message and the name say what a field is")]
#[derive(Clone, Debug, Error)]
pub enum UpdateError {
    /// It is gone. It was not created again.
    #[error("there is no JWKS endpoint {name:?} in organization {:?} any more", .organization.as_str())]
    Vanished { organization: OrganizationSlug, name: String },
    /// The call failed, and the endpoint is as it was.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl Client {
    /// Creates an endpoint, and never takes one over that exists. `region` is empty unless someone asked for one.
    ///
    /// # Errors
    /// See [`CreateError`]; each means that no endpoint of the caller's was created.
    pub async fn create_endpoint(
        &self,
        organization: &OrganizationSlug,
        endpoint: &JwksEndpoint,
        region: &str,
    ) -> Result<Saved, CreateError> {
        let wanted = Wanted { organization, endpoint, region };
        let (write, before) = self.begin_write(organization, &endpoint.name, &wanted.attempt()).await?;
        if let Some(there) = before {
            return Err(CreateError::AlreadyExists { organization: organization.clone(), there });
        }
        write
            .save(&wanted, |seen, failure| match seen {
                Some(there) if wanted.has_url_of(&there) => Verdict::Saved,
                Some(there) => Verdict::Failed(CreateError::Contested {
                    organization: organization.clone(),
                    there,
                    source: failure.clone(),
                }),
                None => Verdict::NotSaved,
            })
            .await
    }

    /// Points an existing endpoint to the URL in `endpoint`. Sends nothing where it points there already.
    ///
    /// # Errors
    /// See [`UpdateError`].
    pub async fn update_endpoint(
        &self,
        organization: &OrganizationSlug,
        endpoint: &JwksEndpoint,
        region: &str,
    ) -> Result<Saved, UpdateError> {
        let attempt = Wanted { organization, endpoint, region }.attempt();
        let (write, before) = self.begin_write(organization, &endpoint.name, &attempt).await?;
        let vanished = || UpdateError::Vanished {
            organization: organization.clone(),
            name: endpoint.name.as_str().to_owned(),
        };
        let Some(there) = before else {
            return Err(vanished());
        };
        if there.url == endpoint.url {
            write.end_seen();
            return Ok(Saved::Confirmed);
        }
        let respelt = JwksEndpoint { name: there.name, url: endpoint.url.clone() };
        let wanted = Wanted { organization, endpoint: &respelt, region };
        write
            .save(&wanted, |seen, _| match seen {
                Some(there) if wanted.has_url_of(&there) => Verdict::Saved,
                Some(_) => Verdict::NotSaved,
                None => Verdict::Failed(vanished()),
            })
            .await
    }
}

impl Write<'_> {
    /// Sends the `PUT` until its outcome is known, within bounds. `judge` says what a look means after an attempt
    /// with no clear outcome.
    async fn save<E: From<Error>>(
        self,
        wanted: &Wanted<'_>,
        judge: impl Fn(Option<JwksEndpoint>, &Error) -> Verdict<E>,
    ) -> Result<Saved, E> {
        let saved = self.try_to_save(wanted, judge).await;
        if matches!(saved, Ok(Saved::Confirmed)) {
            self.end_seen();
        }
        saved
    }

    async fn try_to_save<E: From<Error>>(
        &self,
        wanted: &Wanted<'_>,
        judge: impl Fn(Option<JwksEndpoint>, &Error) -> Verdict<E>,
    ) -> Result<Saved, E> {
        let http = self.http();
        let request = wanted.request()?;
        let mut may_be_saved = false;
        let mut tries = 1;
        let mut outcome = self.send(&request).await;
        loop {
            let failure = match outcome {
                Ok(_) => return Ok(self.confirm(wanted).await),
                Err(failure) => failure,
            };
            let next = http.next(&failure, tries, http.timing().look());
            let (error, looks) = match &next {
                Next::GiveUp(error) => (error, http.timing().looks),
                Next::Again(_) => (&failure.error, 1),
            };
            may_be_saved |= failure.effect == Effect::Unclear || failure.error.is_refusal_by_another();
            if may_be_saved {
                let seen = match self.watch_for(wanted, looks).await {
                    Ok(seen) => seen,
                    Err(look) => {
                        let save = Box::new(error.clone());
                        return Ok(Saved::Unconfirmed(Unconfirmed::Unknown { save, look }));
                    }
                };
                match judge(seen, error) {
                    Verdict::Saved => return Ok(Saved::Confirmed),
                    Verdict::Failed(error) => return Err(error),
                    // One look, right after the try, is no proof where the list lags behind.
                    Verdict::NotSaved if matches!(next, Next::GiveUp(_)) && http.is_interrupted() => {
                        return Ok(Saved::Unconfirmed(Unconfirmed::Interrupted { save: error.clone() }));
                    }
                    Verdict::NotSaved => {}
                }
            }
            outcome = match next {
                Next::GiveUp(error) => return Err(error.into()),
                Next::Again(pause) => self.send_again(&request, pause, &failure, tries).await,
            };
            tries += 1;
        }
    }

    /// Looks whether what Turso accepted is there.
    async fn confirm(&self, wanted: &Wanted<'_>) -> Saved {
        let organization = wanted.organization.clone();
        let endpoint = wanted.endpoint.clone();
        Saved::Unconfirmed(match self.watch_for(wanted, self.http().timing().looks).await {
            Ok(Some(there)) if wanted.has_url_of(&there) => return Saved::Confirmed,
            Ok(Some(there)) => Unconfirmed::OtherUrl { organization, wanted: endpoint, there },
            Ok(None) => Unconfirmed::NotListed { organization, wanted: endpoint },
            Err(look) => Unconfirmed::Unseen { organization, wanted: endpoint, look },
        })
    }

    async fn watch_for(&self, wanted: &Wanted<'_>, looks: u32) -> Result<Option<JwksEndpoint>, Error> {
        self.watch(&wanted.endpoint.name, looks, |seen| {
            seen.as_ref().is_some_and(|there| wanted.has_url_of(there))
        })
        .await
    }
}

struct Wanted<'a> {
    organization: &'a OrganizationSlug,
    endpoint: &'a JwksEndpoint,
    region: &'a str,
}

impl Wanted<'_> {
    /// Whether an endpoint that was looked up by the name has the URL, too.
    fn has_url_of(&self, there: &JwksEndpoint) -> bool {
        there.url == self.endpoint.url
    }

    fn attempt(&self) -> Attempt {
        Attempt::to(format!("save JWKS endpoint {:?}", self.endpoint.name.as_str())).within(self.organization)
    }

    fn request(&self) -> Result<Request, Error> {
        let attempt = self.attempt();
        Ok(Request {
            method: Method::PUT,
            path: path::endpoint(self.organization, self.endpoint.name.as_str(), &attempt)?,
            query: vec![],
            body: wire::save(&self.endpoint.url, self.region),
            attempt,
        })
    }
}

/// What a look shows after an attempt with no clear outcome.
enum Verdict<E> {
    /// It was saved.
    Saved,
    /// It was not, and may be tried again.
    NotSaved,
    /// It was not, and must not be tried again.
    Failed(E),
}

#[cfg(test)]
mod tests;
