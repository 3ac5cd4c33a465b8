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

# Auth0 runs code at each login: admins get the claims of the one template, readers those of the other.
data "turso_auth0_action" "login" {
  trigger   = "post-login"
  audiences = ["https://turso.acme.example"]
  rules = [
    { role = "admin", claims = data.turso_jwt_template.admin.json },
    { role = "reader", claims = data.turso_jwt_template.reader.json },
  ]
}

# One line for each template, for the review of a plan.
output "may" {
  value = {
    member = data.turso_jwt_template.member.summary
    reader = data.turso_jwt_template.reader.summary
    admin  = data.turso_jwt_template.admin.summary
  }
}

# Whose tokens get which claims at Auth0.
output "auth0_rules" {
  value = data.turso_auth0_action.login.summary
}

# What Clerk and Auth0 need to put these claims into their tokens. No secrets, but long: terraform output -raw NAME
# shows them.
output "clerk_claims" {
  value     = provider::turso::clerk_claims(data.turso_jwt_template.member.json)
  sensitive = true
}

# For the tokens that have nothing to do with Turso, and that Clerk signs with the same key.
output "session_claims" {
  value     = provider::turso::clerk_session_claims(provider::turso::no_access_claims())
  sensitive = true
}

output "auth0_action" {
  sensitive = true
  value     = data.turso_auth0_action.login.code
}

output "templates" {
  sensitive = true
  value = {
    reader  = data.turso_jwt_template.reader.json
    admin   = data.turso_jwt_template.admin.json
    nothing = provider::turso::no_access_claims()
  }
}
