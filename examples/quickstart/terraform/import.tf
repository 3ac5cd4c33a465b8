terraform {
  required_providers {
    turso = {
      source = "turso-community/turso"
    }
  }
}

provider "turso" {
  organization = "acme"
}

variable "clerk_jwks_url" {
  type = string
}

# Someone saved this endpoint by hand; from now on Terraform manages it.
import {
  to = turso_jwks_endpoint.clerk
  id = "acme/Clerk Production"
}

resource "turso_jwks_endpoint" "clerk" {
  name = "Clerk Production"
  url  = var.clerk_jwks_url
}
