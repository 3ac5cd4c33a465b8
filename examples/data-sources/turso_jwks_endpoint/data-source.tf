data "turso_jwks_endpoint" "clerk" {
  name = "clerk"
}

# Warns as soon as someone points the endpoint elsewhere.
check "clerk_signs_our_tokens" {
  assert {
    condition     = data.turso_jwks_endpoint.clerk.url == "https://clerk.example.com/.well-known/jwks.json"
    error_message = "Turso takes the keys of \"clerk\" from ${data.turso_jwks_endpoint.clerk.url}."
  }
}
