import {
  to = turso_jwks_endpoint.clerk
  id = "acme/clerk"
}
