//! The keys of JWKS documents (RFC 7517): fetched on demand, kept, and fetched again where a token names a key that
//! is not among them.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::time::Duration;

use anyhow::Context as _;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::{Certificate, Client};
use serde_json::Value;

use super::Jwt;
use crate::lock::lock;

/// One fetch of a JWKS document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwksFetch {
    /// The URL.
    pub url: String,
    /// Why it gave no keys, where it gave none.
    pub error: Option<String>,
}

/// The keys fetched so far, by URL.
#[derive(Debug, Default)]
pub(crate) struct FetchedKeys {
    roots: Mutex<Vec<Certificate>>,
    client: Mutex<Option<Client>>,
    keys: Mutex<HashMap<String, Vec<Key>>>,
    fetches: Mutex<Vec<JwksFetch>>,
}

#[derive(Debug, Clone)]
struct Key {
    id: Option<String>,
    components: RsaPublicKeyComponents<Vec<u8>>,
}

const TIMEOUT: Duration = Duration::from_secs(5);
const LARGEST_DOCUMENT: usize = 1 << 20;

impl FetchedKeys {
    /// Trusts one more root, in PEM, beside those of the system and of `SSL_CERT_FILE`.
    pub(crate) fn trust(&self, pem: &str) -> anyhow::Result<()> {
        let roots = Certificate::from_pem_bundle(pem.as_bytes()).context("the root is not PEM")?;
        anyhow::ensure!(!roots.is_empty(), "the PEM holds no certificate");
        lock(&self.roots).extend(roots);
        *lock(&self.client) = None;
        Ok(())
    }

    pub(crate) fn fetches(&self) -> Vec<JwksFetch> {
        lock(&self.fetches).clone()
    }

    /// Whether a key of these documents signed the token by RS256. The token doesn't choose the algorithm: it
    /// could choose `none`, or HS256 with a public key as its secret (RFC 8725, section 2.1).
    pub(crate) async fn verifies(&self, urls: &[String], jwt: &Jwt) -> bool {
        if jwt.algorithm != "RS256" {
            return false;
        }
        let mut fetched = HashSet::new();
        for url in urls {
            if !lock(&self.keys).contains_key(url) && fetched.insert(url) {
                self.fetch(url).await;
            }
        }
        if jwt.key_id.is_some() && self.candidates(urls, jwt).is_empty() {
            for url in urls {
                if fetched.insert(url) {
                    self.fetch(url).await;
                }
            }
        }
        self.candidates(urls, jwt).iter().any(|key| {
            key.components.verify(&RSA_PKCS1_2048_8192_SHA256, jwt.signed.as_bytes(), &jwt.signature).is_ok()
        })
    }

    /// The keys that may have signed: those of the token's `kid`, or all where it names none.
    fn candidates(&self, urls: &[String], jwt: &Jwt) -> Vec<Key> {
        let keys = lock(&self.keys);
        let of_these = urls.iter().filter_map(|url| keys.get(url)).flatten();
        of_these.filter(|key| jwt.key_id.is_none() || key.id == jwt.key_id).cloned().collect()
    }

    /// Fetches a document. Where that fails, the keys fetched before stay.
    async fn fetch(&self, url: &str) {
        let outcome = self.document(url).await.and_then(|body| keys(&body));
        let error = outcome.as_ref().err().map(|error| format!("{error:#}"));
        if let Ok(keys) = outcome {
            lock(&self.keys).insert(url.to_owned(), keys);
        }
        lock(&self.fetches).push(JwksFetch { url: url.to_owned(), error });
    }

    async fn document(&self, url: &str) -> anyhow::Result<Vec<u8>> {
        let mut response = self.client()?.get(url).send().await?;
        anyhow::ensure!(response.status() == 200, "status {}", response.status());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            anyhow::ensure!(body.len() <= LARGEST_DOCUMENT, "larger than 1 MiB");
        }
        Ok(body)
    }

    /// Made when it is first needed, since it loads the system's roots.
    fn client(&self) -> anyhow::Result<Client> {
        let mut client = lock(&self.client);
        if let Some(client) = &*client {
            return Ok(client.clone());
        }
        let roots = lock(&self.roots).clone();
        let made = Client::builder().tls_certs_merge(roots).timeout(TIMEOUT).no_proxy().build()?;
        Ok(client.insert(made).clone())
    }
}

/// The usable keys of a document; others are ignored.
fn keys(body: &[u8]) -> anyhow::Result<Vec<Key>> {
    let document: Value = serde_json::from_slice(body).context("not JSON")?;
    let keys = document.get("keys").and_then(Value::as_array).context("no array \"keys\"")?;
    Ok(keys.iter().filter_map(key).collect())
}

fn key(jwk: &Value) -> Option<Key> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let usable = text("kty") == Some("RSA")
        && text("use").is_none_or(|usage| usage == "sig")
        && text("alg").is_none_or(|algorithm| algorithm == "RS256");
    let number = |name| text(name).and_then(|text| BASE64_URL_SAFE_NO_PAD.decode(text).ok());
    let components = RsaPublicKeyComponents { n: number("n")?, e: number("e")? };
    usable.then(|| Key { id: text("kid").map(str::to_owned), components })
}
