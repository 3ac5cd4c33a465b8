//! What the binary says of itself: to a person, and to the servers that it asks.

use plugin::PROTOCOL_VERSION;

/// The provider's address in the registries, without their host names: hosts put their own before it.
pub const SOURCE: &str = "turso-community/turso";

/// What the build is: the target, and the commit where a release named one.
pub const BUILD: &str = env!("BUILD");

/// What Terraform wants appended to the user agent, as its documentation of environment variables has it.
const APPEND_USER_AGENT: &str = "TF_APPEND_USER_AGENT";

/// The user agent of every request: name, version, protocol and build, and what the environment wants appended.
pub fn user_agent() -> String {
    let appended = std::env::var_os(APPEND_USER_AGENT).unwrap_or_default();
    with_appended(&appended.to_string_lossy())
}

fn with_appended(appended: &str) -> String {
    let own = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
    // Whatever a header can't hold would make the HTTP client refuse the whole.
    let appended = appended.replace(|c: char| c != ' ' && !c.is_ascii_graphic(), "");
    format!("{own} (protocol {PROTOCOL_VERSION}; {BUILD}) {}", appended.trim()).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_agent_is_ours_and_what_the_host_appends() {
        let version = env!("CARGO_PKG_VERSION");
        let own = format!("terraform-provider-turso/{version} (protocol 6.11; {BUILD})");
        for (appended, expected) in [
            ("", own.clone()),
            ("ci/1 (x; y)", format!("{own} ci/1 (x; y)")),
            (" a\r\nX-Evil: 1ä ", format!("{own} aX-Evil: 1")),
        ] {
            assert_eq!(with_appended(appended), expected);
        }
    }
}
