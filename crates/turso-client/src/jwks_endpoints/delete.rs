//! Deleting an endpoint. Absent is done, whoever did it.

use thiserror::Error;

use crate::OrganizationSlug;
use crate::answer::Effect;
use crate::error::Attempt;
use crate::http::{Method, Request};
use crate::{Client, Error, path, wire};

use super::{JwksEndpoint, JwksEndpointName};

/// Why an endpoint was not deleted. It is still there, or may be.
#[expect(missing_docs, reason = "the message and the name say what a field is")]
#[derive(Clone, Debug, Error)]
pub enum DeleteError {
    /// Turso says that it is deleted and lists it all the same.
    #[error("Turso accepted to delete JWKS endpoint {name:?} in organization {:?} but still lists it", .organization.as_str())]
    StillListed { organization: OrganizationSlug, name: String },
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
        let (_write, before) = self.begin_write(organization, name, &attempt(organization, name)).await?;
        let Some(there) = before else {
            return Ok(());
        };
        let name = &there.name;
        let request = deletion(organization, name, region)?;
        let mut may_be_gone = false;
        let mut tries = 1;
        let mut outcome = self.http.send_write(&request).await;
        loop {
            let failure = match outcome {
                Ok(_) => return self.confirm_deleted(organization, name).await,
                Err(failure) => failure,
            };
            may_be_gone |= failure.effect == Effect::Unclear || failure.error.has_status(404);
            if may_be_gone && self.look(organization, name).await.is_ok_and(|seen| is_gone(&seen, name)) {
                return Ok(());
            }
            if self.http.is_final(&failure, tries) {
                return Err(failure.error.into());
            }
            outcome = self.http.send_again(&request, &failure, tries).await;
            tries += 1;
        }
    }

    /// Turso's word is enough where it can't be asked afterwards.
    async fn confirm_deleted(
        &self,
        organization: &OrganizationSlug,
        name: &JwksEndpointName,
    ) -> Result<(), DeleteError> {
        let looks = self.http.timing().looks;
        match self.watch(organization, name, looks, |seen| is_gone(seen, name)).await {
            Ok(seen) if !is_gone(&seen, name) => Err(DeleteError::StillListed {
                organization: organization.clone(),
                name: name.as_str().to_owned(),
            }),
            _ => Ok(()),
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
