terraform {
  required_providers {
    turso = {
      source = "turso-community/turso"
    }
  }
}

# The token comes from TURSO_API_TOKEN.
provider "turso" {
  organization = "acme"
}

variable "clerk_jwks_url" {
  type        = string
  description = "Where Clerk publishes its keys."
}

variable "auth0_jwks_url" {
  type        = string
  description = "Where Auth0 publishes its keys."
}

# What the tokens of signed-in members may do: read users, read and write comments, and nothing else.
data "turso_jwt_template" "member" {
  database = "app"
  permissions = [
    "users:data_read",
    "comments:data_read,data_add,data_update",
  ]
}

# Read-only, and only this database.
data "turso_jwt_template" "reader" {
  database = "app"
  scope    = "read-only"
}

# Everything, in every database of the group.
data "turso_jwt_template" "admin" {
  group = "default"
  scope = "full-access"
}

resource "turso_jwks_endpoint" "clerk" {
  name = "Clerk Production"
  url  = var.clerk_jwks_url
}

resource "turso_jwks_endpoint" "auth0" {
  name = "auth0"
  url  = var.auth0_jwks_url
}

# One line for each template, for the review of a plan.
output "may" {
  value = {
    member = data.turso_jwt_template.member.summary
    reader = data.turso_jwt_template.reader.summary
    admin  = data.turso_jwt_template.admin.summary
  }
}

# What Clerk and Auth0 need to put these claims into their tokens. No secrets, but long: terraform output -raw NAME
# shows them.
output "clerk_claims" {
  value     = provider::turso::clerk_claims(data.turso_jwt_template.member.json)
  sensitive = true
}

output "auth0_action" {
  sensitive = true
  value = provider::turso::auth0_action({
    reader = data.turso_jwt_template.reader.json
    admin  = data.turso_jwt_template.admin.json
  })
}

output "templates" {
  sensitive = true
  value = {
    reader = data.turso_jwt_template.reader.json
    admin  = data.turso_jwt_template.admin.json
  }
}
