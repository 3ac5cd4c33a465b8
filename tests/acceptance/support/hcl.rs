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

/// The HCL of a guide's section, block by block.
pub(crate) fn hcl_blocks<'guide>(guide: &'guide str, section: &str) -> Vec<&'guide str> {
    let start = guide.find(&format!("\n## {section}\n")).unwrap_or_else(|| panic!("no section {section:?}"));
    let text = &guide[start + 1..];
    let text = text.find("\n## ").map_or(text, |end| &text[..end]);
    let blocks: Vec<_> =
        text.split("```terraform\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!blocks.is_empty(), "no HCL in section {section:?}");
    blocks
}
