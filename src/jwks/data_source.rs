//! `turso_jwks`: the JWKS document at a URL as it is now, judged.

use std::sync::Arc;

use framework::{DataSource, Diagnostics, path};
use jwks::{Document, judge};

use super::preflight::{Preflight, not_fetched};
use super::url;
use crate::report;

#[derive(Debug)]
pub(crate) struct JwksDataSource {
    preflight: Arc<Preflight>,
}

framework::model! {
    /// Fetches the JWKS document of an identity provider and judges whether Turso can check tokens with it. It is made
    /// for `check` blocks that watch over a key rotation: a plan looks at an endpoint only when its URL is new, and keys
    /// change later.
    ///
    /// A document that can't be had (no answer within 5 seconds, another status than 200, no JWKS document, more than 100
    /// keys) is an error,
    /// which within a `check` block is shown as a warning and stops nothing. What is wrong with the keys of a document
    /// that was had is no error, but told in `valid` and `problems`. The provider needs no token for this.
    ///
    /// -> Terraform reads a data source within a `check` block once more in each apply. So a plan that has nothing else
    /// to do says `0 to add, 0 to change, 0 to destroy` instead of `No changes`, and `-detailed-exitcode` ends with 2.
    /// Outside of the block it is the other way around: plans can be empty, and a document that can't be had stops them.
    pub struct Judged, Config {
        /// URL of the document: https, without credentials and fragment. Redirects are followed to https only.
        url: String = required().check(url::check),
        /// The keys in the order of the document. What a key does not say about itself is null.
        keys: Vec<Key> = computed(),
        /// Whether nothing is wrong with the document: Turso can check RS256 signatures with it, and no key is private,
        /// too short, malformed or impossible to tell from another.
        valid: bool = computed(),
        /// What is wrong, one sentence each, the worst first: the first ten, and then how many more there are. Empty where
        /// the document is valid.
        problems: Vec<String> = computed(),
    }
}

framework::model! {
    /// A key of a document.
    pub struct Key {
        /// The key's ID, by which tokens name it.
        kid: Option<String> = computed(),
        /// The kind of key: `RSA`, `EC`, `OKP` or `oct`.
        kty: Option<String> = computed(),
        /// The algorithm that it is for, such as `RS256`.
        alg: Option<String> = computed(),
        /// `sig` for signatures, `enc` for encryption.
        r#use: Option<String> = computed(),
        /// The key's SHA-256 thumbprint (RFC 7638) as base64url, which tells keys apart whatever they are called. Null
        /// for symmetric and malformed keys.
        thumbprint: Option<String> = computed(),
    }
}

impl JwksDataSource {
    pub(crate) fn new(preflight: Arc<Preflight>) -> Self {
        Self { preflight }
    }
}

impl DataSource for JwksDataSource {
    type State = Judged;

    fn type_name(&self) -> &'static str {
        "turso_jwks"
    }

    async fn read(&self, config: Config) -> Result<(Judged, Diagnostics), Diagnostics> {
        let text = config.url.settled("url")?;
        let url = url::parse(&text).map_err(|complaint| complaint.at(path!(Judged.url)))?;
        let document = self.preflight.fetcher().fetch(&url).await;
        let document = document.map_err(|error| not_fetched(&error).at(path!(Judged.url)))?;
        Ok((Judged::of(text, &document), Diagnostics::none()))
    }
}

impl Judged {
    fn of(url: String, document: &Document) -> Self {
        const TOLD: usize = 10;
        let found = judge(document);
        let mut problems: Vec<_> =
            found.iter().take(TOLD).map(|problem| report::sentences(problem)).collect();
        if found.len() > TOLD {
            problems.push(format!("And {} more.", found.len() - TOLD));
        }
        let keys = document.keys().iter().map(Key::of).collect();
        Self { url, keys, valid: problems.is_empty(), problems }
    }
}

impl Key {
    fn of(key: &jwks::Key) -> Self {
        Self {
            kid: key.kid().map(str::to_owned),
            kty: key.kty().map(str::to_owned),
            alg: key.alg().map(str::to_owned),
            r#use: key.intended_use().map(str::to_owned),
            thumbprint: key.thumbprint().map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_without_a_usable_key_is_read_and_not_valid() {
        let document = Document::parse(br#"{"keys":[{"kty":"new","kid":"1","alg":"ES256"}]}"#).unwrap();
        let judged = Judged::of("https://a.example/".to_owned(), &document);
        assert!(!judged.valid);
        let [problem] = judged.problems.as_slice() else { panic!("{judged:?}") };
        assert!(problem.starts_with("No key can verify RS256") && problem.ends_with('.'), "{problem}");
        let text = |text: &str| Some(text.to_owned());
        let key = Key { kid: text("1"), kty: text("new"), alg: text("ES256"), r#use: None, thumbprint: None };
        assert_eq!(judged.keys, [key]);
    }

    #[test]
    fn the_first_problems_are_told_and_how_many_more_there_are() {
        let key = |n| format!(r#"{{"kty":"new","kid":"{n}","d":"x"}}"#);
        let keys = (0..30).map(key).collect::<Vec<_>>().join(",");
        let document = Document::parse(format!(r#"{{"keys":[{keys}]}}"#).as_bytes()).unwrap();
        let judged = Judged::of("https://a.example/".to_owned(), &document);
        assert_eq!((judged.problems.len(), judged.problems[10].as_str()), (11, "And 21 more."));
    }
}
