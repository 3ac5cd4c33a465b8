//! How plugin and host agree to talk: the cookie, the version, and the line that the plugin prints when it listens.
//! Pure: it takes the environment as a value and prints nothing.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::environment::{COOKIE, Environment, MULTIPLEX, PROTOCOL_VERSIONS};
use super::listener::Address;

/// The major version of Terraform's plugin protocol that is served.
pub(super) const PROTOCOL_VERSION: u32 = 6;

/// The version of go-plugin's own handshake: the line's first field.
const HANDSHAKE_VERSION: u32 = 1;

/// What Terraform and OpenTofu set [`COOKIE`] to. It is no secret: it tells a host's start from a person's.
const COOKIE_VALUE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// Why the plugin will not serve whoever started it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// A person ran the binary, or a program that is no Terraform host.
    #[error("not started by Terraform or OpenTofu")]
    NotAHost,
    /// The host speaks other versions only.
    #[error(
        "the host offers plugin protocol {offered}, but this provider speaks version {PROTOCOL_VERSION} only: \
         use Terraform 1.0 or later, or OpenTofu"
    )]
    VersionNotOffered {
        /// The host's list as it wrote it.
        offered: String,
    },
}

/// Checks that a host started the process, and that it speaks [`PROTOCOL_VERSION`].
pub(super) fn agree(environment: &Environment) -> Result<(), Refusal> {
    if environment.value(COOKIE) != Some(COOKIE_VALUE) {
        return Err(Refusal::NotAHost);
    }
    let offered = environment.value(PROTOCOL_VERSIONS).unwrap_or_default();
    let ours = PROTOCOL_VERSION.to_string();
    if offered.split(',').any(|version| version.trim() == ours) {
        return Ok(());
    }
    let offered = if offered.is_empty() { "no version".to_owned() } else { format!("version {offered}") };
    Err(Refusal::VersionNotOffered { offered })
}

/// The line that tells the host where the plugin listens, without its newline.
pub(super) struct Handshake<'a> {
    address: &'a Address,
    certificate: Option<&'a [u8]>,
    multiplex_asked: bool,
}

impl<'a> Handshake<'a> {
    /// The line for a plugin that listens at `address` and shows `certificate` (DER), if it shows any.
    pub(super) fn new(
        environment: &Environment,
        address: &'a Address,
        certificate: Option<&'a [u8]>,
    ) -> Self {
        Self { address, certificate, multiplex_asked: environment.value(MULTIPLEX).is_some() }
    }
}

impl fmt::Display for Handshake<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let certificate = self.certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
        write!(
            f,
            "{HANDSHAKE_VERSION}|{PROTOCOL_VERSION}|{}|{}|grpc|{certificate}",
            self.address.network(),
            self.address
        )?;
        // A host that asks takes `true` to mean yamux on the socket, which is not spoken here: with `false` it says
        // so in its own words, with `true` it would hang. One that does not ask may be too old to split a seventh
        // field off the certificate.
        if self.multiplex_asked { f.write_str("|false") } else { Ok(()) }
    }
}

/// A text that no host takes for a handshake line: those are one line, and have `|` in them.
pub(super) fn not_a_handshake(text: &str) -> String {
    text.chars().fold(String::new(), |mut safe, character| {
        if character == '|' || character.is_control() {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
        safe
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(versions: &str) -> Environment {
        Environment::from_iter([(COOKIE, COOKIE_VALUE), (PROTOCOL_VERSIONS, versions)])
    }

    #[test]
    fn a_host_is_known_by_its_cookie() {
        let strangers = [
            Environment::default(),
            Environment::from_iter([(PROTOCOL_VERSIONS, "5,6")]),
            Environment::from_iter([(COOKIE, "another"), (PROTOCOL_VERSIONS, "5,6")]),
        ];
        for stranger in strangers {
            assert_eq!(agree(&stranger), Err(Refusal::NotAHost));
        }
    }

    #[test]
    fn version_6_is_found_anywhere_in_the_list() {
        for versions in ["6", "5,6", "6,5", "4, 5, 6"] {
            assert_eq!(agree(&host(versions)), Ok(()), "{versions}");
        }
    }

    #[test]
    fn a_host_without_version_6_is_told_what_it_offered() {
        for (versions, offered) in [("5", "version 5"), ("16,66", "version 16,66"), ("", "no version")] {
            let offered = offered.to_owned();
            assert_eq!(agree(&host(versions)), Err(Refusal::VersionNotOffered { offered }), "{versions}");
        }
    }

    #[test]
    fn the_line_names_version_address_and_certificate() {
        let address = Address::Unix("/tmp/plugin-1.sock".to_owned());

        let line = Handshake::new(&host("6"), &address, Some(&[0xfb, 0xff])).to_string();

        assert_eq!(line, "1|6|unix|/tmp/plugin-1.sock|grpc|+/8");
    }

    #[test]
    fn the_line_ends_with_an_empty_certificate_where_there_is_no_tls() {
        let address = Address::Tcp(([127, 0, 0, 1], 10_000).into());

        assert_eq!(Handshake::new(&host("6"), &address, None).to_string(), "1|6|tcp|127.0.0.1:10000|grpc|");
    }

    #[test]
    fn a_host_that_asks_for_multiplexing_is_told_that_there_is_none() {
        let asking = Environment::from_iter([(MULTIPLEX, "true")]);
        let address = Address::Unix("/s".to_owned());

        assert_eq!(Handshake::new(&asking, &address, None).to_string(), "1|6|unix|/s|grpc||false");
    }

    #[test]
    fn a_reason_is_one_line_that_is_no_handshake() {
        assert_eq!(not_a_handshake("1|6|unix|/s\ncan't"), r"1\u{7c}6\u{7c}unix\u{7c}/s\u{a}can't");
    }
}
