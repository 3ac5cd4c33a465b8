//! Identity providers beside the emulator, and what it takes to trust them: the provider and the emulator fetch their
//! keys over https.

use std::fs;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;
use turso_emulator::identity_provider::CertificateAuthority;

use super::Project;

/// The authority whose certificates the identity providers of the tests have.
pub(crate) fn authority() -> &'static CertificateAuthority {
    static AUTHORITY: LazyLock<CertificateAuthority> =
        LazyLock::new(|| CertificateAuthority::new().expect("this machine can make keys"));
    &AUTHORITY
}

/// The claims of a token, whoever signed it.
pub(crate) fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a token has three parts");
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).expect("a token is base64url");
    serde_json::from_slice(&payload).expect("claims are JSON")
}

/// A publishable key of Clerk, which is the name of a host.
pub(crate) fn publishable_key(host: &str) -> String {
    format!("pk_test_{}", base64::prelude::BASE64_STANDARD.encode(format!("{host}$")))
}

impl Project {
    /// Lets the provider and Turso trust the identity providers of [`authority`].
    pub(crate) fn trust_identity_providers(&self) {
        let file = self.root().join("authority.pem");
        fs::write(&file, authority().pem()).expect("the folder of a test can be written to");
        self.set_env("SSL_CERT_FILE", file);
        self.turso().trust_root(authority().pem()).expect("the authority's certificate is PEM");
    }
}
