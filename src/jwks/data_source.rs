//! `turso_jwks`: the JWKS document at a URL as it is now, judged.

use std::sync::Arc;

use super::url as jwks_url;
use crate::jwks::preflight::{Preflight, not_fetched};
use crate::report;
use framework::{
    Attribute, AttributePath, Check, DataSource, Diagnostic, Diagnostics, FromObject, Nesting, Object,
    Schema, ShapeError, ToObject, Type, Value, bug,
};
use jwks::{Document, Key, judge};

/// The data source.
#[derive(Debug)]
pub(crate) struct JwksDataSource {
    preflight: Arc<Preflight>,
}

/// Its configuration: the URL, which is empty while it is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    url: Option<String>,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    url: String,
    document: Document,
}

impl JwksDataSource {
    /// The data source, with the fetcher of the preflight.
    pub(crate) fn new(preflight: Arc<Preflight>) -> Self {
        Self { preflight }
    }
}

impl DataSource for JwksDataSource {
    type Config = Config;
    type State = State;

    fn type_name(&self) -> &'static str {
        "turso_jwks"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "Fetches the JWKS document of an identity provider and judges whether Turso can check tokens with it. It is \
             made for `check` blocks that watch over a key rotation: a plan looks at an endpoint only when its URL is \
             new, and keys change later.\n\n\
             A document that can't be had (no answer within 5 seconds, another status than 200, no JWKS document) is an \
             error, which within a `check` block is shown as a warning and stops nothing. What is wrong with the keys of \
             a document that was had is no error, but told in `valid` and `problems`. The provider needs no token for \
             this.\n\n\
             -> Terraform reads a data source within a `check` block once more in each apply. So a plan that has nothing \
             else to do says `0 to add, 0 to change, 0 to destroy` instead of `No changes`, and `-detailed-exitcode` \
             ends with 2. Outside of the block it is the other way around: plans can be empty, and a document that can't \
             be had stops them.",
            vec![
                Attribute::required(
                    "url",
                    Type::String,
                    "URL of the document: https, without credentials and fragment. Redirects are followed to https only.",
                )
                .check(Check::String(jwks_url::check)),
                Attribute::computed_nested(
                    "keys",
                    Nesting::List,
                    vec![
                        Attribute::computed("kid", Type::String, "The key's ID, by which tokens name it."),
                        Attribute::computed("kty", Type::String, "The kind of key: `RSA`, `EC`, `OKP` or `oct`."),
                        Attribute::computed("alg", Type::String, "The algorithm that it is for, such as `RS256`."),
                        Attribute::computed("use", Type::String, "`sig` for signatures, `enc` for encryption."),
                        Attribute::computed(
                            "thumbprint",
                            Type::String,
                            "The key's SHA-256 thumbprint (RFC 7638) as base64url, which tells keys apart whatever they \
                             are called. Null for symmetric and malformed keys.",
                        ),
                    ],
                    "The keys in the order of the document. What a key does not say about itself is null.",
                ),
                Attribute::computed(
                    "valid",
                    Type::Bool,
                    "Whether nothing is wrong with the document: Turso can check RS256 signatures with it, and no key is \
                     private, too short, malformed or impossible to tell from another.",
                ),
                Attribute::computed(
                    "problems",
                    Type::list(Type::String),
                    "What is wrong, one sentence each. Empty where the document is valid.",
                ),
            ],
        )
    }

    async fn read(&self, config: Config) -> Result<(State, Diagnostics), Diagnostics> {
        let refused = |complaint: framework::Complaint| {
            Diagnostic::error(complaint.summary, complaint.detail).at(AttributePath::root("url"))
        };
        let Some(text) = config.url else {
            return Err(bug("The host asked to read a JWKS document whose URL is not known").into());
        };
        let url = jwks_url::parse(&text).map_err(refused)?;
        let document = self.preflight.fetcher().fetch(&url).await;
        let document = document.map_err(|error| refused(not_fetched(&error)))?;
        Ok((State { url: text, document }, Diagnostics::none()))
    }
}

impl FromObject for Config {
    fn from_object(object: &Object) -> Result<Self, ShapeError> {
        Ok(Self { url: object.string("url")?.known() })
    }
}

impl ToObject for State {
    fn to_object(&self) -> Object {
        let problems: Vec<_> =
            judge(&self.document).iter().map(|problem| report::sentences(problem)).collect();
        Object::new()
            .with("url", self.url.as_str())
            .with("keys", Value::List(self.document.keys().iter().map(key).collect()))
            .with("valid", Value::Bool(problems.is_empty()))
            .with("problems", Value::strings(problems))
    }
}

fn key(key: &Key) -> Value {
    Object::new()
        .with_optional("kid", key.kid())
        .with_optional("kty", key.kty())
        .with_optional("alg", key.alg())
        .with_optional("use", key.intended_use())
        .with_optional("thumbprint", key.thumbprint())
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_without_a_usable_key_is_read_and_not_valid() {
        let document = Document::parse(br#"{"keys":[{"kty":"EC","kid":"1","alg":"ES256"}]}"#).unwrap();
        let object = State { url: "https://a.example/".to_owned(), document }.to_object();
        assert_eq!(object.value("valid"), &Value::Bool(false));
        let Value::List(problems) = object.value("problems") else { panic!("{object:?}") };
        let [Value::String(problem)] = problems.as_slice() else { panic!("{problems:?}") };
        assert!(problem.starts_with("No key can verify RS256") && problem.ends_with('.'), "{problem}");
        let Value::List(keys) = object.value("keys") else { panic!("{object:?}") };
        let expected = Object::new()
            .with("kid", "1")
            .with("kty", "EC")
            .with("alg", "ES256")
            .with("use", Value::Null)
            .with("thumbprint", Value::Null);
        assert_eq!(keys, &[expected.into()]);
    }
}
