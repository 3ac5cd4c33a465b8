# All endpoints of the provider's organization.
list "turso_jwks_endpoint" "all" {
  provider = turso
}

# Those of another one, with their URLs, and no more than ten.
list "turso_jwks_endpoint" "staging" {
  provider         = turso
  include_resource = true
  limit            = 10

  config {
    organization = "acme-staging"
  }
}
