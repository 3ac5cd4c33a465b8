//! What the provider says of itself to the servers that it asks.

/// What Terraform wants appended to the user agent, as its documentation of environment variables has it.
const APPEND_USER_AGENT: &str = "TF_APPEND_USER_AGENT";

/// The user agent of every request: name and version, and what the environment wants appended.
pub(super) fn user_agent() -> String {
    let appended = std::env::var_os(APPEND_USER_AGENT).unwrap_or_default();
    with_appended(&appended.to_string_lossy())
}

fn with_appended(appended: &str) -> String {
    let own = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
    // Whatever a header can't hold would make the HTTP client refuse the whole.
    let appended = appended.replace(|c: char| c != ' ' && !c.is_ascii_graphic(), "");
    format!("{own} {}", appended.trim()).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_agent_is_ours_and_what_the_host_appends() {
        let own = format!("terraform-provider-turso/{}", env!("CARGO_PKG_VERSION"));
        for (appended, expected) in [
            ("", own.clone()),
            ("ci/1 (x; y)", format!("{own} ci/1 (x; y)")),
            (" a\r\nX-Evil: 1ä ", format!("{own} aX-Evil: 1")),
        ] {
            assert_eq!(with_appended(appended), expected);
        }
    }
}
