variable "clerk_publishable_key" {
  description = "Publishable key of the Clerk instance: pk_test_… or pk_live_…"
  type        = string
}

resource "turso_jwks_endpoint" "clerk" {
  name = "clerk"
  url  = provider::turso::clerk_jwks_url(var.clerk_publishable_key)
}
