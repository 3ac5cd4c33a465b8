//! The network as the environment has it: the same proxies and certificates as Terraform's own, and one advice for both
//! the API and the documents.

use crate::support::{ORGANIZATION, Project};

/// Asks for a document and for the organization's endpoints, each out of reach but for the network's help.
const BOTH: &str = "
data \"turso_jwks\" \"clerk\" {
  url = \"https://keys.example.test/jwks.json\"
}
data \"turso_jwks_endpoints\" \"all\" {}
";

fn project() -> Project {
    let project = Project::new(BOTH);
    project.provider(&format!("organization = {ORGANIZATION:?}\n  base_url = \"https://api.example.test\""));
    project
}

#[test]
fn a_proxy_that_is_down_is_named_for_both_without_its_password() {
    let project = project();
    project.set_env("HTTPS_PROXY", "socks5://u:s3cr3t@127.0.0.1:1");
    let run = project.plan();
    run.fails().says("Error: JWKS URL can't be reached").says("no answer from https://api.example.test");
    let advice = "The connection was to go through the proxy socks5h://127.0.0.1:1, by HTTPS_PROXY.";
    assert_eq!(run.text().matches(advice).count(), 2, "{}", run.text());
    run.does_not_say("s3cr3t");
}

#[test]
fn a_proxy_that_can_not_be_used_is_an_error_and_no_direct_connection() {
    let project = project();
    project.set_env("HTTPS_PROXY", "ftp://u:s3cr3t@proxy.example.test");
    let run = project.plan();
    run.fails().says(
        "the proxy in HTTPS_PROXY can't be used: its scheme is none of http, https, socks5 and socks5h",
    );
    assert_eq!(run.text().matches("Correct HTTPS_PROXY: a URL").count(), 2, "{}", run.text());
    run.does_not_say("s3cr3t");
}

#[test]
fn a_machine_without_certificates_can_ask_an_api_on_itself_and_nobody_else() {
    let project = project();
    project.set_env("SSL_CERT_DIR", "/nonexistent");
    // Absent, a folder, and no certificates.
    for file in ["/nonexistent", "/", "/proc/version"] {
        project.set_env("SSL_CERT_FILE", file);
        let run = project.plan();
        run.fails().says("there are no root certificates on this machine");
        run.says("see that it names certificates in PEM, or unset it");
        assert_eq!(run.text().matches("Install the system's root certificates").count(), 2, "{}", run.text());
    }

    project.configure("data \"turso_jwks_endpoints\" \"all\" {}\n");
    project.provider(&format!("organization = {ORGANIZATION:?}"));
    project.set_env("HTTP_PROXY", "http://127.0.0.1:1");
    project.plan().succeeds();
}
