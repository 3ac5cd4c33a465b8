# For a JWT template that has nothing to do with Turso. Without claims, its tokens would open every database.
output "claims" {
  value = provider::turso::clerk_claims(provider::turso::no_access_claims())
}
