# What a user may do in a database depends on the role that they have at Auth0. Who has none of the roles can't log in.
#
# Roles work with Auth0, whose Action looks at the user. At Clerk, whoever is signed in may ask for a token of any
# template, so that templates would be no roles.

terraform {
  required_version = ">= 1.8.0"

  required_providers {
    turso = {
      source = "turso-community/turso"
    }

    auth0 = {
      source = "auth0/auth0"
    }
  }
}

provider "turso" {
  organization = var.organization
}

provider "auth0" {
  domain = var.auth0_domain
}

variable "organization" {
  description = "Slug of the Turso organization."
  type        = string
}

variable "database" {
  description = "Name of the Turso database."
  type        = string
}

variable "auth0_domain" {
  description = "Domain of the Auth0 tenant, such as acme.eu.auth0.com, or its custom domain."
  type        = string
}

variable "unrestricted_clients" {
  description = "Client IDs of machines that need Auth0's own APIs, such as the one with which Terraform changes the tenant. Each is a key to everything in Turso."
  type        = list(string)
}

locals {
  # Rules add up, and what no rule allows is denied. An empty list is an error, since without rules everything would be
  # allowed.
  roles = {
    reader = ["all:data_read"]
    author = ["all:data_read", "posts:data_add,data_update", "comments:data_add,data_update"]
    editor = ["all:data_read", "posts:data_add,data_update,data_delete", "comments:data_add,data_update,data_delete"]
  }
}

data "turso_jwt_template" "role" {
  for_each = local.roles

  database    = var.database
  permissions = each.value
}

resource "auth0_role" "turso" {
  for_each = local.roles

  name        = each.key
  description = data.turso_jwt_template.role[each.key].summary
}

resource "auth0_resource_server" "turso" {
  name        = "Turso"
  identifier  = "https://turso.tech/${var.organization}/${var.database}"
  signing_alg = "RS256"
}

# The first rule that fits counts, so the role that may do the most comes first: claims of several can't be added up.
data "turso_auth0_action" "login" {
  trigger   = "post-login"
  audiences = [auth0_resource_server.turso.identifier]

  rules = [
    for role in ["editor", "author", "reader"] : { role = role, claims = data.turso_jwt_template.role[role].json }
  ]
}

resource "auth0_action" "login" {
  name    = "Turso claims by role"
  code    = data.turso_auth0_action.login.code
  runtime = "node22"
  deploy  = true

  supported_triggers {
    id      = data.turso_auth0_action.login.trigger
    version = data.turso_auth0_action.login.trigger_version
  }
}

resource "auth0_trigger_actions" "login" {
  trigger = "post-login"

  actions {
    id           = auth0_action.login.id
    display_name = auth0_action.login.name
  }
}

# Machines have no roles: they read.
data "turso_auth0_action" "machines" {
  trigger              = "credentials-exchange"
  audiences            = [auth0_resource_server.turso.identifier]
  unrestricted_clients = var.unrestricted_clients

  rules = [
    { everyone = true, claims = data.turso_jwt_template.role["reader"].json },
  ]
}

resource "auth0_action" "machines" {
  name    = "Turso claims for machines"
  code    = data.turso_auth0_action.machines.code
  runtime = "node22"
  deploy  = true

  supported_triggers {
    id      = data.turso_auth0_action.machines.trigger
    version = data.turso_auth0_action.machines.trigger_version
  }
}

resource "auth0_trigger_actions" "machines" {
  trigger = "credentials-exchange"

  actions {
    id           = auth0_action.machines.id
    display_name = auth0_action.machines.name
  }
}

resource "turso_jwks_endpoint" "auth0" {
  name = "auth0"
  url  = provider::turso::auth0_jwks_url(var.auth0_domain)

  depends_on = [
    auth0_trigger_actions.login,
    auth0_trigger_actions.machines,
  ]
}

output "roles" {
  description = "What each role may do."
  value       = { for role, template in data.turso_jwt_template.role : role => template.summary }
}
