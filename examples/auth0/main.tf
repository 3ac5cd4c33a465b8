# Whoever logs in at Auth0 may read one database and write comments in it, and so may machines.
#
# An Action puts the claims into every token of the tenant, so the tenant should serve nothing but this.

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

resource "auth0_action" "login" {
  name    = "Turso claims at login"
  code    = provider::turso::auth0_action(data.turso_jwt_template.member.json)
  runtime = "node22"
  deploy  = true

  supported_triggers {
    id      = "post-login"
    version = "v3"
  }
}

# Binds this Action alone: whatever else the tenant has on the trigger is unbound.
resource "auth0_trigger_actions" "login" {
  trigger = "post-login"

  actions {
    id           = auth0_action.login.id
    display_name = auth0_action.login.name
  }
}

resource "auth0_action" "machines" {
  name    = "Turso claims for machines"
  code    = provider::turso::auth0_credentials_action(data.turso_jwt_template.member.json)
  runtime = "node22"
  deploy  = true

  supported_triggers {
    id      = "credentials-exchange"
    version = "v2"
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
  description = "What a token may do."
  value       = data.turso_jwt_template.member.summary
}

output "audience" {
  description = "The audience to ask for a token for."
  value       = auth0_resource_server.turso.identifier
}
