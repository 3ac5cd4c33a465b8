//! One key of a JWKS document, as far as it is public.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ParsedPublicKey,
};
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
    lacks_verify: bool,
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

    /// Reads a member of `keys`, whatever it is. A member that is null counts as absent.
    pub(super) fn read(key: &Value) -> Self {
        let given = key.as_object().into_iter().flatten().filter(|(_, member)| !member.is_null());
        let members: Map<_, _> = given.map(|(name, member)| (name.clone(), member.clone())).collect();
        let text = |name: &str| members.get(name).and_then(Value::as_str).filter(is_word).map(str::to_owned);
        let material = if key.is_object() {
            Material::read(&members)
        } else {
            Material::Malformed("it is not an object")
        };
        let thumbprint = if matches!(material, Material::Malformed(_)) { None } else { thumbprint(&members) };
        Self {
            kid: text("kid"),
            kty: text("kty"),
            alg: text("alg"),
            intended_use: text("use"),
            lacks_verify: lacks_verify(&members),
            thumbprint,
            material,
            private_members: PRIVATE_MEMBERS.into_iter().filter(|name| members.contains_key(*name)).collect(),
        }
    }

    /// Whether it is the other key once more, whatever is said about it: a key may be listed twice.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (&self.thumbprint, &other.thumbprint) {
            (Some(own), Some(other)) => own == other,
            _ => self == other,
        }
    }

    /// Whether `use`, `key_ops` and `alg` let it verify RS256, or say nothing about it.
    pub(super) fn is_for_rs256(&self) -> bool {
        self.intended_use().is_none_or(|intended| intended == "sig")
            && !self.lacks_verify
            && self.alg().is_none_or(|alg| alg == "RS256")
    }

    /// Whether it has `key_ops`, and `verify` is none of them.
    pub(super) fn has_operations_without_verify(&self) -> bool {
        self.lacks_verify
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
    fn read(members: &Map<String, Value>) -> Self {
        for name in ["kid", "alg", "use", "kty"] {
            match members.get(name) {
                Some(Value::String(text)) if is_word(&text.as_str()) => {}
                Some(Value::String(_)) => return Self::Malformed(NO_WORD),
                Some(_) => return Self::Malformed("its `kid`, `kty`, `alg` or `use` is not a string"),
                None => {}
            }
        }
        match members.get("kty").and_then(Value::as_str) {
            None if members.contains_key("x5c") => Self::Malformed(
                "it lacks `kty`, `n` and `e`, and a certificate in `x5c` does not stand for them",
            ),
            None => Self::Malformed("it has no `kty`"),
            Some("RSA") => Self::read_rsa(members).unwrap_or_else(Self::Malformed),
            Some("EC") => Self::read_point(members, &["x", "y"]).unwrap_or_else(Self::Malformed),
            Some("OKP") => Self::read_point(members, &["x"]).unwrap_or_else(Self::Malformed),
            Some(_) => Self::Other,
        }
    }

    fn read_rsa(members: &Map<String, Value>) -> Result<Self, &'static str> {
        let given = |name: &str| members.contains_key(name);
        match (given("n"), given("e")) {
            (false, false) if given("x5c") => {
                return Err("it lacks `n` and `e`, and a certificate in `x5c` does not stand for them");
            }
            (false, false) => return Err("it lacks its modulus `n` and its exponent `e`"),
            (false, true) => return Err("it lacks its modulus `n`"),
            (true, false) => return Err("it lacks its exponent `e`"),
            (true, true) => {}
        }
        let integer = |name: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(members.get(name)?.as_str()?).ok()?;
            let first = bytes.iter().position(|byte| *byte != 0)?;
            Some(bytes[first..].to_vec())
        };
        let modulus = integer("n").ok_or("its modulus `n` is not an unpadded base64url integer")?;
        let exponent = integer("e").ok_or("its exponent `e` is not an unpadded base64url integer")?;
        if is_even(&modulus) {
            return Err("its modulus `n` is even, which that of an RSA key never is");
        }
        if exponent == [1] || is_even(&exponent) || bit_length(&exponent) > LONGEST_EXPONENT {
            return Err(
                "its exponent `e` is no exponent of RSA that verifiers take: odd, and of 2 to 33 bits",
            );
        }
        Ok(Self::Rsa { modulus_bits: bit_length(&modulus) })
    }

    /// No such key verifies RS256, and yet one that is broken may keep a verifier from reading those beside it.
    fn read_point(members: &Map<String, Value>, coordinates: &[&str]) -> Result<Self, &'static str> {
        let curve = members.get("crv").and_then(Value::as_str).ok_or("its curve `crv` is not a string")?;
        let length = COORDINATES.iter().find(|(name, _)| *name == curve).map(|(_, length)| *length);
        // How RFC 5480 writes a point with both of its coordinates.
        let mut point = vec![4];
        for name in coordinates {
            let bytes = members.get(*name).and_then(Value::as_str);
            let bytes = bytes.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
            let is_whole = |bytes: &Vec<u8>| length.is_none_or(|length| length == bytes.len());
            point.extend(bytes.filter(is_whole).ok_or(NO_COORDINATES)?);
        }
        let algorithm = match curve {
            "P-256" => &ECDSA_P256_SHA256_FIXED,
            "P-384" => &ECDSA_P384_SHA384_FIXED,
            "P-521" => &ECDSA_P521_SHA512_FIXED,
            _ => return Ok(Self::Other),
        };
        ParsedPublicKey::new(algorithm, point)
            .map(|_| Self::Other)
            .map_err(|_| "its point is not on its curve")
    }
}

/// In bytes, by RFC 7518, section 6.2.1, and RFC 8037, section 2. The coordinates of other curves are not judged.
const COORDINATES: [(&str, usize); 7] = [
    ("P-256", 32),
    ("P-384", 48),
    ("P-521", 66),
    ("Ed25519", 32),
    ("X25519", 32),
    ("Ed448", 57),
    ("X448", 56),
];

const NO_COORDINATES: &str =
    "its coordinates are not unpadded base64url of the length that its curve `crv` has them in";

/// In bits, what BoringSSL, aws-lc and ring read.
const LONGEST_EXPONENT: usize = 33;

/// In characters. What names or describes a key is a word; only a URL as `kid` is longer.
const LONGEST_WORD: usize = 256;

const NO_WORD: &str =
    "its `kid`, `kty`, `alg` or `use` is longer than 256 characters, or has some that can't be printed";

/// Whether a text can name or describe a key. Others are not kept: they would go into a state and onto a screen.
fn is_word(text: &&str) -> bool {
    excerpt::is_plain(text, LONGEST_WORD)
}

fn is_even(integer: &[u8]) -> bool {
    integer.last().is_some_and(|byte| byte % 2 == 0)
}

/// The members of RFC 7518, section 6, that no one but the signer may know.
const PRIVATE_MEMBERS: [&str; 8] = ["d", "dp", "dq", "k", "oth", "p", "q", "qi"];

/// `key_ops`, where it is given, must speak of verifying.
fn lacks_verify(members: &Map<String, Value>) -> bool {
    members.get("key_ops").is_some_and(|operations| {
        !operations
            .as_array()
            .is_some_and(|operations| operations.iter().any(|operation| operation == "verify"))
    })
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
            json!({"kty": "OKP", "crv": "new"}),
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
        for (modulus, bits) in [("AQ", 1), ("_w", 8), ("AP8", 8), ("AQE", 9)] {
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

    #[test]
    fn a_member_that_is_null_counts_as_absent() {
        let nulls = json!({"kty": "RSA", "n": "_w", "e": "AQAB", "kid": null, "alg": null, "use": null,
            "key_ops": null, "d": null});
        assert_eq!(Key::read(&nulls), Key::read(&json!({"kty": "RSA", "n": "_w", "e": "AQAB"})));
        assert!(Key::read(&nulls).is_for_rs256());
    }

    #[test]
    fn what_is_no_word_is_not_kept() {
        for text in
            ["\u{202e}".to_owned(), "\u{1b}[2J".to_owned(), "x".repeat(257), "\u{e000}".repeat(170_000)]
        {
            for name in ["kid", "kty", "alg", "use"] {
                let mut key = json!({"kty": "RSA", "n": "_w", "e": "AQAB"});
                key[name] = json!(text);
                let key = Key::read(&key);
                assert_eq!(key.material(), &Material::Malformed(NO_WORD), "{name}");
                assert!(!format!("{key:?}").contains(&format!("{text:?}")), "{name}");
            }
        }
    }

    #[test]
    fn what_an_rsa_key_lacks_is_told() {
        for (members, lacks) in [
            (json!({"x5c": ["MII"]}), "`n` and `e`, and a certificate"),
            (json!({}), "its modulus `n` and its exponent `e`"),
            (json!({"e": "AQAB"}), "its modulus `n`"),
            (json!({"n": "_w"}), "its exponent `e`"),
        ] {
            let mut key = members.clone();
            key["kty"] = json!("RSA");
            let Material::Malformed(reason) = Key::read(&key).material else { panic!("{members}") };
            assert!(reason.starts_with(&format!("it lacks {lacks}")), "{reason}");
        }
    }

    #[test]
    fn a_point_is_one_of_its_curve() {
        // The generator of P-256, and RFC 8037's own example.
        let elliptic = json!({"kty": "EC", "crv": "P-256", "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
            "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"});
        let edwards =
            json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        let with = |key: &Value, name: &str, value: Value| {
            let mut key = key.clone();
            key[name] = value;
            Key::read(&key).material
        };
        assert_eq!(with(&elliptic, "new", json!(1)), Material::Other);
        assert_eq!(with(&edwards, "new", json!(1)), Material::Other);
        assert_eq!(with(&elliptic, "crv", json!("new")), Material::Other);
        for (key, name, value, reason) in [
            (&elliptic, "crv", Value::Null, "its curve `crv` is not a string"),
            (&elliptic, "crv", json!("P-384"), NO_COORDINATES),
            (&elliptic, "x", json!([]), NO_COORDINATES),
            (&elliptic, "y", Value::Null, NO_COORDINATES),
            (
                &elliptic,
                "y",
                json!("axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY"),
                "its point is not on its curve",
            ),
            (&edwards, "crv", json!(7), "its curve `crv` is not a string"),
            (&edwards, "x", json!("11qY"), NO_COORDINATES),
        ] {
            assert_eq!(with(key, name, value), Material::Malformed(reason), "{key} {name}");
        }
    }

    #[test]
    fn numbers_that_no_rsa_key_has_are_malformed() {
        for (modulus, exponent, reason) in [
            ("_g", "AQAB", "its modulus `n` is even"),
            ("_w", "AQ", "its exponent `e` is no exponent"),
            ("_w", "Ag", "its exponent `e` is no exponent"),
            ("_w", "BAAAAAE", "its exponent `e` is no exponent"),
        ] {
            let key = Key::read(&json!({"kty": "RSA", "n": modulus, "e": exponent}));
            let Material::Malformed(found) = key.material() else { panic!("{modulus} {exponent}") };
            assert!(found.starts_with(reason), "{found}");
        }
        assert_eq!(
            Key::read(&json!({"kty": "RSA", "n": "_w", "e": "AQAAAAE"})).material(),
            &Material::Rsa { modulus_bits: 8 },
        );
    }
}
