//! JWT templates: the claims that Turso composes for an identity provider to sign.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use claims::{Template, TemplateRequest};

use crate::OrganizationSlug;

use super::error::{Attempt, Error, Refusal, RefusalKind, Reply};
use super::http::{Method, Request};
use super::{Client, path, wire};

impl Client {
    /// Has a JWT template composed, and checks that it is what was asked for. Nothing is stored by it.
    ///
    /// Turso's CLI asked with GET and a body up to v1.0.29, and with POST since; so POST goes first, and GET where
    /// the server shows that it does not know POST. What a server knows is remembered.
    ///
    /// # Errors
    /// [`RefusalKind::TargetNotFound`] and [`RefusalKind::OrganizationNotFound`] where the API says so, [`Error::BadTemplate`]
    /// where the claims give anything but what was asked for, and those of any call.
    pub async fn jwt_template(
        &self,
        organization: &OrganizationSlug,
        request: &TemplateRequest,
    ) -> Result<Template, Error> {
        let target = request.target();
        let attempt = Attempt::to(format!("compose the JWT template of {target}"));
        let attempt = attempt.within(organization).about(target.clone());
        let answer = self.compose(organization, request, &attempt).await?;
        Template::check(request, answer.template)
            .map_err(|source| Error::BadTemplate { attempt, source: Arc::new(source) })
    }

    async fn compose(
        &self,
        organization: &OrganizationSlug,
        request: &TemplateRequest,
        attempt: &Attempt,
    ) -> Result<wire::TemplateAnswer, Error> {
        let with = |method| Request {
            method,
            path: path::template(organization),
            query: vec![],
            body: wire::template(request),
            attempt: attempt.clone(),
        };
        if self.memory.template_by_get.load(Ordering::Relaxed) {
            return self.http.ask(&with(Method::GET)).await;
        }
        match self.http.ask(&with(Method::POST)).await {
            Err(error) if is_unknown_method(&error) => {
                let answer = self.http.ask(&with(Method::GET)).await;
                if !matches!(&answer, Err(error) if is_unknown_method(error)) {
                    self.memory.template_by_get.store(true, Ordering::Relaxed);
                }
                answer
            }
            answer => answer,
        }
    }
}

/// Whether the server does not know this method on this path. A 404 that names what it did not find is another
/// kind than [`RefusalKind::Other`], and never leads to the other method.
fn is_unknown_method(error: &Error) -> bool {
    matches!(
        error,
        Error::Refused(Refusal { kind: RefusalKind::Other, reply: Reply { status: 404 | 405, .. }, .. })
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted_server::{Answer, Server, acme, json};
    use claims::{Scope, Target};

    const CLAIMS: &str =
        r#"{"template":{"a":"ro","id":"33057661-6f4f-4d3b-8d2e-7c3f0a2b9c11","perm":[],"rid":"b2"}}"#;
    const PATH: &str = "/v2/organizations/acme/jwks-template";

    fn read_only_app() -> TemplateRequest {
        TemplateRequest::unlimited(Target::Database("app".parse().unwrap()), Scope::ReadOnly)
    }

    async fn ask(server: &Server) -> Result<Template, Error> {
        server.client().jwt_template(&acme(), &read_only_app()).await
    }

    #[tokio::test]
    async fn a_template_is_asked_for_with_post_in_the_bytes_of_the_cli() {
        let server = Server::answering([json(200, CLAIMS)]).await;
        let template = ask(&server).await.unwrap();
        assert_eq!(template.access(), Scope::ReadOnly);
        let [request] = server.requests().try_into().unwrap();
        assert_eq!(request.line(), format!("POST {PATH}"));
        assert_eq!(
            request.body,
            "{\"database\":\"app\",\"group\":null,\"scope\":\"read-only\",\"permissions\":[]}\n"
        );
    }

    #[tokio::test]
    async fn a_server_that_knows_only_get_is_asked_with_get_from_then_on() {
        for unknown in [json(405, ""), json(404, "404 page not found"), json(404, r#"{"error":"not found"}"#)]
        {
            let server = Server::answering([unknown, json(200, CLAIMS), json(200, CLAIMS)]).await;
            let client = server.client();
            client.jwt_template(&acme(), &read_only_app()).await.unwrap();
            client.jwt_template(&acme(), &read_only_app()).await.unwrap();
            let get = format!("GET {PATH}");
            assert_eq!(server.lines(), [format!("POST {PATH}"), get.clone(), get]);
            let [post, first, second] = server.requests().try_into().unwrap();
            assert!(post.body == first.body && first.body == second.body && !post.body.is_empty());
        }
    }

    #[tokio::test]
    async fn a_server_that_knows_neither_method_is_asked_with_post_again() {
        let answers = [json(405, ""), json(405, ""), json(200, CLAIMS)];
        let server = Server::answering(answers).await;
        let client = server.client();
        let error = client.jwt_template(&acme(), &read_only_app()).await.unwrap_err();
        assert!(matches!(error.refusal(), Some(RefusalKind::Other)), "{error}");
        client.jwt_template(&acme(), &read_only_app()).await.unwrap();
        assert_eq!(server.lines()[2], format!("POST {PATH}"));
    }

    #[tokio::test]
    async fn no_other_refusal_leads_to_get() {
        type Is = fn(&Error) -> bool;
        let cases: [(Answer, Is); 8] = [
            (json(404, r#"{"error":"organization not found"}"#), |e| {
                matches!(e.refusal(), Some(RefusalKind::OrganizationNotFound))
            }),
            (
                json(
                    404,
                    r#"{"error":"could not find database with name [organization]: record not found"}"#,
                ),
                |e| matches!(e.refusal(), Some(RefusalKind::TargetNotFound)),
            ),
            (json(404, r#"{"error":"group not found"}"#), |e| {
                matches!(e.refusal(), Some(RefusalKind::TargetNotFound))
            }),
            (json(400, r#"{"error":"group not found"}"#), |e| {
                matches!(e.refusal(), Some(RefusalKind::TargetNotFound))
            }),
            (json(400, r#"{"error":"bad scope"}"#), |e| matches!(e.refusal(), Some(RefusalKind::Other))),
            (json(401, r#"{"error":"no"}"#), |e| {
                matches!(e.refusal(), Some(RefusalKind::Unauthorized { .. }))
            }),
            (json(403, r#"{"error":"no"}"#), |e| matches!(e.refusal(), Some(RefusalKind::Forbidden))),
            (json(500, r#"{"error":"no"}"#).always(), |e| {
                matches!(e.refusal(), Some(RefusalKind::ServerFault))
            }),
        ];
        for (answer, is) in cases {
            let server = Server::answering([answer]).await;
            let error = ask(&server).await.unwrap_err();
            assert!(is(&error), "{error:?}");
            assert!(server.lines().iter().all(|line| line.starts_with("POST")), "{:?}", server.lines());
        }
    }

    #[tokio::test]
    async fn a_template_that_is_not_200_is_no_template() {
        for status in [201, 203, 206] {
            let server = Server::answering([json(status, CLAIMS)]).await;
            let error = ask(&server).await.unwrap_err();
            assert!(matches!(error, Error::NotConclusive { .. }), "{status}: {error}");
        }
    }

    #[tokio::test]
    async fn a_wider_or_malformed_template_is_an_error() {
        for (answer, words) in [
            (r#"{"template":{"a":"rw","id":"33057661-6f4f-4d3b-8d2e-7c3f0a2b9c11","perm":[]}}"#, "asked for"),
            (r#"{"template":{}}"#, "asked for"),
            (r#"{"template":null}"#, "asked for"),
            ("{}", "template"),
            ("", "not JSON"),
            (
                r#"{"template":{"a":"rw","id":"33057661-6f4f-4d3b-8d2e-7c3f0a2b9c11","perm":[],"a":"ro"}}"#,
                "the same key twice",
            ),
        ] {
            let server = Server::answering([json(200, answer)]).await;
            let error = ask(&server).await.unwrap_err();
            assert!(matches!(error, Error::BadTemplate { .. } | Error::Malformed { .. }), "{error:?}");
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
