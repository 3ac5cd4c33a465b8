# Whoever is signed in at Clerk may read one database and write comments in it.
#
# Clerk gives a token of any template to anyone who is signed in, so templates are not roles: a template gives away what
# every user of the instance may have.

terraform {
  required_version = ">= 1.8.0"

  required_providers {
    turso = {
      source = "turso-community/turso"
    }

    # A provider of the community. Without it, paste the outputs into Clerk's dashboard.
    clerk = {
      source = "buildwithdeck/clerk"
    }
  }
}

# Takes the token from TURSO_API_TOKEN, or from the login of Turso's CLI.
provider "turso" {
  organization = var.organization
}

# Takes the instance's secret key from CLERK_API_KEY, and a key of Clerk's Platform API from CLERK_PLATFORM_API_KEY.
provider "clerk" {}

variable "organization" {
  description = "Slug of the Turso organization."
  type        = string
}

variable "database" {
  description = "Name of the Turso database."
  type        = string
}

variable "clerk_publishable_key" {
  description = "Publishable key of the Clerk instance, which is not a secret: pk_live_…"
  type        = string
}

variable "clerk_application_id" {
  description = "ID of the Clerk application: app_…"
  type        = string
}

variable "clerk_instance_id" {
  description = "ID of the Clerk instance: ins_…"
  type        = string
}

variable "session_claims" {
  description = "The claims that the application has in its session tokens already. There is one set of them, so what is not here is lost."
  type        = any
  default     = {}
}

data "turso_jwt_template" "member" {
  database = var.database

  permissions = [
    "all:data_read",
    "comments:data_add,data_update",
  ]
}

resource "clerk_jwt_template" "turso" {
  name   = "turso" # The application asks for it: getToken({ template: "turso" })
  claims = provider::turso::clerk_claims(data.turso_jwt_template.member.json)

  # Seconds. A token can't be taken back before it expires.
  lifetime = 300
}

# Session tokens are signed with the same key, and every user has one. With these claims they open nothing.
resource "clerk_instance_config" "session" {
  application_id = var.clerk_application_id
  instance_id    = var.clerk_instance_id

  config = jsonencode({
    session = {
      claims = jsondecode(provider::turso::clerk_session_claims(provider::turso::no_access_claims(), var.session_claims))
    }
  })
}

# Once this exists, Turso takes any token that Clerk signs, so the claims come first.
resource "turso_jwks_endpoint" "clerk" {
  name = "clerk"
  url  = provider::turso::clerk_jwks_url(var.clerk_publishable_key)

  depends_on = [
    clerk_jwt_template.turso,
    clerk_instance_config.session,
  ]
}

output "summary" {
  description = "What a token of the template may do."
  value       = data.turso_jwt_template.member.summary
}

output "claims" {
  description = "The claims of the JWT template."
  value       = clerk_jwt_template.turso.claims
}
