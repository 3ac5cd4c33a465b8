//! Signing keys, their rotation, and signatures: the good one, and the bad ones that a verifier has to refuse.

use std::fmt;
use std::sync::{Arc, Mutex};

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding,
    RsaKeyPair, RsaPublicKeyComponents,
};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::lock::lock;

/// The keys of one provider: those published, of which the first and newest signs, and those that a rotation dropped.
pub struct KeyRing {
    keys: Mutex<Keys>,
    elliptic: EllipticKey,
}

/// What a rotation does with the keys that were published before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldKeys {
    /// They stay in the document, after the new one: tokens signed before still verify.
    Keep,
    /// They leave the document: tokens signed before are refused as soon as a verifier fetches it again.
    Drop,
}

/// A key's name: the `kid` of the document and of a token's header.
pub type KeyId = String;

/// How a token is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signature {
    /// RS256 by the first key, as both services sign.
    Current,
    /// RS256 by this key, published or dropped.
    By(KeyId),
    /// RS256 by the first key, with no `kid` in the header.
    WithoutKeyId,
    /// RS256 by a key that was never published, with the `kid` of the first key.
    Forged,
    /// PS256 by the first key.
    Ps256,
    /// ES256 by the key that [`JwksAnswer::OnlyEs256`](super::JwksAnswer::OnlyEs256) publishes.
    Es256,
    /// HS256 with the first published key as the secret: a verifier that lets the token choose the algorithm
    /// accepts it (RFC 8725, section 2.1).
    Hs256WithPublicKey,
    /// `alg: none` and an empty signature.
    Unsigned,
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The machine gave no key.
    #[error("could not make a signing key")]
    NotMade,
    /// No such key was ever on this ring.
    #[error("the identity provider has no key {0} to sign with")]
    Unknown(KeyId),
}

impl KeyRing {
    /// A ring with one key.
    pub(super) fn new() -> Result<Self, KeyError> {
        let keys = Keys { published: vec![Arc::new(RsaKey::new()?)], dropped: Vec::new() };
        Ok(Self { keys: Mutex::new(keys), elliptic: EllipticKey::new()? })
    }

    /// The published keys' names, in the document's order.
    pub fn published(&self) -> Vec<KeyId> {
        lock(&self.keys).published.iter().map(|key| key.id.clone()).collect()
    }

    /// Puts a new key first, which signs from now on, and returns its name.
    ///
    /// # Errors
    /// Where the machine gives no key; the old ones then stay as they are.
    pub fn rotate(&self, old: OldKeys) -> Result<KeyId, KeyError> {
        let key = Arc::new(RsaKey::new()?);
        let id = key.id.clone();
        let mut keys = lock(&self.keys);
        if old == OldKeys::Drop {
            let retired = std::mem::take(&mut keys.published);
            keys.dropped.extend(retired);
        }
        keys.published.insert(0, key);
        Ok(id)
    }

    /// Signs claims as they are, with nothing added: a JWT in compact form (RFC 7515, section 7.1). They are JSON, or
    /// its text, which can have a key twice.
    pub fn sign(&self, claims: &impl fmt::Display) -> String {
        self.front().token(claims)
    }

    /// Signs claims as they are, in a way of the caller's choice.
    ///
    /// # Errors
    /// Where the key named is not on this ring, or a key to forge with can't be made.
    pub fn sign_as(&self, signature: Signature, claims: &Value) -> Result<String, KeyError> {
        let front = self.front();
        Ok(match signature {
            Signature::Current => front.token(claims),
            Signature::By(id) => self.find(id)?.token(claims),
            Signature::WithoutKeyId => {
                compact("RS256", None, claims, |input| front.sign(&RSA_PKCS1_SHA256, input))
            }
            Signature::Forged => RsaKey { id: front.id.clone(), ..RsaKey::new()? }.token(claims),
            Signature::Ps256 => {
                compact("PS256", Some(&front.id), claims, |input| front.sign(&RSA_PSS_SHA256, input))
            }
            Signature::Es256 => {
                compact("ES256", Some(&self.elliptic.id), claims, |input| self.elliptic.sign(input))
            }
            Signature::Hs256WithPublicKey => {
                let secret = hmac::Key::new(hmac::HMAC_SHA256, front.pair.public_key().as_ref());
                compact("HS256", Some(&front.id), claims, |input| {
                    hmac::sign(&secret, input).as_ref().to_vec()
                })
            }
            Signature::Unsigned => compact("none", None, claims, |_| Vec::new()),
        })
    }

    /// The published keys as JWKs (RFC 7517), with the members that Clerk sends.
    pub(super) fn public_jwks(&self) -> Vec<Value> {
        lock(&self.keys).published.iter().map(|key| key.public_jwk()).collect()
    }

    /// The elliptic key as a JWK. No healthy document of this provider holds it.
    pub(super) fn elliptic_jwk(&self) -> Value {
        self.elliptic.public_jwk()
    }

    fn front(&self) -> Arc<RsaKey> {
        Arc::clone(
            lock(&self.keys).published.first().expect("a ring starts with a key, and each rotation adds one"),
        )
    }

    fn find(&self, id: KeyId) -> Result<Arc<RsaKey>, KeyError> {
        let keys = lock(&self.keys);
        let found = keys.published.iter().chain(&keys.dropped).find(|key| key.id == id).cloned();
        found.ok_or(KeyError::Unknown(id))
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").field("published", &self.published()).finish_non_exhaustive()
    }
}

struct Keys {
    published: Vec<Arc<RsaKey>>,
    dropped: Vec<Arc<RsaKey>>,
}

struct RsaKey {
    id: KeyId,
    pair: RsaKeyPair,
}

impl RsaKey {
    fn new() -> Result<Self, KeyError> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::NotMade)?;
        Ok(Self { id: new_id(), pair })
    }

    /// Claims as both services sign them.
    fn token(&self, claims: &dyn fmt::Display) -> String {
        compact("RS256", Some(&self.id), claims, |input| self.sign(&RSA_PKCS1_SHA256, input))
    }

    fn sign(&self, padding: &'static dyn RsaEncoding, input: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(padding, &SystemRandom::new(), input, &mut signature)
            .expect("a whole key signs any input into a buffer of its modulus' length");
        signature
    }

    fn public_jwk(&self) -> Value {
        let public = RsaPublicKeyComponents::<Vec<u8>>::from(self.pair.public_key());
        json!({
            "use": "sig",
            "kty": "RSA",
            "kid": self.id,
            "alg": "RS256",
            "n": BASE64_URL_SAFE_NO_PAD.encode(public.n),
            "e": BASE64_URL_SAFE_NO_PAD.encode(public.e),
        })
    }
}

struct EllipticKey {
    id: KeyId,
    pair: EcdsaKeyPair,
}

impl EllipticKey {
    fn new() -> Result<Self, KeyError> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| KeyError::NotMade)?;
        Ok(Self { id: new_id(), pair })
    }

    fn sign(&self, input: &[u8]) -> Vec<u8> {
        let signature = self.pair.sign(&SystemRandom::new(), input);
        signature.expect("a whole P-256 key signs any input").as_ref().to_vec()
    }

    fn public_jwk(&self) -> Value {
        // An uncompressed point: the byte 4, then x and y of 32 bytes each (SEC 1, section 2.3.3).
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        json!({
            "use": "sig",
            "kty": "EC",
            "crv": "P-256",
            "kid": self.id,
            "alg": "ES256",
            "x": BASE64_URL_SAFE_NO_PAD.encode(x),
            "y": BASE64_URL_SAFE_NO_PAD.encode(y),
        })
    }
}

fn new_id() -> KeyId {
    format!("key_{}", uuid::Uuid::new_v4().simple())
}

fn compact(
    algorithm: &str,
    id: Option<&KeyId>,
    claims: &dyn fmt::Display,
    sign: impl FnOnce(&[u8]) -> Vec<u8>,
) -> String {
    let mut header = json!({"alg": algorithm, "typ": "JWT"});
    if let Some(id) = id {
        header["kid"] = json!(id);
    }
    let encode = |part: &dyn fmt::Display| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
    let input = format!("{}.{}", encode(&header), encode(claims));
    let signature = sign(input.as_bytes());
    format!("{input}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{claims_of, header_of, verifies};
    use super::*;

    /// The name of the key that signs.
    fn current(ring: &KeyRing) -> KeyId {
        ring.published().remove(0)
    }

    #[test]
    fn the_document_verifies_what_the_front_key_signs() {
        let ring = KeyRing::new().unwrap();
        let token = ring.sign(&json!({"sub": "alice"}));
        assert_eq!(header_of(&token), json!({"alg": "RS256", "kid": current(&ring), "typ": "JWT"}));
        assert_eq!(claims_of(&token), json!({"sub": "alice"}));
        assert!(verifies(&token, &ring.public_jwks()));
    }

    #[test]
    fn a_changed_payload_no_longer_verifies() {
        let ring = KeyRing::new().unwrap();
        let mine = ring.sign(&json!({"a": "ro"}));
        let wider = ring.sign(&json!({"a": "rw"}));
        let payload = |token: &str| token.split('.').nth(1).unwrap().to_owned();
        let spliced = mine.replace(&payload(&mine), &payload(&wider));
        assert!(verifies(&mine, &ring.public_jwks()));
        assert!(!verifies(&spliced, &ring.public_jwks()));
    }

    #[test]
    fn rotation_puts_the_new_key_in_front_of_the_old_one() {
        let ring = KeyRing::new().unwrap();
        let old = current(&ring);
        let before = ring.sign(&json!({}));
        let new = ring.rotate(OldKeys::Keep).unwrap();
        assert_eq!(ring.published(), [new.clone(), old.clone()]);
        assert_eq!(header_of(&ring.sign(&json!({})))["kid"], *new);
        let by_old = ring.sign_as(Signature::By(old), &json!({})).unwrap();
        for token in [before, by_old] {
            assert!(verifies(&token, &ring.public_jwks()));
        }
    }

    #[test]
    fn a_dropped_key_still_signs_but_is_no_longer_published() {
        let ring = KeyRing::new().unwrap();
        let old = current(&ring);
        let new = ring.rotate(OldKeys::Drop).unwrap();
        assert_eq!(ring.published(), [new]);
        let token = ring.sign_as(Signature::By(old.clone()), &json!({})).unwrap();
        assert_eq!(header_of(&token)["kid"], *old);
        assert!(!verifies(&token, &ring.public_jwks()));
    }

    #[test]
    fn a_key_of_another_ring_is_unknown() {
        let stranger = current(&KeyRing::new().unwrap());
        let error = KeyRing::new().unwrap().sign_as(Signature::By(stranger.clone()), &json!({})).unwrap_err();
        assert!(error.to_string().contains(&stranger), "{error}");
    }

    #[test]
    fn bad_signatures_are_bad_in_the_way_they_say() {
        let ring = KeyRing::new().unwrap();
        let sign = |signature| ring.sign_as(signature, &json!({"a": "rw"})).unwrap();

        assert!(header_of(&sign(Signature::WithoutKeyId)).get("kid").is_none());

        let forged = sign(Signature::Forged);
        assert_eq!(header_of(&forged), header_of(&sign(Signature::Current)));
        assert!(!verifies(&forged, &ring.public_jwks()));

        let unsigned = sign(Signature::Unsigned);
        assert!(unsigned.ends_with('.'), "{unsigned}");

        for (signature, algorithm) in [
            (Signature::Ps256, "PS256"),
            (Signature::Es256, "ES256"),
            (Signature::Hs256WithPublicKey, "HS256"),
            (Signature::Unsigned, "none"),
        ] {
            let token = sign(signature);
            assert_eq!(header_of(&token)["alg"], algorithm);
            assert_eq!(claims_of(&token), json!({"a": "rw"}));
            assert!(!verifies(&token, &ring.public_jwks()), "{algorithm}");
        }
    }

    #[test]
    fn the_debug_form_shows_names_and_no_key() {
        let ring = KeyRing::new().unwrap();
        assert_eq!(format!("{ring:?}"), format!("KeyRing {{ published: [{:?}], .. }}", current(&ring)));
    }
}
