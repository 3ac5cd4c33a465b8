data "turso_databases" "all" {}

locals {
  known_databases = ["app"]
}

resource "turso_jwks_endpoint" "clerk" {
  name = "clerk"
  url  = "https://clerk.example.com/.well-known/jwks.json"

  # A token without claims would open whatever else is there.
  lifecycle {
    precondition {
      condition     = length(setsubtract(data.turso_databases.all.databases[*].name, local.known_databases)) == 0
      error_message = "This organization holds other databases: give Turso's JWKS endpoint an organization of its own."
    }
  }
}
