//! What the fuzz targets check, a function each. It panics where a promise is broken, whatever the bytes are.
//!
//! The tests of the provider include these files to replay the corpus, so they need no nightly Rust and nothing of
//! libFuzzer.

mod documents;
mod hrana;
mod tokens;
mod turso;
mod values;

pub use self::documents::jwks;
pub use self::hrana::hrana;
pub use self::tokens::{jwt, permission, publishable_key, template};
pub use self::turso::{answer, settings_file};
pub use self::values::{json, msgpack, state_upgrade};

/// Checks one input.
pub type Target = fn(&[u8]);

/// Every target, by the name of its corpus and of its file in `fuzz_targets/`.
pub const TARGETS: [(&str, Target); 11] = [
    ("answer", answer),
    ("hrana", hrana),
    ("json", json),
    ("jwks", jwks),
    ("jwt", jwt),
    ("msgpack", msgpack),
    ("permission", permission),
    ("publishable_key", publishable_key),
    ("settings_file", settings_file),
    ("state_upgrade", state_upgrade),
    ("template", template),
];

/// The text before the first separator, and the bytes after it.
fn split<'a>(bytes: &'a [u8], separator: &[u8]) -> Option<(&'a str, &'a [u8])> {
    let end = bytes.windows(separator.len()).position(|window| window == separator)?;
    Some((std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + separator.len()..]))
}

/// A message is one line of a readable length, with nothing in it that a terminal would obey.
#[track_caller]
fn assert_readable(message: &str) {
    assert!(excerpt::is_plain(message, 2_000), "{message:?}");
}
