# One database for each customer. A user opens the database of the customer that they belong to, which is a role at
# Auth0, and a service opens the database that its client ID is listed with.

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

variable "customers" {
  description = "The customers, by the name of their database, with the client ID of the service that works for them."
  type = map(object({
    client_id = string
  }))
}

variable "auth0_domain" {
  description = "Domain of the Auth0 tenant, such as acme.eu.auth0.com, or its custom domain."
  type        = string
}

variable "unrestricted_clients" {
  description = "Client IDs of machines that need Auth0's own APIs, such as the one with which Terraform changes the tenant. Each is a key to everything in Turso."
  type        = list(string)
}

# A module for each, so that a new customer makes only their own templates wait for the apply.
module "customer" {
  source   = "./customer"
  for_each = var.customers

  database = each.key
}

resource "auth0_role" "customer" {
  for_each = var.customers

  name        = "customer-${each.key}"
  description = module.customer[each.key].summary
}

resource "auth0_resource_server" "turso" {
  name        = "Turso"
  identifier  = "https://turso.tech/${var.organization}"
  signing_alg = "RS256"
}

# Auth0 takes 100 kB of code, which is room for some hundred customers.
data "turso_auth0_action" "login" {
  trigger   = "post-login"
  audiences = [auth0_resource_server.turso.identifier]

  rules = [
    for name, customer in module.customer : { role = "customer-${name}", claims = customer.people }
  ]
}

resource "auth0_action" "login" {
  name    = "Turso claims by customer"
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

data "turso_auth0_action" "services" {
  trigger              = "credentials-exchange"
  audiences            = [auth0_resource_server.turso.identifier]
  unrestricted_clients = var.unrestricted_clients

  rules = [
    for name, customer in var.customers : { client_id = customer.client_id, claims = module.customer[name].service }
  ]
}

resource "auth0_action" "services" {
  name    = "Turso claims by service"
  code    = data.turso_auth0_action.services.code
  runtime = "node22"
  deploy  = true

  supported_triggers {
    id      = data.turso_auth0_action.services.trigger
    version = data.turso_auth0_action.services.trigger_version
  }
}

resource "auth0_trigger_actions" "services" {
  trigger = "credentials-exchange"

  actions {
    id           = auth0_action.services.id
    display_name = auth0_action.services.name
  }
}

resource "turso_jwks_endpoint" "auth0" {
  name = "auth0"
  url  = provider::turso::auth0_jwks_url(var.auth0_domain)

  depends_on = [
    auth0_trigger_actions.login,
    auth0_trigger_actions.services,
  ]
}

output "people" {
  description = "What the people of each customer may do."
  value       = { for name, customer in module.customer : name => customer.summary }
}
