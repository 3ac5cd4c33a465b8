terraform {
  required_providers {
    turso = {
      source = "turso-community/turso"
    }
  }
}

# The token comes from TURSO_API_TOKEN, or from the login of Turso's CLI.
provider "turso" {
  organization = "acme"
}
