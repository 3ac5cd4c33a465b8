//! Deleting an endpoint. Absent is done, whoever did it.

use std::time::Duration;

use thiserror::Error;

use crate::OrganizationSlug;
use crate::answer::Effect;
use crate::error::Attempt;
use crate::http::{Method, Next, Request};
use crate::{Client, Error, path, wire};

use super::write::Write;
use super::{JwksEndpoint, JwksEndpointName};

/// Why an endpoint was not deleted. It is still there, or may be.
#[expect(missing_docs, reason = "the message and the name say what a field is")]
#[derive(Clone, Debug, Error)]
pub enum DeleteError {
    /// Turso says that it is deleted and lists it all the same.
    #[error("Turso accepted to delete JWKS endpoint {name:?} in organization {:?} but still lists it", .organization.as_str())]
    StillListed { organization: OrganizationSlug, name: String },
    /// Turso says that it is deleted, and could not be asked afterwards. A gateway may have answered in its place.
    #[error(
        "Turso accepted to delete JWKS endpoint {name:?} in organization {:?} and could not be asked whether it is gone",
        .organization.as_str()
    )]
    Unconfirmed { organization: OrganizationSlug, name: String, source: Error },
    /// Whether it was deleted is not known, and Turso could not be asked afterwards.
    #[error(
        "{delete}. It may be deleted all the same, and Turso could not be asked whether it is still there"
    )]
    Unknown {
        delete: Error,
        #[source]
        look: Error,
    },
    /// The call failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl Client {
    /// Deletes an endpoint. One that is absent before, or afterwards whatever the answer was, is deleted.
    ///
    /// # Errors
    /// See [`DeleteError`].
    pub async fn delete_endpoint(
        &self,
        organization: &OrganizationSlug,
        name: &JwksEndpointName,
        region: &str,
    ) -> Result<(), DeleteError> {
        let (write, before) = self.begin_write(organization, name, &attempt(organization, name)).await?;
        let Some(there) = before else {
            write.end_seen();
            return Ok(());
        };
        let name = &there.name;
        let request = deletion(organization, name, region)?;
        let look = self.http.timing().look();
        let mut may_be_gone = false;
        let mut tries = 1;
        let mut outcome = write.send(&request).await;
        loop {
            let failure = match outcome {
                Ok(_) => return write.confirm_deleted(organization, name).await,
                Err(failure) => failure,
            };
            let next = self.http.next(&failure, tries, look);
            may_be_gone |= failure.effect == Effect::Unclear || failure.error.has_status(404);
            let seen = if may_be_gone { write.look(name, Duration::ZERO).await.map(Some) } else { Ok(None) };
            if matches!(&seen, Ok(Some(seen)) if is_gone(seen, name)) {
                write.end_seen();
                return Ok(());
            }
            outcome = match (next, seen) {
                (Next::GiveUp(delete), Err(look)) => return Err(DeleteError::Unknown { delete, look }),
                (Next::GiveUp(error), Ok(_)) => return Err(error.into()),
                (Next::Again(pause), _) => write.send_again(&request, pause, &failure, tries).await,
            };
            tries += 1;
        }
    }
}

impl Write<'_> {
    /// Looks whether it is gone: only a list without its name proves that.
    async fn confirm_deleted(
        self,
        organization: &OrganizationSlug,
        name: &JwksEndpointName,
    ) -> Result<(), DeleteError> {
        let looks = self.http().timing().looks;
        let (organization, name_of_it) = (organization.clone(), name.as_str().to_owned());
        match self.watch(name, looks, |seen| is_gone(seen, name)).await {
            Ok(seen) if !is_gone(&seen, name) => {
                Err(DeleteError::StillListed { organization, name: name_of_it })
            }
            Ok(_) => {
                self.end_seen();
                Ok(())
            }
            Err(source) => Err(DeleteError::Unconfirmed { organization, name: name_of_it, source }),
        }
    }
}

/// Another spelling of the name is another endpoint, and may stay.
fn is_gone(seen: &Option<JwksEndpoint>, name: &JwksEndpointName) -> bool {
    !matches!(seen, Some(there) if there.name == *name)
}

fn attempt(organization: &OrganizationSlug, name: &JwksEndpointName) -> Attempt {
    Attempt::to(format!("delete JWKS endpoint {:?}", name.as_str())).within(organization)
}

fn deletion(
    organization: &OrganizationSlug,
    name: &JwksEndpointName,
    region: &str,
) -> Result<Request, Error> {
    let attempt = attempt(organization, name);
    let path = path::endpoint(organization, name.as_str(), &attempt)?;
    Ok(Request { method: Method::DELETE, path, query: vec![], body: wire::delete(region), attempt })
}

#[cfg(test)]
mod tests;
