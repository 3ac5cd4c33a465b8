# Whoever logs in at Auth0 may read one database and write comments in it, and so may machines.
#
# Turso accepts every token that the tenant signs. So the Actions give out none without claims, except to the clients in
# `unrestricted_clients`, and the tenant should serve nothing but this.

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

# Takes the token from TURSO_API_TOKEN, or from the login of Turso's CLI.
provider "turso" {
  organization = var.organization
}

# Takes AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET, of a machine-to-machine application that may change the tenant.
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

data "turso_jwt_template" "member" {
  database = var.database

  permissions = [
    "all:data_read",
    "comments:data_add,data_update",
  ]
}

# The application asks for tokens for this API (its "audience"). Without one, Auth0 gives tokens that are no JWTs.
resource "auth0_resource_server" "turso" {
  name        = "Turso"
  identifier  = "https://turso.tech/${var.organization}/${var.database}"
  signing_alg = "RS256"

  # Seconds. A token can't be taken back before it expires.
  token_lifetime = 3600
}

data "turso_auth0_action" "login" {
  trigger   = "post-login"
  audiences = [auth0_resource_server.turso.identifier]

  rules = [
    { everyone = true, claims = data.turso_jwt_template.member.json },
  ]
}

resource "auth0_action" "login" {
  name    = "Turso claims at login"
  code    = data.turso_auth0_action.login.code
  runtime = "node22"
  deploy  = true

  supported_triggers {
    id      = data.turso_auth0_action.login.trigger
    version = data.turso_auth0_action.login.trigger_version
  }
}

# Binds this Action alone: whatever else the tenant has on the trigger is unbound. Of several, Turso's is the last.
resource "auth0_trigger_actions" "login" {
  trigger = "post-login"

  actions {
    id           = auth0_action.login.id
    display_name = auth0_action.login.name
  }
}

data "turso_auth0_action" "machines" {
  trigger              = "credentials-exchange"
  audiences            = [auth0_resource_server.turso.identifier]
  unrestricted_clients = var.unrestricted_clients

  rules = [
    { everyone = true, claims = data.turso_jwt_template.member.json },
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

# Once this exists, Turso takes any token that the tenant signs, so both Actions come first.
resource "turso_jwks_endpoint" "auth0" {
  name = "auth0"
  url  = provider::turso::auth0_jwks_url(var.auth0_domain)

  depends_on = [
    auth0_trigger_actions.login,
    auth0_trigger_actions.machines,
  ]
}

output "summary" {
  description = "Whose token may do what."
  value       = data.turso_auth0_action.login.summary
}

output "audience" {
  description = "The audience to ask for a token for."
  value       = auth0_resource_server.turso.identifier
}
