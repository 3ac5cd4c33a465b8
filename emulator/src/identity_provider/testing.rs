//! What the tests of this module share: one authority, a client that trusts it, and a reader of tokens.

use std::sync::LazyLock;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::blocking::Client;
use reqwest::redirect::Policy;
use serde_json::Value;

use super::{CertificateAuthority, IdentityProvider};

pub(super) fn authority() -> &'static CertificateAuthority {
    static AUTHORITY: LazyLock<CertificateAuthority> = LazyLock::new(|| CertificateAuthority::new().unwrap());
    &AUTHORITY
}

/// A client that trusts an authority and nothing else, and follows no redirect.
pub(super) fn client(authority: &CertificateAuthority) -> Client {
    let pem = authority.pem().as_bytes();
    Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(pem).unwrap()])
        .redirect(Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

pub(super) fn header_of(token: &str) -> Value {
    part(token, 0)
}

pub(super) fn claims_of(token: &str) -> Value {
    part(token, 1)
}

/// Whether the provider's document verifies a token, as it is fetched.
pub(super) fn is_verified_by(provider: &IdentityProvider, token: &str) -> bool {
    let document: Value = client(authority()).get(provider.jwks_url()).send().unwrap().json().unwrap();
    verifies(token, document["keys"].as_array().unwrap())
}

/// Whether one of these JWKs is the token's, by its `kid`, and its RS256 signature is good.
pub(super) fn verifies(token: &str, keys: &[Value]) -> bool {
    let (input, signature) = token.rsplit_once('.').unwrap();
    let kid = &header_of(token)["kid"];
    keys.iter().filter(|key| &key["kid"] == kid).any(|key| {
        let key = RsaPublicKeyComponents {
            n: bytes(key["n"].as_str().unwrap()),
            e: bytes(key["e"].as_str().unwrap()),
        };
        key.verify(&RSA_PKCS1_2048_8192_SHA256, input.as_bytes(), &bytes(signature)).is_ok()
    })
}

fn part(token: &str, index: usize) -> Value {
    serde_json::from_slice(&bytes(token.split('.').nth(index).unwrap())).unwrap()
}

fn bytes(text: &str) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()
}
