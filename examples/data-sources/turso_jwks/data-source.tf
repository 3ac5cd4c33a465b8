# Watches over a rotation of the keys: where Turso could no longer check tokens, every plan says so, and goes on.
check "keys" {
  data "turso_jwks" "clerk" {
    url = "https://clerk.example.com/.well-known/jwks.json"
  }

  assert {
    condition     = data.turso_jwks.clerk.valid
    error_message = join(" ", data.turso_jwks.clerk.problems)
  }
}
