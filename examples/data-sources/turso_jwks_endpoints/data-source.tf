data "turso_jwks_endpoints" "all" {}

locals {
  known_issuers   = ["clerk", "auth0"]
  unknown_issuers = setsubtract(keys(data.turso_jwks_endpoints.all.by_name), local.known_issuers)
}

# Whoever's keys are registered here can sign tokens that open databases.
check "no_unknown_issuers" {
  assert {
    condition     = length(local.unknown_issuers) == 0
    error_message = "These JWKS endpoints are registered and not ours: ${join(", ", local.unknown_issuers)}."
  }
}
