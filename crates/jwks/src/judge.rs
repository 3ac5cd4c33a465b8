//! The judgement of a JWKS document: can Turso verify tokens with it, and is it safe to rely on?

use std::collections::BTreeMap;
use std::fmt;

use thiserror::Error;

use super::key::Material;
use super::{Document, Key};

/// What is wrong with a document, in the order of its keys; nothing where it is fit for Turso. What concerns
/// the whole document comes last.
pub fn judge(document: &Document) -> Vec<Problem> {
    let keys = document.keys();
    if keys.is_empty() {
        return vec![Problem::NoKeys];
    }
    let named = || keys.iter().enumerate().map(|(position, key)| (KeyName::new(position, key), key));
    let mut problems =
        named().flat_map(|(name, key)| problems_of_key(name, key, keys.len())).collect::<Vec<_>>();
    problems.extend(shared_ids(keys));
    if !keys.iter().any(is_usable) {
        problems.push(Problem::NoUsableKey { kinds: kinds(keys) });
    }
    problems
}

/// Something wrong with a JWKS document. The message is a sentence without a full stop.
#[expect(missing_docs, reason = "the message and the name say what a field is")]
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum Problem {
    /// An empty array.
    #[error("the document has no keys")]
    NoKeys,
    /// No key to verify RS256 with.
    #[error(
        "no key can verify RS256, the algorithm of Clerk's and Auth0's tokens and the only one known to work with \
         Turso; the keys are {kinds}"
    )]
    NoUsableKey { kinds: String },
    /// Members that are not for the public.
    #[error(
        "{key} is published with {}, which only the signer may know: anyone can sign tokens with it. Replace the \
         key", quoted(.members)
    )]
    PrivateKey { key: KeyName, members: Vec<&'static str> },
    /// A modulus that is too short for RS256, by RFC 7518, section 3.3.
    #[error("{key} is an RSA key of {bits} bits, and RS256 needs {SHORTEST_MODULUS}")]
    ShortModulus { key: KeyName, bits: usize },
    /// Keys that a token can't tell apart.
    #[error("{count} keys have the same `kid`, {kid}: a token of one may be checked with the other")]
    SharedKid { kid: String, count: usize },
    /// One key of several has no `kid`, so that no token can name it.
    #[error("{key} has no `kid`, and there are others: tokens can't say which of them to use")]
    NoKid { key: KeyName },
    /// A key that can't be read.
    #[error("{key} is malformed: {reason}")]
    Malformed { key: KeyName, reason: &'static str },
}

impl Problem {
    /// Whether Turso can't check tokens because of it, or takes those of someone else. Anything else is worth a look.
    pub fn is_fatal(&self) -> bool {
        !matches!(self, Self::NoKid { .. } | Self::Malformed { .. })
    }
}

/// Which key of the document, for a message: by `kid`, else by its place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyName {
    position: usize,
    kid: Option<String>,
}

impl KeyName {
    fn new(position: usize, key: &Key) -> Self {
        Self { position, kid: key.kid().map(str::to_owned) }
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kid {
            Some(kid) => write!(f, "the key {}", quoted_kid(kid)),
            None => write!(f, "key number {}", self.position + 1),
        }
    }
}

/// In bits, by RFC 7518, section 3.3.
const SHORTEST_MODULUS: usize = 2048;

fn problems_of_key(name: KeyName, key: &Key, count: usize) -> Vec<Problem> {
    let mut problems = vec![];
    if !key.private_members().is_empty() {
        problems.push(Problem::PrivateKey { key: name.clone(), members: key.private_members().to_vec() });
    }
    match *key.material() {
        Material::Malformed(reason) => problems.push(Problem::Malformed { key: name.clone(), reason }),
        Material::Rsa { modulus_bits } if key.is_for_rs256() && modulus_bits < SHORTEST_MODULUS => {
            problems.push(Problem::ShortModulus { key: name.clone(), bits: modulus_bits });
        }
        Material::Rsa { .. } | Material::Other => {}
    }
    if key.kid().is_none() && count > 1 && !matches!(key.material(), Material::Malformed(_)) {
        problems.push(Problem::NoKid { key: name });
    }
    problems
}

fn shared_ids(keys: &[Key]) -> impl Iterator<Item = Problem> {
    let mut counts = BTreeMap::<&str, usize>::new();
    for kid in keys.iter().filter_map(Key::kid) {
        *counts.entry(kid).or_default() += 1;
    }
    let shared = counts.into_iter().filter(|(_, count)| *count > 1);
    shared.map(|(kid, count)| Problem::SharedKid { kid: quoted_kid(kid), count })
}

fn is_usable(key: &Key) -> bool {
    matches!(*key.material(), Material::Rsa { modulus_bits } if modulus_bits >= SHORTEST_MODULUS)
        && key.is_for_rs256()
}

fn kinds(keys: &[Key]) -> String {
    let kind = |key: &Key| {
        let words =
            [key.kty().unwrap_or("of no kind"), key.alg().unwrap_or(""), key.intended_use().unwrap_or("")];
        let words =
            words.into_iter().filter(|word| !word.is_empty()).map(|word| word.escape_debug().to_string());
        words.collect::<Vec<_>>().join(" ")
    };
    const LISTED: usize = 5;
    let more = if keys.len() > LISTED { ", …" } else { "" };
    keys.iter().take(LISTED).map(kind).collect::<Vec<_>>().join(", ") + more
}

/// A `kid` comes from outside and may be anything: it is escaped, and cut to what a person reads.
fn quoted_kid(kid: &str) -> String {
    const READABLE: usize = 64;

    excerpt::quoted(kid, READABLE)
}

fn quoted(members: &[&str]) -> String {
    members.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_documents_of_clerk_and_auth0_are_fit() {
        for keys in [
            json!([rsa(2048, json!({"kid": "ins_1", "use": "sig", "alg": "RS256"}))]),
            json!([
                rsa(2048, json!({"kid": "current", "use": "sig", "x5t": "a"})),
                rsa(4096, json!({"kid": "next"}))
            ]),
            json!([rsa(2048, json!({}))]),
            json!([rsa(2048, json!({"kid": "1"})), {"kty": "EC", "kid": "2", "alg": "ES256"}]),
        ] {
            assert_eq!(problems(keys.clone()), Vec::<String>::new(), "{keys}");
        }
    }

    #[test]
    fn each_problem_is_named_with_its_key_and_severity() {
        let good = || rsa(2048, json!({"kid": "good"}));
        for (keys, expected) in [
            (json!([]), vec!["fatal: the document has no keys"]),
            (
                json!([{"kty": "EC", "kid": "1", "alg": "ES256"}, rsa(2048, json!({"kid": "2", "use": "enc"}))]),
                vec![
                    "fatal: no key can verify RS256, the algorithm of Clerk's and Auth0's tokens and the only one known \
                     to work with Turso; the keys are EC ES256, RSA enc",
                ],
            ),
            (
                json!([good(), rsa(2048, json!({"kid": "bad", "d": "x", "q": "x"}))]),
                vec![
                    "fatal: the key \"bad\" is published with `d`, `q`, which only the signer may know: anyone can sign \
                     tokens with it. Replace the key",
                ],
            ),
            (
                json!([good(), {"kty": "oct", "kid": "hs", "k": "x"}]),
                vec![
                    "fatal: the key \"hs\" is published with `k`, which only the signer may know: anyone can sign tokens \
                     with it. Replace the key",
                ],
            ),
            (
                json!([good(), rsa(1024, json!({"kid": "old"}))]),
                vec!["fatal: the key \"old\" is an RSA key of 1024 bits, and RS256 needs 2048"],
            ),
            (
                json!([good(), good()]),
                vec![
                    "fatal: 2 keys have the same `kid`, \"good\": a token of one may be checked with the other",
                ],
            ),
            (
                json!([good(), rsa(2048, json!({}))]),
                vec![
                    "minor: key number 2 has no `kid`, and there are others: tokens can't say which of them to use",
                ],
            ),
            (
                json!([good(), {"kty": "RSA", "kid": "x", "n": "a+/=", "e": "AQAB"}]),
                vec![
                    "minor: the key \"x\" is malformed: its modulus `n` is not an unpadded base64url integer",
                ],
            ),
            (json!([good(), 7]), vec!["minor: key number 2 is malformed: it is not an object"]),
            (json!([good(), {"kid": "x"}]), vec!["minor: the key \"x\" is malformed: it has no `kty`"]),
            (
                json!([good(), rsa(2048, json!({"kid": 7}))]),
                vec!["minor: key number 2 is malformed: its `kid`, `alg` or `use` is not a string"],
            ),
        ] {
            assert_eq!(problems(keys.clone()), expected, "{keys}");
        }
    }

    #[test]
    fn a_kid_is_escaped_and_cut() {
        assert_eq!(quoted_kid("a\n\u{202e}"), r#""a\n\u{202e}""#);
        assert_eq!(quoted_kid(&"é".repeat(100)), format!("\"{}\"…", "é".repeat(64)));
    }

    proptest! {
        #[test]
        fn no_document_repeats_a_private_member(name in "d|dp|dq|k|oth|p|q|qi", kty in "RSA|EC|OKP|oct") {
            let document = document(json!([{"kty": kty, "kid": "1", "n": "_w", "e": "AQAB", name: "s3cr3t"}]));
            let problems = judge(&document);
            let is_named = problems.iter().any(|problem| matches!(problem, Problem::PrivateKey { .. }));
            prop_assert!(is_named);
            let printed = problems.iter().map(|problem| format!("{problem} {problem:?}")).collect::<String>();
            let is_repeated = format!("{document:?} {printed}").contains("s3cr3t");
            prop_assert!(!is_repeated);
        }

        #[test]
        fn any_bytes_are_a_document_or_an_error(bytes: Vec<u8>) {
            let _ = Document::parse(&bytes).map(|document| judge(&document));
        }
    }

    fn problems(keys: Value) -> Vec<String> {
        let problems = judge(&document(keys));
        problems
            .iter()
            .map(|problem| format!("{}: {problem}", if problem.is_fatal() { "fatal" } else { "minor" }))
            .collect()
    }

    fn document(keys: Value) -> Document {
        Document::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
    }

    fn rsa(bits: usize, members: Value) -> Value {
        let mut key = json!({"kty": "RSA", "n": URL_SAFE_NO_PAD.encode(vec![0xff; bits / 8]), "e": "AQAB"});
        for (name, member) in members.as_object().unwrap() {
            key[name] = member.clone();
        }
        key
    }
}
