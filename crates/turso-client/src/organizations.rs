//! Which organization is meant where a resource names none.

use std::time::Duration;

use claims::NameError;

use crate::OrganizationSlug;

use super::credentials::{OrganizationChoice, Origin};
use super::error::{Attempt, Error};
use super::http::{Method, Request};
use super::{Client, path, wire};

impl Client {
    /// The organization that the caller gave, else the environment, else the settings of Turso's CLI. Where those
    /// mean the personal organization of the token, the API is asked for its slug, once.
    ///
    /// # Errors
    /// [`Error::Credentials`] where none is given, [`Error::NoPersonalOrganization`], and those of the call.
    pub async fn organization(&self) -> Result<OrganizationSlug, Error> {
        match self.http.credentials().organization().await? {
            OrganizationChoice::Slug(slug) => Ok(slug),
            OrganizationChoice::Personal => self.personal().await,
        }
    }

    /// Where the organization of [`Client::organization`] comes from; `None` where it comes from nowhere.
    pub async fn organization_origin(&self) -> Option<Origin> {
        self.http.credentials().organization_origin().await
    }

    async fn personal(&self) -> Result<OrganizationSlug, Error> {
        let attempt = Attempt::to("list the organizations of the token");
        let shared = self.memory.personal.share(&(), self.ask_for_personal(&attempt));
        self.http.in_time(&attempt, Duration::ZERO, shared).await
    }

    async fn ask_for_personal(&self, attempt: &Attempt) -> Result<OrganizationSlug, Error> {
        let path = path::organizations();
        let request =
            Request { method: Method::GET, path, query: vec![], body: vec![], attempt: attempt.clone() };
        let answer: wire::Organizations = self.http.ask(&request).await?;
        let personal = answer.organizations.into_iter().find(|organization| organization.kind == "personal");
        let slug = personal.ok_or(Error::NoPersonalOrganization)?.slug;
        slug.parse().map_err(|error: NameError| Error::malformed(attempt, &error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::scripted_server::{Server, USER_AGENT, json};
    use crate::{Credentials, Environment, Given, RefusalKind, RefusedToken, Timing};

    /// A client of someone who logged in with Turso's CLI and never switched organizations.
    fn logged_in(server: &Server) -> Client {
        let environment = Environment::with_settings_home("/").with("TURSO_API_BASEURL", server.url());
        let credentials =
            Credentials::with_reader(Given::default(), environment, |_| Ok(br#"{"token":"t0ken"}"#.to_vec()));
        Client::with_timing(credentials, USER_AGENT, CancellationToken::new(), Timing::default())
    }

    #[tokio::test]
    async fn the_personal_organization_is_asked_for_once() {
        let server = Server::answering([json(
            200,
            r#"{"organizations":[{"id":1,"name":"Team","slug":"team","type":"team"},
                {"id":2,"name":"Ann","slug":"ann","type":"personal","overages":false}]}"#,
        )])
        .await;
        let client = logged_in(&server);
        assert_eq!(client.organization().await.unwrap().as_str(), "ann");
        assert_eq!(client.organization().await.unwrap().as_str(), "ann");
        assert_eq!(server.lines(), ["GET /v2/organizations"]);
    }

    #[tokio::test]
    async fn a_token_without_a_personal_organization_is_an_error_that_says_so() {
        let server =
            Server::answering([json(200, r#"{"organizations":[{"slug":"team","type":"team"}]}"#)]).await;
        let error = logged_in(&server).organization().await.unwrap_err();
        assert!(matches!(error, Error::NoPersonalOrganization), "{error}");
    }

    #[tokio::test]
    async fn a_list_of_organizations_that_is_not_200_proves_nothing() {
        for status in [201, 203, 206] {
            let answer = json(status, r#"{"organizations":[{"slug":"ann","type":"personal"}]}"#);
            let server = Server::answering([answer]).await;
            let error = logged_in(&server).organization().await.unwrap_err();
            assert!(matches!(error, Error::NotConclusive { .. }), "{status}: {error}");
        }
    }

    #[tokio::test]
    async fn an_expired_login_is_told_to_log_in_again() {
        const EXPIRED: &str = "e30.eyJleHAiOjE3MDAwMDAwMDB9.c2ln";
        let server = Server::answering([json(401, r#"{"error":"Authentication required"}"#)]).await;
        let environment = Environment::with_settings_home("/").with("TURSO_API_BASEURL", server.url());
        let credentials = Credentials::with_reader(Given::default(), environment, |_| {
            Ok(format!(r#"{{"token":"{EXPIRED}"}}"#).into_bytes())
        });
        let error = Client::with_timing(credentials, USER_AGENT, CancellationToken::new(), Timing::default())
            .organization()
            .await
            .unwrap_err();
        assert!(
            matches!(error.refusal(), Some(RefusalKind::Unauthorized { token: RefusedToken::Expired, .. })),
            "{error}"
        );
    }
}
