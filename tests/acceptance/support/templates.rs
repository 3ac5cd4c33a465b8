//! Two templates for whatever renders them, and a look at whether a token carries one.

use serde_json::Value;

use super::{ORGANIZATION, Project, claims};

/// Outputs have the claims of each, and those that open nothing.
pub(crate) const TEMPLATES: &str = r#"
data "turso_jwt_template" "reader" {
  database    = "app"
  scope       = "read-only"
  permissions = ["all:data_read"]
}

data "turso_jwt_template" "author" {
  database    = "app"
  permissions = ["all:data_read", "it's </script> ${"$"}{x} \" \\ odd:data_add"]
}

output "reader" {
  value = jsondecode(data.turso_jwt_template.reader.json)
}

output "author" {
  value = jsondecode(data.turso_jwt_template.author.json)
}

output "nothing" {
  value = jsondecode(provider::turso::no_access_claims())
}
"#;

/// The templates, and what follows them.
pub(crate) fn with_templates(rest: &str) -> Project {
    let project = Project::new(&format!("{TEMPLATES}{rest}"));
    project.turso().add_database(ORGANIZATION, "app", "default").unwrap();
    project.apply().succeeds();
    project
}

/// The token has every claim of the template, with the template's value.
#[track_caller]
pub(crate) fn assert_carries(token: &str, template: &Value) {
    let claims = claims(token);
    for (name, value) in template.as_object().unwrap() {
        assert_eq!(&claims[name], value, "{name} in {claims}");
    }
}
