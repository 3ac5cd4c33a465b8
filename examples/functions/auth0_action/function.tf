data "turso_jwt_template" "reader" {
  database    = "app"
  scope       = "read-only"
  permissions = ["all:data_read"]
}

data "turso_jwt_template" "author" {
  database    = "app"
  permissions = ["all:data_read", "posts:data_add,data_update"]
}

# For the attribute `code` of an `auth0_action` on the trigger `post-login`. The keys are the names of roles: whoever
# has neither, or both, is denied the login.
output "code_by_role" {
  value = provider::turso::auth0_action({
    reader = data.turso_jwt_template.reader.json
    author = data.turso_jwt_template.author.json
  })
}

# The same claims for everyone.
output "code" {
  value = provider::turso::auth0_action(data.turso_jwt_template.reader.json)
}
