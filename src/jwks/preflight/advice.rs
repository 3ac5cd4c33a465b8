//! What is wrong with a JWKS document, or with the way to it, in the words of a diagnostic: what was found, what it
//! would do to tokens, and the way out.

use crate::advice::of_obstacle;
use crate::report;
use framework::Complaint;
use jwks::fetch::{FetchError, TIMEOUT};
use jwks::{DocumentError, Problem};
use turso_client::Obstacle;

/// Why a document could not be fetched, what that does to tokens, and the way out.
pub(crate) fn not_fetched(error: &FetchError) -> Complaint {
    const CONSEQUENCE: &str = "Turso checks the signature of every token with this document. Without it, it answers each of them with an \
         opaque 401.";

    let cause = report::with_causes(error);
    let detail =
        format!("The JWKS document could not be fetched: {cause}.\n\n{CONSEQUENCE} {}", way_to(error));
    Complaint::new(obstacle(error), detail)
}

/// What is wrong with the keys of a document, and the way out.
pub(crate) fn unfit(problem: &Problem) -> Complaint {
    Complaint::new(flaw(problem), format!("{}\n\n{}", report::sentences(problem), remedy(problem)))
}

fn obstacle(error: &FetchError) -> String {
    let obstacle = match error {
        FetchError::Unsafe(_) => "JWKS URL is not safe",
        FetchError::Client(_) => "JWKS document not looked at",
        FetchError::Unreachable { .. } => "JWKS URL can't be reached",
        FetchError::Tls { .. } => "JWKS URL is not trusted",
        FetchError::TimedOut { .. } => "JWKS URL does not answer",
        FetchError::Redirect { .. } => "JWKS URL leads elsewhere",
        FetchError::Status { status, .. } => return format!("JWKS URL answers with status {status}"),
        FetchError::TooLarge { .. } | FetchError::Encoded { .. } | FetchError::NotJwks { .. } => {
            "No JWKS document at this URL"
        }
    };
    obstacle.to_owned()
}

fn way_to(error: &FetchError) -> String {
    if let FetchError::Status { retry_after: Some(wait), .. } = error
        && *wait >= TIMEOUT
    {
        let wait = wait.as_secs();
        return format!(
            "The server asks to wait {wait} s: plan again after that. If it stays so, check the URL."
        );
    }
    const NETWORK: &str = "Check the host name, and that the document is on the public internet.";

    let obstacle = match error {
        FetchError::Client(error) => error.into(),
        FetchError::Unreachable { obstacle, .. } => obstacle.clone(),
        FetchError::Tls { .. } => Obstacle::Untrusted,
        FetchError::TimedOut { .. } => Obstacle::Network,
        answered => return way_to_document(answered).to_owned(),
    };
    of_obstacle(&obstacle, NETWORK)
}

/// The way out where there was an answer, or no question.
fn way_to_document(error: &FetchError) -> &'static str {
    const RIGHT_URL: &str = "Correct the URL: provider::turso::clerk_jwks_url tells it from Clerk's publishable key, \
         provider::turso::auth0_jwks_url from Auth0's domain.";

    match error {
        FetchError::Unsafe(_) => "Give the https URL of a public document.",
        FetchError::Redirect { .. } => "Give the URL at which the document itself is.",
        FetchError::Status { status: 401 | 403, .. } => {
            "The document must be public: Turso sends no credentials for it. At Clerk it is on the host of the \
             Frontend API, not at api.clerk.com: provider::turso::clerk_jwks_url tells its URL from the publishable key."
        }
        error if error.may_pass() => {
            "It was asked more than once. Plan again once the identity provider has recovered. If it stays so, check the \
             URL."
        }
        FetchError::Encoded { .. } | FetchError::NotJwks { cause: DocumentError::Compressed, .. } => {
            "Have the server, or the cache before it, send the document uncompressed to whoever asks for no compression: \
             Turso may not read it either."
        }
        FetchError::NotJwks { cause: DocumentError::Ambiguous(_) | DocumentError::ByteOrderMark, .. } => {
            "Have it corrected where it is published: Turso may read it in another way, or not at all."
        }
        FetchError::NotJwks { cause: DocumentError::TooManyKeys { .. }, .. } => {
            "An identity provider has one key, or a few while it changes them. Check that the URL is that of your own."
        }
        FetchError::NotJwks { url, cause: DocumentError::NoKeys } if url.contains("openid-configuration") => {
            "This is the description of the identity provider, not its keys: take the URL from its member jwks_uri."
        }
        _ => RIGHT_URL,
    }
}

fn flaw(problem: &Problem) -> &'static str {
    match problem {
        Problem::NoKeys => "JWKS document without keys",
        Problem::NoUsableKey { .. } => "JWKS document without a key for RS256",
        Problem::PrivateKey { .. } => "Private key published",
        Problem::ShortModulus { .. } => "JWKS key too short",
        Problem::LongModulus { .. } => "JWKS key too long",
        Problem::SharedKid { .. } => "JWKS keys with the same kid",
        Problem::NoKid { .. } => "JWKS key without kid",
        Problem::Malformed { .. } => "Malformed JWKS key",
    }
}

fn remedy(problem: &Problem) -> &'static str {
    match problem {
        Problem::NoKeys => {
            "Turso would refuse every token of this identity provider with an opaque 401. Check that the URL is that of \
             the right instance or tenant, and that it has a signing key."
        }
        Problem::NoUsableKey { .. } => {
            "Turso would refuse every token of this identity provider with an opaque 401. Have it sign with RS256: that \
             is signing_alg of an API at Auth0, and what Clerk does unless a JWT template has a signing key of its own."
        }
        Problem::PrivateKey { .. } => {
            "Turso would accept what anyone signs with it, whatever the claims. Rotate the key and take it out of the \
             document before Turso relies on it."
        }
        Problem::ShortModulus { .. } => {
            "Tokens signed with this key may be refused, and may be forged. Have the identity provider make a longer one."
        }
        Problem::LongModulus { .. } => {
            "Tokens signed with this key would be refused. Have the identity provider make one of 2048 to 4096 bits."
        }
        Problem::SharedKid { .. } => {
            "Tokens of one of them may be refused with an opaque 401. Give each key a kid of its own, or take those out \
             that no longer sign."
        }
        Problem::NoKid { .. } => {
            "Tokens signed with it may be refused with an opaque 401. Have the identity provider name each of its keys."
        }
        Problem::Malformed { .. } => {
            "Tokens signed with it may be refused with an opaque 401. Correct the key, or take it out of the document."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jwks::{Document, judge};

    #[test]
    fn a_status_says_what_to_do_about_it() {
        for (status, way_out) in [
            (404, "provider::turso::clerk_jwks_url tells it"),
            (401, "The document must be public"),
            (403, "not at api.clerk.com"),
            (408, "Plan again once"),
            (429, "Plan again once"),
            (503, "Plan again once"),
        ] {
            let url = "https://a.example/".to_owned();
            let complaint = not_fetched(&FetchError::Status { url, status, retry_after: None });
            assert_eq!(complaint.summary, format!("JWKS URL answers with status {status}"));
            let cause =
                format!("be fetched: https://a.example/ answered with status {status}.\n\nTurso checks");
            assert!(complaint.detail.contains(&cause), "{}", complaint.detail);
            assert!(complaint.detail.contains(way_out), "{}", complaint.detail);
        }
    }

    #[test]
    fn a_server_that_asks_for_more_time_than_there_is_is_told_from_one_that_was_asked_again() {
        let told = |seconds| {
            let retry_after = Some(std::time::Duration::from_secs(seconds));
            let url = "https://a.example/".to_owned();
            not_fetched(&FetchError::Status { url, status: 503, retry_after }).detail
        };
        assert!(told(60).ends_with(
            "The server asks to wait 60 s: plan again after that. If it stays so, check the URL."
        ));
        assert!(told(1).contains("It was asked more than once."));
    }

    #[test]
    fn the_description_of_a_provider_is_told_from_its_keys() {
        let url = "https://acme.eu.auth0.com/.well-known/openid-configuration".to_owned();
        let complaint = not_fetched(&FetchError::NotJwks { url, cause: DocumentError::NoKeys });
        assert!(complaint.detail.ends_with("take the URL from its member jwks_uri."), "{}", complaint.detail);
    }

    #[test]
    fn a_flaw_of_the_document_comes_with_what_it_does_to_tokens() {
        let document = Document::parse(br#"{"keys":[{"kty":"new","kid":"1","alg":"ES256","d":"s3cr3t"}]}"#);
        let complaints: Vec<_> = judge(&document.unwrap()).iter().map(unfit).collect();
        let summaries: Vec<_> = complaints.iter().map(|complaint| complaint.summary.as_str()).collect();
        assert_eq!(summaries, ["Private key published", "JWKS document without a key for RS256"]);
        assert!(complaints[0].detail.contains("anyone can sign tokens with it"), "{}", complaints[0].detail);
        assert!(complaints[1].detail.contains("opaque 401"), "{}", complaints[1].detail);
        assert!(complaints.iter().all(|complaint| !complaint.detail.contains("s3cr3t")));
    }
}
