//! HCL that many tests begin with.

/// Where an identity provider publishes its keys, as the tests have it. Nobody fetches it.
pub(crate) const URL: &str = "https://clerk.example.com/.well-known/jwks.json";

/// One endpoint, `turso_jwks_endpoint.clerk`, with the name `clerk` and [`URL`].
pub(crate) const CLERK: &str = r#"
resource "turso_jwks_endpoint" "clerk" {
  name = "clerk"
  url  = "https://clerk.example.com/.well-known/jwks.json"
}
"#;

/// The endpoint `turso_jwks_endpoint.clerk` with other attributes, each a line of HCL.
pub(crate) fn endpoint(attributes: &[&str]) -> String {
    format!("resource \"turso_jwks_endpoint\" \"clerk\" {{\n  {}\n}}\n", attributes.join("\n  "))
}
