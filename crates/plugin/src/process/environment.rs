//! The environment variables that hosts set, read once into a value, so that what depends on them is pure.

use std::collections::BTreeMap;

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

/// The variables. An empty one counts as absent, as go-plugin has it.
#[derive(Default)]
pub(super) struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The variables of this process that hosts use. One that is not UTF-8 is left out: no host writes such.
    pub(super) fn of_this_process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with("PLUGIN_") || name.starts_with("TF_"))
            .collect()
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
}
