//! Documents of identity providers.

use jwks::{Document, KEY_LIMIT, Problem, judge};
use serde_json::Value;

use super::assert_readable;

/// A JWKS document. A document without a fatal problem has a key that can verify RS256, and none that is private; what is
/// told of it is short; and its form makes no difference.
pub fn jwks(bytes: &[u8]) {
    let document = match Document::parse(bytes) {
        Ok(document) => document,
        Err(error) => return assert_readable(&error.to_string()),
    };
    let problems = judge(&document);
    for problem in &problems {
        assert_readable(&problem.to_string());
    }
    let json: Value = serde_json::from_slice(bytes).expect("it was read");
    let keys = json["keys"].as_array().expect("it was read");
    assert!(keys.len() <= KEY_LIMIT && keys.len() == document.keys().len());
    let again = Document::parse(json.to_string().as_bytes()).expect("it was read");
    assert_eq!(judge(&again), problems);
    if !problems.iter().any(Problem::is_fatal) {
        assert!(keys.iter().any(may_verify_rs256));
        assert!(!keys.iter().any(is_private));
    }
}

fn may_verify_rs256(key: &Value) -> bool {
    /// 2,048 bits in base64, and 8,192 with some zeros before them.
    const LENGTHS: std::ops::Range<usize> = 342..100_000;
    let is = |name: &str, expected: &str| key[name].is_null() || key[name] == expected;
    let length = key["n"].as_str().map_or(0, str::len);
    key["kty"] == "RSA" && is("use", "sig") && is("alg", "RS256") && LENGTHS.contains(&length)
}

fn is_private(key: &Value) -> bool {
    ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].iter().any(|name| !key[name].is_null())
}
