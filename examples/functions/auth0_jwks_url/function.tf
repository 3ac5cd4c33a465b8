resource "turso_jwks_endpoint" "auth0" {
  name = "auth0"
  url  = provider::turso::auth0_jwks_url("acme.eu.auth0.com")
}
