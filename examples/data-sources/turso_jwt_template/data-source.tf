# Signed-in users read every table and write comments. No rule allows more, so they can do nothing else.
data "turso_jwt_template" "member" {
  database    = "app"
  permissions = ["all:data_read", "comments:data_add,data_update"]
}

# Reports read all databases of a group, and change nothing.
data "turso_jwt_template" "reports" {
  group = "default"
  scope = "read-only"
}

# One line that a reviewer can read in the plan.
output "members_may" {
  value = data.turso_jwt_template.member.summary
}

# What the identity provider has to put into its tokens.
output "claims" {
  value = data.turso_jwt_template.member.claims
}
