//! One key of a JWKS document, as far as it is public.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

/// A public key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Key {
    kid: Option<String>,
    kty: Option<String>,
    alg: Option<String>,
    intended_use: Option<String>,
    verifies: bool,
    thumbprint: Option<String>,
    material: Material,
    private_members: Vec<&'static str>,
}

impl Key {
    /// The key's ID, by which a token names it.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The kind of key: `RSA`, `EC`, `OKP` or `oct`.
    pub fn kty(&self) -> Option<&str> {
        self.kty.as_deref()
    }

    /// The algorithm that it is for, such as `RS256`.
    pub fn alg(&self) -> Option<&str> {
        self.alg.as_deref()
    }

    /// The member `use`: `sig` for signatures, `enc` for encryption.
    pub fn intended_use(&self) -> Option<&str> {
        self.intended_use.as_deref()
    }

    /// The thumbprint of RFC 7638, as unpadded base64url of SHA-256. None for malformed keys, for kinds of
    /// key that have none, and for symmetric ones, whose thumbprint would help to guess them.
    pub fn thumbprint(&self) -> Option<&str> {
        self.thumbprint.as_deref()
    }

    /// Reads a member of `keys`, whatever it is.
    pub(super) fn read(key: &Value) -> Self {
        let nothing = Map::new();
        let members = key.as_object().unwrap_or(&nothing);
        let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
        let material = Material::read(key);
        let thumbprint = if matches!(material, Material::Malformed(_)) { None } else { thumbprint(members) };
        Self {
            kid: text("kid"),
            kty: text("kty"),
            alg: text("alg"),
            intended_use: text("use"),
            verifies: allows_verifying(members),
            thumbprint,
            material,
            private_members: PRIVATE_MEMBERS.into_iter().filter(|name| members.contains_key(*name)).collect(),
        }
    }

    /// Whether `use`, `key_ops` and `alg` let it verify RS256, or say nothing about it.
    pub(super) fn is_for_rs256(&self) -> bool {
        self.verifies && self.alg().is_none_or(|alg| alg == "RS256")
    }

    pub(super) fn material(&self) -> &Material {
        &self.material
    }

    /// The members of a private or symmetric key that it was published with, by name.
    pub(super) fn private_members(&self) -> &[&'static str] {
        &self.private_members
    }
}

/// The key itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Material {
    Rsa { modulus_bits: usize },
    Other,
    Malformed(&'static str),
}

impl Material {
    fn read(key: &Value) -> Self {
        let Some(members) = key.as_object() else {
            return Self::Malformed("it is not an object");
        };
        if ["kid", "alg", "use"]
            .iter()
            .any(|name| members.get(*name).is_some_and(|member| !member.is_string()))
        {
            return Self::Malformed("its `kid`, `alg` or `use` is not a string");
        }
        match members.get("kty").and_then(Value::as_str) {
            None => Self::Malformed("it has no `kty`"),
            Some("RSA") => Self::read_rsa(members),
            Some(_) => Self::Other,
        }
    }

    fn read_rsa(members: &Map<String, Value>) -> Self {
        let integer = |name: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(members.get(name)?.as_str()?).ok()?;
            let first = bytes.iter().position(|byte| *byte != 0)?;
            Some(bytes[first..].to_vec())
        };
        match (integer("n"), integer("e")) {
            (None, _) => Self::Malformed("its modulus `n` is not an unpadded base64url integer"),
            (_, None) => Self::Malformed("its exponent `e` is not an unpadded base64url integer"),
            (_, Some(exponent)) if exponent == [1] || exponent.last().is_some_and(|byte| byte % 2 == 0) => {
                Self::Malformed("its exponent `e` is no exponent of RSA")
            }
            (Some(modulus), _) => Self::Rsa { modulus_bits: bit_length(&modulus) },
        }
    }
}

/// The members of RFC 7518, section 6, that no one but the signer may know.
const PRIVATE_MEMBERS: [&str; 8] = ["d", "dp", "dq", "k", "oth", "p", "q", "qi"];

/// `use` and `key_ops`, where they are given, must speak of signatures.
fn allows_verifying(members: &Map<String, Value>) -> bool {
    let use_allows = members.get("use").is_none_or(|intended| intended == "sig");
    let operations_allow = members.get("key_ops").is_none_or(|operations| {
        operations
            .as_array()
            .is_some_and(|operations| operations.iter().any(|operation| operation == "verify"))
    });
    use_allows && operations_allow
}

/// The members that RFC 7638, section 3.2, and RFC 8037 hash, as JSON without white space and sorted by name,
/// which is the order in which they are listed here.
fn thumbprint(members: &Map<String, Value>) -> Option<String> {
    let hashed: &[&str] = match members.get("kty")?.as_str()? {
        "RSA" => &["e", "kty", "n"],
        "EC" => &["crv", "kty", "x", "y"],
        "OKP" => &["crv", "kty", "x"],
        _ => return None,
    };
    let member = |name: &&str| Some(format!("{}:{}", json!(name), json!(members.get(*name)?.as_str()?)));
    let members = hashed.iter().map(member).collect::<Option<Vec<_>>>()?;
    let text = format!("{{{}}}", members.join(","));
    Some(URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes())))
}

/// The length of an integer of big-endian bytes with no leading zero.
fn bit_length(integer: &[u8]) -> usize {
    let leading_zeros = integer.first().map_or(0, |byte| byte.leading_zeros() as usize);
    integer.len() * 8 - leading_zeros
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_the_example_in_rfc_7638() {
        let key = Key::read(&json!({
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCi\
                  FV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9\
                  c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1j\
                  F44-csFCur-kEgU8awapJzKnqDKgw",
            "e": "AQAB",
            "alg": "RS256",
            "kid": "2011-04-29",
        }));
        assert_eq!(key.thumbprint(), Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
        assert_eq!(key.material(), &Material::Rsa { modulus_bits: 2048 });
        assert!(key.is_for_rs256());
    }

    #[test]
    fn the_thumbprint_is_that_of_the_example_in_rfc_8037() {
        let key = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        assert_eq!(Key::read(&key).thumbprint(), Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
    }

    #[test]
    fn symmetric_and_malformed_keys_have_no_thumbprint() {
        for key in [
            json!({"kty": "oct", "k": "c2VjcmV0"}),
            json!({"kty": "RSA", "n": "AA==", "e": "AQAB"}),
            json!({"kty": "EC", "crv": "P-256", "x": "AA"}),
            json!({"kty": "new"}),
            json!("key"),
        ] {
            assert_eq!(Key::read(&key).thumbprint(), None, "{key}");
        }
    }

    #[test]
    fn use_operations_and_algorithm_decide_what_a_key_is_for() {
        for (members, is_for_rs256) in [
            (json!({}), true),
            (json!({"use": "sig", "alg": "RS256", "key_ops": ["verify"]}), true),
            (json!({"use": "enc"}), false),
            (json!({"alg": "PS256"}), false),
            (json!({"key_ops": ["encrypt"]}), false),
            (json!({"key_ops": "verify"}), false),
        ] {
            assert_eq!(Key::read(&members).is_for_rs256(), is_for_rs256, "{members}");
        }
    }

    #[test]
    fn leading_zeros_do_not_lengthen_a_modulus() {
        for (modulus, bits) in [("AQ", 1), ("_w", 8), ("AP8", 8), ("AQA", 9)] {
            let key = Key::read(&json!({"kty": "RSA", "n": modulus, "e": "AQAB"}));
            assert_eq!(key.material(), &Material::Rsa { modulus_bits: bits });
        }
    }

    #[test]
    fn nothing_of_a_private_key_is_kept() {
        let key = json!({"kty": "RSA", "n": "_w", "e": "AQAB", "d": "s3cr3t", "p": "s3cr3t", "k": "s3cr3t"});
        let key = Key::read(&key);
        assert_eq!(key.private_members(), ["d", "k", "p"]);
        assert!(!format!("{key:?}").contains("s3cr3t"));
    }
}
