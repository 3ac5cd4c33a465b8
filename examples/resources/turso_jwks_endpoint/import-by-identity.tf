import {
  to = turso_jwks_endpoint.clerk
  identity = {
    organization = "acme" # without it, the provider's
    name         = "clerk"
  }
}
