//! The judgement of a JWKS document: can Turso verify tokens with it, and is it safe to rely on?

use std::collections::BTreeMap;
use std::fmt;

use thiserror::Error;

use super::key::Material;
use super::{Document, Key};

/// What is wrong with a document; nothing where it is fit for Turso. What is fatal comes first, and otherwise problems
/// have the order of the keys, with those of the whole document last.
pub fn judge(document: &Document) -> Vec<Problem> {
    let keys = document.keys();
    if keys.is_empty() {
        return vec![Problem::NoKeys];
    }
    let mut named: Vec<(KeyName, &Key)> = vec![];
    for (position, key) in keys.iter().enumerate() {
        if named.iter().all(|(_, earlier)| *earlier != key) {
            named.push((KeyName::new(position, key), key));
        }
    }
    let mut problems: Vec<_> =
        named.iter().flat_map(|(name, key)| problems_of_key(name, key, keys)).collect();
    problems.extend(shared_ids(keys));
    if !keys.iter().any(is_usable) {
        explain_no_usable_key(&mut problems, keys);
    }
    problems.sort_by_key(|problem| !problem.is_fatal());
    problems
}

/// Where a key was to be the usable one and is not, its own problem says so: one cause, one complaint.
fn explain_no_usable_key(problems: &mut Vec<Problem>, keys: &[Key]) {
    let mut explained = false;
    for problem in &mut *problems {
        match problem {
            Problem::Malformed { key, leaves_none, .. } if may_be_rsa(&keys[key.position]) => {
                *leaves_none = true;
                explained = true;
            }
            Problem::ShortModulus { .. } | Problem::LongModulus { .. } => explained = true,
            _ => {}
        }
    }
    if !explained {
        problems.push(Problem::NoUsableKey { kinds: kinds(keys) });
    }
}

fn may_be_rsa(key: &Key) -> bool {
    key.kty().is_none_or(|kty| kty == "RSA")
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
    /// A modulus that is too long for verifiers: ring and aws-lc, for two, read no longer one.
    #[error("{key} is an RSA key of {bits} bits, and verifiers take no more than {LONGEST_MODULUS}")]
    LongModulus { key: KeyName, bits: usize },
    /// Keys that a token can't tell apart.
    #[error("{count} keys have the same `kid`, {kid}: a token of one may be checked with the other")]
    SharedKid { kid: String, count: usize },
    /// One key of several has no `kid`, so that no token can name it.
    #[error("{key} has no `kid`, and there are others: tokens can't say which of them to use")]
    NoKid { key: KeyName },
    /// A key that can't be read.
    #[error(
        "{key} is malformed: {reason}{}", if *.leaves_none { ". No other key can verify RS256" } else { "" }
    )]
    Malformed {
        key: KeyName,
        reason: &'static str,
        /// Whether no sound key is left to verify RS256 with.
        leaves_none: bool,
    },
}

impl Problem {
    /// Whether Turso can't check tokens because of it, or takes those of someone else. Anything else is worth a look.
    pub fn is_fatal(&self) -> bool {
        !matches!(self, Self::NoKid { .. } | Self::Malformed { leaves_none: false, .. })
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

/// In bits. What verifies with a longer one would be slow enough to be stalled by it.
const LONGEST_MODULUS: usize = 8192;

fn problems_of_key(name: &KeyName, key: &Key, keys: &[Key]) -> Vec<Problem> {
    let mut problems = vec![];
    if !key.private_members().is_empty() {
        problems.push(Problem::PrivateKey { key: name.clone(), members: key.private_members().to_vec() });
    }
    match *key.material() {
        Material::Malformed(reason) => {
            problems.push(Problem::Malformed { key: name.clone(), reason, leaves_none: false });
        }
        Material::Rsa { modulus_bits } if key.is_for_rs256() && modulus_bits < SHORTEST_MODULUS => {
            problems.push(Problem::ShortModulus { key: name.clone(), bits: modulus_bits });
        }
        Material::Rsa { modulus_bits } if key.is_for_rs256() && modulus_bits > LONGEST_MODULUS => {
            problems.push(Problem::LongModulus { key: name.clone(), bits: modulus_bits });
        }
        Material::Rsa { .. } | Material::Other => {}
    }
    let has_others = keys.iter().any(|other| !other.is_same(key));
    if key.kid().is_none() && has_others && !matches!(key.material(), Material::Malformed(_)) {
        problems.push(Problem::NoKid { key: name.clone() });
    }
    problems
}

fn shared_ids(keys: &[Key]) -> impl Iterator<Item = Problem> {
    let mut named = BTreeMap::<&str, Vec<&Key>>::new();
    for (kid, key) in keys.iter().filter_map(|key| Some((key.kid()?, key))) {
        let named = named.entry(kid).or_default();
        if named.iter().all(|earlier| !earlier.is_same(key)) {
            named.push(key);
        }
    }
    let shared = named.into_iter().filter(|(_, keys)| keys.len() > 1);
    shared.map(|(kid, keys)| Problem::SharedKid { kid: quoted_kid(kid), count: keys.len() })
}

fn is_usable(key: &Key) -> bool {
    matches!(*key.material(), Material::Rsa { modulus_bits } if (SHORTEST_MODULUS..=LONGEST_MODULUS).contains(&modulus_bits))
        && key.is_for_rs256()
}

fn kinds(keys: &[Key]) -> String {
    const LISTED: usize = 5;
    const READABLE: usize = 32;
    let kind = |key: &Key| {
        let words = [Some(key.kty().unwrap_or("of no kind")), key.alg(), key.intended_use()];
        let words = words.into_iter().flatten().filter(|word| !word.is_empty());
        let mut words: Vec<_> = words.map(|word| excerpt::line(word, READABLE)).collect();
        if key.has_operations_without_verify() {
            words.push("whose `key_ops` lack `verify`".to_owned());
        }
        words.join(" ")
    };
    excerpt::list(keys.iter().map(kind), LISTED)
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
            json!([rsa(8192, json!({"alg": null, "kid": null}))]),
            // A key that is listed twice is one key.
            json!([rsa(2048, json!({"kid": "1"})), rsa(2048, json!({"kid": "1", "alg": "RS256"}))]),
            json!([rsa(2048, json!({})), rsa(2048, json!({}))]),
            json!([rsa(2048, json!({"kid": "1"})), elliptic(json!({"kid": "2", "alg": "ES256"}))]),
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
                json!([
                    elliptic(json!({"kid": "1", "alg": "ES256"})),
                    rsa(2048, json!({"kid": "2", "use": "enc"}))
                ]),
                vec![
                    "fatal: no key can verify RS256, the algorithm of Clerk's and Auth0's tokens and the only one known \
                     to work with Turso; the keys are EC ES256, RSA enc",
                ],
            ),
            (
                json!([
                    rsa(2048, json!({"use": "sig", "key_ops": ["sign"]})),
                    elliptic(json!({"kid": "1", "key_ops": "verify"}))
                ]),
                vec![
                    "fatal: no key can verify RS256, the algorithm of Clerk's and Auth0's tokens and the only one known \
                     to work with Turso; the keys are RSA sig whose `key_ops` lack `verify`, EC whose `key_ops` lack \
                     `verify`",
                    "minor: key number 1 has no `kid`, and there are others: tokens can't say which of them to use",
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
                json!([good(), rsa(4096, json!({"kid": "good"})), good()]),
                vec![
                    "fatal: 2 keys have the same `kid`, \"good\": a token of one may be checked with the other",
                ],
            ),
            (
                json!([good(), rsa(4096, json!({}))]),
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
            (
                json!([good(), rsa(1_000_000, json!({"kid": "huge"}))]),
                vec![
                    "fatal: the key \"huge\" is an RSA key of 1000000 bits, and verifiers take no more than 8192",
                ],
            ),
            (
                json!([elliptic(json!({"kid": "e"})), {"kty": "RSA", "kid": "x", "x5c": ["MII"]}]),
                vec![
                    "fatal: the key \"x\" is malformed: it lacks `n` and `e`, and a certificate in `x5c` does not stand \
                     for them. No other key can verify RS256",
                ],
            ),
            (
                json!([rsa(1024, json!({}))]),
                vec!["fatal: key number 1 is an RSA key of 1024 bits, and RS256 needs 2048"],
            ),
            (
                json!([elliptic(json!({})), 7, {"kid": "d", "d": "x"}, good()]),
                vec![
                    "fatal: the key \"d\" is published with `d`, which only the signer may know: anyone can sign tokens \
                     with it. Replace the key",
                    "minor: key number 1 has no `kid`, and there are others: tokens can't say which of them to use",
                    "minor: key number 2 is malformed: it is not an object",
                    "minor: the key \"d\" is malformed: it has no `kty`",
                ],
            ),
            (
                json!([{"kty": "EC", "kid": "e", "alg": "ES256"}]),
                vec![
                    "fatal: no key can verify RS256, the algorithm of Clerk's and Auth0's tokens and the only one known \
                     to work with Turso; the keys are EC ES256",
                    "minor: the key \"e\" is malformed: its curve `crv` is not a string",
                ],
            ),
            (json!([good(), 7]), vec!["minor: key number 2 is malformed: it is not an object"]),
            (json!([good(), {"kid": "x"}]), vec!["minor: the key \"x\" is malformed: it has no `kty`"]),
            (
                json!([good(), rsa(2048, json!({"kid": 7}))]),
                vec!["minor: key number 2 is malformed: its `kid`, `kty`, `alg` or `use` is not a string"],
            ),
        ] {
            assert_eq!(problems(keys.clone()), expected, "{keys}");
        }
    }

    #[test]
    fn the_kinds_of_many_keys_are_cut() {
        let key = |n: usize| json!({"kty": format!("{n:0>200}"), "kid": n.to_string()});
        let [problem] = &problems(json!((0..100).map(key).collect::<Vec<_>>()))[..] else { panic!() };
        assert!(problem.ends_with("…, and 95 more") && problem.len() < 400, "{problem}");
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
        let modulus = URL_SAFE_NO_PAD.encode(vec![0xff; bits / 8]);
        with(json!({"kty": "RSA", "n": modulus, "e": "AQAB"}), &members)
    }

    /// With the generator of P-256 for a point.
    fn elliptic(members: Value) -> Value {
        let (x, y) =
            ("axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY", "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU");
        with(json!({"kty": "EC", "crv": "P-256", "x": x, "y": y}), &members)
    }

    fn with(mut key: Value, members: &Value) -> Value {
        for (name, member) in members.as_object().unwrap() {
            key[name] = member.clone();
        }
        key
    }
}
