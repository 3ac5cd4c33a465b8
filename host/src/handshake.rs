//! The line that a plugin prints when it starts, and the variables that ask it to.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// The variable that tells a plugin that a host started it.
pub const COOKIE_KEY: &str = "TF_PLUGIN_MAGIC_COOKIE";
/// What Terraform and OpenTofu put into [`COOKIE_KEY`].
pub const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";
/// The protocol versions that the host speaks, with commas.
pub const PROTOCOL_VERSIONS: &str = "PLUGIN_PROTOCOL_VERSIONS";
/// The host's certificate as PEM; empty or unset without TLS.
pub const CLIENT_CERT: &str = "PLUGIN_CLIENT_CERT";
/// The folder that the plugin's socket should be in.
pub const SOCKET_DIR: &str = "PLUGIN_UNIX_SOCKET_DIR";
/// Set where the host can carry the broker's connections over the plugin's own.
pub const MULTIPLEX: &str = "PLUGIN_MULTIPLEX_GRPC";

/// What a plugin in debug mode prints a value for, which tells a host where it is.
pub const REATTACH: &str = "TF_REATTACH_PROVIDERS";

const CORE_VERSION: &str = "1";
const PROTOCOL: &str = "6";

/// What a plugin said of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// The unix socket it listens on
    pub socket: PathBuf,
    /// Its certificate as DER, where it serves with TLS
    pub certificate: Option<Vec<u8>>,
}

/// Why a line is not a handshake that a host accepts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the handshake line {line:?} is refused: {problem}")]
pub struct HandshakeError {
    line: String,
    problem: &'static str,
}

impl Handshake {
    /// Reads the line, without its newline.
    ///
    /// # Errors
    ///
    /// Where a host that speaks protocol 6 over a unix socket would refuse it.
    pub fn parse(line: &str) -> Result<Self, HandshakeError> {
        let refused = |problem| HandshakeError { line: line.to_owned(), problem };
        let [core, protocol, network, socket, transport, certificate] =
            <[&str; 6]>::try_from(line.split('|').collect::<Vec<_>>())
                .map_err(|_| refused("it does not have six fields"))?;
        for (field, expected, problem) in [
            (core, CORE_VERSION, "the core version is not 1"),
            (protocol, PROTOCOL, "the protocol is not 6"),
            (network, "unix", "the network is not unix"),
            (transport, "grpc", "the transport is not grpc"),
        ] {
            if field != expected {
                return Err(refused(problem));
            }
        }
        let certificate = STANDARD_NO_PAD
            .decode(certificate)
            .map_err(|_| refused("the certificate is not base64 of the standard alphabet without padding"))?;
        Ok(Self {
            socket: PathBuf::from(socket),
            certificate: (!certificate.is_empty()).then_some(certificate),
        })
    }

    /// Reads the line of a plugin in debug mode: `TF_REATTACH_PROVIDERS='{"…":{…,"Addr":{…,"String":"…"}}}'`.
    pub(crate) fn parse_reattach(line: &str) -> Result<Self, HandshakeError> {
        let refused = || HandshakeError { line: line.to_owned(), problem: "it says no address" };
        let value = line.trim().strip_prefix(REATTACH).and_then(|rest| rest.strip_prefix("='"));
        let value = value.and_then(|value| value.strip_suffix('\'')).ok_or_else(refused)?;
        let value: serde_json::Value = serde_json::from_str(value).map_err(|_| refused())?;
        let provider = value.as_object().and_then(|providers| providers.values().next());
        let socket = provider.and_then(|provider| provider["Addr"]["String"].as_str()).ok_or_else(refused)?;
        Ok(Self { socket: PathBuf::from(socket), certificate: None })
    }

    /// The line, without its newline.
    pub fn line(&self) -> String {
        let certificate = STANDARD_NO_PAD.encode(self.certificate.as_deref().unwrap_or_default());
        format!("{CORE_VERSION}|{PROTOCOL}|unix|{}|grpc|{certificate}", self.socket.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_where_and_with_which_certificate() {
        let handshake = Handshake::parse("1|6|unix|/tmp/plugin|grpc|AQID").unwrap();
        assert_eq!(handshake.socket, PathBuf::from("/tmp/plugin"));
        assert_eq!(handshake.certificate, Some(vec![1, 2, 3]));
        assert_eq!(handshake.line(), "1|6|unix|/tmp/plugin|grpc|AQID");
    }

    #[test]
    fn an_empty_certificate_means_no_tls() {
        assert_eq!(Handshake::parse("1|6|unix|/tmp/plugin|grpc|").unwrap().certificate, None);
    }

    #[test]
    fn other_lines_are_refused_with_the_reason() {
        for (line, problem) in [
            ("", "six fields"),
            ("1|6|unix|/tmp/plugin|grpc", "six fields"),
            ("1|6|unix|/tmp/plugin|grpc|AQID|true", "six fields"),
            ("2|6|unix|/tmp/plugin|grpc|AQID", "core version"),
            ("1|5|unix|/tmp/plugin|grpc|AQID", "protocol"),
            ("1|6|tcp|127.0.0.1:1|grpc|AQID", "network"),
            ("1|6|unix|/tmp/plugin|netrpc|AQID", "transport"),
            ("1|6|unix|/tmp/plugin|grpc|AQ==", "base64"),
            ("1|6|unix|/tmp/plugin|grpc|__--", "base64"),
        ] {
            let error = Handshake::parse(line).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
