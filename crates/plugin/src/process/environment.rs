//! The environment variables that hosts set, read once into a value, so that what depends on them is pure.

use std::collections::BTreeMap;
use std::ffi::OsString;

/// Proves that a Terraform-like host started the process, and not a person.
pub(super) const COOKIE: &str = "TF_PLUGIN_MAGIC_COOKIE";
/// The protocol versions that the host speaks, as in `5,6`.
pub(super) const PROTOCOL_VERSIONS: &str = "PLUGIN_PROTOCOL_VERSIONS";
/// The host's certificate in PEM. Absent where the host was told to do without TLS.
pub(super) const CLIENT_CERTIFICATE: &str = "PLUGIN_CLIENT_CERT";
/// Set by a host that can send further connections through the first one.
pub(super) const MULTIPLEX: &str = "PLUGIN_MULTIPLEX_GRPC";
/// The directory for the Unix socket.
#[cfg(unix)]
pub(super) const SOCKET_DIRECTORY: &str = "PLUGIN_UNIX_SOCKET_DIR";
/// The group, by name or number, that may connect beside the owner.
#[cfg(unix)]
pub(super) const SOCKET_GROUP: &str = "PLUGIN_UNIX_SOCKET_GROUP";
/// The TCP ports to choose from, both ends included.
pub(super) const LOWEST_PORT: &str = "PLUGIN_MIN_PORT";
/// See [`LOWEST_PORT`].
pub(super) const HIGHEST_PORT: &str = "PLUGIN_MAX_PORT";

/// What decides how the plugin is served. Where one of these can't be read, nobody can say what the host wants.
const DECISIVE: &[&str] = &[
    PROTOCOL_VERSIONS,
    CLIENT_CERTIFICATE,
    MULTIPLEX,
    LOWEST_PORT,
    HIGHEST_PORT,
    #[cfg(unix)]
    SOCKET_DIRECTORY,
    #[cfg(unix)]
    SOCKET_GROUP,
];

/// The variables. An empty one counts as absent, as go-plugin has it.
#[derive(Debug, Default)]
pub(super) struct Environment(BTreeMap<String, String>);

/// A variable that is set, but not to a text. It must not count as absent: without the host's certificate, say, the
/// plugin would serve whoever connects.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not UTF-8, so what the host asks for can't be read: set it to a text, or unset it")]
pub(super) struct NotUtf8(&'static str);

impl Environment {
    /// The variables of this process that hosts use.
    pub(super) fn of_this_process() -> Result<Self, NotUtf8> {
        Self::read(std::env::vars_os())
    }

    fn read(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Self, NotUtf8> {
        let mut read = BTreeMap::new();
        for (name, value) in variables {
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) if name.starts_with("PLUGIN_") || name.starts_with("TF_") => {
                    read.insert(name, value);
                }
                Ok(_) => {}
                Err(_) => match DECISIVE.iter().find(|decisive| **decisive == name) {
                    Some(name) => return Err(NotUtf8(name)),
                    None => continue,
                },
            }
        }
        Ok(Self(read))
    }

    /// The value of a variable that is set and not empty.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_counts_as_absent() {
        let environment = Environment::from_iter([("SET", "1"), ("EMPTY", "")]);

        assert_eq!(environment.value("SET"), Some("1"));
        assert_eq!(environment.value("EMPTY"), None);
        assert_eq!(environment.value("ABSENT"), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_of_a_host_that_is_no_text_is_an_error_and_not_absent() {
        use std::os::unix::ffi::OsStringExt as _;

        let read = |name: &str| Environment::read([(name.into(), OsString::from_vec(vec![b'a', 0xff]))]);
        for name in DECISIVE {
            assert_eq!(read(name).unwrap_err(), NotUtf8(name));
        }
        assert!(read("PLUGIN_OF_SOMEONE_ELSE").is_ok());
    }
}
